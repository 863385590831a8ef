"""Verbs on answers in words and on drafts. What is cast goes through `ballots.service.cast`, like every ballot."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from participation import audit
from participation.ballots.questionnaires.models import OpenAnswer
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow


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
