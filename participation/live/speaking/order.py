"""In which order those who wait get the floor. Pure: the same queue and rules give the same order everywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from participation.live.speaking.models import Alternation, Side


@dataclass(frozen=True, slots=True)
class Place:
    """What the rules look at of one who waits."""

    number: int
    drawn: int | None = None
    side: Side | None = None
    has_spoken: bool = False


def in_order(waiting: Iterable[Place], alternation: Alternation, last_side: Side | None = None) -> list[int]:
    """The numbers in the order in which they are called.

    Those drawn go first, in the order of the draw; the others follow by arrival. Then the alternation, if any: who
    speaks for the first time goes before; or never two of one side in a row while somebody else waits, `last_side`
    being that of who was called last.
    """
    queue = sorted(waiting, key=lambda place: (place.drawn is None, place.drawn or 0, place.number))
    if alternation is Alternation.FIRST_TIME:
        queue.sort(key=lambda place: place.has_spoken)
    if alternation is Alternation.SIDES:
        queue = list(_sides_in_turn(queue, last_side))
    return [place.number for place in queue]


def _sides_in_turn(queue: Sequence[Place], last: Side | None) -> Iterable[Place]:
    left = list(queue)
    while left:
        chosen = next((place for place in left if last is None or place.side is not last), left[0])
        left.remove(chosen)
        last = chosen.side or last
        yield chosen


def plain(text: str) -> str:
    """A name or subject as it is compared: without case, accents or double spaces."""
    bare = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join("".join(bare).casefold().split())
