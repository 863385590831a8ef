"""What is news of a consultation: documents, stages, answers, the report and its follow-up. Derived, never stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from participation import i18n
from participation.consultations import narrowing, queries
from participation.consultations.activities.models import Activity
from participation.consultations.activities.queries import activities_of
from participation.consultations.documents import queries as documents
from participation.consultations.follow_up.models import FollowUp, Recommendation, Report
from participation.consultations.follow_up.queries import public_on
from participation.consultations.models import (
    Contribution,
    ContributionKind,
    ContributionState,
)
from participation.consultations.questions.models import Question
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.models import Phase, PhaseKind
from participation.processes.queries import OpenProcess, phases_of
from participation.processes.words import PHASES

SOON = timedelta(days=3)
"""So long before its end a stage in which people can take part is said to close soon."""
AHEAD = timedelta(days=14)
"""So long before it begins an activity is news."""
TAKING_PART = (PhaseKind.QUESTIONS, PhaseKind.CONTRIBUTIONS, PhaseKind.BRIEFS)
ANSWERS = 60
"""The newest answers that are news."""
REPLIES = 60
"""The newest replies of a thread that are news."""


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news. `key` names it for good: what has been told under it is not told again."""

    key: str
    at: datetime
    title: Message
    path: str
    """Below the public address of the process."""
    words: dict[str, str] = field(default_factory=dict)
    """The title of a document, per language."""
    passing: bool = False
    """True of what is only worth saying now: a stage that closes soon."""

    def line(self, locale: str) -> str:
        """One line in `locale`."""
        title, words = i18n.translate(self.title, locale), i18n.words_of(self.words, locale)
        return f"{title}{i18n.colon(locale)} {words}" if words else title


def news_for(session: Session, process: OpenProcess, thread: int, at: datetime) -> list[News]:
    """What is told to those who follow a thread, by the number of its comment; 0 is the whole consultation."""
    if not thread:
        return news_of(session, process, at)
    root = thread_of(session, process.id, thread)
    return replies_to(session, root) if root else []


def news_of(session: Session, process: OpenProcess, at: datetime) -> list[News]:
    """Everything that everybody may know at `at`, the newest first."""
    phases = phases_of(session, process.id)
    found = [
        *_documents(session, process),
        *_stages(process, phases, at),
        *_activities(session, process),
        *_answers(session, process),
        *_report(session, process),
    ]
    return sorted((each for each in found if each.at <= at), key=lambda each: (each.at, each.key), reverse=True)


def replies_to(session: Session, root: Contribution) -> list[News]:
    """The replies to a comment that everybody can read, the newest first: at the moment when each was published."""
    at, own = col(Contribution.published_at), col(Contribution.id)
    query = (
        select(own, col(Contribution.number), col(Contribution.official), at)
        .where(
            col(Contribution.parent_id) == root.id,
            narrowing.beside("state") == ContributionState.PUBLISHED,
            at.is_not(None),
        )
        .order_by(at.desc(), own.desc())
        .limit(REPLIES)
    )
    return [
        News(f"reply/{reply_id}", said_at, _reply(number, official), f"/comments/{root.number}#C-{number}")
        for reply_id, number, official, said_at in session.execute(query)
    ]


def _reply(number: int, official: bool) -> Message:
    words = _("Answer of the office, %(reference)s") if official else _("Reply %(reference)s")
    return replace(words, params={"reference": f"C-{number}"})


def thread_of(session: Session, process_id: uuid.UUID, number: int) -> Contribution | None:
    """The comment that begins a thread, while everybody can read it."""
    row = queries.by_number(session, process_id, number)
    is_thread = row and row.kind is ContributionKind.COMMENT and row.parent_id is None
    return row if is_thread and row and row.state is ContributionState.PUBLISHED else None


def _documents(session: Session, process: OpenProcess) -> Iterator[News]:
    for row in documents.documents_of(session, process.id):
        for version in () if row.withdrawn_at else row.shown:
            first = version is row.shown[-1]
            title = (
                _("New document %(number)s", number=row.number)
                if first
                else _("New version of document %(number)s", number=row.number)
            )
            key = f"document/{row.id}/{version.number}"
            yield News(key, version.added_at, title, f"/documents/{row.number}", row.title)


def _stages(process: OpenProcess, phases: Sequence[Phase], at: datetime) -> Iterator[News]:
    for phase in phases:
        name = PHASES[phase.kind]
        opens = phase.starts_at.date().isoformat()
        yield News(
            f"opens/{phase.id}/{opens}", phase.starts_at, _("A stage begins: %(name)s", name=name), "", phase.title
        )
        soon = phase.ends_at - SOON
        if phase.kind in TAKING_PART and soon > phase.starts_at and soon <= at < phase.ends_at:
            ends = phase.ends_at.date().isoformat()
            title = _("Last days: %(name)s", name=name)
            yield News(f"closes/{phase.id}/{ends}", soon, title, "", _until(phase, process), passing=True)


def _activities(session: Session, process: OpenProcess) -> Iterator[News]:
    """Each a fortnight before it begins; one that is cancelled is told once more, and so is one that is moved."""
    for row in activities_of(session, process.id):
        title = _("Cancelled") if row.cancelled else _("Where to meet us")
        key = f"{'off' if row.cancelled else 'activity'}/{row.id}/{row.starts_at.isoformat()}"
        yield News(key, row.starts_at - AHEAD, title, "", _where_and_when(row, process))


def _where_and_when(row: Activity, process: OpenProcess) -> dict[str, str]:
    """Its title, hour and place, per language."""
    return {
        locale: ", ".join(
            (
                i18n.words_of(row.title, locale),
                i18n.date_and_time(row.starts_at, locale, process.zone),
                i18n.words_of(row.place, locale),
            )
        )
        for locale in i18n.LOCALES
    }


def _until(phase: Phase, process: OpenProcess) -> dict[str, str]:
    return {
        locale: i18n.translate(
            _("until %(moment)s", moment=i18n.last_moment(phase.ends_at, locale, process.zone)), locale
        )
        for locale in i18n.LOCALES
    }


def _answers(session: Session, process: OpenProcess) -> Iterator[News]:
    query = (
        select(col(Contribution.id), col(Contribution.number), col(Question.answered_at))
        .join(Question, col(Question.contribution_id) == col(Contribution.id))
        .where(
            col(Question.process_id) == process.id,
            col(Contribution.state) == ContributionState.PUBLISHED,
            col(Question.answered_at).is_not(None),
            col(Question.same_as_id).is_(None),
        )
        .order_by(col(Question.answered_at).desc())
        .limit(ANSWERS)
    )
    for question_id, number, answered in session.execute(query):
        title = _("Answer to question %(reference)s", reference=f"Q-{number}")
        yield News(f"answer/{question_id}", answered, title, f"/questions/{number}")


def _report(session: Session, process: OpenProcess) -> Iterator[News]:
    report = session.get(Report, process.id)
    opens = public_on(report)
    if report is None or opens is None:
        return
    published = datetime.combine(opens, time(), process.zone)
    yield News(f"report/{process.id}", published, _("The report of the commission"), "/report", report.title)
    query = (
        select(col(FollowUp.id), col(FollowUp.at), col(Recommendation.number))
        .join(Recommendation, col(Recommendation.id) == col(FollowUp.recommendation_id))
        .where(col(Recommendation.process_id) == process.id)
    )
    for follow_up_id, said_at, number in session.execute(query):
        title = _("Answer of the City to recommendation %(number)s", number=number)
        yield News(f"follow-up/{follow_up_id}", max(said_at, published), title, "/report")
