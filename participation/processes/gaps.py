"""Something that a draft lacks before it can be published."""

from __future__ import annotations

from dataclasses import dataclass

from participation.errors import Message


@dataclass(frozen=True, slots=True)
class Gap:
    """Something to fill in: the sentence, and the address below the process's staff page where it is done."""

    message: Message
    path: str
