"""A meeting that belongs to no process. It has one of its own, of the kind MEETING, which holds nothing else.

So whatever is asked of a process is answered for it too: who may do what, the log, the chain of seals, its public page.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from participation.accounts.permissions import Actor, Permission
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.live import queries
from participation.live.models import Meeting
from participation.live.service import MeetingDraft, change_meeting, create_meeting
from participation.processes import service as processes
from participation.processes.hand import Hand
from participation.processes.models import LocalText, Process, ProcessKind, ProcessState
from participation.processes.queries import OpenProcess, id_at, plain_address, process_by_id

LONGEST_NAME = 60
"""Characters of the name of a meeting that stand in its address, after its day."""


@dataclass(frozen=True, slots=True)
class AloneDraft:
    """A meeting of its own, as somebody typed it: what every meeting has, and what its process would say for it."""

    meeting: MeetingDraft
    summary: LocalText
    phone: str = ""


@dataclass(frozen=True, slots=True)
class MeetingAnnounced:
    """It stands on the site, with its day and place."""

    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class MeetingNotAnnounced:
    """It stands there no longer; its code leads to it as before."""

    meeting_id: uuid.UUID


ENTRANCES: tuple[tuple[Permission, str], ...] = (
    (Permission.POLL_RUN, ""),
    (Permission.POLL_COUNT, "/help"),
    (Permission.FLOOR_MODERATE, "/questions"),
    (Permission.EVENT_VIEW, "/observer"),
)
"""Below the meeting, where each of the staff begins."""


def create_alone(
    session: Session, organisation_id: uuid.UUID, draft: AloneDraft, zone: str, *, at: datetime, by: Actor
) -> tuple[OpenProcess, Meeting]:
    """The meeting, and the process that holds it alone."""
    process = make_home(session, organisation_id, draft, zone, at=at, by=by)
    return process, create_meeting(session, process.id, draft.meeting)


def make_home(
    session: Session, organisation_id: uuid.UUID, draft: AloneDraft, zone: str, *, at: datetime, by: Actor
) -> OpenProcess:
    """The process of a meeting of its own, at an address made of its day and name; the meeting itself comes next."""
    slug = _free_address(session, organisation_id, draft.meeting, ZoneInfo(zone))
    title, kind = draft.meeting.title, ProcessKind.MEETING
    process = processes.create_process(session, organisation_id, slug, title, zone=zone, kind=kind, at=at, by=by)
    process.online = process.paper = False
    _fill(session, process, draft)
    found = process_by_id(session, process.id)
    assert found is not None, "it was written a moment ago"
    return found


def change_alone(session: Session, process: Process, meeting: Meeting, draft: AloneDraft) -> None:
    """What it is called, where and when; its public page says the same."""
    change_meeting(session, meeting, draft.meeting)
    _fill(session, process, draft)


def _fill(session: Session, process: Process, draft: AloneDraft) -> None:
    process.title, process.summary, process.phone = draft.meeting.title, draft.summary, draft.phone
    session.add(process)
    session.flush()


def _free_address(session: Session, organisation_id: uuid.UUID, draft: MeetingDraft, zone: ZoneInfo) -> str:
    """Its day and name, such as 2027-03-20-assemblee; with a number where another one has that."""
    name = plain_address(next(iter(draft.title.values()), ""), LONGEST_NAME)
    wanted = f"{draft.starts_at.astimezone(zone):%Y-%m-%d}-{name}".strip("-")
    slug, number = wanted, 1
    while id_at(session, organisation_id, slug) is not None:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def announce(session: Session, meeting: Meeting, by: Hand, *, public: bool = True) -> None:
    """Puts it on the site for everybody, or takes it away; twice changes nothing. Conflict where a process does it."""
    process = by.process.process
    if not is_alone(by.process):
        raise Conflict(_("This meeting is announced with its process. Nothing was changed."))
    if public == (process.state is ProcessState.PUBLISHED):
        return
    process.state = ProcessState.PUBLISHED if public else ProcessState.DRAFT
    session.add(process)
    by.record(session, MeetingAnnounced(meeting.id) if public else MeetingNotAnnounced(meeting.id))


def is_alone(process: OpenProcess) -> bool:
    """Whether this process is there for one meeting only."""
    return process.process.kind is ProcessKind.MEETING


def refuse_second(process: OpenProcess) -> None:
    """Conflict where a process holds one meeting, which is there already."""
    if is_alone(process):
        raise Conflict(_("This meeting stands alone: make another one from the page of your organisation."))


def meeting_alone(session: Session, process: OpenProcess) -> Meeting | None:
    """The one meeting of a process of that kind; None for any other process."""
    if not is_alone(process):
        return None
    return queries.meetings_of(session, process.id)[0]


def meetings_alone(session: Session, process_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Meeting]:
    """Process → the meeting that it is made for; no query for no process."""
    if not process_ids:
        return {}
    query = select(Meeting).where(col(Meeting.process_id).in_(process_ids))
    return {meeting.process_id: meeting for meeting in session.execute(query).scalars()}


def entrance(process: OpenProcess, meeting: Meeting, actor: Actor) -> str:
    """Where somebody of the staff begins at this meeting, below the language; whoever may do nothing, in the room."""
    place = (process.organisation.id, process.id)
    below = next((below for permission, below in ENTRANCES if actor.may(permission, *place)), None)
    return f"/m/{meeting.code}" if below is None else f"{process.staff_path}/meetings/{meeting.id}{below}"
