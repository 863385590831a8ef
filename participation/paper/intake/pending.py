"""What lies in bags and boxes and is in no batch yet, for the boards: what it waits for, and whether that is late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.paper.intake import boxes, envelopes
from participation.paper.intake.boxes import BoxView
from participation.paper.intake.envelopes import BagRow
from participation.paper.models.custody import BoxState
from participation.processes.models import LocalText, Place
from participation.processes.queries import SpecRow, Windows, places_of, windows_of

LATE = timedelta(days=2)
"""As a batch: what still waits after so long is called late."""


@dataclass(frozen=True, slots=True)
class Line:
    """A bag or a box that is not done with. `desk` is its address below the staff page of the process."""

    name: Message
    desk: str
    place: LocalText
    waits: Message
    late: bool


def lines(session: Session, spec_row: SpecRow, at: datetime) -> list[Line]:
    """Every bag that is not checked in and every box with something that is in no batch, oldest first."""
    bags = [bag for bag in envelopes.bags_of(session, spec_row.id) if bag.checked_at is None]
    found = [box for box in boxes.boxes_of(session, spec_row) if box.row.state is not BoxState.MERGED]
    if not bags and not found:
        return []
    places = {place.id: place for place in places_of(session, spec_row.process_id)}
    windows = windows_of(session, spec_row.id)
    waiting = [_bag(bag, places[bag.place_id], at) for bag in sorted(bags, key=lambda bag: bag.number)]
    for box in sorted(found, key=lambda box: box.row.number):
        waiting += _box(box, places[box.row.place_id], windows, at)
    return waiting


def _bag(bag: BagRow, place: Place, at: datetime) -> Line:
    waits = _("waits for a second person") if bag.witnessed_by is None else _("to be checked in")
    name = _("Bag %(number)s", number=bag.number)
    return Line(name, f"/bags/{bag.number}", place.name, waits, at - bag.received_at > LATE)


def _box(box: BoxView, place: Place, windows: Windows, at: datetime) -> Iterator[Line]:
    name, desk = _("Box %(number)s", number=box.row.number), f"/boxes/{box.row.number}"
    if box.opening is None and box.pieces > 0:
        waits = ngettext("%(num)s piece, not opened", "%(num)s pieces, not opened", box.pieces)
        yield Line(name, desk, place.name, waits, _closed_for(LATE, place, windows, at))
    elif box.opening is not None and (box.left > 0 or not box.agreed):
        waits = ngettext("%(num)s ballot in no batch", "%(num)s ballots in no batch", box.left)
        waits = waits if box.agreed else _("a second person counts its ballots")
        yield Line(name, desk, place.name, waits, at - box.opening.counted_at > LATE)


def _closed_for(long: timedelta, place: Place, windows: Windows, at: datetime) -> bool:
    """A box that is still being filled waits for nobody until what goes into it can come in no more."""
    return not windows.open_for(place.channel, at - long) and not windows.open_for(place.channel, at)
