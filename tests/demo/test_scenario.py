"""What the loaded demonstration holds: last year’s certified vote, this year’s open one, another body."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlmodel import col

from participation.accounts.models import Organisation
from participation.ballots import queries as box
from participation.ballots.acceptance import open_cases
from participation.ballots.models import Superseding
from participation.counting.allocation import Decision
from participation.counting.budgeting import allocate
from participation.counting.reconciliation import IdentityKey
from participation.counting.spec import Channel, CountingRule
from participation.counting.tally import profile_of
from participation.counts import queries as counts
from participation.counts import service as counting
from participation.counts.results import QuestionResult, load_result
from participation.demo import content, scenario
from participation.demo.samples import BODY, BODY_PROCESS
from participation.paper import queries as paper
from participation.paper.intake import boxes
from participation.paper.keying.adjudication import compared
from participation.paper.marks import FlawKind
from participation.paper.remote import kits, letters, phone
from participation.paper.scanning.problems import Problem
from participation.paper.scans.service import read_pile
from participation.paper.scans.sheets import Misplaced
from participation.paper.scans.store import Store
from participation.paper.settling.pictures import picture_of
from participation.processes.desks import OPTIONAL
from participation.processes.queries import places_of, process_for_staff, windows_of
from participation.publication import identities
from participation.publication.ledger import verify_chain
from participation.register import queries as register
from tests.builders import NOON
from tests.demo.conftest import Demo

LAST, OPEN = content.LAST_SLUG, content.OPEN_SLUG


def certified(demo: Demo) -> QuestionResult:
    with demo.database.reading() as session:
        found = counts.certified_count(session, demo.spec(session, LAST).id)
    assert found is not None
    return load_result(found.count.result).questions[0]


def figures(demo: Demo, slug: str, *, closed: bool) -> dict[IdentityKey, dict[str, int]]:
    """Identity → every figure in it, over all places."""
    with demo.database.reading() as session:
        board = identities.board(session, demo.spec(session, slug), closed=closed)
    return {
        equation.key: {term.code: term.value for term in (equation.left, *equation.right)}
        for equation in identities.summary(board)
    }


def test_loading_again_does_nothing(demo: Demo) -> None:
    with demo.database.reading() as session:
        before = box.received_counts(session, demo.spec(session, OPEN).id)

    assert not scenario.load(demo.database, demo.keys, demo.settings, NOON, demo.said.append)

    with demo.database.reading() as session:
        assert box.received_counts(session, demo.spec(session, OPEN).id) == before


def test_it_tells_for_which_day_it_was_loaded(demo: Demo) -> None:
    with demo.database.reading() as session:
        loaded = scenario.loaded_for(session)

    assert loaded == content.calendar_of(NOON)
    assert loaded != content.calendar_of(NOON + timedelta(days=1))


def test_last_years_figures_are_those_of_the_worked_statement(demo: Demo) -> None:
    found = figures(demo, LAST, closed=True)

    online = found[IdentityKey.ONLINE]
    assert (online["online_received"], online["counted"], online["replaced_by_paper"]) == (7_431, 7_407, 24)
    blanks = found[IdentityKey.BLANKS]
    assert (blanks["unused"], blanks["blanks_received"] + 1_100) == (3_826, 6_000)
    assert found[IdentityKey.RETURNED]["replaced"] == 34
    ballots = found[IdentityKey.BALLOTS_FOUND]
    assert (ballots["ballots_found"], ballots["counted"]) == (1_512, 1_465)
    rejected = {code: number for code, number in ballots.items() if code.startswith("rejected.")}
    assert sum(rejected.values()) == 47
    assert len(rejected) == 4
    assert found[IdentityKey.DECLARATIONS]["refused.duplicate"] == 6
    assert found[IdentityKey.CODES]["used"] == 190


def test_every_gap_of_last_year_is_signed_by_two_with_a_reason(demo: Demo) -> None:
    with demo.database.reading() as session:
        board = identities.board(session, demo.spec(session, LAST), closed=True)

    assert not board.unsettled
    places = [gap for gap in board.gaps if gap.equation.key is IdentityKey.RETURNED]
    assert [(gap.equation.subject, gap.equation.difference, len(gap.signers)) for gap in places] == [("C1", 1, 2)]
    short = {gap.equation.subject for gap in board.gaps if gap.equation.key is IdentityKey.BATCH}
    assert short == {"2"}
    assert all(gap.reasons for gap in board.gaps)


def test_last_years_batches_were_keyed_twice_and_differences_adjudicated(demo: Demo) -> None:
    with demo.database.reading() as session:
        spec_row = demo.spec(session, LAST)
        batches = paper.batches_of(session, spec_row.id)
        ids = [batch.id for batch in batches]
        passes, ruled = paper.passes_of(session, ids), paper.adjudications_of(session, ids)
        different = sum(not form.agrees for batch in batches for form in compared(session, spec_row, batch).forms)

    assert len(batches) == 31
    assert all(batch.is_closed for batch in batches)
    assert [batch.number for batch in batches if batch.seal_broken] == [15]
    assert sum(batch.header_count for batch in batches) - sum(batch.forms_cast for batch in batches) == 1
    assert all(first.account_id != second.account_id for first, second in passes.values())
    assert different == 9
    assert sum(len(rulings) for rulings in ruled.values()) == 47 + different


def test_last_year_is_certified_and_a_recount_has_the_same_digest(demo: Demo) -> None:
    with demo.database.reading() as session:
        spec_row = demo.spec(session, LAST)
        found = counts.certified_count(session, spec_row.id)
        assert found is not None
        assert counting.verify(session, spec_row, found.count)
        assert len(counts.counts_of(session, spec_row.id)[0].signers) == 2
        assert verify_chain(session, spec_row.process_id).holds
        assert windows_of(session, spec_row.id).intake_closed(NOON)
        assert not register.open_cases(session, spec_row.id)


def test_four_votes_decide_at_the_funding_line(demo: Demo) -> None:
    steps = {step.option_id: step for step in certified(demo).allocation.working}

    assert (steps["0009"].decision, steps["0009"].margin, steps["0009"].rival) == (Decision.FUNDED, 4, "0006")
    assert steps["0006"].decision is Decision.TOO_EXPENSIVE
    assert steps["0009"].left_before >= steps["0006"].cost
    assert steps["0009"].left_after < steps["0006"].cost


def test_a_project_with_more_votes_is_passed_over_for_its_cost(demo: Demo) -> None:
    steps = {step.option_id: step for step in certified(demo).allocation.working}

    assert steps["0018"].decision is Decision.TOO_EXPENSIVE
    assert steps["0018"].score > steps["0009"].score


def test_the_youth_floor_changes_one_result(demo: Demo) -> None:
    steps = certified(demo).allocation.working

    by_reserve = [step.option_id for step in steps if step.decision is Decision.FUNDED_BY_RESERVE]
    displaced = [step.option_id for step in steps if step.decision is Decision.DISPLACED_BY_RESERVE]
    assert (by_reserve, displaced) == (["0011"], ["0019"])


def test_without_paper_another_project_would_win(demo: Demo) -> None:
    part = certified(demo)
    with demo.database.reading() as session:
        spec_row = demo.spec(session, LAST)
        question = spec_row.spec.questions[0]
        reading = counting.read_box(session, spec_row)
    answers = counting.answers_to(spec_row.spec, question, reading.ballots)
    online = ((group, answer) for group, answer in answers if group[0] == Channel.ONLINE)
    profile = profile_of(question, online)

    alone = allocate(question.rule, question.options, question.envelope, profile)

    assert "0009" in part.allocation.selected
    assert "0009" not in alone.selected
    assert "0006" in alone.selected


def test_the_rule_of_last_year_is_the_one_that_was_promised(demo: Demo) -> None:
    assert certified(demo).allocation.rule == replace(CountingRule(), reserves=content.RULE.reserves)


def test_the_open_vote_is_open_and_shows_no_tally(demo: Demo) -> None:
    with demo.database.reading() as session:
        spec_row = demo.spec(session, OPEN)
        windows = windows_of(session, spec_row.id)
        assert windows.online_open(NOON)
        assert windows.paper_open(NOON)
        assert counts.latest_count(session, spec_row.id) is None
        received = box.received_counts(session, spec_row.id)
        query = select(func.count()).where(col(Superseding.spec_id) == spec_row.id)
        assert session.execute(query).scalar_one() == 5

    assert received == {Channel.ONLINE: 1_900, Channel.COUNTER: 121, Channel.POST: 27, Channel.PHONE: 4}


def test_the_open_vote_leaves_work_for_each_desk(demo: Demo) -> None:
    with demo.database.reading() as session:
        spec_row = demo.spec(session, OPEN)
        batches = sorted(paper.batches_of(session, spec_row.id), key=lambda batch: batch.number)
        passes = paper.passes_of(session, [batch.id for batch in batches])
        waiting = compared(session, spec_row, batches[5]).waiting
        cases = open_cases(session, demo.keys, spec_row)

    assert [batch.is_closed for batch in batches] == [True] * 4 + [False] * 4
    (half,) = passes[batches[4].id]
    assert (half.forms, half.finished_at) == (17, None)
    assert len(waiting) == 4
    assert len(cases) == 2
    for case in cases:
        assert case.other is not None
        assert case.new.fields != case.other.fields
        assert case.new.fields["last_name"].startswith("Fictif-")


def test_the_scan_desk_has_a_queue_and_the_third_person_pictures(demo: Demo) -> None:
    with demo.database.reading() as session:
        spec_row = demo.spec(session, OPEN)
        queue, ruled = (paper.batch_or_404(session, spec_row, number) for number in (7, 8))
        passes = paper.passes_of(session, [queue.id, ruled.id])
        (scan,) = passes[queue.id]
        pile = read_pile(session, scan)
        waiting = compared(session, spec_row, ruled).waiting
        pictures = [picture_of(session, ruled, passes[ruled.id], form) for form in waiting]

    assert [sheet.reasons for sheet in pile.waiting] == [
        (Problem.REPEATED,), (Misplaced.UNCLEAR,), (Problem.NO_CODE,), (Problem.REPEATED,), (Problem.BLANK,)
    ]  # fmt: skip
    assert [[flaw.kind for flaw in form.flaws] for form in waiting] == [[], [FlawKind.OVER], [FlawKind.NOT_OURS]]
    for picture in pictures:
        assert picture is not None
        store = Store.of(demo.settings, picture.scan.id)
        assert [store.picture(page.id).is_file() for page in picture.pages] == [True]


def test_the_desks_that_work_from_afar_have_something_to_show(demo: Demo) -> None:
    with demo.database.reading() as session:
        spec_row = demo.spec(session, OPEN)
        (line,) = [place for place in places_of(session, spec_row.process_id) if place.channel is Channel.PHONE]
        called = phone.balance_of(session, spec_row, line, NOON)
        (kit,) = kits.to_mail(session, demo.keys, spec_row)
        mailed = kits.mailed(session, spec_row.id)
        (box,) = boxes.boxes_of(session, spec_row)
        neighbour = demo.spec(session, BODY_PROCESS, BODY)
        runs = letters.runs_of(session, neighbour.id)
        parts = letters.parts_of(session, [run.id for run in runs])
        states = [sorted({part.state.value for part in parts[run.id]}) for run in runs]
        left = letters.addresses_left(session, neighbour.id)

    assert (called.accepted, called.cast, called.alive, called.missing) == (5, 4, 1, 0)
    assert kit.large
    assert list(mailed.values()) == [1]
    assert (box.pieces, box.opening) == (17, None)
    assert states[0] in (["ordered"], ["ready"]), "a worker makes them"
    assert states[1] == ["delivered"]
    assert [run.destroyed_at is None for run in runs] == [True, False]
    assert left == 4


def test_the_city_shows_every_desk_and_the_borough_what_it_uses(demo: Demo) -> None:
    with demo.database.reading() as session:
        city, borough = process_for_staff(session, content.CITY, OPEN), process_for_staff(session, BODY, BODY_PROCESS)

    assert city is not None
    assert city.desks == set(OPTIONAL)
    assert borough is not None
    assert borough.desks == {"/letters"}


def test_a_load_that_was_interrupted_says_so(demo: Demo) -> None:
    with demo.database.writing() as session:
        session.execute(update(Organisation).where(col(Organisation.slug) == "rive-claire").values(slug="ailleurs"))
    try:
        with_error = ""
        try:
            scenario.load(demo.database, demo.keys, demo.settings, NOON, demo.said.append)
        except scenario.HalfLoaded as error:
            with_error = str(error)
        assert with_error
    finally:
        with demo.database.writing() as session:
            session.execute(update(Organisation).where(col(Organisation.slug) == "ailleurs").values(slug="rive-claire"))
