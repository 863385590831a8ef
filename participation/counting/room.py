"""A poll in a room: telephones, cards and hands, each source apart, and their sum where it may be made.

Nobody can be told apart in a total of raised hands. So the sources of the room are added up only where the people
present were counted and the sources together are not more than they; else each stands for itself. What came from
elsewhere, before, during or after, joins them only where each answer, in the room too, stands for one card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SINGLE_COUNTER = 40
"""In a room of fewer people one counter of hands is enough, and the result says that there was one."""


class Apart(StrEnum):
    """Why sources are shown side by side and not added up."""

    NOBODY_COUNTED = "nobody-counted"
    MORE_THAN_PRESENT = "more-than-present"
    OUTSIDE_THE_ROOM = "outside-the-room"
    """Somebody answered from elsewhere, and nothing tells whether they also did in the room."""


@dataclass(frozen=True, slots=True)
class RoomSource:
    """What came one way: `votes` (or points of a ranking) follow the options; `people` are those who answered."""

    name: str
    people: int
    votes: tuple[int, ...]
    is_total: bool = False
    """Counted as a total: hands, or cards held up."""
    elsewhere: bool = False
    """Answered outside of the room: before its doors opened, after the end, or on the site."""


@dataclass(frozen=True, slots=True)
class RoomResult:
    """All sources, those of the room first; their sum where it may be made, and why something is not in it.

    Where only what came from elsewhere stands apart, the sum is that of the room.
    """

    sources: tuple[RoomSource, ...]
    merged: RoomSource | None
    apart: Apart | None

    @property
    def people(self) -> int:
        """Answers from all sources, whether or not they may be added up."""
        return sum(source.people for source in self.sources)

    @property
    def elsewhere(self) -> int:
        """Answers from outside of the room."""
        return sum(source.people for source in self.sources if source.elsewhere)

    @property
    def in_room(self) -> int:
        return self.people - self.elsewhere

    @property
    def summed(self) -> int:
        """How many sources the sum is made of."""
        if self.merged is None:
            return 0
        away = self.apart is Apart.OUTSIDE_THE_ROOM
        return sum(not (away and source.elsewhere) for source in self.sources)


MERGED = "merged"


def merge(sources: Sequence[RoomSource], present: int | None, *, one_card_each: bool = False) -> RoomResult:
    """The result of one poll. A single source needs no sum: it is the result.

    `present` is the number of people counted in the room; `one_card_each` says that a ballot stands for a card of the
    door, at home as in the room. A raised hand never does.
    """
    room = tuple(source for source in sources if source.people and not source.elsewhere)
    told = (*room, *(source for source in sources if source.people and source.elsewhere))
    if apart := _apart(room, present):
        return RoomResult(told, None, apart)
    by_cards = one_card_each and not any(source.is_total for source in room)
    if not room or by_cards or room == told:
        return RoomResult(told, _sum(told), None)
    return RoomResult(told, _sum(room), Apart.OUTSIDE_THE_ROOM)


def _apart(room: Sequence[RoomSource], present: int | None) -> Apart | None:
    """Why the sources of the room may not be added up."""
    if present is None:
        return Apart.NOBODY_COUNTED if len(room) > 1 else None
    return Apart.MORE_THAN_PRESENT if sum(source.people for source in room) > present else None


def _sum(sources: Sequence[RoomSource]) -> RoomSource | None:
    if not sources:
        return None
    votes = tuple(map(sum, zip(*(source.votes for source in sources), strict=True)))
    return RoomSource(MERGED, sum(source.people for source in sources), votes)
