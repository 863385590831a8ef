"""What a telephone sends: one ballot of one poll, taken straight to the ballot writer.

The form carries a ticket, which went out while the poll was open, and a nonce, which makes a second arrival of the
same vote harmless. So a telephone in a dead spot may send again and again until it is answered.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from participation.accounts.access import declares, read_form
from participation.ballots.booth import frozen_spec
from participation.ballots.entries import Entry, OpenText, Receipt, Refusal, RefusalReason, RoomClaim, Source
from participation.counting.spec import Capture, Channel, RegisterKind
from participation.errors import Conflict, DomainError, Invalid, Message
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.live import forms
from participation.live.devices import Devices, devices_of
from participation.live.screens import phone_page, place_of, site_page
from participation.processes.queries import WHOLE_STYLE, SpecRow
from participation.templating import locale_of

VOTE = "/{locale}/m/{code}/vote"
SITE_VOTE = "/{locale}/{organisation}/{slug}/polls/vote"
IN_THE_ROOM = Source(Channel.ROOM, Capture.SELF)
ELSEWHERE = Source(Channel.ONLINE, Capture.SELF)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_COUNTED = _("Your answer is counted.")
_FIRST_COUNTS = _("This telephone or card had answered already: that answer counts, and not this one.")
_NOT_TAKEN = _("Your answer could not be taken. Ask a helper for a card.")
_REFUSED = {
    RefusalReason.NOT_OPEN: _("This poll closed more than a minute before your answer came. It was not counted."),
    RefusalReason.INVALID_ANSWERS: _("This answer does not fit the question. Choose again."),
}


@declares(None)
async def vote(request: Request) -> Response:
    """Counted, refused with a reason, not the first, or to be sent again: JSON for a script, else the page that the
    form came from."""
    form = await read_form(request)
    try:
        answer = await _cast(request, *await _read(request, form))
    except DomainError as error:
        return await _refused(request, error.status, error.message, error.retry_after)
    if isinstance(answer, Receipt):
        if _is_script(request):
            return JSONResponse({"state": "counted", "words": translate(_COUNTED, locale_of(request))})
        return RedirectResponse(request.url.path.removesuffix("/vote"), 303)
    if answer.reason is RefusalReason.ALREADY_RECEIVED:
        return await _refused(request, 409, _FIRST_COUNTS, state="first")
    return await _refused(request, 409, _REFUSED.get(answer.reason, _NOT_TAKEN))


async def _cast(request: Request, spec_row: SpecRow, entry: Entry) -> Receipt | Refusal:
    """What the room does not take, before its doors open or after its end, may be in time for the site."""
    writer = request.app.state.writer
    answer: Receipt | Refusal = await writer.cast(spec_row.id, entry, entry.received)
    if entry.source is IN_THE_ROOM and isinstance(answer, Refusal) and answer.reason is RefusalReason.NOT_OPEN:
        return await writer.cast(spec_row.id, replace(entry, source=ELSEWHERE), entry.received)  # type: ignore[no-any-return]
    return answer


intake_router = APIRouter(routes=[Route(path, vote, methods=["POST"]) for path in (VOTE, SITE_VOTE)])
QUIET_PATHS = (VOTE, SITE_VOTE)


async def _read(request: Request, form: FormData) -> tuple[SpecRow, Entry]:
    """The vote in the form. Invalid or Conflict, in words for whoever sent it."""
    devices, path = devices_of(request), request.path_params
    code = path.get("code")
    spec_id = devices.spec_of(str(form.get("ticket") or ""), code or place_of(path["organisation"], path["slug"]))
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
    claim = RoomClaim(_stands_for(request, devices, spec_row))
    source = IN_THE_ROOM if code else ELSEWHERE
    return spec_row, Entry(claim, WHOLE_STYLE, choices, source, request.app.state.clock(), nonce, texts=texts)


def _stands_for(request: Request, devices: Devices, spec_row: SpecRow) -> str:
    """What stands for one person: the card or the device. Conflict without."""
    if spec_row.spec.register is RegisterKind.CARD:
        card = devices.card(request.cookies, uuid.UUID(spec_row.topic))
        if card is None:
            raise Conflict(_("Type the number of the card that you were given at the door, then answer again."))
        return f"card|{card}"
    device = devices.known(request.cookies)
    if device is None:
        raise Conflict(_("This browser does not keep the cookie of the meeting. Allow it, or ask a helper for a card."))
    return f"device|{device}"


def _is_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _refused(
    request: Request, status: int, message: Message, retry_after: int | None = None, state: str = "refused"
) -> Response:
    """The reason in words; for a script also whether sending the same again, or another answer, may help."""
    if _is_script(request):
        headers = {"Retry-After": str(retry_after)} if retry_after else None
        words = translate(message, locale_of(request))
        return JSONResponse({"state": "waiting" if retry_after else state, "words": words}, status, headers)
    if code := request.path_params.get("code"):
        return await run_in_threadpool(phone_page, request, code, message, status)
    return await run_in_threadpool(site_page, request, **_address(request), error=message, status=status)


def _address(request: Request) -> dict[str, str]:
    return {name: request.path_params[name] for name in ("organisation", "slug")}
