"""A poll in a room: telephones, cards and hands, each source apart, and their sum where it may be made.

Nobody can be told apart in a total of raised hands. So the sources are added up only where the people present were
counted and the sources together are not more than they; else each stands for itself.
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


@dataclass(frozen=True, slots=True)
class RoomResult:
    """All sources, their sum where it may be made, else why not."""

    sources: tuple[RoomSource, ...]
    merged: RoomSource | None
    apart: Apart | None

    @property
    def people(self) -> int:
        """Answers from all sources, whether or not they may be added up."""
        return sum(source.people for source in self.sources)


MERGED = "merged"


def merge(sources: Sequence[RoomSource], present: int | None, *, mixed_places: bool = False) -> RoomResult:
    """The result of one poll. A single source needs no sum: it is the result.

    `present` is the number of people counted in the room; `mixed_places` says that people also answered from
    elsewhere without anything that stands for one person.
    """
    told = tuple(source for source in sources if source.people)
    people = sum(source.people for source in told)
    apart = None
    if present is not None and people > present and not mixed_places:
        apart = Apart.MORE_THAN_PRESENT
    elif mixed_places and len(told) > 1:
        apart = Apart.OUTSIDE_THE_ROOM
    elif present is None and len(told) > 1:
        apart = Apart.NOBODY_COUNTED
    if apart or not told:
        return RoomResult(told, None, apart)
    votes = tuple(map(sum, zip(*(source.votes for source in told), strict=True)))
    return RoomResult(told, RoomSource(MERGED, people, votes), None)
