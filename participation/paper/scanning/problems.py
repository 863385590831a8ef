"""Why a page goes to a person."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """What keeps a page from being taken as read; the values stand in the output of `participation scan`."""

    UNREADABLE = "unreadable"
    BLANK = "blank-page"
    NO_CODE = "no-code"
    FOREIGN = "foreign-sheet"
    SEVERAL = "several-sheets"
    CORNERS = "corners-missing"
    PRINT = "print-differs"
    FOLDED = "folded-or-shifted"
    FAINT = "too-faint"
    BLURRED = "blurred"
    CUT = "cut-off"
    WRITING = "writing-outside"
    SERIAL = "unknown-serial"
    REPEATED = "repeated"
    MISSING_SIDE = "side-missing"
