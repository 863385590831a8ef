"""A questionnaire is a ballot without names: everything kept, everybody asked counted, nothing decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from participation.ballots import closing
from participation.ballots import service as box
from participation.ballots.closing import rewrite
from participation.ballots.entries import PaperClaim, Receipt, Refusal, RefusalReason
from participation.ballots.models import Ballot
from participation.ballots.questionnaires.models import OpenAnswer
from participation.ballots.questionnaires.service import erase
from participation.counting.answers import decode
from participation.counting.canonical import dump_spec, load_spec, spec_digest
from participation.counting.opinions import IN_WORDS, MOST_CHARACTERS, asked, goes_on_at, text_digest
from participation.counting.spec import Channel, Condition
from participation.counts import service
from participation.counts.results import dump_result, load_result
from participation.db import Database, new_id
from participation.register.keys import Keys
from tests.builders import NOON, build_questionnaire, build_spec, build_world, opinion
from tests.counts.test_count import close, count

PROMISED = "87737592abe3688fa5bc36c4472899e7e83fc960a8c419ca3ea2871854954ab2"
"""The digest of a budget’s spec as it was before there were questionnaires: printed on ballots, it never changes."""


def test_who_is_asked_follows_the_answers_that_count() -> None:
    first, second, *_others = build_questionnaire().questions
    third = replace(second, id="5", shown_if=Condition("2", ("1",)))
    questions = (first, second, third)
    assert asked(questions, {"1": (("2", 1),), "2": (("1", 1),)}) == {"1", "2", "5"}
    assert asked(questions, {"1": (("1", 1),), "2": (("1", 1),)}) == {"1"}, "2 was not asked, so 5 is not either"


def test_a_questionnaire_survives_its_canonical_form_and_budgets_keep_theirs() -> None:
    spec = build_questionnaire()
    assert load_spec(dump_spec(spec)) == spec
    budget = dump_spec(build_spec())
    assert "shown_if" not in budget
    assert '"why"' not in budget
    assert spec_digest(replace(build_spec(), id="ville/budget")) == PROMISED


def test_online_paper_and_phone_are_one_tally(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_questionnaire())
    row = world.spec_row
    online = [opinion(row, {"1": ["2"], "2": ["1", "2"]}, {"3": f"La montagne {n}"}) for n in range(21)]
    paper = [opinion(row, {"1": ["1"], "2": ["1"]}, channel=Channel.COUNTER, place_id=world.place_id)] * 1
    phone = [opinion(row, {}, {"4": "La gare"}, channel=Channel.PHONE)]
    entries = [*online, *paper, *phone, opinion(row, {})]
    with database.writing() as session:
        answers = box.cast(session, keys, row, entries, NOON)
        assert all(isinstance(answer, Receipt) for answer in answers)
        assert box.cast(session, keys, row, entries, NOON) == answers, "the same receipts, and nothing twice"
    close(database, keys, world)
    made = count(database, world)
    result = load_result(made.result)
    assert dump_result(result) == made.result
    first, second, third, fourth = (each.opinions for each in result.opinions)
    assert (first.asked, first.answered) == (24, 22)
    assert [first.counted.votes(option) for option in "123"] == [1, 21, 0]
    assert (second.asked, second.answered, second.out_of_turn) == (21, 21, 1), "kept, and beside the figures"
    assert (third.counted.votes(IN_WORDS), fourth.counted.votes(IN_WORDS)) == (21, 1)
    assert result.opinions[0].shown == (), "one channel of 20 and two of one person: only the total"
    assert result.questions == ()
    with database.reading() as session:
        assert service.verify(session, row, made)


def words_of(session: Session) -> dict[str, OpenAnswer]:
    return {answer.question_id: answer for answer in session.execute(select(OpenAnswer)).scalars()}


def test_the_ballot_keeps_a_digest_and_erasing_moves_nothing(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_questionnaire())
    said = opinion(world.spec_row, {"1": ["1"]}, {"3": "Mon nom est Ana <b>😀</b> שלום", "4": "x"})
    with database.writing() as session:
        box.cast(session, keys, world.spec_row, [said], NOON)
    with database.reading() as session:
        answer = words_of(session)["3"]
        stored = session.execute(select(col(Ballot.choices))).scalar_one()
        before = service.recount(session, world.spec_row).digest
    assert "Ana" not in stored
    assert answer.salt
    assert dict(decode(stored))["3"] == ((text_digest(answer.salt, answer.text or ""), 1),)
    with database.writing() as session:
        erase(session, world.spec_row, answer.id, reason="demande", at=NOON, account_id=None)
    with database.reading() as session:
        gone = words_of(session)["3"]
        assert (gone.text, gone.salt) == (None, None)
        assert service.recount(session, world.spec_row).digest == before
    with database.writing() as session:
        event = rewrite(session, world.spec_row, NOON)
    assert event.rows["open_answer"] == 2


@pytest.mark.parametrize(
    ("spec", "reason"),
    [(build_spec(), RefusalReason.WRONG_STYLE), (build_questionnaire(), RefusalReason.INVALID_ANSWERS)],
)
def test_what_is_no_answer_is_refused(database: Database, keys: Keys, spec: object, reason: RefusalReason) -> None:
    world = build_world(database, keys, spec)  # type: ignore[arg-type]
    questionnaire = replace(world.spec_row, spec=build_questionnaire())
    too_long = opinion(questionnaire, {}, {"3": "é" * (MOST_CHARACTERS + 1)})
    closed = opinion(questionnaire, {}, {"1": "words where a tick belongs"})
    with database.writing() as session:
        answers = box.cast(session, keys, world.spec_row, [too_long, closed], NOON)
        assert [answer.reason for answer in answers if isinstance(answer, Refusal)] == [reason, reason]
        assert words_of(session) == {}


def test_nobody_votes_in_a_budget_without_saying_who_they_are(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    entry = replace(opinion(world.spec_row, {}), style="ville")
    with database.writing() as session:
        (answer,) = box.cast(session, keys, world.spec_row, [entry], NOON)
    assert answer == Refusal(RefusalReason.DECLARATION_INCOMPLETE)


def test_an_answer_that_comes_after_the_hour_is_refused(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_questionnaire())
    late = replace(opinion(world.spec_row, {"1": ["1"]}), received=NOON.replace(year=2028))
    sheet = replace(late, claim=PaperClaim(new_id(), 1))
    with database.writing() as session:
        answers = box.cast(session, keys, world.spec_row, [late, sheet], NOON)
    assert answers[0] == Refusal(RefusalReason.NOT_OPEN)


def test_words_are_rewritten_in_pieces_in_an_order_that_says_nothing(
    database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build_world(database, keys, build_questionnaire())
    for number in range(7):
        with database.writing() as session:
            box.cast(session, keys, world.spec_row, [opinion(world.spec_row, {}, {"3": f"Mot {number}"})], NOON)
    monkeypatch.setattr(closing, "PIECE", 3)
    with database.reading() as session:
        before = {answer.id: answer.text for answer in session.execute(select(OpenAnswer)).scalars()}
    with database.writing() as session:
        event = rewrite(session, world.spec_row, NOON)
    assert event.rows["open_answer"] == 7
    with database.reading() as session:
        assert {answer.id: answer.text for answer in session.execute(select(OpenAnswer)).scalars()} == before
        if not database.is_sqlite:
            order = "SELECT id, xmin::text FROM open_answer ORDER BY ctid"
            rows = session.execute(text(order)).all()
            assert [row.id for row in rows] == sorted(row.id for row in rows)
            assert len({row.xmin for row in rows}) == 1, "all of one transaction"


def test_on_paper_one_goes_on_where_one_is_asked_again() -> None:
    first, second, third, fourth = build_questionnaire().questions
    follow_up = replace(third, shown_if=Condition("2", ("1",)))
    questions = (first, second, follow_up, fourth)
    assert goes_on_at(questions, 0, "1") == 3, "past the reasons, and past what hangs on them"
    assert goes_on_at(questions, 0, "2") == 1
    assert goes_on_at(questions[:3], 0, "1") == 3, "to the end"
