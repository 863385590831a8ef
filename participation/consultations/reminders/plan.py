"""Whom a process reminds of what, and from when on: derived from turns, dates and answers, never stored.

What was cancelled, moved, answered or brought is no longer in the plan, so nobody is reminded of it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from participation.consultations.acts import OPEN_IN, Act
from participation.consultations.hearings import queries as hearings
from participation.consultations.hearings.models import Speaker, SpeakerState
from participation.consultations.hearings.queries import Placed
from participation.consultations.models import Contribution, ContributionKind, ContributionState, Contributor
from participation.consultations.questions import queries as questions
from participation.consultations.questions.models import Question
from participation.consultations.questions.working_days import due_day, worked_before
from participation.consultations.reminders.models import ReminderKind, ReminderSettings
from participation.i18n import LOCALES
from participation.processes.queries import OpenProcess, phases_of

MORNING = time(8)
"""The hour of the day at which reminders begin."""
TOLD_WITHIN = timedelta(days=30)
"""An answer that is older is told to nobody any more, however long the worker was away."""


@dataclass(frozen=True, slots=True)
class About:
    """What a reminder speaks of."""

    speaker_id: uuid.UUID | None = None
    contribution_id: uuid.UUID | None = None
    respondent_id: uuid.UUID | None = None
    placed: Placed | None = None
    number: int = 0
    """Of the question."""
    shown_as: int = 0
    """Number of the question under which the public reads it; 0 where it does not."""
    day: date | None = None
    """The last day of the briefs, or the day on which an answer is due."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One reminder: to whom, by which way, not before `starts`, and not once `ends` has come."""

    key: str
    kind: ReminderKind
    starts: datetime
    ends: datetime | None
    name: dict[str, str] | str
    email: str
    phone: str
    locale: str
    about: About

    def is_due(self, at: datetime) -> bool:
        return self.starts <= at and (self.ends is None or at < self.ends)


def settings_of(session: Session, process_id: uuid.UUID) -> ReminderSettings:
    return session.get(ReminderSettings, process_id) or ReminderSettings(process_id=process_id)


def planned(session: Session, process: OpenProcess, at: datetime) -> list[Planned]:
    """Everything that is or will be due, the soonest first, whether it was told already or not."""
    settings = settings_of(session, process.id)
    placed = [each for each in hearings.placed(session, process.id) if each.speaker.state is SpeakerState.REGISTERED]
    found = [
        *_turns(process, settings, placed),
        *_briefs(session, process, settings, placed, at),
        *_answers_due(session, process, settings),
        *_answered(session, process, at),
    ]
    still = (each for each in found if each.ends is None or at < each.ends)
    return sorted(still, key=lambda each: (each.starts, each.key))


def _morning(day: date, process: OpenProcess) -> datetime:
    return datetime.combine(day, MORNING, process.zone)


def _midnight(day: date, process: OpenProcess) -> datetime:
    return datetime.combine(day, time(), process.zone)


def _language(typed: str) -> str:
    return typed if typed in LOCALES else LOCALES[0]


def _named(speaker: Speaker) -> str:
    return ", ".join(filter(None, (speaker.name, speaker.group_name)))


def _turns(process: OpenProcess, settings: ReminderSettings, placed: list[Placed]) -> Iterator[Planned]:
    for each in placed:
        if each.sitting is None or each.starts_at is None:
            continue
        told = f"{each.sitting.id}|{each.starts_at.isoformat()}|{sorted(each.sitting.place.items())}"
        mark = hashlib.sha256(told.encode()).hexdigest()[:24]
        day = each.starts_at.astimezone(process.zone).date() - timedelta(days=settings.turn_days)
        yield _to_speaker(
            each, ReminderKind.TURN, mark, _morning(day, process), each.starts_at, About(each.speaker.id, placed=each)
        )


def _to_speaker(each: Placed, kind: ReminderKind, mark: str, starts: datetime, ends: datetime, about: About) -> Planned:
    speaker = each.speaker
    key = f"{kind.value}/{speaker.id.hex}/{mark}"
    name, locale = _named(speaker), _language(speaker.language)
    return Planned(key, kind, starts, ends, name, speaker.email, speaker.phone, locale, about)


def _briefs(
    session: Session, process: OpenProcess, settings: ReminderSettings, placed: list[Placed], at: datetime
) -> Iterator[Planned]:
    """Who speaks and has named no brief, and has brought none under the same address."""
    stages = (each.ends_at for each in phases_of(session, process.id) if each.kind in OPEN_IN[Act.DEPOSIT])
    ends = min((moment for moment in stages if moment > at), default=None)
    if ends is None:
        return
    last = (ends - timedelta(microseconds=1)).astimezone(process.zone).date()
    starts, brought = _morning(last - timedelta(days=settings.brief_days), process), _who_brought(session, process)
    for each in placed:
        speaker = each.speaker
        if speaker.brief_id is None and speaker.email.lower() not in brought:
            about = About(speaker.id, placed=each, day=last)
            yield _to_speaker(each, ReminderKind.BRIEF, last.isoformat(), starts, ends, about)


def _who_brought(session: Session, process: OpenProcess) -> set[str]:
    """Addresses from which a brief came, in small letters."""
    query = (
        select(func.lower(col(Contributor.email)))
        .join(Contribution, col(Contribution.id) == col(Contributor.contribution_id))
        .where(
            col(Contribution.process_id) == process.id,
            col(Contribution.kind) == ContributionKind.BRIEF,
            col(Contribution.state) != ContributionState.WITHDRAWN,
            col(Contributor.email) != "",
        )
    )
    return set(session.execute(query).scalars())


def _answers_due(session: Session, process: OpenProcess, settings: ReminderSettings) -> Iterator[Planned]:
    for row, question, respondent, due in questions.unanswered(session, process):
        before = worked_before(due, settings.due_days)
        about = About(
            contribution_id=row.id,
            respondent_id=respondent.id,
            number=row.number,
            shown_as=row.number if row.state is ContributionState.PUBLISHED else 0,
            day=due,
        )
        spans = (
            (ReminderKind.DUE, before, _midnight(due + timedelta(days=1), process)),
            (ReminderKind.OVERDUE, due_day(due, 1), None),
        )
        for kind, day, ends in spans:
            key = f"{kind.value}/{row.id.hex}/{respondent.id.hex}/{due.isoformat()}"
            starts = max(_morning(day, process), question.sent_at or _morning(day, process))
            yield Planned(key, kind, starts, ends, respondent.name, respondent.email, "", LOCALES[0], about)


def _answered(session: Session, process: OpenProcess, at: datetime) -> Iterator[Planned]:
    """Everybody who asked, in a question of their own or in one that was merged, and who left an address."""
    root, own = aliased(Contribution), aliased(Question)
    answer = aliased(Question)
    query = (
        select(Contribution, Contributor, root, answer)
        .join(Contributor, col(Contributor.contribution_id) == col(Contribution.id))
        .outerjoin(own, col(own.contribution_id) == col(Contribution.id))
        .join(root, col(root.id) == func.coalesce(col(own.same_as_id), col(Contribution.id)))
        .join(answer, col(answer.contribution_id) == col(root.id))
        .where(
            col(Contribution.process_id) == process.id,
            col(Contribution.kind) == ContributionKind.QUESTION,
            col(Contribution.state).in_((ContributionState.PENDING, ContributionState.PUBLISHED)),
            col(root.state) == ContributionState.PUBLISHED,
            col(answer.answered_at) > at - TOLD_WITHIN,
            or_(col(Contributor.email) != "", col(Contributor.phone) != ""),
        )
    )
    for row, author, asked, answered in session.execute(query):
        key = f"{ReminderKind.ANSWER.value}/{row.id.hex}/{asked.id.hex}"
        name = ", ".join(filter(None, (author.name, author.group_name))) or f"Q-{row.number}"
        about = About(contribution_id=row.id, number=row.number, shown_as=asked.number)
        locale = _language(row.language)
        yield Planned(
            key, ReminderKind.ANSWER, answered.answered_at, None, name, author.email, author.phone, locale, about
        )
