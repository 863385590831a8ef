"""What is done about an activity: planned, changed, called off or removed, and how many came is noted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.consultations.activities import queries
from participation.consultations.activities.forms import ActivityDraft, Attendance
from participation.consultations.activities.models import Activity
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.hand import Hand


@dataclass(frozen=True, slots=True)
class ActivitySet:
    activity: int
    called_off: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class AttendanceNoted:
    """`people` and `views` are None where they are not known; 0 is a figure."""

    activity: int
    people: int | None
    views: int | None


def plan(session: Session, hand: Hand, row: Activity | None, draft: ActivityDraft) -> Activity:
    """A new activity, or another hour or place. Conflict where one is called off at which people were counted."""
    if row is None:
        newest = select(func.max(col(Activity.number))).where(col(Activity.process_id) == hand.process.id)
        number = (session.execute(newest).scalar() or 0) + 1
        row = Activity(process_id=hand.process.id, number=number, **asdict(draft))
    if draft.cancelled and row.people is not None:
        raise Conflict(_("People were counted there: it took place. Untick the box, or empty its attendance first."))
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    hand.record(session, ActivitySet(row.number, called_off=row.cancelled))
    return row


def remove(session: Session, hand: Hand, row: Activity) -> None:
    """For one that was planned by mistake. Conflict where people came or something was collected."""
    if row.people is not None or row.views is not None or queries.collected_at(session, row):
        raise Conflict(
            _("People came or something was collected at this activity. Nothing was changed."),
            _("It stays in the record of the consultation."),
        )
    session.delete(row)
    session.flush()
    hand.record(session, ActivitySet(row.number, removed=True))


def require_begun(row: Activity, at: datetime) -> None:
    """Conflict before its hour, and where it is called off."""
    if not queries.has_begun(row, at):
        raise Conflict(
            _("This activity has not begun, or does not take place. Nothing was saved."),
            _("Note how many came once it is over."),
        )


def note_attendance(session: Session, hand: Hand, row: Activity, attendance: Attendance) -> None:
    """What is noted again replaces what was noted; the log keeps both. Conflict where nobody can have come yet."""
    require_begun(row, hand.at)
    for name, value in asdict(attendance).items():
        setattr(row, name, value)
    row.noted_by = hand.account_id
    session.add(row)
    session.flush()
    hand.record(session, AttendanceNoted(row.number, attendance.people, attendance.views))
