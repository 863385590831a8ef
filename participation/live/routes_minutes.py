"""The minutes of a meeting: for the staff at once, for everybody once they are published; as a page, PDF and CSV."""

import secrets
import uuid
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from sqlmodel import Session
from starlette.background import BackgroundTask

from participation.accounts.access import PUBLIC, ActorDep, AtDep, FormDep
from participation.consultations.analysis.queries import bench_of
from participation.consultations.exports.formats import MIME, Format, write_csv
from participation.consultations.exports.tables import Source
from participation.db import SessionDep
from participation.errors import NotFound
from participation.files import Files
from participation.i18n import lazy as _
from participation.live import minutes, service
from participation.live.guard import find_room
from participation.live.queries import Room
from participation.live.routes import ROOM
from participation.live.routes_prepare import here_of, pdf_of, staff_room
from participation.live.routes_staff import MEETING, RunningDep, Views, room_of
from participation.live.speaking.draws import draws_of
from participation.templating import locale_of, page

router = APIRouter()


def _published(request: Request, session: Session, code: int) -> Room:
    room = find_room(request, session, str(code))
    if room.meeting.minutes_at is None:
        raise NotFound(_("The minutes of this meeting are not published yet."), _("They come here after the meeting."))
    return room


@router.get(f"{ROOM}/minutes", dependencies=[PUBLIC])
def public(request: Request, code: int, session: SessionDep, at: AtDep) -> Response:
    room, locale = _published(request, session, code), locale_of(request)
    context = {
        "process": room.process.process,
        "organisation": room.process.organisation,
        "base": f"/{locale}{room.process.path}",
        "here": f"/m/{code}",
        "sheet": minutes.sheet_of(session, room, locale, at),
        "drawn": draws_of(session, room.meeting),
    }
    return page(request, "live/minutes.html", context)


@router.get(f"{ROOM}/minutes.pdf", dependencies=[PUBLIC])
def public_pdf(request: Request, code: int, session: SessionDep, at: AtDep) -> Response:
    return _pdf(request, _published(request, session, code), session, at)


@router.get(f"{ROOM}/minutes.csv", dependencies=[PUBLIC])
def public_csv(request: Request, code: int, session: SessionDep, at: AtDep) -> Response:
    return _csv(request, _published(request, session, code), session, at)


@router.get(f"{MEETING}/minutes")
def staff(
    request: Request, meeting_id: uuid.UUID, process: Views, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    room = room_of(session, process, meeting_id)
    context = {"sheet": minutes.sheet_of(session, room, locale_of(request), at)}
    return staff_room(request, room, actor, "live/minutes_staff.html", context)


@router.get(f"{MEETING}/minutes.pdf")
def staff_pdf(request: Request, meeting_id: uuid.UUID, process: Views, session: SessionDep, at: AtDep) -> Response:
    return _pdf(request, room_of(session, process, meeting_id), session, at)


@router.get(f"{MEETING}/minutes.csv")
def staff_csv(request: Request, meeting_id: uuid.UUID, process: Views, session: SessionDep, at: AtDep) -> Response:
    return _csv(request, room_of(session, process, meeting_id), session, at)


@router.post(f"{MEETING}/minutes/publish")
def publish(request: Request, run: RunningDep, form: FormDep) -> Response:
    service.publish_minutes(run.session, run.meeting, run.hand)
    return RedirectResponse(f"/{locale_of(request)}{here_of(run.room)}/minutes", 303)


@router.post(f"{MEETING}/minutes/withdraw")
def withdraw(request: Request, run: RunningDep, form: FormDep) -> Response:
    service.publish_minutes(run.session, run.meeting, run.hand, public=False)
    return RedirectResponse(f"/{locale_of(request)}{here_of(run.room)}/minutes", 303)


def _pdf(request: Request, room: Room, session: Session, at: datetime) -> Response:
    locale = locale_of(request)
    pdf = minutes.printed(session, room, locale, at, demo=request.app.state.settings.demo)
    return pdf_of(pdf, f"minutes-{room.meeting.code}-{locale}")


def _csv(request: Request, room: Room, session: Session, at: datetime) -> Response:
    """With the number of its rows and their digest, as every file that leaves."""
    settings = request.app.state.settings
    path = Files(settings).arriving() / secrets.token_hex(16)
    source = Source(session, room.process, bench_of(session, room.process), locale_of(request), at, demo=settings.demo)
    write_csv(path, minutes.table_of(room), source)
    return FileResponse(
        path,
        media_type=MIME[Format.CSV],
        filename=f"meeting-{room.meeting.code}.csv",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
