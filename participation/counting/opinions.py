"""Questionnaires: who was asked what, and what came back. No envelope, no rule, no winner.

Every answer is kept. Somebody who answers a question that was for others (on paper nothing hides it) is reported
beside the figures of that question and not in them, so that its total is the number of people who were asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from participation.counting.answers import Answer, Choices
from participation.counting.spec import Condition, Option, Question, QuestionKind
from participation.counting.tally import Group, Profile, Tally, profile_of_equals, tally

IN_WORDS = "in-words"
"""In the place of an answer's digest: counted as answered, whatever it says."""

MOST_CHARACTERS = 10_000
"""Of one answer in words: about four pages. What is longer is a brief."""


def is_met(condition: Condition | None, answers: Mapping[str, Answer]) -> bool:
    """Whether somebody with these answers is asked."""
    if condition is None:
        return True
    chosen = {option_id for option_id, _value in answers.get(condition.question_id, ())}
    return not chosen.isdisjoint(condition.option_ids)


def asked(questions: Iterable[Question], answers: Mapping[str, Answer]) -> frozenset[str]:
    """The questions that somebody with these answers is asked. A condition on a question that was not asked fails."""
    found: dict[str, Answer] = {}
    for question in questions:
        if is_met(question.shown_if, found):
            found[question.id] = answers.get(question.id, ())
    return frozenset(found)


def goes_on_at(questions: Sequence[Question], place: int, option_id: str) -> int:
    """The place of the next question for somebody who ticks this option of a “choose one” on paper.

    One more than `place` where nothing is skipped; the number of questions at the end. Conditions on other questions
    are left to the words beside those.
    """
    skipped: set[str] = set()
    here = {questions[place].id: ((option_id, 1),)}
    for after in range(place + 1, len(questions)):
        condition = questions[after].shown_if
        decided = condition is not None and (condition.question_id in here or condition.question_id in skipped)
        if not decided or is_met(condition, here):
            return after
        skipped.add(questions[after].id)
    return len(questions)


def text_digest(salt: str, text: str) -> str:
    """What the ballot keeps of an answer in words. Without the salt nobody can tell whether a text was the one."""
    return hashlib.sha256(f"open-answer/1\n{salt}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Opinions:
    """One question: `counted.total` has all who were asked; its blanks are those who gave no answer."""

    question_id: str
    counted: Tally
    out_of_turn: int
    """Answers of people who were not asked: kept in the box, and in no other figure."""

    @property
    def asked(self) -> int:
        return self.counted.total.ballots

    @property
    def answered(self) -> int:
        return self.counted.total.ballots - self.counted.total.blanks


@dataclass
class Polling:
    """Adds up a questionnaire record by record; the order plays no part."""

    questions: tuple[Question, ...]
    _records: dict[str, dict[tuple[Group, Answer], int]] = field(default_factory=dict)
    _out_of_turn: dict[str, int] = field(default_factory=dict)

    def add(self, group: Group, choices: Choices, times: int = 1) -> None:
        """One record, or several that say the same."""
        answers = dict(choices)
        shown = asked(self.questions, answers)
        for question in self.questions:
            answer = _counted(question, answers.get(question.id, ()))
            if question.id in shown:
                cells = self._records.setdefault(question.id, {})
                cells[group, answer] = cells.get((group, answer), 0) + times
            elif answer:
                self._out_of_turn[question.id] = self._out_of_turn.get(question.id, 0) + times

    def result(self) -> tuple[Opinions, ...]:
        """The figures of every question, in their order."""
        return tuple(
            Opinions(question.id, tally(self._profile(question)), self._out_of_turn.get(question.id, 0))
            for question in self.questions
        )

    def _profile(self, question: Question) -> Profile:
        cells = self._records.get(question.id, {})
        records = ((group, answer, times) for (group, answer), times in cells.items())
        return profile_of_equals(tallied(question), records)


def tallied(question: Question) -> Question:
    """The question as it is tallied: one in words has the single option of having answered."""
    if question.kind is not QuestionKind.OPEN_TEXT:
        return question
    return replace(question, options=(Option(IN_WORDS, "", (), 0),))


def _counted(question: Question, answer: Answer) -> Answer:
    return ((IN_WORDS, 1),) if answer and question.kind is QuestionKind.OPEN_TEXT else answer
