"""The geometry of a printed form, in millimetres from the top left corner of the sheet. Data alone: whoever reads
scans needs it without all that printing needs.
"""

from __future__ import annotations

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

    @property
    def name(self) -> str:
        """The target as `form-layout` and `scan` name it: its project, or "slot 2 tens 3" in a number box."""
        return f"slot {self.slot} {DIGIT_PLACES[self.digit]} {self.value}" if self.slot else self.option


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
