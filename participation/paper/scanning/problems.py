"""Why a page goes to a person, or a file is not read. The words for people are in `words.py`."""

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
    COARSE = "too-coarse"
    CUT = "cut-off"
    WRITING = "writing-outside"
    SERIAL = "unknown-serial"
    REPEATED = "repeated"
    MISSING_SIDE = "side-missing"


class FileProblem(StrEnum):
    """What is wrong with a file, or with one page of it."""

    MISSING = "file-missing"
    KIND = "not-a-scan"
    CORRUPT = "file-damaged"
    ENCRYPTED = "file-encrypted"
    TOO_LARGE = "file-too-large"
    TOO_MANY = "too-many-pages"
    TOO_MANY_PIXELS = "picture-too-large"
    TOO_SMALL = "picture-too-small"
