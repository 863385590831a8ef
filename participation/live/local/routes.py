"""Before the doors open: a rehearsal with all telephones, and the poster of the room's own network."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from participation.accounts.access import PUBLIC, ActorDep, FormDep
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import LANGUAGE_NAMES, LOCALES, translate
from participation.i18n import lazy as _
from participation.live.changes import changed
from participation.live.devices import devices_of
from participation.live.local import posters, rehearsal
from participation.live.local.models import Reading
from participation.live.local.words import READINGS
from participation.live.queries import Room
from participation.live.routes import ROOM
from participation.live.routes_prepare import here_of, pdf_of, staff_room
from participation.live.routes_staff import MEETING, RunningDep
from participation.live.telephones import telephone_of
from participation.templating import locale_of, page

router = APIRouter()
_COUNTED = _("Your telephone works here. This was only a rehearsal: nothing of it is kept.")


@router.get(f"{MEETING}/rehearsal")
def desk(request: Request, run: RunningDep, actor: ActorDep) -> Response:
    """How many telephones are here, and the question that they are asked."""
    state = request.app.state
    context: dict[str, Any] = {
        "joined": state.joined.number(run.room.id),
        "connected": state.rooms.crowd(run.room.id),
        "rehearsal": rehearsal.rehearsal_now(run.session, run.meeting),
        "readings": READINGS,
        "network": state.settings.wifi_name,
        "languages": [(code, LANGUAGE_NAMES[code]) for code in LOCALES],
    }
    return staff_room(request, run.room, actor, "live/rehearsal.html", context)


@router.post(f"{MEETING}/rehearsal")
def begin(request: Request, run: RunningDep, form: FormDep) -> Response:
    rehearsal.begin(run.session, run.meeting, run.hand.at)
    changed(run.session, run.meeting)
    return _back(request, run.room)


@router.post(f"{MEETING}/rehearsal/end")
def end(request: Request, run: RunningDep, form: FormDep) -> Response:
    rehearsal.wipe(run.session, run.meeting.id)
    changed(run.session, run.meeting)
    return _back(request, run.room)


def _back(request: Request, room: Room) -> Response:
    return RedirectResponse(f"/{locale_of(request)}{here_of(room)}/rehearsal", 303)


@router.get(f"{MEETING}/network-poster.pdf")
def poster(request: Request, run: RunningDep, language: str = "") -> Response:
    settings = request.app.state.settings
    if not settings.wifi_name:
        raise NotFound(
            _("The room has no network of its own here."),
            _("Start the site with --local and --wifi-name; the poster with the join code is in the fallback pack."),
        )
    locale = language if language in LOCALES else locale_of(request)
    invitation = devices_of(request).invitation(run.meeting.code)
    pdf = posters.network_poster(run.room, settings, invitation, locale, run.hand.at)
    return pdf_of(pdf, f"network-{run.meeting.code}-{locale}")


@router.post(f"{ROOM}/rehearsal", dependencies=[PUBLIC])
def answer(request: Request, code: int, form: FormDep, session: SessionDep) -> Response:
    """What a telephone answers; told in words, as for a vote."""
    telephone = telephone_of(request, session, code)
    is_script = "application/json" in request.headers.get("accept", "")
    try:
        reading = Reading(str(form.get("choice") or Reading.WELL))
        rehearsal.answer(session, telephone.meeting, str(form.get("rehearsal") or ""), telephone.holder(), reading)
    except (Conflict, ValueError) as error:
        why = error.message if isinstance(error, Conflict) else _("Choose an answer before you send it.")
        if is_script:
            return JSONResponse({"state": "refused", "words": translate(why, locale_of(request))}, 409)
        return page(request, "live/rehearsed.html", {"said": why, "here": telephone.here}, status=409)
    changed(session, telephone.meeting)
    if is_script:
        return JSONResponse({"state": "counted", "words": translate(_COUNTED, locale_of(request))})
    return page(request, "live/rehearsed.html", {"said": _COUNTED, "here": telephone.here})
