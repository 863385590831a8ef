"""Somebody who is given the whole database cannot join a voter and a choice.

After the nightly rewrite, and again after the close of intake: by key, tag, transaction number, place on the
disk, or time.
"""

from __future__ import annotations

import itertools
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from participation.ballots import closing, service
from participation.ballots.entries import Receipt
from participation.ballots.models import Ballot
from participation.counting.spec import Precedence
from participation.db import Database, core_table, metadata
from participation.errors import Conflict
from participation.register.keys import Keys
from participation.register.models import Declaration, KeyDestruction, Mark
from tests.ballots.test_cast import accept
from tests.builders import (
    AFTER_POST,
    NOON,
    World,
    build_account,
    build_codes,
    build_spec,
    build_world,
    declared_entry,
    online_entry,
    open_register,
    person,
)

VOTERS = 12
IDENTIFYING = ("mark", "access_code", "declaration", "voter", "event", "intake_submission")
CHOOSING = ("ballot", "superseding")


def vote_one_by_one(database: Database, keys: Keys, *, is_open: bool) -> tuple[World, Any]:
    """Twelve people vote, each in a transaction of their own, the worst case; one is replaced by paper."""
    spec = build_spec(precedence=Precedence.PAPER_WINS)
    world = build_world(database, keys, open_register(spec) if is_open else spec)
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    codes = [] if is_open else build_codes(database, keys, world, VOTERS)
    for number in range(VOTERS):
        entry = (
            declared_entry(
                world, person(first=f"Prénom{number}", born=f"{number + 1:02d}-01", postal=f"H{number}A 1A1"), "1"
            )
            if is_open
            else online_entry(keys, world, codes[number], str(1 + number % 4))
        )
        with database.writing() as session:
            (answer,) = service.cast(session, keys, world.spec_row, [entry], NOON)
            assert isinstance(answer, Receipt)
    if not is_open:
        accept(database, keys, world, clerk, code=codes[0])
    return world, clerk


def transactions(session: Session, table: str) -> list[int]:
    return [row[0] for row in session.execute(text(f'SELECT xmin::text::bigint FROM "{table}"'))]


def assert_no_join_by_transaction(session: Session) -> None:
    """PostgreSQL: a transaction that wrote an identifying row wrote all choices or none, so it picks nobody out."""
    for identifying, choosing in itertools.product(IDENTIFYING, CHOOSING):
        marks, choices = transactions(session, identifying), transactions(session, choosing)
        for number in set(marks) & set(choices):
            assert choices.count(number) == len(choices), f"{identifying} and {choosing} meet in one transaction"


def assert_stored_in_key_order(session: Session) -> None:
    """The order on the disk is that of random keys, so it says nothing of the order of arrival."""
    for model in closing.REWRITTEN:
        table = core_table(model)
        if session.get_bind().dialect.name == "sqlite":
            query = f"SELECT sql FROM sqlite_master WHERE name = '{table.name}'"
            ddl = session.execute(text(query)).scalar_one()
            assert "WITHOUT ROWID" in ddl, f"{table.name} numbers its rows in order of arrival"
            continue
        key = ", ".join(column.name for column in table.primary_key.columns)
        rows = session.execute(text(f"SELECT {key} FROM {table.name} ORDER BY ctid"))
        found = [tuple(row) for row in rows]
        assert found == sorted(found), f"{table.name} lies in another order than that of its key"


def assert_no_shared_value(session: Session) -> None:
    """No value of an identifying table stands in a choosing one, but for what many rows share."""
    for identifying, choosing in itertools.product(("mark", "access_code", "declaration", "voter"), CHOOSING):
        left, right = values_of(session, identifying), values_of(session, choosing)
        shared = {value for value in set(left) & set(right) if left.count(value) == 1 or right.count(value) == 1}
        assert not shared, f"{identifying} and {choosing} share {shared}"


def values_of(session: Session, table: str) -> list[str]:
    rows = session.execute(select(metadata.tables[table]))
    return [str(value) for row in rows for value in row if isinstance(value, str) and len(value) > 16]


def assert_unlinkable(session: Session) -> None:
    assert_no_shared_value(session)
    assert_stored_in_key_order(session)
    if session.get_bind().dialect.name == "postgresql":
        assert_no_join_by_transaction(session)


@pytest.mark.parametrize("is_open", [False, True])
def test_nobody_can_be_joined_to_a_choice_after_the_nightly_rewrite(
    database: Database, keys: Keys, is_open: bool
) -> None:
    world, _clerk = vote_one_by_one(database, keys, is_open=is_open)
    if not database.is_sqlite:
        with database.reading() as session, pytest.raises(AssertionError):
            assert_no_join_by_transaction(session)  # before the rewrite it would be: the test can fail
    closing.nightly_rewrite(database, world.spec_row, NOON)
    with database.reading() as session:
        assert_unlinkable(session)


@pytest.mark.parametrize("is_open", [False, True])
def test_nobody_can_be_joined_to_a_choice_after_intake_is_closed(
    database: Database, keys: Keys, is_open: bool, settings: Any
) -> None:
    world, first = vote_one_by_one(database, keys, is_open=is_open)
    second = build_account(database, "Second", [], world.organisation_id)
    closing.close_intake(
        database, keys, world.spec_row, first_account_id=first, second_account_id=second, at=AFTER_POST
    )
    with database.reading() as session:
        assert_unlinkable(session)
        assert not session.execute(select(col(Declaration.id)).where(col(Declaration.fields).is_not(None))).all()
        assert session.execute(select(KeyDestruction)).all()
    assert not list(Path(settings.keys_dir).glob("*.key"))
    with pytest.raises(Conflict):
        keys.tag(world.spec_row.id, "anybody")


def test_rewriting_keeps_every_row_and_leaves_no_permit(database: Database, keys: Keys) -> None:
    world, _clerk = vote_one_by_one(database, keys, is_open=False)
    with database.reading() as session:
        before = {row.id: row.commitment for row in session.execute(select(col(Ballot.id), col(Ballot.commitment)))}
    event = closing.nightly_rewrite(database, world.spec_row, NOON)
    with database.reading() as session:
        after = {row.id: row.commitment for row in session.execute(select(col(Ballot.id), col(Ballot.commitment)))}
        assert session.execute(text("SELECT count(*) FROM rewrite_permit")).scalar_one() == 0
    assert before == after
    assert event.rows["ballot"] == VOTERS


def test_a_restored_backup_destroys_its_keys_again(database: Database, keys: Keys, settings: Any) -> None:
    world, first = vote_one_by_one(database, keys, is_open=False)
    second = build_account(database, "Second", [], world.organisation_id)
    path = Path(settings.keys_dir) / f"{world.spec_row.id}.key"
    backup = path.read_bytes()
    closing.close_intake(
        database, keys, world.spec_row, first_account_id=first, second_account_id=second, at=AFTER_POST
    )
    path.write_bytes(backup)
    with database.reading() as session:
        assert closing.destroy_again(session, keys) == [world.spec_row.id]
    assert not path.exists()


def test_closing_needs_two_people_and_closed_windows(database: Database, keys: Keys) -> None:
    world, first = vote_one_by_one(database, keys, is_open=False)
    with pytest.raises(Conflict, match="different people"):
        closing.close_intake(
            database, keys, world.spec_row, first_account_id=first, second_account_id=first, at=AFTER_POST
        )
    second = build_account(database, "Second", [], world.organisation_id)
    with pytest.raises(Conflict, match="still open"):
        closing.close_intake(database, keys, world.spec_row, first_account_id=first, second_account_id=second, at=NOON)


def test_events_hold_no_name_and_no_choice(database: Database, keys: Keys) -> None:
    vote_one_by_one(database, keys, is_open=True)
    with database.reading() as session:
        written = json.dumps([list(map(str, row)) for row in session.execute(text("SELECT kind, data FROM event"))])
    assert "Prénom" not in written
    assert "choices" not in written
    assert "Tremblay" not in written


def test_a_ballot_that_comes_in_during_the_rewriting_is_kept(
    database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It arrives after the rows were read and before they are deleted: the worst instant there is."""
    world = build_world(database, keys)
    first, second = build_codes(database, keys, world, 2)
    cast_one(database, keys, world, first)
    late = threading.Thread(target=cast_one, args=(database, keys, world, second))
    read = closing._rows

    def read_and_wait(session: Session, model: Any, spec_id: Any) -> list[dict[str, Any]]:
        rows = read(session, model, spec_id)
        if model is closing.REWRITTEN[-1] and late.ident is None:
            late.start()
            late.join(0.5)
        return rows

    monkeypatch.setattr(closing, "_rows", read_and_wait)
    closing.nightly_rewrite(database, world.spec_row, NOON)
    late.join(10)
    with database.reading() as session:
        assert len(session.execute(select(col(Ballot.id))).all()) == 2
        assert len(session.execute(select(col(Mark.voter_hash))).all()) == 2


def cast_one(database: Database, keys: Keys, world: World, code: str) -> None:
    with database.writing() as session:
        service.cast(session, keys, world.spec_row, [online_entry(keys, world, code, "1")], NOON)
