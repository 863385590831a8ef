"""What was found in each target of a page: a mark, nothing, or a matter for a person.

Nothing here needs what reading pictures needs: whoever keeps or shows what was read may import it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from participation.paper.sheets.geometry import Mark


class State(StrEnum):
    CLEAR = "clear"
    EMPTY = "empty"
    UNCLEAR = "unclear"


class Why(StrEnum):
    """What made a target unclear."""

    FRAME = "frame"
    """Its printed line is not where it belongs."""
    BETWEEN = "between"
    """Neither enough ink for a mark nor little enough for none."""
    HALO = "halo"
    """Grey beside the lines of a mark."""
    LINE = "line"
    """Its one straight stroke goes on outside."""
    BRIDGE = "bridge"
    """Ink goes on to the next target."""
    NEAR = "near"
    """Ink close by belongs to no target."""
    SCRIBBLE = "scribble"
    """Its ink leaves it in more places than a tick, a cross or a filled square does."""
    TWO_DIGITS = "two-digits"
    """In a number box: another digit of the same place is marked too."""
    INCOMPLETE = "incomplete"
    """In a number box: the number, or its points, are not whole; or a number is written and nothing marked."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target; where it lies on the flat page is its mark's box in millimetres."""

    mark: Mark
    state: State
    why: Why | None = None


def options(targets: Sequence[Target], state: State, *, every: bool = False) -> dict[str, list[str]]:
    """Question → names of the targets in that state; with `every`, questions that have none too."""
    found: dict[str, list[str]] = {each.mark.question: [] for each in targets} if every else {}
    for mark in (each.mark for each in targets if each.state is state):
        found.setdefault(mark.question, []).append(mark.name)
    return found
