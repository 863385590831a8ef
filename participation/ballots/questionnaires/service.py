"""Verbs on answers in words and on drafts. What is cast goes through `ballots.service.cast`, like every ballot."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col

from participation import audit
from participation.ballots.questionnaires.drafts import Draft, Link, dump
from participation.ballots.questionnaires.models import OpenAnswer, QuestionnaireDraft
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow

DRAFT_LIFE = timedelta(days=30)
"""A draft that nobody touches is forgotten after so many days …"""
AFTER_THE_CLOSE = timedelta(days=7)
"""… and so many after the close: until then its writer can still copy the text."""


@dataclass(frozen=True, slots=True)
class OpenAnswerErased:
    """Event: the words of one answer are gone. The ballot keeps their digest, so that no figure moves."""

    answer_id: uuid.UUID
    question_id: str


def erase(
    session: Session,
    spec_row: SpecRow,
    answer_id: uuid.UUID,
    *,
    reason: str,
    at: datetime,
    account_id: uuid.UUID | None,
) -> None:
    """Deletes text and salt of one answer. NotFound when there is none, or when they are gone already."""
    erased = session.execute(
        update(OpenAnswer)
        .where(
            col(OpenAnswer.spec_id) == spec_row.id, col(OpenAnswer.id) == answer_id, col(OpenAnswer.text).is_not(None)
        )
        .values(text=None, salt=None)
        .returning(col(OpenAnswer.question_id))
    ).first()
    if erased is None:
        raise NotFound(_("There is no such answer, or its words were erased already. Nothing was changed."))
    event = OpenAnswerErased(answer_id, erased.question_id)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason)


def last_day(today: date, closes_on: date | None) -> date:
    """Until when a draft that is saved today can be opened."""
    latest = today + DRAFT_LIFE
    return max(today, min(latest, closes_on + AFTER_THE_CLOSE)) if closes_on else latest


def save_draft(session: Session, link: Link, draft: Draft, expires_on: date) -> None:
    """Keeps the draft under its link, in the place of what was there."""
    row = session.get(QuestionnaireDraft, link.id)
    sealed = link.seal(dump(draft))
    if row is None:
        row = QuestionnaireDraft(id=link.id, spec_id=draft.spec_id, sealed=sealed, expires_on=expires_on)
    row.spec_id, row.sealed, row.expires_on = draft.spec_id, sealed, expires_on
    session.add(row)
    session.flush()


def forget_draft(session: Session, link: Link) -> None:
    session.execute(delete(QuestionnaireDraft).where(col(QuestionnaireDraft.id) == link.id))


def forget_drafts(session: Session, today: date) -> None:
    """Those that nobody can open any more."""
    session.execute(delete(QuestionnaireDraft).where(col(QuestionnaireDraft.expires_on) < today))
