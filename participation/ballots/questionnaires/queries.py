"""Reads of drafts, and of answers in words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from participation.ballots.questionnaires.drafts import Draft, Link, load
from participation.ballots.questionnaires.models import OpenAnswer, QuestionnaireDraft
from participation.counting.spec import Channel


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as its link opens it, and the last day on which it can."""

    draft: Draft
    expires_on: date


def draft_of(session: Session, link: Link, today: date) -> KeptDraft | None:
    """The draft of this link; None for an unknown or expired one."""
    row = session.execute(
        select(col(QuestionnaireDraft.sealed), col(QuestionnaireDraft.expires_on)).where(
            col(QuestionnaireDraft.id) == link.id, col(QuestionnaireDraft.expires_on) >= today
        )
    ).first()
    text = link.open(row.sealed) if row else None
    return KeptDraft(load(text), row.expires_on) if row and text is not None else None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer in words; `text` is None where it was erased."""

    id: uuid.UUID
    question_id: str
    channel: Channel
    language: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers to list; an empty field does not narrow."""

    question_id: str = ""
    channel: Channel | None = None
    language: str = ""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.question_id:
            yield col(OpenAnswer.question_id) == self.question_id
        if self.channel:
            yield col(OpenAnswer.channel) == self.channel
        if self.language:
            yield col(OpenAnswer.language) == self.language


_COLUMNS = tuple(col(getattr(OpenAnswer, name)) for name in AnswerRow.__slots__)


def number_of_answers(session: Session, spec_id: uuid.UUID, wanted: Wanted) -> int:
    query = select(func.count()).select_from(OpenAnswer)
    number: int = session.execute(query.where(col(OpenAnswer.spec_id) == spec_id, *wanted.conditions())).scalar_one()
    return number


def answers(session: Session, spec_id: uuid.UUID, wanted: Wanted, *, page: int, size: int) -> list[AnswerRow]:
    """One page of answers, in an order that says nothing."""
    query = select(*_COLUMNS).where(col(OpenAnswer.spec_id) == spec_id, *wanted.conditions())
    query = query.order_by(col(OpenAnswer.id)).limit(size).offset((page - 1) * size)
    return [AnswerRow(*row) for row in session.execute(query)]


def answer(session: Session, spec_id: uuid.UUID, answer_id: uuid.UUID) -> AnswerRow | None:
    """One answer whose words are still there."""
    query = select(*_COLUMNS).where(col(OpenAnswer.spec_id) == spec_id, col(OpenAnswer.id) == answer_id)
    row = session.execute(query.where(col(OpenAnswer.text).is_not(None))).first()
    return AnswerRow(*row) if row else None


def languages(session: Session, spec_id: uuid.UUID) -> list[str]:
    query = select(col(OpenAnswer.language)).where(col(OpenAnswer.spec_id) == spec_id).distinct()
    return sorted(session.execute(query).scalars())
