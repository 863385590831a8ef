"""The one place that says that something in a meeting has changed: whoever shows it reads it anew."""

from __future__ import annotations

from sqlmodel import Session, col

from participation.broadcast import announce
from participation.live.models import Meeting
from participation.live.sockets import topic_of


def changed(session: Session, meeting: Meeting) -> None:
    """Counts what was done and wakes every screen of the meeting after the commit. Two at once count as two.

    For everything that a screen shows but the ballots, whose number tells by itself: what is not counted here may be
    shown some seconds late.
    """
    meeting.changes = col(Meeting.changes) + 1  # type: ignore[assignment]
    session.flush()
    announce(session, topic_of(meeting.id))
