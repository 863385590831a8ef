"""The public page of a meeting of its own: when and where, how to take part, what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from participation.live.alone import meeting_alone
from participation.live.models import Meeting, MeetingState
from participation.live.queries import number_on_site
from participation.live.words import agenda_of
from participation.processes.queries import OpenProcess
from participation.publication.hub import Stage, Standing

LONGEST = timedelta(hours=12)
"""After its hour a meeting that nobody ended is over."""


def standing(meeting: Meeting, at: datetime) -> Standing:
    """Before its hour, under way, over, or its minutes are published."""
    if meeting.minutes_at is not None:
        return Standing(Stage.RESULT, meeting.starts_at)
    if meeting.state is MeetingState.ENDED or at >= meeting.starts_at + LONGEST:
        return Standing(Stage.COUNTING, meeting.starts_at)
    return Standing(Stage.BEFORE if at < meeting.starts_at else Stage.OPEN, meeting.starts_at)


def meeting_page(session: Session, process: OpenProcess, at: datetime, locale: str) -> dict[str, Any]:
    """All that the page shows: not the code, which is for those who are in the room."""
    meeting = meeting_alone(session, process)
    assert meeting is not None, "a process of this kind is made with its meeting"
    return {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"/{locale}{process.path}",
        "zone": process.zone,
        "meeting": meeting,
        "standing": standing(meeting, at),
        "points": agenda_of(meeting.agenda, locale),
        "asked_on_site": number_on_site(session, process.id, at),
    }
