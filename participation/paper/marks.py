"""What a clerk reads on one form: marks exactly as keyed, what they mean, and what a person must settle.

Pure: no database, no request. Marks keep unknown numbers and repetitions as they were typed; `answers`
turns them into the canonical form that the box stores, `flaws` says why they cannot be cast as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from participation.ballots.models import BallotRejection
from participation.counting.answers import Answer, Choices, Fault, canonical, problems
from participation.counting.spec import Option, Question, QuestionKind, RulingKind, number_key
from participation.paper.models.batches import Interpretation

Mark = tuple[str, int]
"""A project number as keyed, and 1, its points or its rank."""
Marks = Mapping[str, Sequence[Mark]]
"""Question id → marks in the order in which they were keyed."""
MAX_MARKS = 99
MAX_NUMBER = 20
MAX_POINTS = 9999
UNKNOWN = "?"
"""Stands before a number that is not on the ballot, where a rejected form's marks are kept as they were read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One form as one person read it."""

    interpretation: Interpretation
    marks: Marks
    serial: str = ""
    """Seven digits, or empty where the form has none."""


@dataclass(frozen=True, slots=True)
class Typing:
    """One field as parsed: its marks, and the pieces that are no mark at all."""

    marks: tuple[Mark, ...]
    refused: tuple[str, ...]


def parse_line(kind: QuestionKind, text: str) -> Typing:
    """The marks of one field. Spaces, commas, semicolons and + separate; `7:3` gives points.

    A number that is on no ballot is a mark like any other. Refused: points left out, or far too long.
    """
    pieces = [piece for piece in re.split(r"[\s,;+]+", text) if piece]
    marks: list[Mark] = []
    refused: list[str] = []
    for place, piece in enumerate(pieces, start=1):
        number, colon, points = piece.partition(":")
        fits = 0 < len(number) <= MAX_NUMBER and place <= MAX_MARKS
        if kind is QuestionKind.CUMULATIVE:
            fits = fits and points.isascii() and points.isdigit() and int(points[:9]) <= MAX_POINTS
        else:
            fits = fits and not colon
        if not fits:
            refused.append(piece[:40])
        else:
            marks.append((number, _value(kind, place, points)))
    return Typing(tuple(marks), tuple(refused))


def _value(kind: QuestionKind, place: int, points: str) -> int:
    if kind is QuestionKind.RANKING:
        return place
    return int(points) if kind is QuestionKind.CUMULATIVE else 1


def line_of(kind: QuestionKind, marks: Sequence[Mark]) -> str:
    """The field that gives these marks: `parse_line` backwards."""
    if kind is QuestionKind.CUMULATIVE:
        return " ".join(f"{number}:{points}" for number, points in marks)
    return " ".join(number for number, _value in marks)


def option_of(question: Question, number: str) -> Option | None:
    """The project with that number, leading zeros aside; None when it is not on this ballot."""
    return question.by_number.get(number_key(number))


def answer(question: Question, marks: Sequence[Mark]) -> Answer:
    """What the marks mean. The same project twice is once, save where rank or points would be in doubt."""
    pairs: list[tuple[str, int]] = []
    for number, value in marks:
        option = option_of(question, number)
        pairs.append((option.id if option else UNKNOWN + number_key(number), value))
    repeated = len({option_id for option_id, _value in pairs}) < len(pairs)
    if question.kind is QuestionKind.CUMULATIVE and repeated:
        return tuple(sorted(pairs))
    return canonical(question, pairs)


def answers(questions: Sequence[Question], reading: Reading) -> Choices:
    """One answer for each question of the style, sorted by question; all empty for a blank."""
    found = [(question.id, answer(question, reading.marks.get(question.id, ()))) for question in questions]
    return tuple(sorted(found))


def agree(questions: Sequence[Question], first: Reading, second: Reading) -> bool:
    """Whether two people read the same on the paper, whatever the order of their keys."""
    if first.interpretation is not second.interpretation:
        return False
    return answers(questions, first) == answers(questions, second)


class FlawKind(StrEnum):
    """Why a form needs a third person although both keyings agree."""

    UNCLEAR = "unclear"
    NOT_OURS = "not-ours"
    """Whoever keyed it saw no ballot of this vote."""
    SERIAL_TWICE = "serial-twice"
    """Its serial stands on another form too: neither counts until the originals are looked at."""
    SERIAL_FOREIGN = "serial-foreign"
    """Its serial was not printed for this vote and district."""
    UNKNOWN_NUMBER = "unknown-number"
    TWICE = "twice"
    OVER = "over"
    UNDER = "under"
    OVER_BUDGET = "over-budget"
    OVER_POINTS = "over-points"
    OVER_POINTS_EACH = "over-points-each"
    RANK_GAP = "rank-gap"


_OF_FAULT = {
    Fault.OVER: FlawKind.OVER,
    Fault.UNDER: FlawKind.UNDER,
    Fault.OVER_BUDGET: FlawKind.OVER_BUDGET,
    Fault.OVER_POINTS: FlawKind.OVER_POINTS,
    Fault.OVER_POINTS_EACH: FlawKind.OVER_POINTS_EACH,
    Fault.UNKNOWN_OPTION: FlawKind.UNKNOWN_NUMBER,
    Fault.RANK_GAP: FlawKind.RANK_GAP,
    Fault.REPEATED: FlawKind.TWICE,
}


_FLAWED = {
    Interpretation.UNCLEAR: FlawKind.UNCLEAR,
    Interpretation.OVER: FlawKind.OVER,
    Interpretation.NOT_OURS: FlawKind.NOT_OURS,
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason, with the number concerned, the limit and what was found where these exist."""

    kind: FlawKind
    question_id: str = ""
    number: str = ""
    limit: int = 0
    found: int = 0


def flaws(questions: Sequence[Question], reading: Reading) -> tuple[Flaw, ...]:
    """Everything that keeps the form from being cast as it was read; empty for a blank and for a valid vote."""
    if reading.interpretation in _FLAWED:
        return (Flaw(_FLAWED[reading.interpretation]),)
    if reading.interpretation is not Interpretation.CHOICES:
        return ()
    found: list[Flaw] = []
    for question in questions:
        for problem in problems(question, answer(question, reading.marks.get(question.id, ()))):
            number = problem.option_id.removeprefix(UNKNOWN)
            if option := question.by_id.get(problem.option_id):
                number = option.number
            found.append(Flaw(_OF_FAULT[problem.fault], question.id, number, problem.limit, problem.found))
    return tuple(found)


_REJECTED_AS = {
    FlawKind.OVER: BallotRejection.OVER,
    FlawKind.UNDER: BallotRejection.UNDER,
    FlawKind.OVER_POINTS: BallotRejection.OVER,
    FlawKind.OVER_POINTS_EACH: BallotRejection.OVER,
    FlawKind.OVER_BUDGET: BallotRejection.OVER_BUDGET,
}


def printed_rule(found: Sequence[Flaw]) -> BallotRejection | None:
    """The rejection that the words on the ballot announce for these flaws; None where a person must judge."""
    if any(flaw.kind not in _REJECTED_AS for flaw in found):
        return None
    return next((_REJECTED_AS[flaw.kind] for flaw in found), None)


def printed_reasons(questions: Sequence[Question]) -> tuple[BallotRejection, ...]:
    """The rejections that the rules of these questions can lead to, in the order in which they are offered."""
    kinds = {question.kind for question in questions}
    others = [question for question in questions if question.kind is not QuestionKind.KNAPSACK]
    possible = {
        BallotRejection.OVER: bool(others),
        BallotRejection.UNDER: any(question.min_choices > 1 for question in others),
        BallotRejection.OVER_BUDGET: QuestionKind.KNAPSACK in kinds,
    }
    return tuple(reason for reason, offered in possible.items() if offered)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is cast for a form."""

    kind: RulingKind
    choices: Choices
    rejection: BallotRejection | None = None


def ruling_of(questions: Sequence[Question], reading: Reading, rejection: BallotRejection | None) -> Ruling:
    """The ruling for a settled reading: rejected with its marks as read, blank, or valid."""
    choices = answers(questions, reading)
    if rejection is not None:
        return Ruling(RulingKind.REJECTED, choices, rejection)
    blank = reading.interpretation is Interpretation.BLANK
    return Ruling(RulingKind.BLANK if blank else RulingKind.VALID, choices)


def stored(marks: Marks) -> dict[str, list[list[str | int]]]:
    """Marks as they lie in a JSON column."""
    return {question_id: [[number, value] for number, value in pairs] for question_id, pairs in marks.items()}


def loaded(marks: Mapping[str, Sequence[Sequence[str | int]]]) -> Marks:
    """What `stored` wrote."""
    return {
        question_id: tuple((str(number), int(value)) for number, value in pairs) for question_id, pairs in marks.items()
    }


@dataclass(frozen=True, slots=True)
class MarkWords:
    """A mark with the title of its project, to be read back; `title` is empty for a number that is unknown."""

    number: str
    title: tuple[tuple[str, str], ...]
    points: int = 0


def words(question: Question, marks: Sequence[Mark]) -> list[MarkWords]:
    """Each mark in the order keyed, as it is read back to the clerk."""
    shown = []
    for number, value in marks:
        option = option_of(question, number)
        points = value if question.kind is QuestionKind.CUMULATIVE else 0
        shown.append(MarkWords(option.number if option else number, option.title if option else (), points))
    return shown
