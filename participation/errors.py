"""What can go wrong for a person, as typed errors with a message that is translated when shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to translate later: English source text, its plural, the count, named values."""

    msgid: str
    plural: str = ""
    count: int = 0
    params: dict[str, Any] = field(default_factory=dict)


class DomainError(Exception):
    """Something a person asked for cannot be done. Says what happened, what was kept, what to do."""

    status = 409

    def __init__(self, message: Message, todo: Message | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(message.msgid)
        self.message = message
        self.todo = todo
        self.retry_after = retry_after


class NotFound(DomainError):
    status = 404


class Forbidden(DomainError):
    status = 403


class Conflict(DomainError):
    status = 409


class Invalid(DomainError):
    status = 422


class TooMany(DomainError):
    status = 429


class Unavailable(DomainError):
    status = 503
