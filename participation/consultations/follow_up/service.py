"""The verbs of the report: describe it, bring its file, number its recommendations, note what the City says of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.consultations.documents.reading import ask_for_words
from participation.consultations.follow_up import finding
from participation.consultations.follow_up.models import FollowUp, Outcome, Recommendation, Report
from participation.errors import NotFound
from participation.files import Stored, drop_file, kept_file
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.models import LocalText
from participation.processes.queries import OpenProcess


@dataclass(frozen=True, slots=True)
class ReportSet:
    """Event: title, summary or days of the report were written or changed."""


@dataclass(frozen=True, slots=True)
class ReportBrought:
    """Event: the file of the report was brought, in the place of what was there."""

    digest: str


@dataclass(frozen=True, slots=True)
class RecommendationSet:
    recommendation: int


@dataclass(frozen=True, slots=True)
class RecommendationAnswered:
    recommendation: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ReportDraft:
    title: LocalText
    summary: LocalText
    delivered_on: date | None
    publish_on: date | None


def _report(session: Session, process: OpenProcess) -> Report:
    row = session.get(Report, process.id)
    return row or Report(process_id=process.id, title={"fr": process.process.title.get("fr", "")})


def set_report(session: Session, hand: Hand, draft: ReportDraft) -> None:
    row = _report(session, hand.process)
    row.title, row.summary = draft.title, draft.summary
    row.delivered_on, row.publish_on = draft.delivered_on, draft.publish_on
    session.add(row)
    session.flush()
    _note(session, hand, ReportSet())


def bring_report(session: Session, hand: Hand, stored: Stored) -> None:
    """The file of the report; an earlier one is let go."""
    row, file = _report(session, hand.process), kept_file(stored)
    session.add(file)
    session.flush()  # its id is a foreign key of what follows
    if row.file_id is not None:
        drop_file(session, row.file_id, hand.at)
    row.file_id = file.id
    ask_for_words(session, stored.digest, stored.media_type)
    session.add(row)
    session.flush()
    _note(session, hand, ReportBrought(stored.digest))


def add_recommendation(session: Session, hand: Hand, words: LocalText) -> int:
    """The next number of the report."""
    query = select(func.coalesce(func.max(col(Recommendation.number)), 0))
    last: int = session.execute(query.where(col(Recommendation.process_id) == hand.process.id)).scalar_one()
    session.add(Recommendation(process_id=hand.process.id, number=last + 1, words=words))
    session.flush()
    _note(session, hand, RecommendationSet(last + 1))
    return last + 1


def recommendation_at(session: Session, process_id: uuid.UUID, number: int) -> Recommendation:
    """NotFound where the report has none of this number."""
    query = select(Recommendation).where(
        col(Recommendation.process_id) == process_id, col(Recommendation.number) == number
    )
    row: Recommendation | None = session.execute(query).scalar()
    if row is None:
        raise NotFound(_("The report has no recommendation with this number."))
    return row


def change_recommendation(session: Session, hand: Hand, row: Recommendation, words: LocalText) -> None:
    row.words = words
    session.add(row)
    session.flush()
    _note(session, hand, RecommendationSet(row.number))


@dataclass(frozen=True, slots=True)
class Said:
    """What the City said of a recommendation, where that is written, and on which day."""

    outcome: Outcome
    words: LocalText
    source: str
    said_on: date


def note_answer(session: Session, hand: Hand, row: Recommendation, said: Said) -> None:
    """Adds an answer; earlier ones stay to be read."""
    session.add(
        FollowUp(
            recommendation_id=row.id, outcome=said.outcome, words=said.words, source=said.source, said_on=said.said_on,
            at=hand.at, account_id=hand.account_id,
        )
    )  # fmt: skip
    session.flush()
    _note(session, hand, RecommendationAnswered(row.number, said.outcome))


def _note(session: Session, hand: Hand, event: object) -> None:
    """Writes down what was done; the search follows."""
    hand.record(session, event)
    finding.refresh(session, hand.process, hand.at)
