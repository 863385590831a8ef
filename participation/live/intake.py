"""What a telephone sends: one ballot of one poll, taken straight to the ballot writer.

The form carries a ticket, which went out while the poll was open, and a nonce, which makes a second arrival of the
same vote harmless. So a telephone in a dead spot may send again and again until it is answered.
"""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from participation.accounts.access import declares, read_form
from participation.ballots.booth import frozen_spec
from participation.ballots.entries import Entry, OpenText, Receipt, RefusalReason, RoomClaim, Source
from participation.counting.spec import Capture, Channel, RegisterKind
from participation.errors import Conflict, DomainError, Invalid, Message
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.live import forms
from participation.live.devices import Devices, devices_of
from participation.live.screens import phone_page
from participation.processes.queries import WHOLE_STYLE, SpecRow
from participation.templating import locale_of

VOTE = "/{locale}/m/{code}/vote"
IN_THE_ROOM = Source(Channel.ROOM, Capture.SELF)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_COUNTED = _("Your answer is counted.")
_NOT_TAKEN = _("Your answer could not be taken. Ask a helper for a card.")
_REFUSED = {
    RefusalReason.NOT_OPEN: _("This poll closed more than a minute before your answer came. It was not counted."),
    RefusalReason.INVALID_ANSWERS: _("This answer does not fit the question. Choose again."),
}


@declares(None)
async def vote(request: Request) -> Response:
    """Counted, refused with a reason, or to be sent again: JSON for a script, else the page of the room."""
    form = await read_form(request)
    try:
        spec_row, entry = await _read(request, form)
        answer = await request.app.state.writer.cast(spec_row.id, entry, entry.received)
    except DomainError as error:
        return await _refused(request, error.status, error.message, error.retry_after)
    if isinstance(answer, Receipt) or answer.reason is RefusalReason.ALREADY_RECEIVED:
        if _is_script(request):
            return JSONResponse({"state": "counted", "words": translate(_COUNTED, locale_of(request))})
        return RedirectResponse(request.url.path.removesuffix("/vote"), 303)
    return await _refused(request, 409, _REFUSED.get(answer.reason, _NOT_TAKEN))


intake_router = APIRouter(routes=[Route(VOTE, vote, methods=["POST"])])
QUIET_PATHS = (VOTE,)


async def _read(request: Request, form: FormData) -> tuple[SpecRow, Entry]:
    """The vote in the form. Invalid or Conflict, in words for whoever holds the telephone."""
    devices, code = devices_of(request), request.path_params["code"]
    spec_id = devices.spec_of(str(form.get("ticket") or ""), code)
    nonce = str(form.get("nonce") or "")
    if spec_id is None or not _NONCE.fullmatch(nonce):
        raise Invalid(_("This form is not one of this meeting. Reload the page and answer again."))
    spec_row = await frozen_spec(request, spec_id)
    question = spec_row.spec.questions[0]
    answer, words, wrong = forms.read_answer(form, question)
    if wrong:
        raise Invalid(wrong)
    texts = (OpenText(question.id, words, locale_of(request)),) if words else ()
    choices = () if words else ((question.id, answer),)
    claim = RoomClaim(_stands_for(request, devices, spec_row, code))
    return spec_row, Entry(claim, WHOLE_STYLE, choices, IN_THE_ROOM, request.app.state.clock(), nonce, texts=texts)


def _stands_for(request: Request, devices: Devices, spec_row: SpecRow, code: str) -> str:
    """What stands for one person: the card or the device. Conflict without."""
    if spec_row.spec.register is RegisterKind.CARD:
        card = devices.card(request.cookies, code)
        if card is None:
            raise Conflict(_("Type the number of the card that you were given at the door, then answer again."))
        return f"card|{card}"
    device = devices.known(request.cookies)
    if device is None:
        raise Conflict(_("This browser does not keep the cookie of the meeting. Allow it, or ask a helper for a card."))
    return f"device|{device}"


def _is_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _refused(request: Request, status: int, message: Message, retry_after: int | None = None) -> Response:
    """The reason in words; for a script also whether sending the same again may help."""
    if _is_script(request):
        headers = {"Retry-After": str(retry_after)} if retry_after else None
        words = translate(message, locale_of(request))
        return JSONResponse({"state": "waiting" if retry_after else "refused", "words": words}, status, headers)
    return await run_in_threadpool(phone_page, request, request.path_params["code"], message, status)
