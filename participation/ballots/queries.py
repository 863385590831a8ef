"""Reads of the box: streams for counting, figures without choices, and the look-up of a receipt."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session, col

from participation.ballots.models import Ballot, BallotRejection, RecountedRound, Superseding
from participation.counting.spec import Capture, Channel, RulingKind, SupersedingReason
from participation.processes.queries import SpecRow, windows_of
from participation.register import queries as register_queries
from participation.register.identity import normalise_code
from participation.register.keys import Keys
from participation.register.models import DeclarationState, SetAside
from participation.register.queries import SlipRow

STREAM = 2000


@dataclass(frozen=True, slots=True)
class BallotRow:
    """One record as the count reads it."""

    style: str
    channel: Channel
    capture: Capture
    place_id: uuid.UUID | None
    batch_id: uuid.UUID | None
    batch_round: int | None
    received_on: date
    ruling: RulingKind
    rejection: BallotRejection | None
    choices: str
    tag: str | None
    revision: int | None
    commitment: str


_COLUMNS = tuple(col(getattr(Ballot, name)) for name in BallotRow.__slots__)


def stream_ballots(session: Session, spec_id: uuid.UUID) -> Iterator[BallotRow]:
    """Every record of the spec, in an order that says nothing, a few thousand rows in memory at a time."""
    query = select(*_COLUMNS).where(col(Ballot.spec_id) == spec_id).execution_options(yield_per=STREAM)
    for row in session.execute(query):
        yield BallotRow(*row)


def supersedings(session: Session, spec_id: uuid.UUID) -> dict[tuple[str, int], SupersedingReason]:
    """(tag, revision) → why that online ballot does not count."""
    rows = session.execute(
        select(col(Superseding.tag), col(Superseding.revision), col(Superseding.reason)).where(
            col(Superseding.spec_id) == spec_id
        )
    )
    return {(row.tag, row.revision): row.reason for row in rows}


@dataclass(frozen=True, slots=True)
class RecountedRow:
    """From `at` on the ballots of `by_round` count in the place of those of `round`."""

    batch_id: uuid.UUID
    round: int
    by_round: int
    at: datetime


def recounted_rounds(session: Session, spec_id: uuid.UUID) -> list[RecountedRow]:
    """Every round of a batch that a later one has replaced, oldest first."""
    columns = tuple(col(getattr(RecountedRound, name)) for name in RecountedRow.__slots__)
    query = select(*columns).where(col(RecountedRound.spec_id) == spec_id)
    rows = session.execute(query.order_by(col(RecountedRound.at), col(RecountedRound.by_round)))
    return [RecountedRow(*row) for row in rows]


def round_at(rows: Iterable[RecountedRow], batch_id: uuid.UUID, newest: int, until: datetime) -> int:
    """Which round of the batch stood in the box at that moment, where `newest` stands there now."""
    earlier = {row.by_round: row.round for row in rows if row.batch_id == batch_id and row.at > until}
    while newest in earlier:
        newest = earlier[newest]
    return newest


RECOUNTED = and_(
    col(RecountedRound.batch_id) == col(Ballot.batch_id), col(RecountedRound.round) == col(Ballot.batch_round)
)
"""Joins a ballot with what says that another reading of its batch counts."""
STANDS: ColumnElement[bool] = col(RecountedRound.batch_id).is_(None)
"""After an outer join on RECOUNTED: the ballot's reading is the newest one of its batch."""


def received_counts(session: Session, spec_id: uuid.UUID) -> dict[Channel, int]:
    """How many ballots came by each channel, each once however often it was recounted. No choice is read."""
    rows = session.execute(
        select(col(Ballot.channel), func.count().label("number"))
        .outerjoin(RecountedRound, RECOUNTED)
        .where(col(Ballot.spec_id) == spec_id, STANDS)
        .group_by(col(Ballot.channel))
    )
    return {row.channel: row.number for row in rows}


def box_is_empty(session: Session, spec_id: uuid.UUID) -> bool:
    """Whether nobody has voted: no ballot, and no declaration that a paper ballot may follow."""
    if register_queries.declaration_figures(session, spec_id):
        return False
    return session.execute(select(col(Ballot.id)).where(col(Ballot.spec_id) == spec_id).limit(1)).first() is None


def cast_from(session: Session, spec_id: uuid.UUID, place_id: uuid.UUID) -> int:
    """How many ballots were cast from one place, each once however often it was recounted."""
    number: int = session.execute(
        select(func.count())
        .select_from(Ballot)
        .outerjoin(RecountedRound, RECOUNTED)
        .where(col(Ballot.spec_id) == spec_id, col(Ballot.place_id) == place_id, STANDS)
    ).scalar_one()
    return number


Rulings = dict[tuple[RulingKind, BallotRejection | None], int]


def rulings_by_place(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, Rulings]:
    """Place id → how many of its ballots stand as valid, blank, or rejected for which reason. No choice is read."""
    keys = (col(Ballot.place_id), col(Ballot.ruling), col(Ballot.rejection))
    rows = session.execute(
        select(*keys, func.count())
        .outerjoin(RecountedRound, RECOUNTED)
        .where(col(Ballot.spec_id) == spec_id, col(Ballot.place_id).is_not(None), STANDS)
        .group_by(*keys)
    )
    found: dict[uuid.UUID, Rulings] = {}
    for place_id, ruling, rejection, number in rows:
        found.setdefault(place_id, {})[ruling, rejection] = number
    return found


class ReceiptKind(StrEnum):
    """What a receipt says. It proves that, never how."""

    UNKNOWN = "unknown"
    RECEIVED = "received"
    COUNTED = "counted"
    REJECTED = "rejected"
    REPLACED_BY_PAPER = "replaced-by-paper"
    REPLACED_BY_OWN = "replaced-by-own"
    NOT_COUNTED = "not-counted"
    SLIP_RECEIVED = "slip-received"
    SLIP_ACCEPTED = "slip-accepted"
    SLIP_REFUSED = "slip-refused"
    BALLOT_PRINTED = "ballot-printed"
    """A stub of a ballot that nobody has entered."""
    BALLOT_ENTERED = "ballot-entered"


@dataclass(frozen=True, slots=True)
class ReceiptStatus:
    kind: ReceiptKind
    received_on: date | None = None
    rejection: BallotRejection | None = None
    set_aside: SetAside | None = None
    slip: SlipRow | None = None
    boxes: tuple[int, ...] = ()
    """The boxes in which the ballot of an accepted slip may be, and nothing finer."""


_SUPERSEDED = {
    SupersedingReason.PAPER: ReceiptKind.REPLACED_BY_PAPER,
    SupersedingReason.OWN_LATER_VOTE: ReceiptKind.REPLACED_BY_OWN,
    SupersedingReason.EARLIER_VOTE_STANDS: ReceiptKind.NOT_COUNTED,
    SupersedingReason.VOID: ReceiptKind.NOT_COUNTED,
}


def receipt_status(session: Session, keys: Keys, spec_row: SpecRow, code: str, at: datetime) -> ReceiptStatus:
    """What became of the ballot, or of the slip, whose receipt code this is.

    Until intake closes it says that the ballot was received, or that a paper declaration was accepted
    after it, and no more: a receipt must not tell whether somebody else voted in that name.
    """
    digest = keys.plain_hash(normalise_code(code))
    row = session.execute(
        select(
            col(Ballot.received_on),
            col(Ballot.channel),
            col(Ballot.ruling),
            col(Ballot.rejection),
            col(Superseding.reason),
        )
        .outerjoin(
            Superseding, (col(Superseding.tag) == col(Ballot.tag)) & (col(Superseding.revision) == col(Ballot.revision))
        )
        .where(col(Ballot.receipt_hash) == digest, col(Ballot.spec_id) == spec_row.id)
    ).first()
    if row is None:
        return _slip(session, digest, closed=windows_of(session, spec_row.id).intake_closed(at))
    if not windows_of(session, spec_row.id).intake_closed(at):
        replaced = row.reason is SupersedingReason.PAPER
        kind = ReceiptKind.REPLACED_BY_PAPER if replaced else ReceiptKind.RECEIVED
        return ReceiptStatus(kind, row.received_on)
    if row.reason is not None:
        return ReceiptStatus(_SUPERSEDED[row.reason], row.received_on)
    kinds = {
        RulingKind.VALID: ReceiptKind.COUNTED,
        RulingKind.BLANK: ReceiptKind.COUNTED,  # that it is blank would say how
        RulingKind.REJECTED: ReceiptKind.REJECTED,
    }
    return ReceiptStatus(kinds[row.ruling], row.received_on, row.rejection)


def _slip(session: Session, digest: str, *, closed: bool) -> ReceiptStatus:
    """What became of a slip. Why it was set aside only after the close: “duplicate” says that a vote was there."""
    found = register_queries.slip_status(session, digest)
    if found is None:
        return ReceiptStatus(ReceiptKind.UNKNOWN)
    if found.state is DeclarationState.ACCEPTED:
        return ReceiptStatus(ReceiptKind.SLIP_ACCEPTED, slip=found)
    if found.state is DeclarationState.REFUSED:
        return ReceiptStatus(ReceiptKind.SLIP_REFUSED, set_aside=found.set_aside if closed else None)
    return ReceiptStatus(ReceiptKind.SLIP_RECEIVED)
