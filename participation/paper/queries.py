"""Reads of batches and keyings, as rows. No query here adds up choices."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from participation.counting.spec import Channel
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.paper.marks import Reading, loaded
from participation.paper.models.batches import (
    Adjudication,
    Batch,
    BatchState,
    GapKind,
    GapSignature,
    Keying,
    KeyingSession,
)
from participation.paper.models.prints import BallotSerial
from participation.processes.queries import SpecRow

MOST_FORMS = 50
"""A batch is what two people count by hand without a mistake."""
LARGEST_NUMBER = 2**31 - 1
"""An address may name any number; a database refuses to look for a larger one."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as its header says, and what became of it."""

    id: uuid.UUID
    spec_id: uuid.UUID
    place_id: uuid.UUID
    number: int
    style: str
    channel: Channel
    received_on: date
    header_count: int
    seal_number: str
    seal_broken: bool
    numbered: bool
    box_id: uuid.UUID | None
    state: BatchState
    opened_at: datetime
    opened_by: uuid.UUID
    closed_at: datetime | None
    closed_by: uuid.UUID | None
    forms_cast: int

    @property
    def is_closed(self) -> bool:
        return self.state is BatchState.CLOSED


_BATCH = tuple(getattr(Batch, name) for name in BatchRow.__dataclass_fields__)


def batches_of(session: Session, spec_id: uuid.UUID) -> list[BatchRow]:
    """Every batch, newest number first."""
    query = select(*_BATCH).where(col(Batch.spec_id) == spec_id).order_by(col(Batch.number).desc())
    return [BatchRow(*row) for row in session.execute(query)]


def newest_is_numbered(session: Session, spec_id: uuid.UUID) -> bool:
    """Whether the forms of the batch that was opened last carry serials: those of the next are likely to as well.

    Before the first batch: whether any ballot was printed with a serial.
    """
    query = select(col(Batch.numbered)).where(col(Batch.spec_id) == spec_id).order_by(col(Batch.number).desc()).limit(1)
    newest = session.execute(query).scalar()
    if newest is not None:
        return bool(newest)
    printed = select(col(BallotSerial.serial)).where(col(BallotSerial.spec_id) == spec_id).limit(1)
    return session.execute(printed).first() is not None


def batch_numbered(session: Session, spec_id: uuid.UUID, number: int) -> BatchRow | None:
    if number > LARGEST_NUMBER:
        return None
    query = select(*_BATCH).where(col(Batch.spec_id) == spec_id, col(Batch.number) == number)
    row = session.execute(query).first()
    return BatchRow(*row) if row else None


def batch_or_404(session: Session, spec_row: SpecRow, number: int) -> BatchRow:
    """The batch with that number. NotFound if there is none."""
    batch = batch_numbered(session, spec_row.id, number)
    if batch is None:
        raise NotFound(_("There is no batch with this number in this vote."))
    return batch


@dataclass(frozen=True, slots=True)
class PassRow:
    """One clerk's pass: who, whether finished, and how many forms are keyed."""

    id: uuid.UUID
    batch_id: uuid.UUID
    pass_number: int
    account_id: uuid.UUID
    finished_at: datetime | None
    forms: int


def passes_of(session: Session, batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[PassRow]]:
    """Batch id → its passes, first before second."""
    keys = (
        col(KeyingSession.id),
        col(KeyingSession.batch_id),
        col(KeyingSession.pass_number),
        col(KeyingSession.account_id),
        col(KeyingSession.finished_at),
    )
    query = (
        select(*keys, func.count(col(Keying.id)))
        .outerjoin(Keying, col(Keying.session_id) == col(KeyingSession.id))
        .where(col(KeyingSession.batch_id).in_(list(batch_ids)))
        .group_by(*keys)
        .order_by(col(KeyingSession.pass_number))
    )
    found: dict[uuid.UUID, list[PassRow]] = {}
    for row in session.execute(query):
        found.setdefault(row.batch_id, []).append(PassRow(*row))
    return found


@dataclass(frozen=True, slots=True)
class MyPass:
    """What the keying desk needs of a batch, in one row."""

    batch_id: uuid.UUID
    number: int
    style: str
    header_count: int
    numbered: bool
    state: BatchState
    session_id: uuid.UUID
    pass_number: int
    finished_at: datetime | None


def my_pass(
    session: Session, spec_id: uuid.UUID, number: int, account_id: uuid.UUID, *, hold: bool = False
) -> MyPass | None:
    """This person's pass over the batch with that number.

    `hold` keeps it as it is until the transaction ends: no form slips in while the pass is being finished.
    """
    if number > LARGEST_NUMBER:
        return None
    query = (
        select(
            col(Batch.id),
            col(Batch.number),
            col(Batch.style),
            col(Batch.header_count),
            col(Batch.numbered),
            col(Batch.state),
            col(KeyingSession.id),
            col(KeyingSession.pass_number),
            col(KeyingSession.finished_at),
        )
        .join(KeyingSession, col(KeyingSession.batch_id) == col(Batch.id))
        .where(col(Batch.spec_id) == spec_id, col(Batch.number) == number, col(KeyingSession.account_id) == account_id)
    )
    if hold:
        query = query.with_for_update(of=KeyingSession, read=True)
    row = session.execute(query).first()
    return MyPass(*row) if row else None


@dataclass(frozen=True, slots=True)
class KeyedForm:
    """One form as keyed, with the nonce by which its clerk may correct it."""

    position: int
    reading: Reading
    nonce: str


def keyed_near(session: Session, session_id: uuid.UUID, position: int) -> list[KeyedForm]:
    """The form of one pass at that position and the one before it, where they exist."""
    if position > LARGEST_NUMBER:
        return []
    return _keyed(session, session_id, col(Keying.position).in_((position - 1, position)))


def keyed_in(session: Session, session_id: uuid.UUID) -> list[KeyedForm]:
    """Every form of one pass, in its order: for the person who keyed it, nobody else."""
    return _keyed(session, session_id)


def _keyed(session: Session, session_id: uuid.UUID, *narrowed: ColumnElement[bool]) -> list[KeyedForm]:
    query = select(
        col(Keying.position), col(Keying.interpretation), col(Keying.marks), col(Keying.serial), col(Keying.nonce)
    ).where(col(Keying.session_id) == session_id, *narrowed)
    rows = session.execute(query.order_by(col(Keying.position)))
    return [
        KeyedForm(row.position, Reading(row.interpretation, loaded(row.marks), row.serial), row.nonce) for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pass is: forms keyed, and the last position."""

    forms: int
    last: int


def progress(session: Session, session_id: uuid.UUID) -> Progress:
    query = select(func.count(), func.max(col(Keying.position))).where(col(Keying.session_id) == session_id)
    forms, last = session.execute(query).one()
    return Progress(forms, last or 0)


def positions_of(session: Session, session_id: uuid.UUID) -> list[int]:
    """The positions keyed in one pass."""
    query = select(col(Keying.position)).where(col(Keying.session_id) == session_id).order_by(col(Keying.position))
    return list(session.execute(query).scalars())


def readings_of(session: Session, batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[int, dict[int, Reading]]]:
    """Batch id → pass number → position → what was read."""
    query = (
        select(
            col(KeyingSession.batch_id),
            col(KeyingSession.pass_number),
            col(Keying.position),
            col(Keying.interpretation),
            col(Keying.marks),
            col(Keying.serial),
        )
        .join(Keying, col(Keying.session_id) == col(KeyingSession.id))
        .where(col(KeyingSession.batch_id).in_(list(batch_ids)))
    )
    found: dict[uuid.UUID, dict[int, dict[int, Reading]]] = {}
    for row in session.execute(query):
        passes = found.setdefault(row.batch_id, {1: {}, 2: {}})
        passes[row.pass_number][row.position] = Reading(row.interpretation, loaded(row.marks), row.serial)
    return found


def adjudications_of(session: Session, batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[int, Adjudication]]:
    """Batch id → position → the third person's reading and, once settled, ruling."""
    query = select(Adjudication).where(col(Adjudication.batch_id).in_(list(batch_ids)))
    found: dict[uuid.UUID, dict[int, Adjudication]] = {}
    for ruling in session.execute(query).scalars():
        found.setdefault(ruling.batch_id, {})[ruling.position] = ruling
    return found


def signatures_of(session: Session, batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[GapSignature]]:
    """Batch id → who signed which gap, oldest first."""
    query = (
        select(GapSignature)
        .where(col(GapSignature.batch_id).in_(list(batch_ids)))
        .order_by(col(GapSignature.at), col(GapSignature.id))
    )
    found: dict[uuid.UUID, list[GapSignature]] = {}
    for signature in session.execute(query).scalars():
        found.setdefault(signature.batch_id, []).append(signature)
    return found


def unfinished(session: Session, spec_id: uuid.UUID) -> int:
    """Batches that are not closed."""
    query = select(func.count()).where(col(Batch.spec_id) == spec_id, col(Batch.state) == BatchState.OPEN)
    return int(session.execute(query).scalar_one())


def accounts_who_keyed(session: Session, spec_id: uuid.UUID) -> set[uuid.UUID]:
    """Who read ballots of this vote, as keyer or as third person: none of them certifies its count."""
    keyed = (
        select(col(KeyingSession.account_id))
        .join(Batch, col(Batch.id) == col(KeyingSession.batch_id))
        .where(col(Batch.spec_id) == spec_id)
    )
    ruled = (
        select(col(Adjudication.account_id))
        .join(Batch, col(Batch.id) == col(Adjudication.batch_id))
        .where(col(Batch.spec_id) == spec_id)
    )
    return set(session.execute(keyed.union(ruled)).scalars())


def signed_by(signatures: Iterable[GapSignature], kind: GapKind, difference: int) -> list[GapSignature]:
    """Those who signed exactly this difference."""
    return [each for each in signatures if each.kind is kind and each.difference == difference]
