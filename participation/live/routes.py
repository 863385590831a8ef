"""The room for everybody: joining by a code, the telephone, the wall, and their news by socket or by asking."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute

from participation.accounts.access import PUBLIC, AtDep, FormDep
from participation.db import SessionDep
from participation.errors import DomainError, NotFound
from participation.i18n import lazy as _
from participation.live import forms, queries
from participation.live.devices import devices_of
from participation.live.guard import find_room, note_wrong_card
from participation.live.screens import Screens, context_of, phone_page, site_page
from participation.live.sockets import Door, View
from participation.processes.queries import process_at
from participation.register import queries as register
from participation.register.identity import normalise_code
from participation.templating import locale_of, page

router = APIRouter()
JOIN = "/{locale}/m"
ROOM = "/{locale}/m/{code:int}"
SITE = "/{locale}/{organisation}/{slug}/polls"
_NO_CARD = _("No card with this number was handed out here. Read it again.")
PUBLIC_VIEWS = frozenset({View.PHONE, View.WALL, View.FLOOR, View.SPEAKING})


@router.get("/m/{code:int}", dependencies=[PUBLIC])
def short_address(request: Request, code: int) -> Response:
    """What the wall shows and the square code holds: it leads to the page in the reader's language."""
    address = f"/{locale_of(request)}/m/{code}?{request.url.query}"
    return RedirectResponse(address.removesuffix("?"), 307)


@router.get(JOIN, dependencies=[PUBLIC])
def join_page(request: Request) -> Response:
    return page(request, "live/join.html", {"typed": "", "error": None})


@router.post(JOIN, dependencies=[PUBLIC])
def join(request: Request, form: FormDep, session: SessionDep) -> Response:
    typed = str(form.get("code") or "")[:20]
    code = forms.read_code(typed)
    try:
        find_room(request, session, code)
    except NotFound:
        context = {"typed": typed, "error": _("No meeting has this code. Read it again on the wall, or ask a helper.")}
        return page(request, "live/join.html", context, status=422)
    response = RedirectResponse(f"/{locale_of(request)}/m/{code}", 303)
    devices_of(request).let_in(response, code)
    return response


@router.get(ROOM, dependencies=[PUBLIC])
def telephone(request: Request, code: int) -> Response:
    return phone_page(request, str(code))


@router.post(f"{ROOM}/card", dependencies=[PUBLIC])
def use_card(request: Request, code: int, form: FormDep, session: SessionDep) -> Response:
    """Takes the number of a card that was handed out at the door."""
    room = find_room(request, session, str(code))
    number = normalise_code(str(form.get("card") or ""))[:20]
    if not number or not register.is_checked_in(session, room.id, number):
        note_wrong_card(request)
        return phone_page(request, str(code), _NO_CARD, 422)
    back = "/questions" if form.get("to") == "questions" else ""
    response = RedirectResponse(f"/{locale_of(request)}/m/{code}{back}", 303)
    devices_of(request).keep_card(response, room.id, number)
    return response


@router.get(SITE, dependencies=[PUBLIC])
def asked_on_site(request: Request, organisation: str, slug: str) -> Response:
    """Questions of meetings that everybody may answer now, wherever they are."""
    return site_page(request, organisation, slug)


@router.post(f"{SITE}/card", dependencies=[PUBLIC])
def use_card_on_site(
    request: Request, organisation: str, slug: str, form: FormDep, session: SessionDep, at: AtDep
) -> Response:
    """Takes the number of a card for the meeting that hands them out."""
    process = process_at(session, organisation, slug)
    asked = queries.asked_on_site(session, process.id, at) if process else []
    meeting = next((each.meeting for each in asked if str(each.meeting.id) == form.get("meeting")), None)
    number = normalise_code(str(form.get("card") or ""))[:20]
    if meeting is None or not number or not register.is_checked_in(session, meeting.id, number):
        note_wrong_card(request)
        return site_page(request, organisation, slug, _NO_CARD, 422)
    response = RedirectResponse(f"/{locale_of(request)}/{organisation}/{slug}/polls", 303)
    devices_of(request).keep_card(response, meeting.id, number)
    return response


@router.get(f"{ROOM}/wall", dependencies=[PUBLIC])
def wall(request: Request, code: int, session: SessionDep, at: AtDep) -> Response:
    room = find_room(request, session, str(code))
    return page(request, "live/wall.html", _context(request, session, room, View.WALL, at))


def _context(request: Request, session: Session, room: queries.Room, view: View, at: Any) -> dict[str, Any]:
    return context_of(session, request.app.state.settings, room, view, at)


@router.get(f"{ROOM}/now/{{view}}", dependencies=[PUBLIC])
def now(request: Request, code: int, view: str, session: SessionDep) -> Response:
    """The fragment of a screen for one that has no socket; nothing where it has not changed since."""
    room = find_room(request, session, str(code))
    return fragment(request, room, View(view)) if view in PUBLIC_VIEWS else Response(status_code=404)


def fragment(request: Request, room: queries.Room, view: View) -> Response:
    """What a socket would push; 304 where the asker has it."""
    screens: Screens = request.app.state.screens
    with screens.look(room.id) as glance:
        mark = f'"{glance.stamp.of(view)}"'
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers={"ETag": mark})
        html = glance.render(view, locale_of(request))
    return Response(html, media_type="text/html", headers={"ETag": mark, "Cache-Control": "no-cache"})


def _find(asked: HTTPConnection) -> uuid.UUID | None:
    with asked.app.state.database.reading() as session:
        try:
            return find_room(asked, session, str(asked.path_params["code"])).id
        except DomainError:
            return None


sockets = [WebSocketRoute(f"{ROOM}/live/{{view}}", Door(PUBLIC_VIEWS, _find))]
