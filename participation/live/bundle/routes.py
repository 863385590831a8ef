"""The bundle of a meeting for staff: made on one system, brought in on another."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from participation.accounts.access import ActorDep, AtDep, in_organisation_before, receive_files
from participation.accounts.models import Organisation
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.errors import Invalid, Message
from participation.files import Files
from participation.i18n import lazy as _
from participation.live.bundle import making, packing, service
from participation.live.bundle.packing import LARGEST_FILE, Opened
from participation.live.routes_alone import NewIn
from participation.live.routes_prepare import staff_room
from participation.live.routes_staff import MEETING, MEETINGS, RunningDep, Runs
from participation.processes.access import open_process_before
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.templating import locale_of, page
from participation.uploads import Limits, Received

router = APIRouter()
STREAMED = "/meetings/bring"
LIMITS = Limits(files=1, megabytes=LARGEST_FILE)
RunsBefore = Annotated[OpenProcess, open_process_before(Permission.POLL_RUN)]
NewBefore = Annotated[Organisation, in_organisation_before(Permission.POLL_RUN)]
ALONE = "/{locale}/staff/{organisation}/meetings/bring"


@router.get(f"{MEETING}/bundle")
def bundle(request: Request, run: RunningDep, actor: ActorDep) -> Response:
    """Its control number and the file, or why there is none yet; how it came here, where it was held elsewhere."""
    why_not = making.obstacle(run.session, run.room, run.hand.at)
    context = {
        "why_not": why_not,
        "control": "" if why_not else making.make(run.session, run.room, run.hand.at).control,
        "brought": service.brought(run.session, run.meeting),
    }
    return staff_room(request, run.room, actor, "live/bundle.html", context)


@router.get(f"{MEETING}/bundle.zip")
def download(run: RunningDep) -> Response:
    packed = making.make(run.session, run.room, run.hand.at)
    name = f"meeting-{run.meeting.code}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(packed.data, media_type="application/zip", headers=headers)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form brought: the bundle, or the field at which it fails and why."""

    number: str
    opened: Opened | None = None
    errors: dict[str, Message] | None = None
    todo: Message | None = None


async def _sent(request: Request, process: RunsBefore) -> AsyncIterator[Sent]:
    del process  # checked before a byte is taken
    async for sent in _received(request):
        yield sent


async def _sent_alone(request: Request, organisation: NewBefore) -> AsyncIterator[Sent]:
    del organisation  # checked before a byte is taken
    async for sent in _received(request):
        yield sent


async def _received(request: Request) -> AsyncIterator[Sent]:
    files = Files(request.app.state.settings)
    async with receive_files(request, files.arriving(), LIMITS) as received:
        yield await run_in_threadpool(_read, received)


def _read(received: Received) -> Sent:
    """Opened before the transaction begins: a large file must not hold the write lock."""
    number = str(received.fields.get("control") or "")[:60]
    if not received.files:
        return Sent(number, errors={"file": _("Choose the file of the bundle.")})
    try:
        packing.read_number(number)
    except Invalid as error:
        return Sent(number, errors={"control": error.message}, todo=error.todo)
    try:
        if received.files[0].is_over or received.files[0].path is None:
            raise packing.too_large()
        return Sent(number, packing.open_bundle(received.files[0].path, number))
    except Invalid as error:
        return Sent(number, errors={"file": error.message}, todo=error.todo)


SentDep = Annotated[Sent, Depends(_sent, scope="function")]
SentAloneDep = Annotated[Sent, Depends(_sent_alone, scope="function")]


@router.get(f"{MEETINGS}/bring")
def choose(request: Request, process: Runs, actor: ActorDep) -> Response:
    return _choose(request, staff_context(process, actor, "/meetings"), Sent(""))


def _choose(request: Request, frame: dict[str, Any], sent: Sent) -> Response:
    context = {"control": sent.number, "errors": sent.errors or {}, "todo": sent.todo, "most": LARGEST_FILE}
    return page(request, "live/bring.html", frame | context, status=422 if sent.errors else 200)


@router.post(f"{MEETINGS}/bring")
def bring(request: Request, sent: SentDep, process: Runs, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    """All of the bundle, or nothing; then the page that says what came."""
    if sent.opened is None:
        return _choose(request, staff_context(process, actor, "/meetings"), sent)
    service.bring(session, sent.opened, process, at, actor)
    return _said(request, process, sent.opened)


@router.get(ALONE)
def choose_alone(request: Request, organisation: NewIn) -> Response:
    return _choose(request, {"organisation": organisation}, Sent(""))


@router.post(ALONE)
def bring_alone(
    request: Request, sent: SentAloneDep, organisation: NewIn, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    """The same for a meeting that belongs to no process."""
    if sent.opened is None:
        return _choose(request, {"organisation": organisation}, sent)
    process = service.bring_alone(session, sent.opened, organisation.id, at, actor)
    return _said(request, process, sent.opened)


def _said(request: Request, process: OpenProcess, opened: Opened) -> Response:
    where = f"{process.staff_path}/meetings/{opened.bundle.meeting.id}/bundle"
    return RedirectResponse(f"/{locale_of(request)}{where}", 303)
