"""Pictures of questionnaire sheets over HTTP: brought once, seen by who reads the sheet again, gone when it is cast."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from participation.accounts.access import AtDep, receive_files
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.errors import Invalid, NotFound
from participation.files import DOCUMENTS, Files, Stored, serve, too_large
from participation.i18n import lazy as _
from participation.paper.desk import go, published
from participation.paper.questionnaires import queries, service
from participation.paper.questionnaires.routes import DESK, HERE, Keyer, Settler, picture_of
from participation.processes.access import open_process_before
from participation.processes.queries import OpenProcess
from participation.uploads import Limits, Received

router = APIRouter()
LIMITS = Limits(files=1, megabytes=20)
KeyerBefore = Annotated[OpenProcess, open_process_before(Permission.BATCH_KEY)]


async def _sent(request: Request, process: KeyerBefore) -> AsyncIterator[Stored]:
    """The picture, on disk before the transaction begins that needs it."""
    del process  # checked before a byte is taken
    files = Files(request.app.state.settings)
    async with receive_files(request, files.arriving(), LIMITS) as received:
        yield await run_in_threadpool(_kept, files, received)


def _kept(files: Files, received: Received) -> Stored:
    arrived = next(iter(received.files), None)
    if arrived is None or arrived.path is None:
        raise Invalid(_("Choose the file: a PDF, or a picture (PNG, JPEG, WebP)."))
    if arrived.is_over:
        raise too_large(LIMITS.most_file)
    return files.take(arrived.path, DOCUMENTS)


SentDep = Annotated[Stored, Depends(_sent, scope="function")]


@router.post(HERE + "/sheets/{number:int}/picture/upload")
def bring(request: Request, number: int, sent: SentDep, process: Keyer, session: SessionDep, at: AtDep) -> Response:
    sheet = queries.sheet_or_404(session, published(session, process).id, number)
    service.add_picture(session, sheet, sent, at)
    return go(request, process, f"{DESK}?done=picture")


@router.get(HERE + "/sheets/{number:int}/picture")
def picture(request: Request, number: int, process: Keyer, session: SessionDep) -> Response:
    return _picture(request, session, process, number)


@router.get(HERE + "/sheets/{number:int}/settle/picture")
def picture_to_settle(request: Request, number: int, process: Settler, session: SessionDep) -> Response:
    return _picture(request, session, process, number)


def _picture(request: Request, session: SessionDep, process: OpenProcess, number: int) -> Response:
    sheet = queries.sheet_or_404(session, published(session, process).id, number)
    file = picture_of(session, sheet)
    if file is None:
        raise NotFound(_("This sheet has no picture, or it is in the box already."))
    return serve(Files(request.app.state.settings), file, f"sheet-{number}", in_place=True)
