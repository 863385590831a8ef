"""Rehearsing with all telephones before the doors open. It leaves no trace: no ballot, no event, no line of minutes.

It can only be seen while the meeting is in preparation. What is left of it when the doors open is wiped by the worker.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlmodel import Session, col

from participation.db import insert_new, new_id
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.live.local.models import Reading, Rehearsal, RehearsalAnswer
from participation.live.models import Meeting, MeetingState

LONGEST = timedelta(days=1)
"""One that nobody ends, of a meeting that never opens, is over then."""
MOST_JOINED = 20_000
"""Telephones of one meeting that a process remembers to have seen."""


@dataclass(frozen=True, slots=True)
class RehearsalNow:
    """The rehearsal that is going on, and how many telephones have answered it so far."""

    id: uuid.UUID
    answers: dict[Reading, int]

    @property
    def answered(self) -> int:
        return sum(self.answers.values())


def rehearsal_now(session: Session, meeting: Meeting) -> RehearsalNow | None:
    """None where none is going on, or the doors are open."""
    if meeting.state is not MeetingState.PREPARED:
        return None
    rehearsal = session.get(Rehearsal, meeting.id)
    if rehearsal is None:
        return None
    query = (
        select(col(RehearsalAnswer.reading), func.count())
        .where(col(RehearsalAnswer.rehearsal_id) == rehearsal.id)
        .group_by(col(RehearsalAnswer.reading))
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    return RehearsalNow(rehearsal.id, {reading: found.get(reading, 0) for reading in Reading})


def begin(session: Session, meeting: Meeting, at: datetime) -> None:
    """Puts the question on every telephone. Conflict once the doors are open; twice changes nothing."""
    if meeting.state is not MeetingState.PREPARED:
        raise Conflict(_("The doors are open: rehearsals are for the time before. Nothing was changed."))
    insert_new(session, Rehearsal, [{"meeting_id": meeting.id, "id": new_id(), "began_at": at}])


def answer(session: Session, meeting: Meeting, rehearsal_id: str, holder: str, reading: Reading) -> None:
    """One telephone answers once; again changes nothing. Conflict where this rehearsal is over."""
    going_on = rehearsal_now(session, meeting)
    if going_on is None or str(going_on.id) != rehearsal_id:
        raise Conflict(_("The rehearsal is over. Nothing of it is kept."))
    row = {"rehearsal_id": going_on.id, "device_hash": holder, "reading": reading}
    insert_new(session, RehearsalAnswer, [row])


def wipe(session: Session, meeting_id: uuid.UUID) -> None:
    """Ends the rehearsal; nothing of it is left. Without one, nothing happens."""
    ours = select(col(Rehearsal.id)).where(col(Rehearsal.meeting_id) == meeting_id)
    session.execute(delete(RehearsalAnswer).where(col(RehearsalAnswer.rehearsal_id).in_(ours)))
    session.execute(delete(Rehearsal).where(col(Rehearsal.meeting_id) == meeting_id))


def wipe_over(session: Session, at: datetime) -> None:
    """Wipes what is left of rehearsals whose doors have opened, or that nobody ended for a day; for the worker."""
    opened = select(col(Meeting.id)).where(col(Meeting.state) != MeetingState.PREPARED)
    is_over = or_(col(Rehearsal.meeting_id).in_(opened), col(Rehearsal.began_at) < at - LONGEST)
    for meeting_id in session.execute(select(col(Rehearsal.meeting_id)).where(is_over)).scalars().all():
        wipe(session, meeting_id)


class Joined:
    """Which telephones have opened the page of which meeting, as far as this process has seen: in memory alone."""

    def __init__(self) -> None:
        self._seen: dict[uuid.UUID, set[str]] = {}

    def note(self, meeting_id: uuid.UUID, token: str) -> None:
        seen = self._seen.setdefault(meeting_id, set())
        if len(seen) < MOST_JOINED:
            seen.add(token)

    def number(self, meeting_id: uuid.UUID) -> int:
        return len(self._seen.get(meeting_id, ()))
