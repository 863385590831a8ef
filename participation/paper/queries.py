"""Reads of batches and keyings, as rows. No query here adds up choices."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from participation.counting.spec import Capture, Channel
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
from participation.paper.models.desk import PaperSettings, ScanUse
from participation.paper.models.prints import BallotSerial
from participation.paper.models.scans import ScanHand
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
    round: int
    cast_round: int | None

    @property
    def is_closed(self) -> bool:
        return self.state is BatchState.CLOSED

    @property
    def standing_round(self) -> int:
        """The newest round; of a closed batch that which is in the box, also where a recount was given up."""
        return self.cast_round if self.is_closed and self.cast_round is not None else self.round

    @property
    def in_the_box(self) -> int:
        """How many ballots of it stand in the box: while it is recounted, those of the earlier round."""
        return self.forms_cast if self.cast_round is not None else 0

    @property
    def is_recounted_now(self) -> bool:
        """It was cast, and is read anew: what was cast stands until the new reading is."""
        return not self.is_closed and self.cast_round is not None


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
    """One clerk's pass, or a scan: who, whether finished, and how many forms are keyed."""

    id: uuid.UUID
    batch_id: uuid.UUID
    pass_number: int
    account_id: uuid.UUID
    capture: Capture
    sample: list[int] | None
    """Of a scan: the positions that a person keys too; null where it is every one, empty before they are drawn."""
    finished_at: datetime | None
    forms: int
    hands: frozenset[uuid.UUID] = frozenset()
    """Of a scan: who else brought files or settled sheets."""

    @property
    def is_scan(self) -> bool:
        return self.capture is Capture.SCANNED

    @property
    def people(self) -> frozenset[uuid.UUID]:
        """Everybody who had a part in it: none of them keys the other pass, or rules."""
        return self.hands | {self.account_id}


def people_of(passes: Iterable[PassRow]) -> frozenset[uuid.UUID]:
    """Everybody who had a part in one of these passes."""
    return frozenset(account for each in passes for account in each.people)


def sample_of(passes: Iterable[PassRow]) -> tuple[int, ...] | None:
    """The positions of a scanned batch that a person keys too; None where a person keys every form."""
    return next((tuple(each.sample) for each in passes if each.sample is not None), None)


STANDING_ROUND = case((col(Batch.state) == BatchState.CLOSED, col(Batch.cast_round)), else_=col(Batch.round))
"""The newest round of a batch; of a closed one that which is in the box, also where a recount was given up."""
Rounds = Mapping[uuid.UUID, int]
"""Batch id → round, where not the newest is asked for."""


def _in_round(table: type[KeyingSession] | type[Adjudication] | type[GapSignature], rounds: Rounds | None) -> Any:
    """The condition that a row belongs to the round that is asked for: the newest of its batch unless told."""
    if rounds is not None:
        return tuple_(col(table.batch_id), col(table.round)).in_(list(rounds.items()))
    newest = select(STANDING_ROUND).where(col(Batch.id) == col(table.batch_id)).scalar_subquery()
    return col(table.round) == newest


def passes_of(
    session: Session, batch_ids: Iterable[uuid.UUID], rounds: Rounds | None = None
) -> dict[uuid.UUID, list[PassRow]]:
    """Batch id → its passes, first before second."""
    keys = (
        col(KeyingSession.id),
        col(KeyingSession.batch_id),
        col(KeyingSession.pass_number),
        col(KeyingSession.account_id),
        col(KeyingSession.capture),
        col(KeyingSession.sample),
        col(KeyingSession.finished_at),
    )
    forms = select(func.count(col(Keying.id))).where(col(Keying.session_id) == col(KeyingSession.id))
    query = (
        select(*keys, forms.scalar_subquery())
        .where(col(KeyingSession.batch_id).in_(list(batch_ids)), _in_round(KeyingSession, rounds))
        .order_by(col(KeyingSession.pass_number))
    )
    rows = [PassRow(*row) for row in session.execute(query)]
    hands = _hands_of(session, [row.id for row in rows if row.is_scan])
    found: dict[uuid.UUID, list[PassRow]] = {}
    for row in rows:
        found.setdefault(row.batch_id, []).append(replace(row, hands=hands.get(row.id, frozenset())))
    return found


def _hands_of(session: Session, session_ids: list[uuid.UUID]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    if not session_ids:
        return {}
    query = select(col(ScanHand.session_id), col(ScanHand.account_id)).where(col(ScanHand.session_id).in_(session_ids))
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for session_id, account_id in session.execute(query):
        found.setdefault(session_id, set()).add(account_id)
    return {session_id: frozenset(those) for session_id, those in found.items()}


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
    capture: Capture
    finished_at: datetime | None
    sample: list[int] | None = None
    """Of a scanned batch: the positions that are keyed, and no others; null where it is every one, in any order."""

    def next_position(self, position: int, *, back: bool = False) -> int:
        """The form that comes up after this one, or before it; past the last one the first that has no place."""
        if self.sample is None:
            return max(1, position - 1) if back else position + 1
        near = [place for place in self.sample if (place < position if back else place > position)]
        return (near[-1] if back else near[0]) if near else position if back else self.header_count + 1


def my_pass(
    session: Session, spec_id: uuid.UUID, number: int, account_id: uuid.UUID, *, hold: bool = False
) -> MyPass | None:
    """This person's pass over the batch with that number.

    `hold` keeps it as it is until the transaction ends: no form slips in while the pass is being finished.
    """
    if number > LARGEST_NUMBER:
        return None
    scan = aliased(KeyingSession)
    sample = select(col(scan.sample)).where(
        col(scan.batch_id) == col(Batch.id), col(scan.round) == col(Batch.round), col(scan.capture) == Capture.SCANNED
    )
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
            col(KeyingSession.capture),
            col(KeyingSession.finished_at),
            sample.scalar_subquery(),
        )
        .join(KeyingSession, col(KeyingSession.batch_id) == col(Batch.id))
        .where(col(Batch.spec_id) == spec_id, col(Batch.number) == number, col(KeyingSession.account_id) == account_id)
        .where(col(KeyingSession.round) == col(Batch.round))
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


def scanned_serial(session: Session, batch_id: uuid.UUID, position: int) -> str:
    """The serial of the sheet at a position of the newest scan of a batch; empty where it has none."""
    query = (
        select(col(Keying.serial))
        .join(KeyingSession, col(KeyingSession.id) == col(Keying.session_id))
        .where(
            col(KeyingSession.batch_id) == batch_id,
            col(KeyingSession.capture) == Capture.SCANNED,
            _in_round(KeyingSession, None),
            col(Keying.position) == position,
        )
    )
    return session.execute(query).scalar() or ""


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


def readings_of(
    session: Session, batch_ids: Iterable[uuid.UUID], rounds: Rounds | None = None
) -> dict[uuid.UUID, dict[int, dict[int, Reading]]]:
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
        .where(col(KeyingSession.batch_id).in_(list(batch_ids)), _in_round(KeyingSession, rounds))
    )
    found: dict[uuid.UUID, dict[int, dict[int, Reading]]] = {}
    for row in session.execute(query):
        passes = found.setdefault(row.batch_id, {1: {}, 2: {}})
        passes[row.pass_number][row.position] = Reading(row.interpretation, loaded(row.marks), row.serial)
    return found


def adjudications_of(
    session: Session, batch_ids: Iterable[uuid.UUID], rounds: Rounds | None = None
) -> dict[uuid.UUID, dict[int, Adjudication]]:
    """Batch id → position → the third person's reading and, once settled, ruling."""
    asked = (col(Adjudication.batch_id).in_(list(batch_ids)), _in_round(Adjudication, rounds))
    query = select(Adjudication).where(*asked)
    found: dict[uuid.UUID, dict[int, Adjudication]] = {}
    for ruling in session.execute(query).scalars():
        found.setdefault(ruling.batch_id, {})[ruling.position] = ruling
    return found


def signatures_of(session: Session, batch_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[GapSignature]]:
    """Batch id → who signed which gap, oldest first."""
    query = (
        select(GapSignature)
        .where(col(GapSignature.batch_id).in_(list(batch_ids)), _in_round(GapSignature, None))
        .order_by(col(GapSignature.at), col(GapSignature.id))
    )
    found: dict[uuid.UUID, list[GapSignature]] = {}
    for signature in session.execute(query).scalars():
        found.setdefault(signature.batch_id, []).append(signature)
    return found


def scan_use(session: Session, process_id: uuid.UUID) -> ScanUse:
    """Whether a scan may be one of two keyings in this process; not unless somebody chose it."""
    query = select(col(PaperSettings.scans)).where(col(PaperSettings.process_id) == process_id)
    return session.execute(query).scalar() or ScanUse.NONE


def unfinished(session: Session, spec_id: uuid.UUID) -> int:
    """Batches that are not closed."""
    query = select(func.count()).where(col(Batch.spec_id) == spec_id, col(Batch.state) == BatchState.OPEN)
    return int(session.execute(query).scalar_one())


def accounts_who_keyed(session: Session, spec_id: uuid.UUID) -> set[uuid.UUID]:
    """Who read ballots of this vote, as keyer, from scans or as third person: none of them certifies its count."""
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
    scanned = (
        select(col(ScanHand.account_id))
        .join(KeyingSession, col(KeyingSession.id) == col(ScanHand.session_id))
        .join(Batch, col(Batch.id) == col(KeyingSession.batch_id))
        .where(col(Batch.spec_id) == spec_id)
    )
    return set(session.execute(keyed.union(ruled, scanned)).scalars())


def signed_by(signatures: Iterable[GapSignature], kind: GapKind, difference: int) -> list[GapSignature]:
    """Those who signed exactly this difference."""
    return [each for each in signatures if each.kind is kind and each.difference == difference]
