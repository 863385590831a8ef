"""The one way into the box: receipts, retries, precedence, and rows that never change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from participation.ballots import acceptance, queries, service
from participation.ballots.entries import Acceptance, Declared, Entry, Outcome, Receipt, Refusal, RefusalReason
from participation.ballots.models import Ballot
from participation.counting.spec import Channel, Precedence, RulingKind, SupersedingReason
from participation.db import Database
from participation.processes.models import Process, ProcessState
from participation.register import queries as register_queries
from participation.register.keys import Keys
from participation.register.models import CaseState, Declaration, SetAside
from tests.builders import (
    CLOSES,
    NOON,
    World,
    build_account,
    build_codes,
    build_spec,
    build_world,
    declared_entry,
    online_entry,
    open_register,
    paper_entry,
    person,
)


def cast(database: Database, keys: Keys, world: World, *entries: Entry) -> list[Receipt | Refusal]:
    with database.writing() as session:
        return service.cast(session, keys, world.spec_row, entries, NOON)


def accept(database: Database, keys: Keys, world: World, clerk: object, **identity: object) -> Acceptance:
    declared = Declared(
        place_id=world.place_id,
        channel=Channel.COUNTER,
        style="ville",
        received=NOON,
        first_account_id=clerk,  # type: ignore[arg-type]
        **identity,  # type: ignore[arg-type]
    )
    with database.writing() as session:
        return acceptance.accept_declaration(session, keys, world.spec_row, declared, NOON)


def reasons(database: Database, world: World) -> list[SupersedingReason]:
    with database.reading() as session:
        return sorted(queries.supersedings(session, world.spec_row.id).values())


def ballots(database: Database) -> int:
    with database.reading() as session:
        return len(session.execute(select(Ballot)).all())


def test_one_code_one_ballot_and_the_same_nonce_gives_the_same_receipt(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    entry = online_entry(keys, world, code, "1", "3", nonce="n1")
    (first,) = cast(database, keys, world, entry)
    (again,) = cast(database, keys, world, entry)
    assert isinstance(first, Receipt)
    assert again == first
    (other,) = cast(database, keys, world, online_entry(keys, world, code, "2", nonce="n2"))
    assert other == Refusal(RefusalReason.ALREADY_RECEIVED)
    assert ballots(database) == 1


def test_the_same_form_twice_in_one_group_is_one_ballot(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    entry = online_entry(keys, world, code, "1", nonce="n1")
    first, second = cast(database, keys, world, entry, entry)
    assert first == second
    assert ballots(database) == 1


def test_refusals_say_why_and_spare_their_neighbours(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    good, late = build_codes(database, keys, world, 2)
    answers = cast(
        database,
        keys,
        world,
        online_entry(keys, world, "NOSUCHCODE22", "1"),
        online_entry(keys, world, good, "1", "2", "3"),
        online_entry(keys, world, late, "1", at=CLOSES + timedelta(seconds=1)),
        online_entry(keys, world, good, "1"),
    )
    assert [getattr(answer, "reason", "receipt") for answer in answers] == [
        RefusalReason.UNKNOWN_CODE,
        RefusalReason.INVALID_ANSWERS,
        RefusalReason.NOT_OPEN,
        "receipt",
    ]


@pytest.mark.parametrize(
    ("precedence", "expected", "outcome"),
    [
        (Precedence.PAPER_WINS, [SupersedingReason.PAPER], Outcome.ACCEPTED),
        (Precedence.FIRST_RECEIVED, [], Outcome.REFUSED),
        (Precedence.ALL_VOID, [SupersedingReason.VOID], Outcome.REFUSED),
    ],
)
def test_paper_accepted_after_an_online_vote(
    database: Database, keys: Keys, precedence: Precedence, expected: list[SupersedingReason], outcome: Outcome
) -> None:
    world = build_world(database, keys, build_spec(precedence=precedence))
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    (code,) = build_codes(database, keys, world, 1)
    cast(database, keys, world, online_entry(keys, world, code, "1"))
    result = accept(database, keys, world, clerk, code=code)
    assert result.outcome is outcome
    assert reasons(database, world) == expected
    second = accept(database, keys, world, clerk, code=code)
    assert (second.outcome, second.refused) == (Outcome.REFUSED, SetAside.DUPLICATE)


def test_online_after_paper_is_refused_with_a_closed_register(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    (code,) = build_codes(database, keys, world, 1)
    accept(database, keys, world, clerk, code=code)
    (answer,) = cast(database, keys, world, online_entry(keys, world, code, "1"))
    assert answer == Refusal(RefusalReason.ALREADY_RECEIVED)


def test_an_open_register_never_tells_and_the_rule_settles_it(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    first, second = cast(
        database, keys, world, declared_entry(world, person(), "1"), declared_entry(world, person(first="ANA "), "2")
    )
    assert isinstance(first, Receipt)
    assert isinstance(second, Receipt)
    assert reasons(database, world) == [SupersedingReason.EARLIER_VOTE_STANDS]


def test_an_online_vote_after_an_accepted_paper_gets_an_ordinary_receipt(database: Database, keys: Keys) -> None:
    """Open register: until intake closes nobody learns from a receipt that this person voted on paper."""
    world = build_world(database, keys, open_register(build_spec()))
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    accept(database, keys, world, clerk, fields=person())
    (answer,) = cast(database, keys, world, declared_entry(world, person(), "1"))
    assert isinstance(answer, Receipt)
    assert reasons(database, world) == [SupersedingReason.EARLIER_VOTE_STANDS]
    with database.reading() as session:
        status = queries.receipt_status(session, keys, world.spec_row, answer.code, NOON)
    assert status.kind is queries.ReceiptKind.RECEIVED


def test_a_withdrawn_publication_receives_nothing(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    with database.writing() as session:
        session.execute(update(Process).values(state=ProcessState.DRAFT))
    (answer,) = cast(database, keys, world, online_entry(keys, world, code, "1"))
    assert answer == Refusal(RefusalReason.NOT_OPEN)


def test_change_until_close_counts_the_last_online_ballot(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_spec(change_until_close=True))
    (code,) = build_codes(database, keys, world, 1)
    for option in ("1", "2", "3"):
        (answer,) = cast(database, keys, world, online_entry(keys, world, code, option))
        assert isinstance(answer, Receipt)
    assert reasons(database, world) == [SupersedingReason.OWN_LATER_VOTE] * 2
    with database.reading() as session:
        standing = [
            row.choices
            for row in queries.stream_ballots(session, world.spec_row.id)
            if (row.tag, row.revision) not in queries.supersedings(session, world.spec_row.id)
        ]
    assert standing == ['{"ville":[["3",1]]}']


def test_a_near_match_is_decided_by_two_people(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    one, two = (build_account(database, name, [], world.organisation_id) for name in ("One", "Two"))
    cast(database, keys, world, declared_entry(world, person(last="Tremblay"), "1"))
    result = accept(database, keys, world, one, fields=person(last="Trembley"))
    assert result.outcome is Outcome.CASE
    with database.writing() as session:
        (case,) = acceptance.open_cases(session, keys, world.spec_row)
        assert case.other is not None
        assert (case.new.fields["last_name"], case.other.fields["last_name"]) == ("Trembley", "Tremblay")
        assert acceptance.decide_case(session, keys, world.spec_row, case.id, CaseState.SAME_PERSON, one) is None
    with database.writing() as session:
        settled = acceptance.decide_case(session, keys, world.spec_row, case.id, CaseState.SAME_PERSON, two)
    assert settled is CaseState.SAME_PERSON
    assert reasons(database, world) == [SupersedingReason.PAPER]
    with database.reading() as session:
        assert register_queries.turnout(session, world.spec_row.id) == {Channel.COUNTER: 1}


def test_in_doubt_they_are_two_persons(database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    one, two = (build_account(database, name, [], world.organisation_id) for name in ("One", "Two"))
    cast(database, keys, world, declared_entry(world, person(), "1"))
    assert accept(database, keys, world, one, fields=person()).outcome is Outcome.CASE
    for account, verdict in ((one, CaseState.SAME_PERSON), (two, CaseState.TWO_PERSONS)):
        with database.writing() as session:
            (case,) = acceptance.open_cases(session, keys, world.spec_row)
            acceptance.decide_case(session, keys, world.spec_row, case.id, verdict, account)
    assert reasons(database, world) == []
    with database.reading() as session:
        assert register_queries.turnout(session, world.spec_row.id) == {Channel.ONLINE: 1, Channel.COUNTER: 1}


def test_an_online_vote_after_a_paper_of_the_same_name_spelt_otherwise_opens_a_case(
    database: Database, keys: Keys
) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    one, two = (build_account(database, name, [], world.organisation_id) for name in ("One", "Two"))
    accept(database, keys, world, one, fields=person(last="Tremblay"))
    (answer,) = cast(database, keys, world, declared_entry(world, person(last="Trembley"), "1"))
    assert isinstance(answer, Receipt)
    for account in (one, two):
        with database.writing() as session:
            (case,) = acceptance.open_cases(session, keys, world.spec_row)
            acceptance.decide_case(session, keys, world.spec_row, case.id, CaseState.SAME_PERSON, account)
    assert reasons(database, world) == [SupersedingReason.EARLIER_VOTE_STANDS]


def test_paper_is_cast_by_position_once(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    entry = paper_entry(world, 1, "1", "2")
    blank = replace(paper_entry(world, 2), ruling=RulingKind.BLANK)
    first = cast(database, keys, world, entry, blank)
    assert first == cast(database, keys, world, entry, blank)
    assert ballots(database) == 2


@pytest.mark.parametrize("table", ["ballot", "superseding", "event", "ballot_spec"])
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_the_database_itself_refuses_to_change_what_is_recorded(
    database: Database, keys: Keys, table: str, verb: str
) -> None:
    world = build_world(database, keys, build_spec(precedence=Precedence.PAPER_WINS))
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    (code,) = build_codes(database, keys, world, 1)
    cast(database, keys, world, online_entry(keys, world, code, "1"))
    accept(database, keys, world, clerk, code=code)
    column = {"event": "kind", "ballot_spec": "digest", "superseding": "reason"}.get(table, "choices")
    statement = f"DELETE FROM {table}" if verb == "DELETE" else f"UPDATE {table} SET {column} = {column}"
    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.execute(text(statement))


def test_an_insert_that_replaces_cannot_overwrite_a_ballot(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    cast(database, keys, world, paper_entry(world, 1, "1"))
    upsert = (
        "INSERT INTO ballot SELECT * FROM ballot WHERE true ON CONFLICT (spec_id, id) DO UPDATE SET choices = 'other'"
    )
    statements = [upsert, "INSERT OR REPLACE INTO ballot SELECT * FROM ballot"] if database.is_sqlite else [upsert]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(text(statement))


def test_the_day_of_a_ballot_and_of_a_declaration_is_that_of_the_vote(database: Database, keys: Keys) -> None:
    """Ten past midnight in St. John’s is twenty to eleven of the day before in Montréal."""
    after_midnight = datetime(2027, 2, 25, 0, 10, tzinfo=ZoneInfo("America/St_Johns"))
    world = build_world(database, keys, open_register(build_spec()), zone="America/St_Johns")
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    online = declared_entry(world, person(), "1", at=after_midnight)
    slip = Declared(
        place_id=world.place_id,
        channel=Channel.COUNTER,
        style="ville",
        received=after_midnight,
        first_account_id=clerk,
        fields=person("Léo", "Roy", "01-02", "H1A 1A1"),
    )
    with database.writing() as session:
        service.cast(session, keys, world.spec_row, [online], after_midnight)
        acceptance.accept_declaration(session, keys, world.spec_row, slip, after_midnight)
    with database.reading() as session:
        days = [row.received_on for table in (Ballot, Declaration) for row in session.execute(select(table)).scalars()]
    assert days == [date(2027, 2, 25)] * 3


def test_the_same_form_twice_in_one_group_is_refused_twice(database: Database, keys: Keys) -> None:
    """Two presses that travel together: no receipt for a ballot that was not received."""
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    cast(database, keys, world, online_entry(keys, world, code, "1"))
    late = online_entry(keys, world, code, "2")
    assert cast(database, keys, world, late, late) == [Refusal(RefusalReason.ALREADY_RECEIVED)] * 2
    assert ballots(database) == 1


def test_a_number_of_ones_own_beside_a_choice_is_refused(database: Database, keys: Keys) -> None:
    """It would sign the ballot: the order of the published file hangs on what the ballots say."""
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    entry = replace(online_entry(keys, world, code, "1"), choices=(("ville", (("1", 7_777_777),)),))
    (answer,) = cast(database, keys, world, entry)
    assert isinstance(answer, Refusal)
    assert answer.reason is RefusalReason.INVALID_ANSWERS


@pytest.mark.parametrize("by_code", [True, False])
def test_all_void_an_online_vote_after_an_accepted_envelope_keeps_that_closed_too(
    database: Database, keys: Keys, by_code: bool
) -> None:
    spec = build_spec(precedence=Precedence.ALL_VOID)
    world = build_world(database, keys, spec if by_code else open_register(spec, precedence=Precedence.ALL_VOID))
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    if by_code:
        code, other = build_codes(database, keys, world, 2)
        accept(database, keys, world, clerk, code=code)
        accept(database, keys, world, clerk, code=other)
        cast(database, keys, world, online_entry(keys, world, code, "1"))
    else:
        accept(database, keys, world, clerk, fields=person())
        accept(database, keys, world, clerk, fields=person("Léo", "Roy", "01-02", "H1A 1A1"))
        cast(database, keys, world, declared_entry(world, person(), "1"))
    assert reasons(database, world) == [SupersedingReason.VOID]
    with database.reading() as session:
        figures = register_queries.declaration_figures(session, world.spec_row.id)
    counter = sorted((row.state.value, row.number) for row in figures if row.channel is Channel.COUNTER)
    assert counter == [("accepted", 1), ("refused", 1)]


def test_all_void_two_people_find_an_envelope_and_an_online_vote_of_one_person(database: Database, keys: Keys) -> None:
    spec = build_spec(precedence=Precedence.ALL_VOID)
    world = build_world(database, keys, open_register(spec, precedence=Precedence.ALL_VOID))
    one, two = (build_account(database, name, [], world.organisation_id) for name in ("One", "Two"))
    accept(database, keys, world, one, fields=person(last="Tremblay"))
    cast(database, keys, world, declared_entry(world, person(last="Trembley"), "1"))
    for account in (one, two):
        with database.writing() as session:
            (case,) = acceptance.open_cases(session, keys, world.spec_row)
            acceptance.decide_case(session, keys, world.spec_row, case.id, CaseState.SAME_PERSON, account)
    assert reasons(database, world) == [SupersedingReason.VOID]
    with database.reading() as session:
        figures = register_queries.declaration_figures(session, world.spec_row.id)
    assert [row.state.value for row in figures if row.channel is Channel.COUNTER] == ["refused"]
