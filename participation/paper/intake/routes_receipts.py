"""A clerk looks a receipt up for somebody on the phone or at a counter. Nobody notes that it was asked."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.ballots.booth import bucket_for, noting_wrong_guess, refuse_guessing
from participation.ballots.forms import read_code
from participation.ballots.receipts import STAFF_LOOK_UP, status_of
from participation.db import SessionDep
from participation.i18n import lazy as _
from participation.paper.desk import context, published
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import page
from participation.typed import Errors, text_of

router = APIRouter()
Accept = Annotated[OpenProcess, open_process(Permission.DECLARATION_ACCEPT)]


@router.get(STAFF_LOOK_UP)
def ask(request: Request, session: SessionDep, actor: ActorDep, process: Accept) -> Response:
    published(session, process)
    return _page(request, process, actor)


@router.post(STAFF_LOOK_UP)
def answer(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    """The same answer as online. Wrong codes are counted as there, so that nobody can try them all."""
    spec_row, state = published(session, process), request.app.state
    bucket = bucket_for(request, "receipt", str(process.id))
    refuse_guessing(session, bucket, at)
    code, errors = read_code(form)
    typed = text_of(form, "code")
    if errors:
        return _page(request, process, actor, typed=typed, errors=errors, status=422)
    status = status_of(session, state.keys, state.paper_stubs, spec_row, code, at)
    if status is not None:
        return _page(request, process, actor, found=status)
    wrong: Errors = {"code": _("No receipt has this code. Read it once more; there is no O, I, 0 or 1 in it.")}
    shown = _page(request, process, actor, typed=typed, errors=wrong, status=422)
    return noting_wrong_guess(shown, request, bucket, at)


def _page(
    request: Request, process: OpenProcess, actor: ActorDep, *, status: int = 200, typed: str = "", found: Any = None,
    errors: Errors | None = None,
) -> Response:  # fmt: skip
    shown = context(process, actor, "/intake", found=found, typed=typed, errors=errors or {})
    headers = {"Cache-Control": "no-store"}
    return page(request, "paper/intake_receipt.html", shown, status=status, headers=headers)
