"""A form that may bring one file: on disk, and told by its bytes, before any transaction of the request begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from participation.accounts.access import declares, read_form, receive_files
from participation.accounts.permissions import Permission
from participation.errors import DomainError, Message
from participation.files import Files, MediaType, Stored, too_large
from participation.i18n import lazy as _
from participation.processes.access import open_process_before, public_process
from participation.processes.queries import OpenProcess
from participation.typed import Errors
from participation.uploads import Limits, Received

EMPTY = _("There is nothing in this file: it has no byte. Open it on your computer, save it again and send that.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form takes; `missing` is said where it brings no file, and None where it need not."""

    kinds: frozenset[MediaType]
    limits: Limits
    missing: Message | None = None
    plain: bool = False
    """Whether the form may also come as one that has no room for files."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form whose file lies in its place already; `problem` where it brought none that can be kept."""

    fields: FormData
    stored: Stored | None
    problem: Message | None = None

    @property
    def lost(self) -> Errors:
        """What is said beside the field `file` when the page comes back: a browser cannot keep a file."""
        again = _("Choose the file once more: a browser cannot keep it.") if self.stored else None
        said = self.problem or again
        return {"file": said} if said else {}


def file_for(permission: Permission, wanted: Wanted) -> Any:
    """A dependency for staff routes below a process: the form with its file, its permission checked before a byte is
    taken."""

    async def sent(
        request: Request, process: Annotated[OpenProcess, open_process_before(permission)]
    ) -> AsyncIterator[Sent]:
        del process
        async with _arrived(request, wanted) as found:
            yield found

    return Depends(sent, scope="function")


def file_from_public(wanted: Wanted) -> Any:
    """The same for everybody, below a process that is published."""

    @declares(None)
    def published(request: Request, organisation: str, slug: str) -> None:
        with request.app.state.database.reading() as session:
            public_process(session, organisation, slug)

    async def sent(request: Request, checked: Annotated[None, Depends(published)]) -> AsyncIterator[Sent]:
        del checked
        async with _arrived(request, wanted) as found:
            yield found

    return Depends(sent, scope="function")


@asynccontextmanager
async def _arrived(request: Request, wanted: Wanted) -> AsyncIterator[Sent]:
    if wanted.plain and not request.headers.get("content-type", "").startswith("multipart/form-data"):
        yield Sent(await read_form(request), None, wanted.missing)
        return
    files = Files(request.app.state.settings)
    async with receive_files(request, files.arriving(), wanted.limits) as received:
        yield await run_in_threadpool(_taken, files, received, wanted)


def _taken(files: Files, received: Received, wanted: Wanted) -> Sent:
    arrived = next(iter(received.files), None)
    if arrived is None or arrived.path is None:
        return Sent(received.fields, None, EMPTY if received.has_empty else wanted.missing)
    try:
        if arrived.is_over:
            raise too_large(wanted.limits.most_file)
        return Sent(received.fields, files.take(arrived.path, wanted.kinds))
    except DomainError as error:
        return Sent(received.fields, None, _whole(error))


def _whole(error: DomainError) -> Message:
    """What happened, then what to do."""
    if error.todo is None:
        return error.message
    return Message("%(said)s %(todo)s", params={"said": error.message, "todo": error.todo})
