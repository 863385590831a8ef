"""What one ballot says, in one canonical form, and whether the question allows it.

An answer is a tuple of (option id, value): value 1 for a chosen project, the points given, or the rank
(1 is first). An answer in one's own words is the salted digest of the text in the place of an option, value 1:
the text lies elsewhere and can be erased. One form for every kind of question, so that the web form, keying,
storage and counting agree. The empty tuple is a blank.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from participation.counting.spec import Question, QuestionKind

Answer = tuple[tuple[str, int], ...]
Choices = tuple[tuple[str, Answer], ...]
"""(question id, answer) for each question of the style, sorted by question id."""


DIGEST = re.compile(r"[0-9a-f]{64}")
"""An answer in words, as it lies in a ballot."""
VALUED = frozenset({QuestionKind.CUMULATIVE, QuestionKind.RANKING})
"""The kinds of question in which a choice has a value of its own: points or a rank."""


class Fault(StrEnum):
    """Why an answer is not a valid vote."""

    OVER = "over"
    UNDER = "under"
    OVER_BUDGET = "over-budget"
    OVER_POINTS = "over-points"
    OVER_POINTS_EACH = "over-points-each"
    UNKNOWN_OPTION = "unknown-option"
    RANK_GAP = "rank-gap"
    REPEATED = "repeated"
    UNKNOWN_QUESTION = "unknown-question"
    TOO_LONG = "too-long"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, with the question, the option where there is one, the limit and what was found."""

    fault: Fault
    question_id: str
    option_id: str = ""
    limit: int = 0
    found: int = 0


def canonical(question: Question, answer: Iterable[tuple[str, int]]) -> Answer:
    """The same answer in the one order that is stored: by rank, else in the order of the ballot.

    A project ticked twice is one choice (values kept once) unless it is a ranking, where both ranks
    stay so that `problems` can say so. Zero points is no choice. Where a choice has no value of its own it is 1,
    whatever was sent: a number of one's own would sign the ballot.
    """
    own = question.kind in VALUED
    pairs = [(option_id, value if own else 1) for option_id, value in answer if value]
    if question.kind is QuestionKind.RANKING:
        return tuple(sorted(pairs, key=lambda pair: (pair[1], pair[0])))
    last = len(question.options)
    place = question.position
    return tuple(sorted(dict(pairs).items(), key=lambda pair: (place.get(pair[0], last), pair[0])))


def problems(question: Question, answer: Answer) -> tuple[Problem, ...]:
    """Every reason why `answer` is not valid; empty for a valid answer. A blank is valid here.

    Whether a blank may be cast is the caller's matter: paper accepts it, the web form asks first.
    """
    if question.kind is QuestionKind.OPEN_TEXT:
        return tuple(_text_problems(question, answer))
    found = [
        Problem(Fault.UNKNOWN_OPTION, question.id, option_id)
        for option_id, _ in answer
        if option_id not in question.by_id
    ]
    if not answer:
        return ()
    size = len(answer)
    if len({option_id for option_id, _ in answer}) < size:
        found.append(Problem(Fault.REPEATED, question.id))
    if question.kind is not QuestionKind.KNAPSACK:
        if size > question.max_choices:
            found.append(Problem(Fault.OVER, question.id, "", question.max_choices, size))
        if size < question.min_choices:
            found.append(Problem(Fault.UNDER, question.id, "", question.min_choices, size))
    found.extend(_kind_problems(question, answer))
    return tuple(found)


def _text_problems(question: Question, answer: Answer) -> Iterable[Problem]:
    """At most one text, and of it nothing but its digest: words in the ballot could not be erased."""
    if len(answer) > 1:
        yield Problem(Fault.REPEATED, question.id)
    for digest, value in answer:
        if value != 1 or not DIGEST.fullmatch(digest):
            yield Problem(Fault.UNKNOWN_OPTION, question.id)


def _kind_problems(question: Question, answer: Answer) -> Iterable[Problem]:
    if question.kind not in VALUED:
        for option_id, value in answer:
            if value != 1:
                yield Problem(Fault.OVER_POINTS_EACH, question.id, option_id, 1, value)
    if question.kind is QuestionKind.KNAPSACK:
        cost = cost_of(question, answer)
        if cost > question.envelope:
            yield Problem(Fault.OVER_BUDGET, question.id, "", question.envelope, cost)
    elif question.kind is QuestionKind.CUMULATIVE:
        total = sum(points for _, points in answer)
        if total > question.max_points:
            yield Problem(Fault.OVER_POINTS, question.id, "", question.max_points, total)
        for option_id, points in answer:
            if points > question.max_points_each or points < 0:
                yield Problem(Fault.OVER_POINTS_EACH, question.id, option_id, question.max_points_each, points)
    elif question.kind is QuestionKind.RANKING and not _is_gapless([rank for _, rank in answer]):
        yield Problem(Fault.RANK_GAP, question.id, "", len(answer))


def _is_gapless(ranks: list[int]) -> bool:
    return ranks == list(range(1, len(ranks) + 1))


def cost_of(question: Question, answer: Answer) -> int:
    """What the chosen projects cost together, in cents; unknown projects cost nothing."""
    options = question.by_id
    return sum(options[option_id].cost for option_id, _ in answer if option_id in options)


def score_of(question: Question, value: int) -> int:
    """What one entry of an answer gives its project: points as given, Borda points for a rank, else 1.

    Borda as in Kraków's budget: rank 1 of at most K gives K points, rank K gives one.
    """
    if question.kind is QuestionKind.RANKING:
        return question.max_choices + 1 - value
    return value


def encode(choices: Mapping[str, Answer] | Choices) -> str:
    """The compact canonical text that lies in a ballot row."""
    pairs = dict(choices)
    return json.dumps(
        {question_id: pairs[question_id] for question_id in sorted(pairs)}, separators=(",", ":"), ensure_ascii=False
    )


def decode(text: str) -> Choices:
    """What `encode` wrote."""
    return tuple(
        (question_id, tuple((option_id, value) for option_id, value in answer))
        for question_id, answer in json.loads(text).items()
    )
