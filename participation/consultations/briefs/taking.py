"""A form that may bring one file: on disk before any transaction of the request begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from participation.accounts.access import receive_files
from participation.errors import DomainError, Message
from participation.files import Files, MediaType, Stored, too_large
from participation.i18n import lazy as _
from participation.uploads import Limits, Received

ALLOWED = frozenset({MediaType.PDF, MediaType.DOCX, MediaType.ODT})
LIMITS = Limits(files=1, megabytes=50, field=2_000_000)
"""A field may hold far more than a brief is long, so that a text that is too long comes back to who typed it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form whose file lies in its place; `problem` where it brought one that cannot be kept."""

    fields: FormData
    stored: Stored | None
    problem: Message | None

    @property
    def lost(self) -> Message | None:
        """What is said beside the file when the page comes back: a browser cannot keep it."""
        return self.problem or (_("Choose the file once more: a browser cannot keep it.") if self.stored else None)


@asynccontextmanager
async def sent_form(request: Request) -> AsyncIterator[Sent]:
    files = Files(request.app.state.settings)
    async with receive_files(request, files.arriving(), LIMITS) as received:
        yield await run_in_threadpool(_kept, files, received)


def _kept(files: Files, received: Received) -> Sent:
    arrived = next(iter(received.files), None)
    if arrived is None or arrived.path is None:
        return Sent(received.fields, None, None)
    try:
        if arrived.is_over:
            raise too_large(LIMITS.most_file)
        return Sent(received.fields, files.take(arrived.path, ALLOWED), None)
    except DomainError as error:
        return Sent(received.fields, None, error.message)
