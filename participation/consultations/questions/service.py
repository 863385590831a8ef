"""What staff do with a question: send it to who must answer, answer it, join it with another that asks the same."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from participation import search
from participation.consultations import queries as contributions
from participation.consultations.models import Contribution, ContributionKind, ContributionState
from participation.consultations.questions import queries
from participation.consultations.questions.models import Answer, Question, Respondent
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess

KIND = "question"


@dataclass(frozen=True, slots=True)
class QuestionsSet:
    """Who must answer, or within how many days, was changed."""


@dataclass(frozen=True, slots=True)
class QuestionSent:
    contribution_number: int


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    contribution_number: int
    version: int


@dataclass(frozen=True, slots=True)
class QuestionMerged:
    """`same_as` is the number of the question that asks the same; none where the two were parted again."""

    contribution_number: int
    same_as: int | None


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    text: dict[str, str]
    documents: list[str]
    respondent_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class RespondentDraft:
    name: dict[str, str]
    email: str = ""


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    working_days: int
    respondents: list[RespondentDraft]
    """In order."""


def save_settings(session: Session, hand: Hand, draft: SettingsDraft) -> None:
    """Replaces the list; somebody who has been asked stays. Conflict where such a name was taken out."""
    settings = queries.settings_of(session, hand.process.id)
    settings.working_days = draft.working_days
    session.add(settings)
    known = {row.name["fr"]: row for row in queries.respondents_of(session, hand.process.id)}
    for position, each in enumerate(draft.respondents):
        row = known.pop(each.name["fr"], None) or Respondent(process_id=hand.process.id, name=each.name, position=0)
        row.name, row.email, row.position = each.name, each.email, position
        session.add(row)
    for french, row in known.items():
        if _is_used(session, row.id):
            raise Conflict(
                _("Questions were sent to “%(name)s”: the name stays in the list. Nothing was saved.", name=french)
            )
        session.delete(row)
    session.flush()
    hand.record(session, QuestionsSet())


def _is_used(session: Session, respondent_id: uuid.UUID) -> bool:
    found = [
        session.execute(select(func.count()).where(col(table.respondent_id) == respondent_id)).scalar_one()
        for table in (Question, Answer)
    ]
    return any(found)


def send(session: Session, hand: Hand, row: Contribution, respondent_id: uuid.UUID | None, due: date | None) -> None:
    """To whom it went, and by when the answer is due. Conflict where it is refused, withdrawn or merged."""
    question = _alive(session, row)
    question.respondent_id, question.due = respondent_id, due
    question.sent_at = hand.at if respondent_id else None
    session.add(question)
    session.flush()
    hand.record(session, QuestionSent(row.number))


def answer(session: Session, hand: Hand, row: Contribution, draft: AnswerDraft, *, publish: bool) -> None:
    """A new version of the answer; `publish`: for everybody. Conflict where the question is not published itself."""
    question = _alive(session, row)
    if publish and row.state is not ContributionState.PUBLISHED:
        raise Conflict(
            _("The question is not published yet. Nothing was saved."),
            _("Keep the answer as a draft; publish it once a moderator has read the question."),
        )
    newest = session.execute(select(func.max(col(Answer.version))).where(col(Answer.contribution_id) == row.id))
    version = (newest.scalar() or 0) + 1
    session.execute(
        insert(Answer).values(
            contribution_id=row.id,
            version=version,
            text=draft.text,
            documents=draft.documents,
            respondent_id=draft.respondent_id,
            written_at=hand.at,
            written_by=hand.account_id,
            published_at=hand.at if publish else None,
        )
    )
    if publish:
        question.answered_at = question.answered_at or hand.at
        session.add(question)
        hand.record(session, QuestionAnswered(row.number, version))
    session.flush()
    refresh(session, hand.process, row)


def merge(session: Session, hand: Hand, row: Contribution, number: int) -> None:
    """From now on it is answered with question `number`, and so is what was answered with it.

    NotFound where there is no such question, Conflict where it cannot carry another or this one has an answer.
    """
    question = _alive(session, row)
    root = contributions.by_number(session, hand.process.id, number)
    if root is None or root.kind is not ContributionKind.QUESTION:
        raise NotFound(_("There is no question with this number. Nothing was changed."))
    theirs = queries.question_of(session, root.id)
    if theirs and theirs.same_as_id:
        root = session.get_one(Contribution, theirs.same_as_id)
    if root.id == row.id:
        raise Conflict(_("This is the same question. Nothing was changed."))
    _alive(session, root)
    if question.answered_at:
        raise Conflict(
            _("This question has an answer of its own. Nothing was changed."),
            _("Merge the other one with it instead."),
        )
    _follow(session, row.id, root.id)
    question.same_as_id = root.id
    session.add(question)
    session.flush()
    hand.record(session, QuestionMerged(row.number, root.number))
    refresh(session, hand.process, row)


def part(session: Session, hand: Hand, row: Contribution) -> None:
    """It stands for itself again. Conflict where it does already."""
    question = queries.question_of(session, row.id)
    if question is None or question.same_as_id is None:
        raise Conflict(_("This question stands for itself already. Nothing was changed."))
    question.same_as_id = None
    session.add(question)
    session.flush()
    hand.record(session, QuestionMerged(row.number, None))
    refresh(session, hand.process, row)


def settle(session: Session, process: OpenProcess, row: Contribution) -> None:
    """After its words or its state changed elsewhere: the search follows, and whoever asked the same keeps the answer
    though this question left the public pages."""
    if row.state in (ContributionState.REFUSED, ContributionState.WITHDRAWN):
        _hand_over(session, process, row)
    refresh(session, process, row)


def _hand_over(session: Session, process: OpenProcess, row: Contribution) -> None:
    """The next question that asks the same takes its place, with its answers."""
    others = queries.same_as(session, row.id)
    heir = next((each for each in others if each.state is ContributionState.PUBLISHED), next(iter(others), None))
    if heir is None:
        return
    mine, theirs = session.get_one(Question, row.id), session.get_one(Question, heir.id)
    for name in ("respondent_id", "sent_at", "due", "answered_at"):
        setattr(theirs, name, getattr(mine, name))
    theirs.same_as_id = None
    session.add(theirs)
    session.flush()
    _follow(session, row.id, heir.id)
    _copy_answers(session, row.id, heir.id)
    refresh(session, process, session.get_one(Contribution, heir.id))


def _copy_answers(session: Session, source: uuid.UUID, target: uuid.UUID) -> None:
    names = ("version", "text", "documents", "respondent_id", "written_at", "written_by", "published_at")
    rows = session.execute(select(Answer).where(col(Answer.contribution_id) == source)).scalars().all()
    for row in rows:
        values: dict[str, Any] = {name: getattr(row, name) for name in names}
        session.execute(insert(Answer).values(contribution_id=target, **values))


def _follow(session: Session, old: uuid.UUID, new: uuid.UUID) -> None:
    session.execute(update(Question).where(col(Question.same_as_id) == old).values(same_as_id=new))


def _alive(session: Session, row: Contribution) -> Question:
    """Its row, made at the first touch. Conflict where there is nothing left to do for it."""
    if row.state in (ContributionState.REFUSED, ContributionState.WITHDRAWN):
        raise Conflict(_("This question was refused or taken back. Nothing was changed."))
    question = queries.question_of(session, row.id)
    if question is None:
        question = Question(contribution_id=row.id, process_id=row.process_id)
        session.add(question)
        session.flush()
    if question.same_as_id:
        raise Conflict(_("This question is answered with another one. Nothing was changed."))
    return question


def refresh(session: Session, process: OpenProcess, row: Contribution) -> None:
    """What the search finds of a question: its words and its answer, while everybody may read them."""
    shown, question = contributions.one(session, row.id), queries.question_of(session, row.id)
    if shown is None or shown.state is not ContributionState.PUBLISHED or (question and question.same_as_id):
        search.forget(session, KIND, row.id)
        return
    label, address = shown.reference, f"/questions/{row.number}"
    entries = [search.Entry("", shown.text, address, row.language, label, position=row.number)]
    if found := queries.public_answer(session, row.id):
        entries += [
            search.Entry("", text, address, locale, label, position=row.number)
            for locale, text in sorted(found.text.items())
        ]
    search.index(session, process.id, KIND, row.id, entries)
