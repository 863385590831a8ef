"""Reads of batches and keyings, as rows. No query here adds up choices."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from participation.ballots import queries as ballots_queries
from participation.ballots.models import BallotRejection
from participation.counting.reconciliation import BatchFigures, PlaceFigures
from participation.counting.spec import PAPER_CHANNELS, Channel, RulingKind
from participation.paper import custody
from participation.paper.marks import Reading, loaded
from participation.paper.models import (
    Adjudication,
    BallotSerial,
    Batch,
    BatchState,
    GapKind,
    GapSignature,
    Keying,
    KeyingSession,
    StockEntry,
    StockKind,
)
from participation.processes.models import Place, PlaceKind
from participation.processes.queries import SpecRow, places_of
from participation.register import queries as register_queries
from participation.register.models import DeclarationState

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


def signed_by(signatures: Iterable[GapSignature], kind: GapKind, difference: int) -> list[GapSignature]:
    """Those who signed exactly this difference."""
    return [each for each in signatures if each.kind is kind and each.difference == difference]


def place_figures(session: Session, spec_row: SpecRow) -> list[PlaceFigures]:
    """What each paper place reports: declarations, stock, and what of it is in the box. No choice is read."""
    declared = register_queries.declaration_figures(session, spec_row.id)
    stock = stock_of(session, spec_row.id)
    rulings = ballots_queries.rulings_by_place(session, spec_row.id)
    waiting = _open_forms(session, spec_row.id)
    unchecked, moved = custody.not_checked_in(session, spec_row.id), custody.moved_in(session, spec_row.id)
    waiting_bags = custody.to_check_in(session, spec_row.id)
    places = [place for place in places_of(session, spec_row.process_id) if place.channel in PAPER_CHANNELS]
    return [
        replace(
            _figures_of(place, declared, stock.get(place.id, {}), rulings.get(place.id, {}), waiting.get(place.id, 0)),
            to_check_in=waiting_bags.get(place.id, 0),
            unchecked=unchecked.get(place.id, 0),
            moved_in=moved.get(place.id, 0),
        )
        for place in places
    ]


def _figures_of(
    place: Place,
    declared: Sequence[register_queries.DeclarationFigure],
    stock: Mapping[StockKind, int],
    rulings: Mapping[tuple[RulingKind, BallotRejection | None], int],
    open_forms: int,
) -> PlaceFigures:
    here = [each for each in declared if each.place_id == place.id]
    by_state = {state: sum(each.number for each in here if each.state is state) for state in DeclarationState}
    refused: dict[str, int] = {}
    for each in here:
        if each.state is DeclarationState.REFUSED and each.set_aside:
            refused[each.set_aside.value] = refused.get(each.set_aside.value, 0) + each.number
    rejected = {
        reason.value: number
        for (ruling, reason), number in rulings.items()
        if ruling is RulingKind.REJECTED and reason is not None
    }
    return PlaceFigures(
        place=place.code,
        envelope=place.kind is PlaceKind.ENVELOPE,
        accepted=by_state[DeclarationState.ACCEPTED],
        anonymous=sum(each.number for each in here if each.anonymous),
        refused=refused,
        open_cases=by_state[DeclarationState.OPEN_CASE] + by_state[DeclarationState.KEYED_ONCE],
        blanks_received=stock.get(StockKind.BLANKS_RECEIVED, 0),
        unused=stock.get(StockKind.UNUSED, 0),
        issued=stock.get(StockKind.ISSUED, 0),
        replaced=stock.get(StockKind.REPLACED, 0),
        not_returned=stock.get(StockKind.NOT_RETURNED, 0),
        inner_opened=stock.get(StockKind.INNER_OPENED, 0),
        empty_envelopes=stock.get(StockKind.EMPTY_ENVELOPE, 0),
        extra=stock.get(StockKind.EXTRA, 0),
        counted=sum(number for (ruling, _reason), number in rulings.items() if ruling is not RulingKind.REJECTED),
        rejected=rejected,
        open_forms=open_forms,
    )


def _open_forms(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Place id → forms by hand count in its batches that are not closed."""
    query = (
        select(col(Batch.place_id), func.sum(col(Batch.header_count)))
        .where(col(Batch.spec_id) == spec_id, col(Batch.state) == BatchState.OPEN)
        .group_by(col(Batch.place_id))
    )
    return {place_id: int(number) for place_id, number in session.execute(query)}


def batch_figures(session: Session, spec_row: SpecRow) -> list[BatchFigures]:
    """Each batch's three counts, lowest number first, and who signed a difference with what reason."""
    batches = batches_of(session, spec_row.id)[::-1]
    ids = [batch.id for batch in batches]
    passes, signatures = passes_of(session, ids), signatures_of(session, ids)
    places = {place.id: place.code for place in places_of(session, spec_row.process_id)}
    found = []
    for batch in batches:
        counts = {each.pass_number: each.forms for each in passes.get(batch.id, [])}
        signed = _signed_count(signatures.get(batch.id, []))
        found.append(
            BatchFigures(
                number=batch.number,
                place=places[batch.place_id],
                header=batch.header_count,
                first=counts.get(1, 0),
                second=counts.get(2, 0),
                closed=batch.is_closed,
                signed=len(signed) == 2,
                reasons=tuple(dict.fromkeys(each.reason for each in signed)),
            )
        )
    return found


def _signed_count(signatures: Sequence[GapSignature]) -> list[GapSignature]:
    """The two signatures under one difference of the counts, or those there are."""
    counted = [each for each in signatures if each.kind is GapKind.COUNT]
    last = counted[-1].difference if counted else 0
    return [each for each in counted if each.difference == last]
