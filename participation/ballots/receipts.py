"""Receipts over HTTP: the page after casting, and the look-up, which is not logged.

A voter on paper has two stubs with two codes. The slip's is asked of the register, the ballot's of the paper desk, and
nothing leads from one to the other.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import FormDep, declares
from participation.ballots.addresses import PROCESS
from participation.ballots.booth import bucket_for, carry_token, enter, noting_wrong_guess, refuse_guessing
from participation.ballots.forms import read_code
from participation.ballots.queries import ReceiptKind, ReceiptStatus, receipt_status
from participation.db import Database
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.models import WindowKind
from participation.processes.queries import OpenProcess, SpecRow, current_spec, process_at, public_processes
from participation.register.identity import grouped
from participation.register.keys import Keys
from participation.templating import page
from participation.typed import text_of

router = APIRouter()
STAFF_LOOK_UP = "/{locale}/staff/{organisation}/{slug}/receipts"
QUIET_PATHS = ("/{locale}/receipt", f"{PROCESS}/receipt", f"{PROCESS}/vote/receipt", STAFF_LOOK_UP)


class PaperStubs(Protocol):
    """What the paper desk knows: it lies above this package, and is handed down when the application starts."""

    def ballot(self, session: Session, spec_row: SpecRow, code: str, at: datetime) -> ReceiptStatus | None:
        """What became of the ballot whose stub has this code; None where there is none."""
        ...

    def boxes(self, session: Session, spec_row: SpecRow, place_id: uuid.UUID | None, style: str) -> tuple[int, ...]:
        """The boxes in which a ballot of that place and district may be."""
        ...


def status_of(
    session: Session, keys: Keys, stubs: PaperStubs, spec_row: SpecRow, code: str, at: datetime
) -> ReceiptStatus | None:
    """What a receipt or a stub of this vote says; None where none has this code. Nothing is noted of the asking."""
    status = receipt_status(session, keys, spec_row, code, at)
    if status.slip is not None:
        return replace(status, boxes=stubs.boxes(session, spec_row, status.slip.place_id, status.slip.style))
    if status.kind is not ReceiptKind.UNKNOWN:
        return status
    return stubs.ballot(session, spec_row, code, at)


@router.get(f"{PROCESS}/vote/receipt")
@declares(None)
def receipt_page(request: Request, organisation: str, slug: str) -> Response:
    """The receipt of the ballot just cast, from the browser's own cookie."""
    with enter(request, organisation, slug) as booth:
        code = booth.jar.read_receipt(request.cookies)
        if code is None:
            return booth.go("/vote" if booth.is_kiosk else "/receipt")
        closes = booth.windows.moments.get(WindowKind.ONLINE_CLOSES)
        context = {"code": grouped(code), "at": booth.at, "closes": closes, "zone": booth.process.zone}
        return booth.page("ballots/receipt.html", context)


@dataclass(frozen=True, slots=True)
class Found:
    """The process a receipt belongs to and what it says; `process` is None on the site-wide page."""

    process: OpenProcess | None
    status: ReceiptStatus


@router.get("/{locale}/receipt")
@declares(None)
def look_up_anywhere(request: Request) -> Response:
    return _look_up_page(request, None, {}, "")


@router.post("/{locale}/receipt")
@declares(None)
def answer_anywhere(request: Request, form: FormDep) -> Response:
    """A receipt need not say of which vote it is."""
    return _answer(request, form, None)


@router.get(f"{PROCESS}/receipt")
@declares(None)
def look_up(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug, questionnaire=None) as booth:
        return _look_up_page(request, Found(booth.process, ReceiptStatus(ReceiptKind.UNKNOWN)), {}, "")


@router.post(f"{PROCESS}/receipt")
@declares(None)
def answer_look_up(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    with enter(request, organisation, slug, questionnaire=None) as booth:
        process = booth.process
    return _answer(request, form, process)


def _answer(request: Request, form: FormData, process: OpenProcess | None) -> Response:
    """What became of the ballot or slip with this code. A wrong code counts as a failed attempt."""
    state = request.app.state
    at: datetime = state.clock()
    bucket = bucket_for(request, "receipt", str(process.id) if process else "")
    database: Database = state.database
    code, errors = read_code(form)
    with database.reading() as session:
        refuse_guessing(session, bucket, at)
        found = None if errors else _find(session, state.keys, state.paper_stubs, process, code, at)
    if found is not None:
        return _look_up_page(request, found, {}, text_of(form, "code"))
    here = Found(process, ReceiptStatus(ReceiptKind.UNKNOWN)) if process else None
    if errors:
        return _look_up_page(request, here, errors, text_of(form, "code"), status=422)
    errors = {"code": _("No receipt has this code. Check each letter and digit; there is no O, I, 0 or 1 in it.")}
    page = _look_up_page(request, here, errors, text_of(form, "code"), status=422)
    return noting_wrong_guess(page, request, bucket, at)


def _find(
    session: Session, keys: Keys, stubs: PaperStubs, process: OpenProcess | None, code: str, at: datetime
) -> Found | None:
    """Asks one vote, or every public one."""
    for place in [process] if process else _public_places(session):
        spec_row = current_spec(session, place.id)
        status = status_of(session, keys, stubs, spec_row, code, at) if spec_row else None
        if status:
            return Found(place, status)
    return None


def _public_places(session: Session) -> Iterator[OpenProcess]:
    for process, body in public_processes(session):
        if found := process_at(session, body.slug, process.slug):
            yield found


def _look_up_page(
    request: Request, found: Found | None, errors: dict[str, Message], typed: str, *, status: int = 200
) -> Response:
    carry_token(request)
    process = found.process if found else None
    context = {
        "process": process.process if process else None,
        "organisation": process.organisation if process else None,
        "process_path": process.path if process else "",
        "zone": process.zone if process else None,
        "status": found.status if found and found.status.kind is not ReceiptKind.UNKNOWN else None,
        "errors": errors,
        "typed": typed,
    }
    headers = {"Cache-Control": "no-store"}
    return page(request, "ballots/look_up.html", context, status=status, headers=headers)
