"""The end of intake, and the rewriting that keeps storage order from telling who voted how.

PostgreSQL marks the rows of one transaction with one number; joined on it, voter and choice met. So the
tables written together are rewritten every night of the vote and when intake closes: all rows of a spec
deleted and put back, in key order, which is random, in a single transaction.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlmodel import Session, SQLModel, col

from participation import audit
from participation.ballots.models import Ballot, RewritePermit, Superseding
from participation.ballots.questionnaires.models import OpenAnswer
from participation.db import Database, core_table
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.models import Window, WindowKind
from participation.processes.queries import SpecRow, windows_of
from participation.register import queries as register_queries
from participation.register import service as register
from participation.register.keys import Keys
from participation.register.models import AccessCode, Case, Declaration, KeyDestruction, Mark

REWRITTEN: Sequence[type[SQLModel]] = (Ballot, Superseding, Mark, AccessCode, Case, Declaration)
"""Every table that is written in a transaction with a ballot or superseding; referring tables first. Answers in words
are too many and too long to be held at once: see `_rewrite_words`."""
VACUUMED: Sequence[type[SQLModel]] = (*REWRITTEN, OpenAnswer)
PIECE = 500
GUARDED: Sequence[type[SQLModel]] = (Ballot, Superseding)


@dataclass(frozen=True, slots=True)
class BoxRewritten:
    """How many rows there were, and that the same rows are there after: one digest, before and after."""

    rows: dict[str, int]
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class IntakeClosed:
    second_account_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class VotingKeyDestroyed:
    spec_id: uuid.UUID


def rewrite(session: Session, spec_row: SpecRow, at: datetime) -> BoxRewritten:
    """Deletes and re-inserts the same rows in key order. RuntimeError if a row were not the same after."""
    spec_id = spec_row.id
    _hold_still(session)
    for table in GUARDED:
        session.execute(insert(RewritePermit).values(table_name=table.__tablename__, spec_id=spec_id))
    kept = {table: _rows(session, table, spec_id) for table in REWRITTEN}
    before = {table: _digest(rows) for table, rows in kept.items()}
    for table in REWRITTEN:
        session.execute(delete(table).where(core_table(table).c.spec_id == spec_id))
    for table in reversed(REWRITTEN):
        for start in range(0, len(kept[table]), 1000):
            session.connection().execute(insert(core_table(table)), kept[table][start : start + 1000])
    session.execute(delete(RewritePermit).where(col(RewritePermit.spec_id) == spec_id))
    after = {table: _digest(_rows(session, table, spec_id)) for table in REWRITTEN}
    if after != before:
        raise RuntimeError("a rewritten row is not the same: nothing was kept")
    words, digest = _rewrite_words(session, spec_id)
    name = str(OpenAnswer.__tablename__)
    event = BoxRewritten(
        {str(table.__tablename__): len(rows) for table, rows in kept.items()} | {name: words},
        {str(table.__tablename__): digest for table, digest in before.items()} | {name: digest},
    )
    audit.record(session, event, at=at, scope=spec_row.scope)
    return event


def _rewrite_words(session: Session, spec_id: uuid.UUID) -> tuple[int, str]:
    """The same for answers in words, some hundreds at a time: how many there are, and their digest before and after."""
    number, before = 0, hashlib.sha256()
    for rows in _pieces(session, spec_id):
        _add_rows(before, rows)
        table = core_table(OpenAnswer)
        ids = [row["id"] for row in rows]
        session.execute(delete(OpenAnswer).where(table.c.spec_id == spec_id, table.c.id.in_(ids)))
        session.connection().execute(insert(core_table(OpenAnswer)), rows)
        number += len(rows)
    after = hashlib.sha256()
    for rows in _pieces(session, spec_id):
        _add_rows(after, rows)
    if after.digest() != before.digest():
        raise RuntimeError("a rewritten row is not the same: nothing was kept")
    return number, before.hexdigest()


def _pieces(session: Session, spec_id: uuid.UUID) -> Iterator[list[dict[str, Any]]]:
    """Answers in words in key order. What is put back lies before the piece that comes next."""
    table = core_table(OpenAnswer)
    query = select(table).where(table.c.spec_id == spec_id).order_by(table.c.id).limit(PIECE)
    rows = [dict(row._mapping) for row in session.execute(query)]
    while rows:
        yield rows
        rows = [dict(row._mapping) for row in session.execute(query.where(table.c.id > rows[-1]["id"]))]


def _hold_still(session: Session) -> None:
    """PostgreSQL: whoever votes meanwhile waits. Else a ballot that comes between reading and deleting would be
    deleted and not put back. In the order in which `cast` writes, so that neither waits for the other."""
    if session.get_bind().dialect.name == "postgresql":
        written = (Mark, Ballot, Superseding, OpenAnswer, AccessCode, Declaration, Case)
        names = ", ".join(core_table(table).name for table in written)
        session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _rows(session: Session, model: type[SQLModel], spec_id: uuid.UUID) -> list[dict[str, Any]]:
    table = core_table(model)
    query = select(table).where(table.c.spec_id == spec_id).order_by(*table.primary_key.columns)
    return [dict(row._mapping) for row in session.execute(query)]


def _digest(rows: list[dict[str, Any]]) -> str:
    running = hashlib.sha256()
    _add_rows(running, rows)
    return running.hexdigest()


def _add_rows(running: Any, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        running.update(repr(sorted((name, str(value)) for name, value in row.items())).encode())


def nightly_rewrite(database: Database, spec_row: SpecRow, at: datetime) -> BoxRewritten:
    """The job of every night of the vote: rewrite, then leave no readable trace of the old order."""
    with database.writing() as session:
        event = rewrite(session, spec_row, at)
    give_back(database)
    return event


def close_intake(
    database: Database,
    keys: Keys,
    spec_row: SpecRow,
    *,
    first_account_id: uuid.UUID,
    second_account_id: uuid.UUID,
    at: datetime,
) -> None:
    """Closes intake for good: dispositions are final, names forgotten, order shuffled, the key destroyed.

    Conflict, with what is missing, while a window or a case is open or one person signs twice. If the
    process dies half-way, calling it again finishes the work.
    """
    with database.writing() as session:
        if not windows_of(session, spec_row.id).intake_closed(at):
            _close(session, spec_row, first_account_id, second_account_id, at)
            rewrite(session, spec_row, at)
    keys.destroy(spec_row.id)
    give_back(database)


def close_room(database: Database, keys: Keys, spec_row: SpecRow, *, closed_by: uuid.UUID | None, at: datetime) -> None:
    """The same for a poll of a room, once nothing can arrive any more. Nobody signs: the poll was closed
    before everybody’s eyes, or by the clock. The caller gives the freed pages back."""
    with database.writing() as session:
        if not windows_of(session, spec_row.id).intake_closed(at):
            _end_intake(session, spec_row, at, closed_by)
            rewrite(session, spec_row, at)
    keys.destroy(spec_row.id)


def give_back(database: Database) -> None:
    """After a rewriting: no readable trace of the old order stays on the disk. Whoever writes meanwhile waits."""
    database.vacuum([core_table(model).name for model in VACUUMED])


def closing_obstacles(session: Session, spec_row: SpecRow, at: datetime) -> list[str]:
    """What still keeps intake from closing: `open-window`, `open-case`."""
    obstacles = []
    if not windows_of(session, spec_row.id).all_closed(at):
        obstacles.append("open-window")
    if register_queries.unsettled(session, spec_row.id):
        obstacles.append("open-case")
    return obstacles


def _close(
    session: Session, spec_row: SpecRow, first_account_id: uuid.UUID, second_account_id: uuid.UUID, at: datetime
) -> None:
    if first_account_id == second_account_id:
        raise Conflict(_("Two different people close the intake. The first signature is kept."))
    obstacles = closing_obstacles(session, spec_row, at)
    if "open-window" in obstacles:
        raise Conflict(_("A way to vote is still open. Intake closes after the last of them. Nothing was changed."))
    if "open-case" in obstacles:
        raise Conflict(_("A declaration or case is not settled yet. Decide it first. Nothing was changed."))
    _end_intake(session, spec_row, at, first_account_id, second_account_id)
    register.forget_names(session, spec_row.id)
    audit.record(session, IntakeClosed(second_account_id), at=at, account_id=first_account_id, scope=spec_row.scope)


def _end_intake(
    session: Session, spec_row: SpecRow, at: datetime, first: uuid.UUID | None, second: uuid.UUID | None = None
) -> None:
    """Nothing is received from now on; the key is noted as destroyed."""
    window = Window(
        spec_id=spec_row.id,
        kind=WindowKind.INTAKE_CLOSED,
        effective_at=at,
        recorded_at=at,
        first_account_id=first,
        second_account_id=second,
    )
    session.add(window)
    session.add(KeyDestruction(spec_id=spec_row.id, at=at))
    audit.record(session, VotingKeyDestroyed(spec_row.id), at=at, account_id=first, scope=spec_row.scope)


def destroy_again(session: Session, keys: Keys) -> list[uuid.UUID]:
    """Replays the ledger of destructions: a restored backup must not bring a key back to life."""
    gone = [row.spec_id for row in session.execute(select(col(KeyDestruction.spec_id)))]
    for spec_id in gone:
        keys.destroy(spec_id)
    return gone
