"""Reads of the register of questions: lists for the public and for staff, one with its answer, who must answer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from participation.consultations import queries as contributions
from participation.consultations.models import Contribution, ContributionKind, ContributionState
from participation.consultations.queries import Shown
from participation.consultations.questions.models import Answer, Question, QuestionSettings, Respondent
from participation.consultations.questions.working_days import due_day, first_in_time
from participation.processes.queries import OpenProcess

PAGE = 25


class QuestionState(StrEnum):
    """How far a question has come; derived, never stored."""

    RECEIVED = "received"
    SENT = "sent"
    ANSWERED = "answered"
    MERGED = "merged"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


WAITING = (QuestionState.RECEIVED, QuestionState.SENT)
_ALIVE = (ContributionState.PENDING, ContributionState.PUBLISHED)
_STATE = col(Contribution.state)
_SAME = col(Question.same_as_id)
_OWN = and_(_STATE.in_(_ALIVE), _SAME.is_(None))
_UNANSWERED = and_(_OWN, col(Question.answered_at).is_(None))
CONDITIONS: dict[QuestionState, ColumnElement[bool]] = {
    QuestionState.RECEIVED: and_(_UNANSWERED, col(Question.sent_at).is_(None)),
    QuestionState.SENT: and_(_UNANSWERED, col(Question.sent_at).is_not(None)),
    QuestionState.ANSWERED: and_(_OWN, col(Question.answered_at).is_not(None)),
    QuestionState.MERGED: and_(_STATE.in_(_ALIVE), _SAME.is_not(None)),
    QuestionState.REFUSED: _STATE == ContributionState.REFUSED,
    QuestionState.WITHDRAWN: _STATE == ContributionState.WITHDRAWN,
}


def settings_of(session: Session, process_id: uuid.UUID) -> QuestionSettings:
    return session.get(QuestionSettings, process_id) or QuestionSettings(process_id=process_id)


def respondents_of(session: Session, process_id: uuid.UUID) -> list[Respondent]:
    query = select(Respondent).where(col(Respondent.process_id) == process_id)
    return list(session.execute(query.order_by(col(Respondent.position))).scalars())


@dataclass(frozen=True, slots=True)
class Asked:
    """Which questions a list shows. Empty fields leave nothing out; `before` is where a page begins."""

    states: tuple[QuestionState, ...] = ()
    theme: str = ""
    respondent_id: uuid.UUID | None = None
    overdue: bool = False
    public: bool = False
    before: int = 0


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as a list shows it."""

    shown: Shown
    state: QuestionState
    respondent: dict[str, str]
    due: date
    is_overdue: bool
    asked_by: int
    """People who asked this or the same."""
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    rows: list[QuestionRow]
    next_before: int
    """The number before which the next page begins; 0 at the end."""


def _listing(process_id: uuid.UUID) -> Any:
    return (
        select(Contribution, Question, col(Respondent.name))
        .outerjoin(Question, col(Question.contribution_id) == col(Contribution.id))
        .outerjoin(Respondent, col(Respondent.id) == col(Question.respondent_id))
        .where(col(Contribution.process_id) == process_id, col(Contribution.kind) == ContributionKind.QUESTION)
    )


def listed(session: Session, process: OpenProcess, asked: Asked, today: date, *, named: bool = False) -> QuestionPage:
    """So many questions, the newest number first."""
    days = settings_of(session, process.id).working_days
    query = _listing(process.id).where(*_conditions(process, asked, today, days))
    rows = session.execute(query.order_by(col(Contribution.number).desc()).limit(PAGE + 1)).all()
    page = rows[:PAGE]
    ids = [row[0].id for row in page]
    shown, people = contributions.some(session, ids, named=named), asked_by(session, ids)
    found = [_row(process, row, shown[row[0].id], people, today, days) for row in page]
    return QuestionPage(found, page[-1][0].number if len(rows) > PAGE else 0)


def _conditions(process: OpenProcess, asked: Asked, today: date, days: int) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.states:
        found.append(or_(*(CONDITIONS[state] for state in asked.states)))
    if asked.theme:
        found.append(col(Contribution.theme) == asked.theme)
    if asked.respondent_id:
        found.append(col(Question.respondent_id) == asked.respondent_id)
    if asked.overdue:
        found.append(_overdue(process, today, days))
    if asked.public:
        found += [_STATE == ContributionState.PUBLISHED, _SAME.is_(None)]
    if asked.before:
        found.append(col(Contribution.number) < asked.before)
    return found


def _overdue(process: OpenProcess, today: date, days: int) -> ColumnElement[bool]:
    begins = datetime.combine(first_in_time(today, days), time(), process.zone)
    usual = and_(col(Question.due).is_(None), col(Contribution.received_at) < begins)
    return and_(_UNANSWERED, or_(col(Question.due) < today, usual))


def _row(
    process: OpenProcess, row: Any, shown: Shown, people: dict[uuid.UUID, int], today: date, days: int
) -> QuestionRow:
    contribution, question, respondent = row
    state = state_of(contribution, question)
    due = due_of(process, contribution, question, days)
    return QuestionRow(
        shown=shown,
        state=state,
        respondent=respondent or {},
        due=due,
        is_overdue=state in WAITING and due < today,
        asked_by=contribution.people + people.get(contribution.id, 0),
        answered_at=question.answered_at if question else None,
    )


def state_of(contribution: Contribution, question: Question | None) -> QuestionState:
    """The same as `CONDITIONS`, for one."""
    if contribution.state not in _ALIVE:
        return QuestionState(contribution.state.value)
    if question is None:
        return QuestionState.RECEIVED
    if question.same_as_id:
        return QuestionState.MERGED
    if question.answered_at:
        return QuestionState.ANSWERED
    return QuestionState.SENT if question.sent_at else QuestionState.RECEIVED


def due_of(process: OpenProcess, contribution: Contribution, question: Question | None, days: int) -> date:
    """The day that staff gave it, else the usual one."""
    if question and question.due:
        return question.due
    return due_day(contribution.received_at.astimezone(process.zone).date(), days)


def asked_by(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Question → people who asked the same in questions of their own."""
    query = (
        select(_SAME, func.sum(col(Contribution.people)))
        .join(Contribution, col(Contribution.id) == col(Question.contribution_id))
        .where(_SAME.in_(ids), _STATE.in_(_ALIVE))
        .group_by(_SAME)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}


def overdue_number(session: Session, process: OpenProcess, today: date) -> int:
    """How many answers are overdue."""
    days = settings_of(session, process.id).working_days
    query = (
        select(func.count())
        .select_from(Contribution)
        .outerjoin(Question, col(Question.contribution_id) == col(Contribution.id))
        .where(
            col(Contribution.process_id) == process.id,
            col(Contribution.kind) == ContributionKind.QUESTION,
            _overdue(process, today, days),
        )
    )
    return int(session.execute(query).scalar_one())


def unanswered(session: Session, process: OpenProcess) -> list[tuple[Contribution, Question, Respondent, date]]:
    """Questions that a body was asked to answer and that wait for it, each with the day on which it is due."""
    days = settings_of(session, process.id).working_days
    query = (
        select(Contribution, Question, Respondent)
        .join(Question, col(Question.contribution_id) == col(Contribution.id))
        .join(Respondent, col(Respondent.id) == col(Question.respondent_id))
        .where(
            col(Contribution.process_id) == process.id,
            col(Contribution.kind) == ContributionKind.QUESTION,
            CONDITIONS[QuestionState.SENT],
        )
        .order_by(col(Contribution.number))
    )
    rows = session.execute(query)
    return [(row, question, body, due_of(process, row, question, days)) for row, question, body in rows]


def question_of(session: Session, contribution_id: uuid.UUID) -> Question | None:
    return session.get(Question, contribution_id)


def row_of(session: Session, process: OpenProcess, row: Contribution, today: date) -> QuestionRow:
    """One question as staff see it."""
    days = settings_of(session, process.id).working_days
    found = session.execute(_listing(process.id).where(col(Contribution.id) == row.id)).one()
    shown = contributions.some(session, [row.id], named=True)[row.id]
    return _row(process, found, shown, asked_by(session, [row.id]), today, days)


def same_as(session: Session, contribution_id: uuid.UUID) -> list[Shown]:
    """Questions that are answered with this one, by number."""
    query = (
        select(col(Question.contribution_id))
        .join(Contribution, col(Contribution.id) == col(Question.contribution_id))
        .where(col(Question.same_as_id) == contribution_id)
        .order_by(col(Contribution.number))
    )
    ids = list(session.execute(query).scalars())
    found = contributions.some(session, ids, named=True)
    return [found[each] for each in ids]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer as it is read; `respondent` is empty where the office itself answers."""

    version: int
    text: dict[str, str]
    documents: list[str]
    respondent: dict[str, str]
    respondent_id: uuid.UUID | None
    written_at: datetime
    published_at: datetime | None


def answers_of(session: Session, contribution_id: uuid.UUID) -> list[AnswerRow]:
    """Every version, the newest first."""
    query = (
        select(Answer, col(Respondent.name))
        .outerjoin(Respondent, col(Respondent.id) == col(Answer.respondent_id))
        .where(col(Answer.contribution_id) == contribution_id)
        .order_by(col(Answer.version).desc())
    )
    return [
        AnswerRow(row.version, row.text, row.documents, name or {}, row.respondent_id, row.written_at, row.published_at)
        for row, name in session.execute(query)
    ]


def public_answer(session: Session, contribution_id: uuid.UUID) -> AnswerRow | None:
    """What everybody reads: the newest version that was published."""
    return next((row for row in answers_of(session, contribution_id) if row.published_at), None)


def public_answers(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, AnswerRow]:
    """Question → what everybody reads as its answer."""
    query = (
        select(Answer, col(Respondent.name))
        .outerjoin(Respondent, col(Respondent.id) == col(Answer.respondent_id))
        .where(col(Answer.contribution_id).in_(ids), col(Answer.published_at).is_not(None))
        .order_by(col(Answer.version))
    )
    return {
        row.contribution_id: AnswerRow(
            row.version, row.text, row.documents, name or {}, row.respondent_id, row.written_at, row.published_at
        )
        for row, name in session.execute(query)
    }


@dataclass(frozen=True, slots=True)
class Followed:
    """What somebody who asked learns: how far it is, and the answer, given to the question that asks the same."""

    state: QuestionState
    respondent: dict[str, str]
    due: date
    answer: AnswerRow | None
    number: int
    """Of the question under which the answer stands."""
    is_public: bool
    """Whether that question can be read by everybody."""
    asked_by: int


def followed(session: Session, process: OpenProcess, row: Contribution) -> Followed:
    own = question_of(session, row.id)
    root = session.get(Contribution, own.same_as_id) if own and own.same_as_id else None
    root = root or row
    days = settings_of(session, process.id).working_days
    question = question_of(session, root.id)
    respondent = session.get(Respondent, question.respondent_id) if question and question.respondent_id else None
    return Followed(
        state=state_of(root, question),
        respondent=respondent.name if respondent else {},
        due=due_of(process, root, question, days),
        answer=public_answer(session, root.id),
        number=root.number,
        is_public=root.state is ContributionState.PUBLISHED,
        asked_by=root.people + asked_by(session, [root.id]).get(root.id, 0),
    )
