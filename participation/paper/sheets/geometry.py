"""The geometry of a printed form, in millimetres from the top left corner of the sheet. Data alone: whoever reads
scans needs it without all that printing needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DIGIT_PLACES = {100: "hundreds", 10: "tens", 1: "ones", 0: "points"}
"""What the bubbles of a number box stand for, by `Mark.digit`; 0 is not a place of the number but its points."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A target to be marked.

    `value` is 1 for a tick, else the points or the rank that the bubble stands for. On a sheet of number boxes
    `option` is empty: `value` is a digit, `slot` the number box from 1, `digit` its place (100, 10 or 1).
    """

    question: str
    option: str
    x: float
    y: float
    w: float
    h: float
    value: int = 1
    slot: int = 0
    digit: int = 0
    several: bool = False
    """One of several targets of its project: bubbles for points or ranks."""

    @property
    def name(self) -> str:
        """The target as `form-layout` and `scan` name it, once in its question: its project, "7:3" where it gives 3
        points or the rank 3, "slot 2 tens 3" in a number box."""
        if self.slot:
            return f"slot {self.slot} {DIGIT_PLACES[self.digit]} {self.value}"
        return f"{self.option}:{self.value}" if self.several else self.option


@dataclass(frozen=True, slots=True)
class Region:
    """A place that is no target: a corner square, a QR, room for a serial or for writing."""

    name: str
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class PageLayout:
    """One side. `fiducials`: top left (with a white heart), top right, bottom left, bottom right."""

    page: int
    marks: tuple[Mark, ...]
    fiducials: tuple[Region, ...]
    serial: Region | None
    """The QR of the side."""
    texts: tuple[Region, ...] = ()
    """Where people write words."""
    places: tuple[Region, ...] = ()
    """Where each copy gets its serial ("serial") and its stub code ("stub") in print."""


@dataclass(frozen=True, slots=True)
class FormLayout:
    """All sides of a form. `form` is what its QR codes begin with: the version code without dashes."""

    width: float
    height: float
    pages: tuple[PageLayout, ...]
    form: str
    is_questionnaire: bool = False
    """Whether people answer in words in its `texts`; on a ballot those are for numbers, sums and initials."""

    def side(self, number: int) -> PageLayout:
        """The side with that number. Raises KeyError where there is none."""
        found = {page.page: page for page in self.pages}
        return found[number]


def around(parts: Sequence[Mark | Region], margin: float) -> Region:
    """The smallest box around parts of a side, with a margin in millimetres; it does not leave the sheet on the left
    or at the top."""
    left, top = max(0.0, min(each.x for each in parts) - margin), max(0.0, min(each.y for each in parts) - margin)
    right, bottom = (max(each.x + each.w for each in parts), max(each.y + each.h for each in parts))
    return Region("around", left, top, right + margin - left, bottom + margin - top)
