"""What can be wrong with a file that somebody brought, as only opening it shows."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Why a file is not handed on; UNREAD alone is of one that is."""

    MISSING = "file-missing"
    DAMAGED = "file-damaged"
    LOCKED = "file-locked"
    PROGRAM = "file-holds-program"
    TOO_MANY = "too-many-pages"
    TOO_LARGE = "file-too-large"
    TOO_MANY_PIXELS = "picture-too-large"
    UNREAD = "pages-unread"
