"""Scans over HTTP: files are brought, sheets settled on their pictures, the scan finished or given up."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from participation.accounts.access import ActorDep, AtDep, FormDep, receive_files
from participation.accounts.permissions import Permission
from participation.accounts.queries import names_of
from participation.ballots.models import BallotRejection
from participation.db import SessionDep
from participation.errors import Conflict, Forbidden, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper import queries as batches
from participation.paper.desk import context, go, published
from participation.paper.keying.adjudication import questions_of
from participation.paper.keying.forms import Key, read_keying
from participation.paper.marks import printed_reasons
from participation.paper.models.scans import ScanOut
from participation.paper.queries import PassRow
from participation.paper.scans import forms, queries, service, store
from participation.paper.scans.page import overview, sheet_page
from participation.paper.scans.service import Brought, Hand
from participation.paper.scans.sheets import Pile, SheetState
from participation.paper.scans.store import Store
from participation.paper.scans.words import MOST_FILES, MOST_MEGABYTES, NOT_KEPT
from participation.processes.access import open_process, open_process_before
from participation.processes.queries import OpenProcess
from participation.templating import page
from participation.typed import Errors, nonce_of
from participation.uploads import Arriving, Limits, Received

router = APIRouter()
SCAN = "/{locale}/staff/{organisation}/{slug}/batches/{number:int}/scan"
STREAMED = "/scan/files"
"""How addresses end that take files as they arrive."""
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Work = Annotated[OpenProcess, open_process(Permission.BATCH_KEY)]
WorkBefore = Annotated[OpenProcess, open_process_before(Permission.BATCH_KEY)]
LIMITS = Limits(MOST_FILES, MOST_MEGABYTES)
OF_CHILD = {"Cache-Control": "no-store", "Content-Disposition": "inline"}


async def _files(request: Request, process: WorkBefore) -> AsyncIterator[Received]:
    """The files of the form, on disk before any transaction of the request begins; whatever stays is removed."""
    del process  # checked before a byte is taken
    async with receive_files(request, store.arriving(request.app.state.settings), LIMITS) as received:
        yield received


FilesDep = Annotated[Received, Depends(_files, scope="function")]


def brought_of(file: Arriving) -> Brought:
    """What has arrived, for the verbs that keep it."""
    return Brought(file.digest, file.size, NOT_KEPT if file.is_over else "")


def _hand(session: SessionDep, process: OpenProcess, number: int, actor: ActorDep, at: AtDep) -> Hand:
    spec_row = published(session, process)
    return Hand(spec_row, batches.batch_or_404(session, spec_row, number), actor.account_id, at)


def _scan(session: SessionDep, hand: Hand) -> tuple[PassRow, Pile]:
    """The scan of the batch and its pile, for who may work on it. NotFound where there is none."""
    scan = service.check_hand(session, hand)
    if scan is None:
        raise NotFound(_("This batch is not keyed from scans."))
    return scan, service.read_pile(session, scan)


@router.get(SCAN)
def show_scan(
    request: Request, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: View
) -> Response:
    return _overview(request, session, process, actor, _hand(session, process, number, actor, at), {})


def _overview(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: ActorDep,
    hand: Hand,
    errors: Errors,
    **more: Any,
) -> Response:
    scan = queries.scan_of(session, hand.batch.id)
    shown = overview(session, hand.batch, scan) | {
        "use": batches.scan_use(session, process.id),
        "names": names_of(session, set(scan.people) if scan else set()),
        "may_work": _may_work(session, process, actor, hand, scan),
        "errors": errors,
        "reason": "",
    }
    status = 422 if errors else 200
    return page(request, "paper/scan.html", context(process, actor, "/batches", **(shown | more)), status=status)


def _may_work(session: SessionDep, process: OpenProcess, actor: ActorDep, hand: Hand, scan: PassRow | None) -> bool:
    """Whether this person is offered to work on the scan; each act is checked again when it is done."""
    if hand.batch.is_closed or (scan is not None and scan.finished_at is not None):
        return False
    if not actor.may(Permission.BATCH_KEY, process.organisation.id, process.id):
        return False
    try:
        service.check_hand(session, hand)
    except (Forbidden, Conflict):
        return False
    return True


@router.post(SCAN + "/files")
def bring_files(
    request: Request,
    number: int,
    files: FilesDep,
    session: SessionDep,
    actor: ActorDep,
    at: AtDep,
    process: Work,
) -> Response:
    hand = _hand(session, process, number, actor, at)
    if not files.files:
        raise Invalid(_("No file was chosen. Nothing was changed."), _("Go back and choose one or more files."))
    scan = service.begin_scan(session, hand, batches.scan_use(session, process.id))
    taken = service.bring(session, hand, scan, [brought_of(each) for each in files.files], nonce_of(files.fields))
    place = Store.of(request.app.state.settings, scan.id)
    for file_id, each in zip(taken, files.files, strict=True):
        if file_id is not None and each.path is not None:
            place.take(each.path, file_id)
    return go(request, process, f"/batches/{number}/scan")


@router.post(SCAN + "/files/{file}/again")
def read_again(
    request: Request, number: int, file: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep,
    process: Work,
) -> Response:  # fmt: skip
    service.try_again(session, _hand(session, process, number, actor, at), forms.page_key(file))
    return go(request, process, f"/batches/{number}/scan")


@router.get(SCAN + "/next")
def next_sheet(
    request: Request, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: Work, after: str = ""
) -> Response:
    """On to the next sheet that waits, the first ones again after the last; back to the list where none does."""
    _scan_row, pile = _scan(session, _hand(session, process, number, actor, at))
    ids = [str(sheet.id) for sheet in pile.sheets]
    start = ids.index(after) + 1 if after in ids else 0
    order = [*pile.sheets[start:], *pile.sheets[:start]]
    found = next((sheet for sheet in order if sheet.state is SheetState.WAITS), None)
    return go(request, process, f"/batches/{number}/scan" + (f"/sheets/{found.id}" if found else ""))


@router.get(SCAN + "/sheets/{sheet}")
def show_sheet(
    request: Request, number: int, sheet: str, session: SessionDep, actor: ActorDep, at: AtDep, process: Work
) -> Response:
    hand = _hand(session, process, number, actor, at)
    _scan_row, pile = _scan(session, hand)
    found = service.sheet_of(pile, forms.page_key(sheet))
    shown = sheet_page(hand.batch, pile, found, questions_of(hand.spec_row, hand.batch))
    return _sheet(request, process, actor, shown, {})


def _sheet(request: Request, process: OpenProcess, actor: ActorDep, shown: dict[str, Any], errors: Errors) -> Response:
    over = BallotRejection.OVER in printed_reasons(shown["questions"])
    more = {"out": "", "words": ""} | shown | {"errors": errors, "over_is_offered": over}
    status = 422 if errors else 200
    return page(request, "paper/scan_sheet.html", context(process, actor, "/batches", **more), status=status)


@router.post(SCAN + "/sheets/{sheet}")
def settle_sheet(
    request: Request, number: int, sheet: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep,
    process: Work,
) -> Response:  # fmt: skip
    """Keeps what a person reads on the pictures, in the words of the keying desk."""
    hand = _hand(session, process, number, actor, at)
    questions = questions_of(hand.spec_row, hand.batch)
    typed, errors = read_keying(form, questions, numbered=hand.batch.numbered)
    if errors:
        _scan_row, pile = _scan(session, hand)
        found = service.sheet_of(pile, forms.page_key(sheet))
        again = sheet_page(hand.batch, pile, found, questions, typed.lines) | {"serial": typed.serial}
        return _sheet(request, process, actor, again, errors)
    if typed.reading is not None and typed.key is not Key.SKIP:
        service.settle(session, hand, forms.page_key(sheet), typed.reading)
    return go(request, process, f"/batches/{number}/scan/next?after={forms.page_key(sheet)}")


@router.post(SCAN + "/sheets/{sheet}/out")
def take_sheet_out(
    request: Request, number: int, sheet: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep,
    process: Work,
) -> Response:  # fmt: skip
    hand = _hand(session, process, number, actor, at)
    _scan_row, pile = _scan(session, hand)
    found = service.sheet_of(pile, forms.page_key(sheet))
    out, words, errors = forms.read_out(form)
    if out is None:
        shown = sheet_page(hand.batch, pile, found, questions_of(hand.spec_row, hand.batch))
        return _sheet(request, process, actor, shown | {"out": str(form.get("out", "")), "words": words}, errors)
    service.take_out(session, hand, [each.id for each in found.pages], out, words)
    return go(request, process, f"/batches/{number}/scan/next")


@router.post(SCAN + "/blanks/out")
def take_blanks_out(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Work
) -> Response:
    """Takes every empty side out at once: the backs of sheets that are printed on one side."""
    hand = _hand(session, process, number, actor, at)
    _scan_row, pile = _scan(session, hand)
    empty = [each.id for sheet in pile.waiting if sheet.is_blank_page for each in sheet.pages]
    service.take_out(session, hand, empty, ScanOut.EMPTY, "")
    return go(request, process, f"/batches/{number}/scan")


@router.post(SCAN + "/pages/{key}/back")
def put_page_back(
    request: Request, number: int, key: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep,
    process: Work,
) -> Response:  # fmt: skip
    service.put_back(session, _hand(session, process, number, actor, at), forms.page_key(key))
    return go(request, process, f"/batches/{number}/scan")


@router.get(SCAN + "/pages/{key}/picture")
def show_picture(
    request: Request, number: int, key: str, session: SessionDep, actor: ActorDep, at: AtDep, process: Work
) -> Response:
    """The picture of a page as the limited child made it, for who works on this scan."""
    scan = _of_page(session, _hand(session, process, number, actor, at), key)
    path = Store.of(request.app.state.settings, scan.id).picture(forms.page_key(key))
    return picture_file(path, "image/jpeg")


@router.get(SCAN + "/pages/{key}/lines/{crop:int}")
def show_crop(
    request: Request, number: int, key: str, crop: int, session: SessionDep, actor: ActorDep, at: AtDep,
    process: Work,
) -> Response:  # fmt: skip
    """The line of one mark, cut out by the limited child."""
    scan = _of_page(session, _hand(session, process, number, actor, at), key)
    path = Store.of(request.app.state.settings, scan.id).crop(forms.page_key(key), crop)
    return picture_file(path, "image/png")


def _of_page(session: SessionDep, hand: Hand, key: str) -> PassRow:
    scan = service.check_hand(session, hand)
    if scan is None or not queries.has_page(session, scan.id, forms.page_key(key)):
        raise NotFound(_("There is no such picture in this scan."))
    return scan


def picture_file(path: Path, kind: str) -> Response:
    """A picture that the limited child made. NotFound once it is destroyed."""
    if not path.is_file():
        raise NotFound(_("This picture was destroyed at its date, or never made."))
    return FileResponse(path, media_type=kind, headers=OF_CHILD)


@router.post(SCAN + "/finish")
def finish_scan(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Work
) -> Response:
    hand = _hand(session, process, number, actor, at)
    scan = service.check_hand(session, hand)
    if scan is None or scan.finished_at is None:
        service.finish(session, hand, batches.scan_use(session, process.id))
    return go(request, process, f"/batches/{number}")


@router.post(SCAN + "/give-up")
def give_up_scan(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Work
) -> Response:
    hand = _hand(session, process, number, actor, at)
    reason, errors = forms.read_reason(form)
    if errors:
        return _overview(request, session, process, actor, hand, errors, reason=reason)
    gone = Store.of(request.app.state.settings, service.give_up(session, hand, reason))
    answer = go(request, process, f"/batches/{number}")
    answer.background = BackgroundTask(gone.drop)
    return answer
