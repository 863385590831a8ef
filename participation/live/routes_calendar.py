"""A meeting for a calendar of one's own (iCalendar). It holds no code: that is for those who are in the room."""

import uuid
from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.consultations.subscriptions.calendar import Entry, calendar_text
from participation.db import SessionDep
from participation.i18n import words_of
from participation.live.queries import Room
from participation.live.routes_staff import room_of
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess
from participation.templating import locale_of

router = APIRouter()
USUAL = timedelta(hours=2)
"""How long a meeting lasts whose agenda does not say when it ends."""


@router.get("/{locale}/{organisation}/{slug}/meetings/{meeting_id:uuid}/calendar.ics")
def calendar(
    request: Request, meeting_id: uuid.UUID, process: Annotated[OpenProcess, PUBLIC_PROCESS], session: SessionDep
) -> Response:
    room, locale = room_of(session, process, meeting_id), locale_of(request)
    site, title = request.app.state.settings.base_url, words_of(room.meeting.title, locale)
    entry = Entry(
        uid=f"{room.id}@{site.partition('://')[2]}",
        starts=room.meeting.starts_at,
        ends=ends_at(room),
        title=title,
        url=f"{site}/{locale}{process.path}",
        place=room.meeting.place,
        text=words_of(process.process.summary, locale),
    )
    edition = room.meeting.changes
    text = calendar_text(
        title, [entry], process.zone, language=locale, edited_at=room.meeting.starts_at, edition=edition
    )
    return Response(text, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-cache"})


def ends_at(room: Room) -> datetime:
    """The last hour of the agenda, on the day of the meeting; else the usual time after its beginning."""
    starts = room.meeting.starts_at.astimezone(room.process.zone)
    hours = [time.fromisoformat(line["hour"]) for line in room.meeting.agenda if line["hour"]]
    ends = [datetime.combine(starts.date(), hour, room.process.zone) for hour in hours]
    return max((end for end in ends if end > starts), default=starts + USUAL)
