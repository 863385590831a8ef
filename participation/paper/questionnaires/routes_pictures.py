"""Pictures of questionnaire sheets over HTTP: brought alone or in a scanned pile, gone when their sheet is cast."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from participation.accounts.access import FormDep, receive_files
from participation.accounts.permissions import Permission
from participation.errors import Invalid
from participation.files import DOCUMENTS, Files, Stored, serve, too_large
from participation.i18n import lazy as _
from participation.paper.desk import paper_places
from participation.paper.models.scans import ScanFileState
from participation.paper.questionnaires import piles, queries, service
from participation.paper.questionnaires.at_desk import HERE, AtDesk, Keyer, Settler, no_picture
from participation.paper.questionnaires.forms import read_arrival
from participation.paper.questionnaires.routes import SHEET
from participation.paper.questionnaires.words import said
from participation.paper.scans import store
from participation.paper.scans.forms import page_key
from participation.paper.scans.routes import LIMITS as PILE_LIMITS
from participation.paper.scans.routes import brought_of, picture_file
from participation.paper.scans.store import Store
from participation.paper.scans.words import FILE_STATES, MOST_FILES, MOST_MEGABYTES
from participation.processes.access import open_process_before
from participation.processes.queries import OpenProcess
from participation.typed import Errors, nonce_of, text_of
from participation.uploads import Limits, Received

router = APIRouter()
LIMITS = Limits(files=1, megabytes=20)
SCAN, OF_PAGE = HERE + "/scan", HERE + "/scan/pages/{key}"
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


@router.post(SHEET + "/picture/upload")
def bring(number: int, sent: SentDep, at_desk: Keyer) -> Response:
    service.add_picture(at_desk.session, at_desk.sheet(number), sent, at_desk.at)
    return at_desk.go("?done=picture")


@router.get(SHEET + "/picture")
def picture(number: int, at_desk: Keyer) -> Response:
    return _picture(at_desk, number)


@router.get(SHEET + "/settle/picture")
def picture_to_settle(number: int, at_desk: Settler) -> Response:
    return _picture(at_desk, number)


def _picture(at_desk: AtDesk, number: int) -> Response:
    file = at_desk.picture(at_desk.sheet(number))
    if file is None:
        raise no_picture()
    return serve(Files(at_desk.request.app.state.settings), file, f"sheet-{number}", in_place=True)


# A pile that was scanned.


async def _pile(request: Request, process: KeyerBefore) -> AsyncIterator[Received]:
    """The files of the form, on disk before any transaction of the request begins; whatever stays is removed."""
    del process  # checked before a byte is taken
    async with receive_files(request, store.arriving(request.app.state.settings), PILE_LIMITS) as received:
        yield received


PileDep = Annotated[Received, Depends(_pile, scope="function")]


@router.get(SCAN)
def show_scans(at_desk: Keyer) -> Response:
    return _scans(at_desk, {"place": "", "received": str(at_desk.intake.today)})


def _scans(at_desk: AtDesk, values: dict[str, str], errors: Errors | None = None) -> Response:
    scans = queries.scans_of(at_desk.session, at_desk.row.id)
    return at_desk.page(
        "paper/questionnaire_scans.html",
        errors,
        values=values,
        places=paper_places(at_desk.session, at_desk.process),
        names={place.id: place.name for place in at_desk.intake.places},
        scans=[(line, said([line.scan.problem] if line.scan.problem else [])) for line in scans],
        busy=any(line.scan.state is ScanFileState.WAITING for line in scans),
        loose={
            number: [(page, said(page.problems)) for page in pages]
            for number, pages in queries.loose_pages(at_desk.session, at_desk.row.id).items()
        },
        file_states=FILE_STATES,
        most_files=MOST_FILES,
        most_megabytes=MOST_MEGABYTES,
    )


@router.post(SCAN + "/files")
def bring_pile(files: PileDep, at_desk: Keyer) -> Response:
    form, session = files.fields, at_desk.session
    (place, received), errors = read_arrival(form, at_desk.intake)
    if not files.files:
        errors["files"] = _("Choose one file or several.")
    if errors or place is None or received is None:
        return _scans(at_desk, {name: text_of(form, name) for name in ("place", "received")}, errors)
    brought = [brought_of(each) for each in files.files]
    taken = piles.bring(session, at_desk.row, place, received, brought, nonce=nonce_of(form), **at_desk.hand)
    for scan_id, each in zip(taken, files.files, strict=True):
        if scan_id is not None and each.path is not None:
            Store.of(at_desk.request.app.state.settings, scan_id).take(each.path, scan_id)
    return at_desk.go("/scan")


@router.post(SCAN + "/{number:int}/again")
def read_again(number: int, at_desk: Keyer, form: FormDep) -> Response:
    piles.try_again(at_desk.session, queries.scan_or_404(at_desk.session, at_desk.row.id, number))
    return at_desk.go("/scan")


@router.post(SCAN + "/{number:int}/seen")
def let_go(number: int, at_desk: Keyer, form: FormDep) -> Response:
    """Somebody has looked at the pages of no sheet."""
    piles.let_go(at_desk.session, queries.scan_or_404(at_desk.session, at_desk.row.id, number))
    return at_desk.go("/scan")


@router.get(OF_PAGE + "/picture")
def page_picture(key: str, at_desk: Keyer) -> Response:
    return _page(at_desk, key)


@router.get(OF_PAGE + "/settle/picture")
def page_to_settle(key: str, at_desk: Settler) -> Response:
    return _page(at_desk, key)


def _page(at_desk: AtDesk, key: str) -> Response:
    return picture_file(_store(at_desk, key).picture(page_key(key)), "image/jpeg")


@router.get(OF_PAGE + "/fields/{number:int}")
def field_picture(key: str, number: int, at_desk: Keyer) -> Response:
    """The place for the words of one question, cut out by the limited child."""
    return picture_file(_store(at_desk, key).crop(page_key(key), number), "image/png")


def _store(at_desk: AtDesk, key: str) -> Store:
    scan_id = queries.scan_of_page(at_desk.session, at_desk.row.id, page_key(key))
    return Store.of(at_desk.request.app.state.settings, scan_id)
