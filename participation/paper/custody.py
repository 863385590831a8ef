"""What bags and boxes add to the figures of a place: envelopes not checked in yet, pieces that changed place. And until
when paper is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from participation.counts.queries import certified_among
from participation.paper.models.custody import Bag, BagTally, Box, BoxContent, Finding
from participation.paper.models.destruction import Destruction, PaperKind
from participation.processes.queries import OpenProcess, SpecRow

LEAST = timedelta(days=30)
"""Nothing is destroyed sooner after certification: until then a result may be contested."""
USUAL = {PaperKind.BALLOTS: timedelta(days=365), PaperKind.DECLARATIONS: LEAST}
"""What is proposed where the body's own retention schedule says nothing else: Québec keeps ballots a year."""
_SLIPS = (Finding.ACCEPTED, Finding.SET_ASIDE, Finding.CASE)


def not_checked_in(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Place id → envelopes counted on arrival that finished bags did not hold; less than zero where they held more."""
    return _missing(session, spec_id, col(Bag.checked_at).is_not(None))


def to_check_in(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Place id → envelopes that wait in bags whose check-in is not finished."""
    return _missing(session, spec_id, col(Bag.checked_at).is_(None))


def open_bags(session: Session, spec_id: uuid.UUID) -> int:
    """Bags whose check-in is not finished: intake does not close before."""
    query = select(func.count()).where(col(Bag.spec_id) == spec_id, col(Bag.checked_at).is_(None))
    return int(session.execute(query).scalar_one())


def destroyed_batches(session: Session, spec_id: uuid.UUID) -> set[int]:
    """Numbers of the batches whose sheets are gone, or recorded as gone: no recount can choose them."""
    query = select(col(Destruction.chosen)).where(
        col(Destruction.spec_id) == spec_id, col(Destruction.kind) == PaperKind.BALLOTS
    )
    return {int(number) for chosen in session.execute(query).scalars() for number in chosen}


def _missing(session: Session, spec_id: uuid.UUID, wanted: ColumnElement[bool]) -> dict[uuid.UUID, int]:
    counted = select(col(Bag.place_id), func.sum(col(Bag.counted))).where(col(Bag.spec_id) == spec_id, wanted)
    found = {place_id: int(number) for place_id, number in session.execute(counted.group_by(col(Bag.place_id)))}
    tallied = (
        select(col(Bag.place_id), col(BagTally.finding), func.sum(col(BagTally.number)))
        .join(BagTally, col(BagTally.bag_id) == col(Bag.id))
        .where(col(Bag.spec_id) == spec_id, wanted)
        .group_by(col(Bag.place_id), col(BagTally.finding))
    )
    for place_id, finding, number in session.execute(tallied):
        if finding in _SLIPS:
            found[place_id] -= int(number)
        elif finding is Finding.SECOND_SLIP:
            found[place_id] += int(number)
    return found


def moved_in(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Place id → pieces that came from boxes of other places by merging, less those that went there."""
    query = (
        select(col(Box.id), col(Box.place_id), col(Box.merged_into), func.coalesce(func.sum(col(BoxContent.amount)), 0))
        .outerjoin(BoxContent, col(BoxContent.box_id) == col(Box.id))
        .where(col(Box.spec_id) == spec_id)
        .group_by(col(Box.id), col(Box.place_id), col(Box.merged_into))
    )
    rows = session.execute(query).all()
    into = {box_id: merged_into for box_id, _place, merged_into, _pieces in rows}
    places = {box_id: place_id for box_id, place_id, _into, _pieces in rows}
    found: dict[uuid.UUID, int] = {}
    for box_id, place_id, _merged, pieces in rows:
        target = places[final(box_id, into)]
        if target != place_id:
            found[target] = found.get(target, 0) + int(pieces)
            found[place_id] = found.get(place_id, 0) - int(pieces)
    return found


def final(box_id: uuid.UUID, into: Mapping[uuid.UUID, uuid.UUID | None]) -> uuid.UUID:
    """The box in which the contents of a box ended up, however often it was poured."""
    while (following := into[box_id]) is not None:
        box_id = following
    return box_id


@dataclass(frozen=True, slots=True)
class Due:
    """From when on paper may be destroyed; None for both before the result is certified."""

    certified_on: date | None

    @property
    def least(self) -> date | None:
        """The first day on which anything may be destroyed."""
        return self.certified_on + LEAST + timedelta(days=1) if self.certified_on else None

    def kept_until(self, kind: PaperKind) -> date | None:
        """The last day of keeping that is proposed."""
        return self.certified_on + USUAL[kind] if self.certified_on else None

    def is_over(self, today: date) -> bool:
        return self.least is not None and today >= self.least


def due(session: Session, process: OpenProcess, spec_row: SpecRow) -> Due:
    """Counted from the newest certification of the vote."""
    certified = certified_among(session, [spec_row.id]).get(spec_row.id)
    return Due(certified.astimezone(process.zone).date() if certified else None)
