"""Reading a form: what is typed, what it means, what a person must settle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.ballots.models import BallotRejection
from participation.counting.answers import problems
from participation.counting.spec import Question, QuestionKind, RulingKind
from participation.paper.keying.comparison import compare, find_shift
from participation.paper.marks import (
    FlawKind,
    Reading,
    agree,
    answers,
    flaws,
    line_of,
    loaded,
    parse_line,
    printed_reasons,
    printed_rule,
    ruling_of,
    stored,
)
from participation.paper.models.batches import Interpretation
from tests.builders import build_question

APPROVAL = build_question()
POINTS = build_question(kind=QuestionKind.CUMULATIVE, max_choices=4, max_points=10, max_points_each=6)
RANKING = build_question(kind=QuestionKind.RANKING, max_choices=3)
KNAPSACK = build_question(kind=QuestionKind.KNAPSACK, max_choices=4)


def reading(typed: str, kind: QuestionKind = QuestionKind.APPROVAL) -> Reading:
    return Reading(Interpretation.CHOICES, {"ville": parse_line(kind, typed).marks})


@pytest.mark.parametrize("typed", ["1 3", "01 03", "3,1", "1+3", "  3 ; 1 ", "1 3 1"])
def test_many_ways_to_type_the_same_two_projects(typed: str) -> None:
    assert answers([APPROVAL], reading(typed)) == (("ville", (("1", 1), ("3", 1))),)
    assert not flaws([APPROVAL], reading(typed))


@pytest.mark.parametrize(
    ("question", "typed", "kind", "rule"),
    [
        (APPROVAL, "1 48", FlawKind.UNKNOWN_NUMBER, None),
        (APPROVAL, "1 2 3", FlawKind.OVER, BallotRejection.OVER),
        (POINTS, "1:6 2:5", FlawKind.OVER_POINTS, BallotRejection.OVER),
        (POINTS, "1:7", FlawKind.OVER_POINTS_EACH, BallotRejection.OVER),
        (POINTS, "1:2 1:3", FlawKind.TWICE, None),
        (RANKING, "1 2 1", FlawKind.TWICE, None),
        (KNAPSACK, "1 2 3", FlawKind.OVER_BUDGET, BallotRejection.OVER_BUDGET),
    ],
)
def test_what_needs_a_person(question: Question, typed: str, kind: FlawKind, rule: BallotRejection | None) -> None:
    found = flaws([question], reading(typed, question.kind))
    assert kind in {flaw.kind for flaw in found}
    assert printed_rule(found) is rule


def test_the_order_typed_is_the_rank() -> None:
    assert answers([RANKING], reading("3 1", QuestionKind.RANKING)) == (("ville", (("3", 1), ("1", 2))),)


def test_points_left_out_are_refused_at_once() -> None:
    assert parse_line(QuestionKind.CUMULATIVE, "7 8:2").refused == ("7",)
    assert parse_line(QuestionKind.APPROVAL, "7:2").refused == ("7:2",)


def test_a_rejected_form_keeps_its_marks_as_read() -> None:
    ruling = ruling_of([APPROVAL], reading("1 48"), BallotRejection.UNCLEAR)
    assert ruling.kind is RulingKind.REJECTED
    assert ruling.choices == (("ville", (("1", 1), ("?48", 1))),)


NUMBERS = st.lists(st.integers(min_value=0, max_value=60), max_size=8)


@given(NUMBERS, NUMBERS, st.sampled_from([APPROVAL, RANKING, KNAPSACK]))
def test_agreeing_is_the_same_both_ways_and_valid_means_castable(
    one: list[int], two: list[int], question: Question
) -> None:
    first, second = (reading(" ".join(map(str, numbers)), question.kind) for numbers in (one, two))
    assert agree([question], first, second) == agree([question], second, first)
    if not flaws([question], first):
        assert not problems(question, dict(answers([question], first))["ville"])
    kept = Reading(first.interpretation, loaded(stored(first.marks)))
    assert agree([question], first, kept)
    line = line_of(question.kind, first.marks["ville"])
    assert parse_line(question.kind, line).marks == first.marks["ville"]


def test_a_shift_is_told_from_misreading() -> None:
    forms = [reading(text) for text in ("1", "2", "3", "4", "1 2", "3 4")]
    first = dict(enumerate(forms, 1))
    second = dict(enumerate([*forms[:1], *forms[2:]], 1))
    shift = find_shift([APPROVAL], compare([APPROVAL], 6, {1: first, 2: second}, {}))
    assert shift is not None
    assert (shift.position, shift.behind) == (2, 2)
    misread = first | {2: reading("3")}
    assert find_shift([APPROVAL], compare([APPROVAL], 6, {1: first, 2: misread}, {})) is None


def test_only_the_reasons_that_a_ballot_can_give_are_offered() -> None:
    asks_two = build_question(min_choices=2, max_choices=3)
    over, under, budget = BallotRejection.OVER, BallotRejection.UNDER, BallotRejection.OVER_BUDGET
    assert printed_reasons([APPROVAL]) == (over,)
    assert printed_reasons([asks_two]) == (over, under)
    assert printed_reasons([KNAPSACK]) == (budget,)
    assert printed_reasons([POINTS, KNAPSACK]) == (over, budget)
    assert printed_reasons([RANKING]) == (over,)
