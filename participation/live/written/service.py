"""The verbs of answers in words: let one through to the wall, keep it from there with a reason, take either back, erase
its words.

Each holds for all answers of the poll that say the same, those still to come included.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from participation.ballots.questionnaires import service as words
from participation.consultations.models import RefusalReason
from participation.db import insert_new, new_id
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.live.changes import changed
from participation.live.models import Meeting, Poll
from participation.live.written.events import AnswerNotShown, AnswerShown, AnswerTakenBack
from participation.live.written.models import WrittenDecision
from participation.live.written.queries import Said, written_now
from participation.processes.hand import Hand
from participation.processes.queries import specs_by_id


def show(
    session: Session, meeting: Meeting, poll: Poll, answer_id: uuid.UUID, by: Hand, *, masked: bool = False
) -> None:
    """Everybody may read it; `masked` leaves out what looks like personal data."""
    _decide(session, poll, answer_id, {"shown": True, "masked": masked, "reason": None, "at": by.at})
    by.record(session, AnswerShown(meeting.id, poll.id))
    changed(session, meeting)


def refuse(
    session: Session, meeting: Meeting, poll: Poll, answer_id: uuid.UUID, reason: RefusalReason, by: Hand
) -> None:
    """Nobody reads it but the staff. Whose it is is not known, so nobody is told; the minutes say how many."""
    _decide(session, poll, answer_id, {"shown": False, "masked": False, "reason": reason, "at": by.at})
    by.record(session, AnswerNotShown(meeting.id, poll.id, reason))
    changed(session, meeting)


def take_back(session: Session, meeting: Meeting, poll: Poll, answer_id: uuid.UUID, by: Hand) -> None:
    """It leaves the wall and is to be read again. Where nothing was decided, nothing changes."""
    if _forget(session, poll, answer_id):
        by.record(session, AnswerTakenBack(meeting.id, poll.id))
        changed(session, meeting)


def erase(session: Session, meeting: Meeting, poll: Poll, answer_id: uuid.UUID, reason: str, by: Hand) -> None:
    """The words are gone for good; that so many people answered stays counted."""
    (spec_row,) = specs_by_id(session, [poll.spec_id] if poll.spec_id else []).values()
    for alike in said_at(session, poll, answer_id).texts:
        words.erase(session, spec_row, alike, reason=reason, at=by.at, account_id=by.account_id)
    changed(session, meeting)


def _decide(session: Session, poll: Poll, answer_id: uuid.UUID, decision: dict[str, Any]) -> None:
    """In place of what stood. Two people who decide at once about one answer leave one row."""
    _forget(session, poll, answer_id)
    insert_new(session, WrittenDecision, [{"id": new_id(), "poll_id": poll.id, "answer_id": answer_id, **decision}])


def _forget(session: Session, poll: Poll, answer_id: uuid.UUID) -> bool:
    """Whether there was a decision about what says the same."""
    alike = col(WrittenDecision.answer_id).in_(said_at(session, poll, answer_id).texts)
    mine = delete(WrittenDecision).where(col(WrittenDecision.poll_id) == poll.id, alike)
    return bool(list(session.execute(mine.returning(col(WrittenDecision.id)))))


def said_at(session: Session, poll: Poll, answer_id: uuid.UUID) -> Said:
    """What says the same as this answer. NotFound where it is not one of this poll, or was erased."""
    now = written_now(session, [poll]).get(poll.id)
    found = next((each.said for each in now.answers if answer_id in each.said.texts), None) if now else None
    if found is None:
        raise NotFound(_("There is no such answer, or its words were erased already. Nothing was changed."))
    return found
