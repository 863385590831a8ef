"""Ballot boxes: folded ballots of a counter, or inner envelopes, mixed and opened by people who know none of the names.

A box of fewer than twenty is poured into another of the same district before anybody opens it; if there is no other,
two people sign. The boxes of a place say where a ballot may lie, and nothing finer. What is done with them: `box_acts`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.errors import Conflict, Message, NotFound
from participation.i18n import lazy as _
from participation.paper.custody import final
from participation.paper.intake import envelopes
from participation.paper.models.batches import Batch
from participation.paper.models.custody import Box, BoxContent, BoxException, BoxOpening, BoxState
from participation.processes.models import PlaceKind
from participation.processes.queries import SpecRow, places_of

FEWEST = 20
"""Ballots among which one person's is hidden. A box with fewer is merged before it is opened."""
SIGNATURES = 2


@dataclass(frozen=True, slots=True)
class BoxRow:
    id: uuid.UUID
    spec_id: uuid.UUID
    place_id: uuid.UUID
    number: int
    style: str
    state: BoxState
    merged_into: uuid.UUID | None


_BOX = tuple(getattr(Box, name) for name in BoxRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Opening:
    """What two people found; `second` is empty until the other one counted the same."""

    inner_opened: int
    empty: int
    extra: int
    ballots: int
    first: uuid.UUID
    counted_at: datetime
    second: uuid.UUID | None


@dataclass(frozen=True)
class BoxView:
    """A box with what was put into it, what was poured into it, and what was found."""

    row: BoxRow
    envelopes: bool
    """Whether it holds inner envelopes, and not folded ballots."""
    own: int
    poured: tuple[tuple[int, int], ...]
    """(number, pieces) of the boxes that were merged into it."""
    merged_into: int | None
    exceptions: tuple[tuple[uuid.UUID, str], ...]
    """(account, reason) of who signed that it is opened alone."""
    opening: Opening | None
    batched: int
    """Forms by hand count in the batches that were taken from it."""

    @property
    def pieces(self) -> int:
        return self.own + sum(number for _box, number in self.poured)

    @property
    def is_small(self) -> bool:
        return self.pieces < FEWEST

    @property
    def agreed(self) -> bool:
        """Whether two people found the same."""
        return self.opening is not None and self.opening.second is not None

    @property
    def left(self) -> int:
        """Ballots that are in no batch yet."""
        return self.opening.ballots - self.batched if self.opening and self.agreed else 0

    @property
    def excepted(self) -> bool:
        return len(self.exceptions) >= SIGNATURES


# Reading.


def boxes_of(session: Session, spec_row: SpecRow) -> list[BoxView]:
    """Every box, newest number first. Five queries, however many there are."""
    spec_id = spec_row.id
    query = select(*_BOX).where(col(Box.spec_id) == spec_id).order_by(col(Box.number).desc())
    rows = [BoxRow(*row) for row in session.execute(query)]
    if not rows:
        return []
    kinds = {place.id: place.kind for place in places_of(session, spec_row.process_id)}
    own = _sums(session, spec_id)
    batched = dict(_batched(session, spec_id))
    openings, exceptions = _openings(session, spec_id), _exceptions(session, spec_id)
    into = {row.id: row.merged_into for row in rows}
    ends = {row.id: final(row.id, into) for row in rows}
    numbers = {row.id: row.number for row in rows}
    return [
        BoxView(
            row=row,
            envelopes=kinds[row.place_id] is PlaceKind.ENVELOPE,
            own=own.get(row.id, 0),
            poured=tuple(
                (each.number, own.get(each.id, 0)) for each in rows if each.id != row.id and ends[each.id] == row.id
            ),
            merged_into=numbers[ends[row.id]] if row.merged_into else None,
            exceptions=exceptions.get(row.id, ()),
            opening=openings.get(row.id),
            batched=batched.get(row.id, 0),
        )
        for row in rows
    ]


def _sums(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    query = (
        select(col(BoxContent.box_id), func.sum(col(BoxContent.amount)))
        .join(Box, col(Box.id) == col(BoxContent.box_id))
        .where(col(Box.spec_id) == spec_id)
        .group_by(col(BoxContent.box_id))
    )
    return {box_id: int(number) for box_id, number in session.execute(query)}


def _batched(session: Session, spec_id: uuid.UUID) -> Iterator[tuple[uuid.UUID, int]]:
    query = (
        select(col(Batch.box_id), func.sum(col(Batch.header_count)))
        .where(col(Batch.spec_id) == spec_id, col(Batch.box_id).is_not(None))
        .group_by(col(Batch.box_id))
    )
    return ((box_id, int(number)) for box_id, number in session.execute(query))


def _openings(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, Opening]:
    columns = ("inner_opened", "empty", "extra", "ballots", "first_account_id", "counted_at", "second_account_id")
    query = (
        select(col(BoxOpening.box_id), *(col(getattr(BoxOpening, name)) for name in columns))
        .join(Box, col(Box.id) == col(BoxOpening.box_id))
        .where(col(Box.spec_id) == spec_id)
    )
    return {box_id: Opening(*row) for box_id, *row in session.execute(query)}


def _exceptions(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, tuple[tuple[uuid.UUID, str], ...]]:
    query = (
        select(col(BoxException.box_id), col(BoxException.account_id), col(BoxException.reason))
        .join(Box, col(Box.id) == col(BoxException.box_id))
        .where(col(Box.spec_id) == spec_id)
        .order_by(col(BoxException.at), col(BoxException.id))
    )
    found: dict[uuid.UUID, tuple[tuple[uuid.UUID, str], ...]] = {}
    for box_id, account_id, reason in session.execute(query):
        found[box_id] = (*found.get(box_id, ()), (account_id, reason))
    return found


def box_or_404(session: Session, spec_row: SpecRow, number: int) -> BoxView:
    """The box with that number. NotFound if there is none."""
    found = next((box for box in boxes_of(session, spec_row) if box.row.number == number), None)
    if found is None:
        raise NotFound(_("There is no box with this number in this vote."))
    return found


def box_to_batch(session: Session, spec_row: SpecRow, typed: str) -> BoxView | None:
    """The opened box of that number; None where no box is named. NotFound, or Conflict before two people agreed."""
    if not typed:
        return None
    box = box_or_404(session, spec_row, int(typed) if typed.isdecimal() and len(typed) < 8 else 0)
    if not box.agreed:
        raise Conflict(_("Two people open this box and count its ballots before a batch is taken from it."))
    return box


def boxes_for(found: Sequence[BoxView], place_id: uuid.UUID, style: str) -> list[BoxView]:
    """The boxes of a place and style that still take something in, newest first."""
    return [
        box
        for box in found
        if box.row.place_id == place_id and box.row.style == style and box.row.state is BoxState.FILLING
    ]


def where_it_lies(session: Session, spec_row: SpecRow, place_id: uuid.UUID | None, style: str) -> tuple[int, ...]:
    """The numbers of the boxes in which a ballot of that place and style may be, and nothing finer."""
    mine = [box for box in boxes_of(session, spec_row) if box.row.place_id == place_id and box.row.style == style]
    return tuple(sorted({box.merged_into or box.row.number for box in mine}))


def exceptions_of(session: Session, spec_row: SpecRow) -> list[BoxView]:
    """Boxes of fewer than twenty that were opened alone: printed with the result."""
    return [box for box in boxes_of(session, spec_row)[::-1] if box.is_small and box.excepted and box.opening]


def names_known_to(session: Session, spec_row: SpecRow, box: BoxView) -> set[uuid.UUID]:
    """Who checked in an envelope that may be in this box: none of them opens it.

    What came from the tray of cases or in no bag may be anybody's, so all who checked in at that place are meant.
    """
    numbers = [box.row.number, *(number for number, _pieces in box.poured)]
    query = (
        select(col(Box.place_id), col(BoxContent.bag_number))
        .join(Box, col(Box.id) == col(BoxContent.box_id))
        .where(col(Box.spec_id) == spec_row.id, col(Box.number).in_(numbers))
        .distinct()
    )
    found: set[uuid.UUID] = set()
    for place_id, bag_number in session.execute(query).all():
        found |= envelopes.checkers(session, place_id, bag_number or None)
    return found


def obstacle(box: BoxView, others: Sequence[BoxView]) -> Message | None:
    """Why a box may not be opened yet, whoever asks."""
    if box.row.state is BoxState.MERGED:
        return _("This box was poured into another one.")
    if box.pieces <= 0:
        return _("Nothing was put into this box.")
    if not box.is_small or box.excepted:
        return None
    if partners(box, others):
        return _("It holds fewer than %(fewest)s: pour it into another box of the same district first.", fewest=FEWEST)
    return _("It holds fewer than %(fewest)s and there is no other box: two people sign that it is opened alone.",
             fewest=FEWEST)  # fmt: skip


def partners(box: BoxView, others: Sequence[BoxView]) -> list[BoxView]:
    """The boxes that this one may be poured into: same district, same kind, not opened."""
    return [
        each
        for each in others
        if each.row.id != box.row.id
        and each.row.state is BoxState.FILLING
        and each.row.style == box.row.style
        and each.envelopes == box.envelopes
    ]
