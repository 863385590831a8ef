"""Letters with personal codes: ordered from a list of addresses, made part by part, delivered, and then forgotten.

Names and addresses lie sealed under a key of the run's own, outside the database. Nobody but the letter has a code.
None of these verbs commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.db import insert_new, new_id
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.paper.events import (
    AddressesDestroyed,
    LettersDelivered,
    LettersDropped,
    LettersOrdered,
    LettersRemade,
)
from participation.paper.models.desk import Paper
from participation.paper.models.prints import PrintState
from participation.paper.models.remote import LetterName, LetterPart, LetterRun
from participation.processes.queries import SpecRow, spec_by_id
from participation.register import service as register
from participation.register.keys import Keys

PART = 250
"""Letters in one PDF: what is made again when a part is lost."""
CLOSED = (PrintState.DELIVERED, PrintState.DROPPED)
KEPT = timedelta(days=14)
"""How long a part, with its addresses, waits to be delivered."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """To whom a letter goes."""

    voter_id: uuid.UUID
    lines: tuple[str, ...]
    """Name and address, as they stand on the letter."""
    language: str
    large: bool


@dataclass(frozen=True, slots=True)
class RunRow:
    id: uuid.UUID
    spec_id: uuid.UUID
    paper: Paper
    letters: int
    ordered_at: datetime
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartRow:
    run_id: uuid.UUID
    number: int
    language: str
    large: bool
    letters: int
    state: PrintState
    attempt: int
    ready_at: datetime | None


def order(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    wanted: Sequence[Addressee],
    paper: Paper,
    *,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> uuid.UUID:
    """The rows that ask for the letters, and the run's id; the same nonce again is the same run."""
    run_id = new_id()
    row = {
        "id": run_id,
        "spec_id": spec_row.id,
        "nonce": nonce,
        "paper": paper,
        "letters": len(wanted),
        "ordered_at": at,
        "ordered_by": account_id,
    }
    if not insert_new(session, LetterRun, [row], "id"):
        known: uuid.UUID = session.execute(select(col(LetterRun.id)).where(col(LetterRun.nonce) == nonce)).scalar_one()
        return known
    keys.create(run_id)  # a key without a run harms nobody
    for number, letters in enumerate(_parts(wanted), 1):
        first = letters[0]
        part = {"run_id": run_id, "number": number, "language": first.language, "large": first.large}
        session.execute(
            insert(LetterPart), [part | {"letters": len(letters), "state": PrintState.ORDERED, "attempt": 1}]
        )
        session.execute(insert(LetterName), [_name(keys, run_id, number, *each) for each in enumerate(letters, 1)])
    _record(session, spec_row, LettersOrdered(run_id, len(wanted)), account_id, at)
    return run_id


def _parts(wanted: Sequence[Addressee]) -> Iterator[list[Addressee]]:
    """Letters of one language and size together, in the order of the list."""

    def edition(each: Addressee) -> tuple[str, bool]:
        return each.language, each.large

    for _edition, found in groupby(sorted(wanted, key=edition), key=edition):
        letters = list(found)
        yield from (letters[start : start + PART] for start in range(0, len(letters), PART))


def _name(keys: Keys, run_id: uuid.UUID, part: int, position: int, each: Addressee) -> dict[str, object]:
    sealed = keys.encrypt_fields(run_id, {"lines": "\n".join(each.lines)})
    return {"run_id": run_id, "part": part, "position": position, "voter_id": each.voter_id, "sealed": sealed}


# What becomes of a part.


def deliver(session: Session, spec_row: SpecRow, part: PartRow, *, account_id: uuid.UUID, at: datetime) -> None:
    """The letters left: their names and addresses are destroyed with this. Conflict unless the part is ready."""
    _move(session, part, (PrintState.READY,), PrintState.DELIVERED, at)
    _forget_names(session, part)
    _record(session, spec_row, LettersDelivered(part.run_id, part.letters), account_id, at)


def remake(session: Session, spec_row: SpecRow, part: PartRow, *, account_id: uuid.UUID, at: datetime) -> None:
    """The file was lost, spoiled or never made: its codes are cancelled now, and the worker makes the part anew."""
    _move(session, part, (PrintState.READY, PrintState.STOPPED), PrintState.ORDERED, None)
    mine = _of(part)
    session.execute(update(LetterPart).where(*mine).values(attempt=part.attempt + 1, ready_at=None))
    register.cancel_codes(session, spec_row, _voters(session, part), at=at)
    _record(session, spec_row, LettersRemade(part.run_id, part.letters), account_id, at)


def drop(session: Session, spec_row: SpecRow, part: PartRow, *, account_id: uuid.UUID | None, at: datetime) -> None:
    """Gives a part up: codes cancelled, names and addresses destroyed. Conflict once it was delivered."""
    before = (PrintState.ORDERED, PrintState.STOPPED, PrintState.READY)
    _move(session, part, before, PrintState.DROPPED, at)
    register.cancel_codes(session, spec_row, _voters(session, part), at=at)
    _forget_names(session, part)
    _record(session, spec_row, LettersDropped(part.run_id, part.letters), account_id, at)


def _move(
    session: Session, part: PartRow, before: Sequence[PrintState], after: PrintState, at: datetime | None
) -> None:
    chosen = (*_of(part), col(LetterPart.state).in_(before), col(LetterPart.attempt) == part.attempt)
    moved = update(LetterPart).where(*chosen).values(state=after, closed_at=at).returning(col(LetterPart.number))
    if session.execute(moved).first() is None:
        raise Conflict(
            _("These letters are no longer what they were when you opened the page."),
            _("Look at the list again: somebody else may have been faster."),
        )


def _of(part: PartRow) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(LetterPart.run_id) == part.run_id, col(LetterPart.number) == part.number


def _voters(session: Session, part: PartRow) -> list[uuid.UUID]:
    query = select(col(LetterName.voter_id)).where(*_names_of(part))
    return list(session.execute(query).scalars())


def _names_of(part: PartRow) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(LetterName.run_id) == part.run_id, col(LetterName.part) == part.number


def _forget_names(session: Session, part: PartRow) -> None:
    session.execute(delete(LetterName).where(*_names_of(part)))


def destroy_keys(session: Session, keys: Keys, at: datetime) -> None:
    """Of every run of which no address is left: the event, and the key that opened them, so that no backup does."""
    left = select(col(LetterName.run_id))
    query = select(col(LetterRun.id), col(LetterRun.spec_id)).where(
        col(LetterRun.destroyed_at).is_(None), col(LetterRun.id).not_in(left)
    )
    for run_id, spec_id in session.execute(query).all():
        session.execute(update(LetterRun).where(col(LetterRun.id) == run_id).values(destroyed_at=at))
        spec_row = spec_by_id(session, spec_id)
        if spec_row is not None:
            _record(session, spec_row, AddressesDestroyed(run_id), None, at)
        keys.destroy(run_id)


# Reading.


_RUN = tuple(getattr(LetterRun, name) for name in RunRow.__dataclass_fields__)
_PART = tuple(getattr(LetterPart, name) for name in PartRow.__dataclass_fields__)


def runs_of(session: Session, spec_id: uuid.UUID) -> list[RunRow]:
    """The runs of a vote, newest first."""
    query = select(*_RUN).where(col(LetterRun.spec_id) == spec_id)
    return [
        RunRow(*row) for row in session.execute(query.order_by(col(LetterRun.ordered_at).desc(), col(LetterRun.id)))
    ]


def run_by_id(session: Session, run_id: uuid.UUID) -> RunRow | None:
    row = session.execute(select(*_RUN).where(col(LetterRun.id) == run_id)).first()
    return RunRow(*row) if row else None


def parts_of(session: Session, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PartRow]]:
    """Run → its parts in order."""
    query = select(*_PART).where(col(LetterPart.run_id).in_(run_ids)).order_by(col(LetterPart.number))
    found: dict[uuid.UUID, list[PartRow]] = {run_id: [] for run_id in run_ids}
    for row in session.execute(query):
        found[row.run_id].append(PartRow(*row))
    return found


def part_or_404(session: Session, spec_row: SpecRow, run: str, number: int) -> PartRow:
    """The part of the address, if it is one of this vote."""
    try:
        run_id = uuid.UUID(run)
    except ValueError:
        run_id = uuid.UUID(int=0)
    query = select(*_PART).join(LetterRun, col(LetterRun.id) == col(LetterPart.run_id))
    mine = (col(LetterRun.spec_id) == spec_row.id, col(LetterPart.run_id) == run_id, col(LetterPart.number) == number)
    row = session.execute(query.where(*mine)).first() if number < 100_000 else None
    if row is None:
        raise NotFound(_("There are no such letters in this vote."))
    return PartRow(*row)


def addresses_left(session: Session, spec_id: uuid.UUID) -> int:
    """How many addresses of letters are still kept."""
    query = select(func.count()).select_from(LetterName).join(LetterRun, col(LetterRun.id) == col(LetterName.run_id))
    number: int = session.execute(query.where(col(LetterRun.spec_id) == spec_id)).scalar_one()
    return number


# For the worker.


def waiting(session: Session) -> list[PartRow]:
    """Parts that are to be made, oldest run first."""
    query = select(*_PART).join(LetterRun, col(LetterRun.id) == col(LetterPart.run_id))
    query = query.where(col(LetterPart.state) == PrintState.ORDERED)
    order = (col(LetterRun.ordered_at), col(LetterPart.run_id), col(LetterPart.number))
    return [PartRow(*row) for row in session.execute(query.order_by(*order))]


def names(session: Session, keys: Keys, part: PartRow) -> list[tuple[uuid.UUID, list[str]]]:
    """(voter, lines of the address) of a part, in its order."""
    query = select(col(LetterName.voter_id), col(LetterName.sealed)).where(*_names_of(part))
    return [
        (row.voter_id, keys.decrypt_fields(part.run_id, row.sealed)["lines"].split("\n"))
        for row in session.execute(query.order_by(col(LetterName.position)))
    ]


def note_ready(session: Session, part: PartRow, letters: int, at: datetime) -> None:
    """`letters` are in the file: fewer than ordered where somebody voted meanwhile."""
    chosen = (*_of(part), col(LetterPart.state) == PrintState.ORDERED, col(LetterPart.attempt) == part.attempt)
    values = {"state": PrintState.READY, "ready_at": at, "letters": letters}
    session.execute(update(LetterPart).where(*chosen).values(values))


def note_stopped(session: Session, part: PartRow) -> None:
    chosen = (*_of(part), col(LetterPart.state) == PrintState.ORDERED)
    session.execute(update(LetterPart).where(*chosen).values(state=PrintState.STOPPED))


def forgotten(session: Session, at: datetime) -> list[PartRow]:
    """Parts that nobody declared delivered in `KEPT`: their addresses are not kept for longer."""
    old = col(LetterRun.ordered_at) < at - KEPT
    still_open = col(LetterPart.state).not_in(CLOSED)
    query = select(*_PART).join(LetterRun, col(LetterRun.id) == col(LetterPart.run_id)).where(old, still_open)
    return [PartRow(*row) for row in session.execute(query)]


def _record(session: Session, spec_row: SpecRow, event: object, account_id: uuid.UUID | None, at: datetime) -> None:
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
