"""Sealed bags and the outer envelopes in them: received by two people, checked in one by one, only ever counted.

No row of a bag says which envelope, whose, or what became of it; names stay in the register. No verb here commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlmodel import Session, SQLModel, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots.acceptance import refuse_declaration
from participation.db import core_table, insert_new
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper.events import BagCheckedIn, BagReceived, BagWitnessed, LooseBallotsFolded
from participation.paper.models.custody import Bag, BagTally, CheckIn, Finding
from participation.processes.models import Place, PlaceKind, Spec
from participation.processes.queries import SpecRow, windows_of
from participation.register.keys import Keys
from participation.register.models import SetAside

MOST_ENVELOPES = 2000
"""In one bag: what two people still count by hand."""
LARGEST_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Arrival:
    """A bag as two people found it at the door."""

    place: Place
    counted: int
    received_at: datetime
    seal_number: str = ""
    seal_broken: bool = False


@dataclass(frozen=True, slots=True)
class BagRow:
    """A bag with everything that was noted of it."""

    id: uuid.UUID
    spec_id: uuid.UUID
    place_id: uuid.UUID
    number: int
    seal_number: str
    seal_broken: bool
    counted: int
    received_at: datetime
    recorded_at: datetime
    received_by: uuid.UUID
    witnessed_by: uuid.UUID | None
    witnessed_at: datetime | None
    checked_by: uuid.UUID | None
    checked_at: datetime | None


_BAG = tuple(getattr(Bag, name) for name in BagRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found in a bag so far."""

    accepted: Mapping[str, int]
    """Style → declarations accepted: so many inner envelopes go into a box of that style."""
    set_aside: int
    cases: int
    second_slips: int
    loose: int
    folded: int

    @property
    def slips(self) -> int:
        """Declarations, or envelopes without one, that were checked in."""
        return sum(self.accepted.values()) + self.set_aside + self.cases

    @property
    def envelopes(self) -> int:
        """Outer envelopes checked in: two slips of one envelope are one."""
        return self.slips - self.second_slips

    @property
    def still_loose(self) -> int:
        return self.loose - self.folded


# Reading.


def bags_of(session: Session, spec_id: uuid.UUID) -> list[BagRow]:
    """Every bag, newest number first."""
    query = select(*_BAG).where(col(Bag.spec_id) == spec_id).order_by(col(Bag.number).desc())
    return [BagRow(*row) for row in session.execute(query)]


def bag_or_404(session: Session, spec_row: SpecRow, number: int) -> BagRow:
    """The bag with that number. NotFound if there is none."""
    query = select(*_BAG).where(col(Bag.spec_id) == spec_row.id, col(Bag.number) == min(number, LARGEST_NUMBER))
    row = session.execute(query).first()
    if row is None:
        raise NotFound(_("There is no bag with this number in this vote."))
    return BagRow(*row)


def _held(session: Session, bag: BagRow) -> BagRow:
    """The bag as it stays until this transaction ends: whoever works on it meanwhile waits."""
    return BagRow(*session.execute(select(*_BAG).where(col(Bag.id) == bag.id).with_for_update()).one())


def tallies_of(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, Tally]:
    """Bag id → what was found in it, for every bag of the vote."""
    return _tallies(session, col(Bag.spec_id) == spec_id)


def tally_of(session: Session, bag: BagRow) -> Tally:
    return _tallies(session, col(Bag.id) == bag.id)[bag.id]


def _tallies(session: Session, wanted: ColumnElement[bool]) -> dict[uuid.UUID, Tally]:
    query = (
        select(col(Bag.id), col(BagTally.finding), col(BagTally.style), col(BagTally.number))
        .outerjoin(BagTally, col(BagTally.bag_id) == col(Bag.id))
        .where(wanted)
    )
    found: dict[uuid.UUID, dict[Finding, dict[str, int]]] = {}
    for bag_id, finding, style, number in session.execute(query):
        found.setdefault(bag_id, {}).setdefault(finding, {})[style] = number
    return {bag_id: _tally(by_finding) for bag_id, by_finding in found.items()}


def _tally(found: Mapping[Finding, Mapping[str, int]]) -> Tally:
    def number(finding: Finding) -> int:
        return sum(found.get(finding, {}).values())

    return Tally(
        accepted=found.get(Finding.ACCEPTED, {}),
        set_aside=number(Finding.SET_ASIDE),
        cases=number(Finding.CASE),
        second_slips=number(Finding.SECOND_SLIP),
        loose=number(Finding.LOOSE),
        folded=number(Finding.FOLDED),
    )


def checkers(session: Session, place_id: uuid.UUID, bag_number: int | None = None) -> set[uuid.UUID]:
    """Who checked in envelopes of that bag (0: of none), or with None, any envelope of that place."""
    query = select(col(CheckIn.account_id)).where(col(CheckIn.place_id) == place_id)
    if bag_number is not None:
        query = query.where(col(CheckIn.bag_number) == bag_number)
    return set(session.execute(query).scalars())


# Receiving.


def receive_bag(
    session: Session, spec_row: SpecRow, arrival: Arrival, *, nonce: str, account_id: uuid.UUID, at: datetime
) -> int:
    """Notes a bag and returns its number; the same nonce again is the same bag. Invalid, with nothing written."""
    known = session.execute(select(col(Bag.number), col(Bag.spec_id)).where(col(Bag.nonce) == nonce)).first()
    if known is not None and known.spec_id == spec_row.id:
        return int(known.number)
    if arrival.place.process_id != spec_row.process_id or arrival.place.kind is not PlaceKind.ENVELOPE:
        raise Invalid(_("Bags come from places that receive envelopes. At a counter the ballots go into a box."))
    number = next_number(session, spec_row, Bag)
    bag = Bag(
        spec_id=spec_row.id,
        place_id=arrival.place.id,
        number=number,
        nonce=nonce,
        seal_number=arrival.seal_number,
        seal_broken=arrival.seal_broken,
        counted=arrival.counted,
        received_at=arrival.received_at,
        recorded_at=at,
        received_by=account_id,
    )
    session.add(bag)
    session.flush()  # its number is the answer
    _record(session, spec_row, BagReceived(bag.place_id, number, bag.counted, bag.seal_broken), account_id, at)
    return number


def next_number(session: Session, spec_row: SpecRow, model: type[SQLModel]) -> int:
    """The number after the last one of this vote. Whoever asks meanwhile waits."""
    session.execute(select(col(Spec.id)).where(col(Spec.id) == spec_row.id).with_for_update(key_share=True))
    rows = core_table(model).c
    last: int | None = session.execute(select(func.max(rows.number)).where(rows.spec_id == spec_row.id)).scalar()
    return (last or 0) + 1


def witness_bag(
    session: Session, spec_row: SpecRow, bag: BagRow, counted: int, *, account_id: uuid.UUID, at: datetime
) -> None:
    """The second person's own count. Conflict when one person signs twice, Invalid when the counts differ."""
    if bag.witnessed_by is not None:
        raise Conflict(_("Two people have received this bag already."))
    if bag.received_by == account_id:
        raise Conflict(_("A second person receives this bag with you: they sign in and count too."))
    refuse_one_hand(session, account_id, bag.received_by)
    if counted != bag.counted:
        raise Invalid(
            _("You counted %(mine)s and the first person %(theirs)s. Nothing was saved.", mine=counted,
              theirs=bag.counted),
            _("Count together once more. If the first count was wrong, the first person puts it right."),
        )  # fmt: skip
    still = (col(Bag.id) == bag.id) & col(Bag.witnessed_by).is_(None)
    session.execute(update(Bag).where(still).values(witnessed_by=account_id, witnessed_at=at))
    _record(session, spec_row, BagWitnessed(bag.place_id, bag.number), account_id, at)


def recount_bag(
    session: Session, spec_row: SpecRow, bag: BagRow, counted: int, *, account_id: uuid.UUID, at: datetime
) -> None:
    """The first person puts their count right, as long as nobody has signed beside it."""
    if bag.witnessed_by is not None or bag.received_by != account_id:
        raise Conflict(_("Only the person who received this bag puts its count right, and before a second one signs."))
    session.execute(update(Bag).where(col(Bag.id) == bag.id).values(counted=counted))
    _record(session, spec_row, BagReceived(bag.place_id, bag.number, counted, bag.seal_broken), account_id, at)


# Checking in.


def bag_to_check_in(session: Session, spec_row: SpecRow, place: Place, number: int, *, hold: bool = False) -> BagRow:
    """The bag whose envelopes may be checked in at that place. NotFound or Conflict.

    `hold` keeps it as it is until the transaction ends: it is not finished while an envelope of it is saved.
    """
    bag = bag_or_404(session, spec_row, number)
    bag = _held(session, bag) if hold else bag
    if bag.place_id != place.id:
        raise NotFound(_("There is no bag with this number at this place."))
    if bag.witnessed_by is None:
        raise Conflict(
            _("Only one person has received this bag. Nothing was saved."),
            _("A second person counts it and signs; then its envelopes are checked in."),
        )
    if bag.checked_at is not None:
        raise Conflict(
            _("Every envelope of this bag is checked in already. Nothing was saved."),
            _("An envelope that turns up later is checked in without a bag."),
        )
    return bag


def note_found(
    session: Session, place: Place, bag: BagRow | None, account_id: uuid.UUID, found: Mapping[tuple[Finding, str], int]
) -> None:
    """Adds to the tally of a bag, and remembers who checked in: they will not open what is inside."""
    person = {"place_id": place.id, "bag_number": bag.number if bag else 0, "account_id": account_id}
    insert_new(session, CheckIn, [person])
    if bag is None:
        return
    for (finding, style), number in found.items():
        _add(session, bag, finding, style, number)


def _add(session: Session, bag: BagRow, finding: Finding, style: str, number: int) -> None:
    insert_new(session, BagTally, [{"bag_id": bag.id, "finding": finding, "style": style, "number": 0}])
    mine = (col(BagTally.bag_id) == bag.id) & (col(BagTally.finding) == finding) & (col(BagTally.style) == style)
    session.execute(update(BagTally).where(mine).values(number=col(BagTally.number) + number))


def fold_loose(session: Session, spec_row: SpecRow, bag: BagRow, *, account_id: uuid.UUID, at: datetime) -> int:
    """A second person has folded every loose ballot, unseen, into an envelope; returns how many."""
    loose = tally_of(session, _held(session, bag)).still_loose
    if loose <= 0:
        raise Conflict(_("There is no loose ballot to fold in this bag."))
    others = checkers(session, bag.place_id, bag.number)
    if account_id in others:
        raise Conflict(_("Somebody who checked in none of this bag folds a loose ballot: you know the names."))
    refuse_one_hand(session, account_id, *others)
    _add(session, bag, Finding.FOLDED, "", loose)
    _record(session, spec_row, LooseBallotsFolded(bag.place_id, bag.number, loose), account_id, at)
    return loose


def set_aside_late(
    session: Session, keys: Keys, spec_row: SpecRow, place: Place, bag: BagRow, *, account_id: uuid.UUID, at: datetime
) -> int:
    """Sets aside, unopened, every envelope of a bag that came too late and is not checked in; returns how many."""
    bag = bag_to_check_in(session, spec_row, place, bag.number, hold=True)
    if windows_of(session, spec_row.id).open_for(place.channel, bag.received_at):
        raise Conflict(_("This bag came in time: its envelopes are checked in one by one."))
    number = max(0, bag.counted - tally_of(session, bag).envelopes)
    for _envelope in range(number):
        refuse_declaration(
            session, keys, spec_row, place_id=place.id, channel=place.channel, style=spec_row.spec.styles[0].id,
            received=bag.received_at, reason=SetAside.LATE, account_id=account_id, at=at,
        )  # fmt: skip
    note_found(session, place, bag, account_id, {(Finding.SET_ASIDE, ""): number})
    return number


def finish_bag(
    session: Session, spec_row: SpecRow, bag: BagRow, reason: str, *, account_id: uuid.UUID, at: datetime
) -> Tally:
    """Every envelope is checked in; returns what was found. Conflict or Invalid while something is open.

    Where the counts differ, a reason is needed; the gap stays on the board until two people sign it.
    """
    bag = _held(session, bag)
    if bag.witnessed_by is None or bag.checked_at is not None:
        raise Conflict(_("This bag is not being checked in."))
    tally = tally_of(session, bag)
    if tally.still_loose:
        raise Conflict(
            _("A ballot of this bag still lies loose."),
            _("A second person folds it, unseen, into an envelope and says so here."),
        )
    difference = bag.counted - tally.envelopes
    if difference and len(reason) < 10:
        raise Invalid(_("Say in a sentence why the counts differ: look in the bag and on the table first."))
    still = (col(Bag.id) == bag.id) & col(Bag.checked_at).is_(None)
    taken = session.execute(
        update(Bag).where(still).values(checked_by=account_id, checked_at=at).returning(col(Bag.id))
    )
    if not taken.all():
        raise Conflict(_("This bag is not being checked in."))
    event = BagCheckedIn(bag.place_id, bag.number, tally.envelopes, difference)
    audit.record(
        session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason if difference else ""
    )
    return tally


def _record(session: Session, spec_row: SpecRow, event: object, account_id: uuid.UUID, at: datetime) -> None:
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
