"""Reads of a questionnaire in the making: its themes with their questions, in printed order."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from participation.counting.spec import BallotSpec, Question, Text
from participation.processes.questionnaires.models import DraftQuestion, Questionnaire, Theme


@dataclass(frozen=True, slots=True)
class Outline:
    """The whole draft: the questionnaire itself, its themes in order, the questions of each in order."""

    sheet: Questionnaire
    themes: tuple[Theme, ...]
    by_theme: Mapping[uuid.UUID, tuple[DraftQuestion, ...]]

    @property
    def questions(self) -> tuple[DraftQuestion, ...]:
        """Every question in printed order: the first is number 1."""
        return tuple(question for theme in self.themes for question in self.by_theme[theme.id])

    @property
    def number(self) -> Mapping[str, int]:
        """Code → printed number."""
        return {question.code: place for place, question in enumerate(self.questions, 1)}


def outline(session: Session, process_id: uuid.UUID) -> Outline:
    """The draft of a process; an empty one, not stored yet, where nobody has begun."""
    themes = session.execute(
        select(Theme).where(col(Theme.process_id) == process_id).order_by(col(Theme.position), col(Theme.id))
    ).scalars()
    rows = session.execute(
        select(DraftQuestion)
        .where(col(DraftQuestion.process_id) == process_id)
        .order_by(col(DraftQuestion.position), col(DraftQuestion.id))
    ).scalars()
    questions = list(rows)
    found = tuple(themes)
    by_theme = {theme.id: tuple(each for each in questions if each.theme_id == theme.id) for theme in found}
    sheet = session.get(Questionnaire, process_id) or Questionnaire(process_id=process_id)
    return Outline(sheet, found, by_theme)


def keyed_twice(session: Session, process_id: uuid.UUID) -> bool:
    """Whether ticks on paper are keyed by two people."""
    query = select(col(Questionnaire.closed_twice)).where(col(Questionnaire.process_id) == process_id)
    return bool(session.execute(query).scalar_one_or_none())


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one theme, each with its printed number."""

    title: Text
    questions: tuple[tuple[int, Question], ...]


def sections(spec: BallotSpec) -> tuple[Section, ...]:
    """A published questionnaire by themes, in order."""
    found: list[Section] = []
    for number, question in enumerate(spec.questions, 1):
        if found and found[-1].title == question.theme:
            found[-1] = Section(question.theme, (*found[-1].questions, (number, question)))
        else:
            found.append(Section(question.theme, ((number, question),)))
    return tuple(found)
