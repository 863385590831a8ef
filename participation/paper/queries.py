"""Reads of batches and keyings, as rows. No query here adds up choices."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.counting.spec import Channel
from participation.paper.marks import Reading, loaded
from participation.paper.models import (
    Adjudication,
    Batch,
    BatchState,
    GapKind,
    GapSignature,
    Interpretation,
    Keying,
    KeyingSession,
    StockEntry,
    StockKind,
)


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


def batch_numbered(session: Session, spec_id: uuid.UUID, number: int) -> BatchRow | None:
    query = select(*_BATCH).where(col(Batch.spec_id) == spec_id, col(Batch.number) == number)
    row = session.execute(query).first()
    return BatchRow(*row) if row else None


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
    state: BatchState
    session_id: uuid.UUID
    pass_number: int
    finished_at: datetime | None


def my_pass(session: Session, spec_id: uuid.UUID, number: int, account_id: uuid.UUID) -> MyPass | None:
    """This person's pass over the batch with that number. Held until the transaction ends, so that no
    form slips in while the pass is being finished."""
    query = (
        select(
            col(Batch.id),
            col(Batch.number),
            col(Batch.style),
            col(Batch.header_count),
            col(Batch.state),
            col(KeyingSession.id),
            col(KeyingSession.pass_number),
            col(KeyingSession.finished_at),
        )
        .join(KeyingSession, col(KeyingSession.batch_id) == col(Batch.id))
        .where(
            col(Batch.spec_id) == spec_id, col(Batch.number) == number, col(KeyingSession.account_id) == account_id
        )
    )
    row = session.execute(query).first()
    return MyPass(*row) if row else None


@dataclass(frozen=True, slots=True)
class KeyedForm:
    """One form as keyed, with the nonce by which its clerk may correct it."""

    position: int
    reading: Reading
    nonce: str


def keyed_forms(session: Session, session_id: uuid.UUID, position: int | None = None) -> list[KeyedForm]:
    """The forms of one pass in order; only the one at `position` if given."""
    query = select(col(Keying.position), col(Keying.interpretation), col(Keying.marks), col(Keying.nonce)).where(
        col(Keying.session_id) == session_id
    )
    if position is not None:
        query = query.where(col(Keying.position) == position)
    rows = session.execute(query.order_by(col(Keying.position)))
    return [KeyedForm(row.position, Reading(row.interpretation, loaded(row.marks)), row.nonce) for row in rows]


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
        )
        .join(Keying, col(Keying.session_id) == col(KeyingSession.id))
        .where(col(KeyingSession.batch_id).in_(list(batch_ids)))
    )
    found: dict[uuid.UUID, dict[int, dict[int, Reading]]] = {}
    for row in session.execute(query):
        passes = found.setdefault(row.batch_id, {1: {}, 2: {}})
        passes[row.pass_number][row.position] = Reading(row.interpretation, loaded(row.marks))
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


def cast_from(session: Session, spec_id: uuid.UUID, place_id: uuid.UUID) -> int:
    """Forms of closed batches of one place that are in the box."""
    query = select(func.coalesce(func.sum(col(Batch.forms_cast)), 0)).where(
        col(Batch.spec_id) == spec_id, col(Batch.place_id) == place_id, col(Batch.state) == BatchState.CLOSED
    )
    return int(session.execute(query).scalar_one())


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


def stock_of(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, Mapping[StockKind, int]]:
    """Place id → the sum of its entries per kind."""
    query = (
        select(col(StockEntry.place_id), col(StockEntry.kind), func.sum(col(StockEntry.amount)))
        .where(col(StockEntry.spec_id) == spec_id)
        .group_by(col(StockEntry.place_id), col(StockEntry.kind))
    )
    found: dict[uuid.UUID, dict[StockKind, int]] = {}
    for place_id, kind, amount in session.execute(query):
        found.setdefault(place_id, {})[kind] = int(amount)
    return dict(found)


@dataclass(frozen=True, slots=True)
class StockRow:
    kind: StockKind
    amount: int
    account_id: uuid.UUID
    at: datetime


def stock_entries(session: Session, spec_id: uuid.UUID, place_id: uuid.UUID) -> list[StockRow]:
    """The entries of one place, newest first."""
    query = (
        select(col(StockEntry.kind), col(StockEntry.amount), col(StockEntry.account_id), col(StockEntry.at))
        .where(col(StockEntry.spec_id) == spec_id, col(StockEntry.place_id) == place_id)
        .order_by(col(StockEntry.at).desc(), col(StockEntry.id))
    )
    return [StockRow(*row) for row in session.execute(query)]


def nothing_at(reading: Reading | None) -> bool:
    """Whether nobody found a form there."""
    return reading is None or reading.interpretation is Interpretation.MISSING


def signed_by(signatures: Iterable[GapSignature], kind: GapKind, difference: int) -> list[GapSignature]:
    """Those who signed exactly this difference."""
    return [each for each in signatures if each.kind is kind and each.difference == difference]
