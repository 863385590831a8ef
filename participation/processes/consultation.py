"""A consultation's calendar and publication: what it still lacks, the usual dates, the day when the public sees it.

Unlike a vote it freezes nothing when its page opens: texts, dates and places stay open to correction, and its
questionnaire is published by itself when it is ready.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from participation import audit
from participation.accounts.permissions import Actor
from participation.errors import Conflict, Invalid
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes import queries
from participation.processes.gaps import Gap
from participation.processes.models import Phase, PhaseKind, Process, ProcessState
from participation.processes.words import PHASES

NOTICE_BEFORE = timedelta(days=15)
"""A public notice comes out at least 15 days before the public meets (practice of Montréal's consultation office)."""
NEEDED = (PhaseKind.NOTICE, PhaseKind.REPORT)
GATHERING = (PhaseKind.INFORMATION, PhaseKind.QUESTIONS, PhaseKind.CONTRIBUTIONS, PhaseKind.BRIEFS, PhaseKind.HEARINGS)
"""The stages in which people come, ask or speak; what prepares them may begin sooner."""
USUAL: tuple[tuple[PhaseKind, int, int], ...] = (
    (PhaseKind.MANDATE, -30, 0),
    (PhaseKind.NOTICE, 0, 29),
    (PhaseKind.DOCUMENTS, 1, 155),
    (PhaseKind.ACTIVITIES, 12, 27),
    (PhaseKind.INFORMATION, 29, 30),
    (PhaseKind.QUESTIONS, 29, 40),
    (PhaseKind.CONTRIBUTIONS, 30, 57),
    (PhaseKind.BRIEFS, 30, 62),
    (PhaseKind.HEARINGS, 64, 67),
    (PhaseKind.ANALYSIS, 67, 155),
    (PhaseKind.REPORT, 155, 247),
    (PhaseKind.FOLLOW_UP, 247, 247 + 365 * 3),
)
"""Stage, first day and the day after its last one, counted from the notice: a middling consultation of the office."""


@dataclass(frozen=True, slots=True)
class ConsultationPublished:
    pass


@dataclass(frozen=True, slots=True)
class CalendarLaidOut:
    notice: date


def missing_for_publication(session: Session, process: Process) -> list[Gap]:
    """What stops the page of a consultation from opening, each with the page where it is filled in."""
    return [*_missing_texts(process), *_missing_dates(queries.phases_of(session, process.id), ZoneInfo(process.zone))]


def _missing_texts(process: Process) -> Iterator[Gap]:
    wanted = (
        ("title", process.title, _("The title is missing in French.")),
        ("summary", process.summary, _("The summary is missing in French.")),
        ("retention", process.retention, _("When personal information is destroyed is missing in French.")),
    )
    for name, words, message in wanted:
        if not words.get("fr"):
            yield Gap(message, f"/edit/texts#{name}_fr")
    if not process.phone:
        yield Gap(_("A telephone number is missing: it appears on every page and printed sheet."), "/edit/texts#phone")


def _missing_dates(phases: Sequence[Phase], zone: ZoneInfo) -> Iterator[Gap]:
    """The notice is reckoned in days of the calendar: the night of a change of hour is a day like every other."""
    noticed = [phase for phase in phases if phase.kind is PhaseKind.NOTICE]
    if not noticed:
        yield Gap(_("The day of the public notice is missing from the calendar."), "/edit/phases")
    gathering = min((phase for phase in phases if phase.kind in GATHERING), key=_starts, default=None)
    if gathering is None:
        yield Gap(_("The calendar has no stage in which people can ask, write or speak."), "/edit/phases")
    elif noticed and _day(gathering, zone) - _day(min(noticed, key=_starts), zone) < NOTICE_BEFORE:
        message = _(
            "The public notice must come out at least %(days)s days before people are first invited to meet or write: "
            "%(stage)s begins too soon.",
            days=NOTICE_BEFORE.days,
            stage=PHASES[gathering.kind],
        )
        yield Gap(message, "/edit/phases")
    if not any(phase.kind is PhaseKind.REPORT for phase in phases):
        yield Gap(_("The day of the report is missing from the calendar."), "/edit/phases")


def _starts(phase: Phase) -> datetime:
    return phase.starts_at


def _day(phase: Phase, zone: ZoneInfo) -> date:
    return phase.starts_at.astimezone(zone).date()


def lay_out_calendar(
    session: Session, process: Process, notice: date, *, at: datetime, by: Actor | None = None
) -> None:
    """Writes the usual stages from the day of the notice; each can be moved. Conflict where there is a calendar."""
    if queries.phases_of(session, process.id):
        raise Conflict(_("This consultation has a calendar already. Nothing was changed."))
    zone = ZoneInfo(process.zone)
    for kind, first, after in USUAL:
        starts, ends = (_midnight(notice + timedelta(days=days), zone) for days in (first, after))
        session.add(Phase(process_id=process.id, kind=kind, starts_at=starts, ends_at=ends))
    session.flush()
    _record(session, process, CalendarLaidOut(notice), at, by)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def publish(session: Session, process: Process, *, at: datetime, by: Actor | None = None) -> None:
    """Opens the public page. Conflict when it is open already, Invalid when something is missing."""
    if process.state is ProcessState.PUBLISHED:
        raise Conflict(_("This consultation is published already. Nothing was changed."))
    if gaps := missing_for_publication(session, process):
        raise Invalid(
            ngettext(
                "%(num)s thing is missing before publishing.",
                "%(num)s things are missing before publishing.",
                len(gaps),
            ),
            gaps[0].message,
        )
    process.state = ProcessState.PUBLISHED
    session.add(process)
    session.flush()
    _record(session, process, ConsultationPublished(), at, by)


def _record(session: Session, process: Process, event: object, at: datetime, by: Actor | None) -> None:
    scope = audit.Scope(process.organisation_id, process.id)
    audit.record(session, event, at=at, account_id=by.account_id if by else None, scope=scope)
