"""Reads of the report: when it is public, its recommendations, and what the City has said of each, newest first."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations.documents.models import FileReading
from participation.consultations.follow_up.models import FollowUp, Outcome, Recommendation, Report
from participation.files import StoredFile
from participation.processes.models import LocalText

AT_LATEST = timedelta(days=15)
"""From delivery to the mayor and the president of the executive committee until everybody can read it: the rule of
the consultation office."""


def deadline(report: Report | None) -> date | None:
    """The last day on which it may still be kept back; None before it is delivered."""
    return report.delivered_on + AT_LATEST if report and report.delivered_on else None


def public_on(report: Report | None) -> date | None:
    """The day on which it opens: the one that was chosen, and by itself at the deadline. None before delivery."""
    latest = deadline(report)
    if report is None or latest is None:
        return None
    return min(report.publish_on or latest, latest)


def is_public(report: Report | None, today: date) -> bool:
    opens = public_on(report)
    return opens is not None and opens <= today


def report_of(session: Session, process_id: uuid.UUID) -> Report | None:
    return session.get(Report, process_id)


def file_of(session: Session, report: Report | None) -> StoredFile | None:
    return session.get(StoredFile, report.file_id) if report and report.file_id else None


def reading_of(session: Session, report: Report | None) -> FileReading | None:
    """What the worker found in its file; None where there is no file."""
    file = file_of(session, report)
    return session.get(FileReading, file.digest) if file else None


@dataclass(frozen=True, slots=True)
class Followed:
    """A recommendation with everything that the City said of it, the newest first."""

    id: uuid.UUID
    number: int
    words: LocalText
    said: tuple[FollowUp, ...]

    @property
    def now(self) -> FollowUp | None:
        return self.said[0] if self.said else None

    @property
    def outcome(self) -> Outcome:
        """Where it stands; pending until the City has said something."""
        return self.now.outcome if self.now else Outcome.PENDING


def recommendations(session: Session, process_id: uuid.UUID) -> list[Followed]:
    """By number, in two queries however many there are."""
    query = select(Recommendation).where(col(Recommendation.process_id) == process_id)
    rows = list(session.execute(query.order_by(col(Recommendation.number))).scalars())
    said: dict[uuid.UUID, list[FollowUp]] = defaultdict(list)
    answers = select(FollowUp).where(col(FollowUp.recommendation_id).in_([row.id for row in rows]))
    for answer in session.execute(answers.order_by(col(FollowUp.said_on).desc(), col(FollowUp.at).desc())).scalars():
        said[answer.recommendation_id].append(answer)
    return [Followed(row.id, row.number, row.words, tuple(said[row.id])) for row in rows]


def progress(found: Sequence[Followed]) -> list[tuple[Outcome, int]]:
    """How many stand at each outcome, in the order of the outcomes; none is left out."""
    figures = Counter(each.outcome for each in found)
    return [(outcome, figures[outcome]) for outcome in Outcome]
