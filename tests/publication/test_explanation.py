"""Each decision has its sentence, in both languages, with the numbers that the rule saw."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import pytest

from participation.counting.allocation import Decision, FundingLine, Step
from participation.counting.answers import Answer
from participation.counting.budgeting import allocate
from participation.counting.reconciliation import IdentityKey, PlaceFigures, merged, place_equations
from participation.counting.spec import (
    Completion,
    CountingRule,
    Order,
    Question,
    QuestionKind,
    Reserve,
    RuleName,
    TieBreak,
    Utility,
)
from participation.counting.tally import Group, join_small_groups, profile_of, tally
from participation.counts.results import QuestionResult
from participation.i18n import translate
from participation.publication import explanation, wording
from participation.publication.identities import Identity, load_equation, shown
from participation.publication.results import ContestResult, contest_result
from tests.builders import build_question

LOCALES = ("fr", "en")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def step(decision: Decision) -> Step:
    return Step(
        option_id="1",
        decision=decision,
        place=3,
        score=12,
        cost=50_000_00,
        left_before=40_000_00,
        left_after=40_000_00,
        rival="2",
        margin=4,
        price=Fraction(10_001, 3),
        supporters=12,
        supporters_money=Fraction(10_001, 3),
    )


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("decision", list(Decision))
def test_every_decision_has_a_sentence(decision: Decision, locale: str) -> None:
    words = translate(explanation.explain(step(decision), build_question(), CountingRule(), locale), locale)
    assert words.endswith(".")
    assert "%(" not in words


def test_a_sentence_holds_the_numbers_of_the_rule() -> None:
    question = build_question()
    said = {
        locale: plain(
            translate(explanation.explain(step(Decision.TOO_EXPENSIVE), question, question.rule, locale), locale)
        )
        for locale in LOCALES
    }
    assert said["en"] == (
        "Place 3. Its cost is more than the $40,000 that was left. "
        "Project 02, the last one funded before it, has 4 votes more."
    )
    assert said["fr"] == (
        "Rang 3. Son coût dépasse les 40 000 $ qui restaient. "
        "Le projet 02, le dernier financé avant lui, a 4 votes de plus."
    )


def test_shares_are_rounded_so_that_the_sentence_stays_true() -> None:
    rule = CountingRule(name=RuleName.EQUAL_SHARES)
    words = translate(explanation.explain(step(Decision.FUNDED), build_question(), rule, "en"), "en")
    assert "$33.34" in words
    left = translate(explanation.explain(step(Decision.UNAFFORDABLE), build_question(), rule, "en"), "en")
    assert "$33.33" in left


@pytest.mark.parametrize(
    ("margin", "said"),
    [
        (5, "5 votes between projects 01 and 02"),
        (0, "Projects 01 and 02 are equal: the declared tie rule decided"),
        (-3, "Project 02 has 3 votes more than project 01, but did not fit"),
    ],
)
def test_what_stands_beside_the_line(margin: int, said: str) -> None:
    question = build_question()
    allocation = allocate(question.rule, question.options, question.envelope, profile_of(question, ()))
    line = FundingLine("1", "2", margin)
    object.__setattr__(allocation, "line", line)
    assert translate(explanation.line_words(allocation, question, "en"), "en") == said


RULES = [
    CountingRule(),
    CountingRule(name=RuleName.GREEDY_THRESHOLD, threshold=1200),
    CountingRule(name=RuleName.GREEDY_NO_SKIP, order=Order.VOTES_PER_COST),
    CountingRule(name=RuleName.GREEDY_CUSTOM, exclusive_pairs=(("1", "2"),)),
    CountingRule(reserves=(Reserve("jeunesse", 300_00),), tie_break=TieBreak.SEEDED_DRAW, seed="x"),
    CountingRule(name=RuleName.EQUAL_SHARES, utility=Utility.COST, completion=Completion.ADD1_LAST_FEASIBLE),
]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_told_in_words(rule: CountingRule, locale: str) -> None:
    sentences = [translate(words, locale) for words in explanation.rule_sentences(build_question(rule=rule), locale)]
    assert len(sentences) >= 2
    assert all(sentence.endswith(".") and "%(" not in sentence for sentence in sentences)


def test_funded_projects_come_first_and_the_line_is_between() -> None:
    question = build_question(costs=(60_000_00, 90_000_00, 30_000_00), envelope=100_000_00)
    ballots = [(("online", "self"), (("1", 1), ("2", 1))) for _ in range(20)]
    ballots += [(("online", "self"), (("1", 1), ("3", 1))) for _ in range(5)]
    result = count(question, ballots)
    assert [(row.number, row.funded) for row in result.rows] == [("01", True), ("03", True), ("02", False)]
    assert [bool(row.margin) for row in result.rows] == [False, False, True]
    assert result.rows[2].total == 20


def count(question: Question, ballots: Iterable[tuple[Group, Answer]]) -> ContestResult:
    profile = profile_of(question, ballots)
    counted = tally(profile)
    allocation = allocate(question.rule, question.options, question.envelope, profile)
    part = QuestionResult(question.id, counted, join_small_groups(counted.by_group), (), {}, allocation)
    return contest_result(question, part, "en")


def test_points_are_shown_where_the_rule_counts_points() -> None:
    question = build_question(
        kind=QuestionKind.CUMULATIVE, max_points=10, max_points_each=10, rule=CountingRule(order=Order.POINTS)
    )
    result = count(question, [(("online", "self"), (("1", 7), ("2", 3))) for _ in range(20)])
    assert result.unit == "points"
    assert result.rows[0].total == 140


def test_places_are_added_and_kept_as_signed() -> None:
    places = [
        PlaceFigures("A", envelope=False, accepted=10, refused={"late": 1}, counted=9, blanks_received=20, unused=10),
        PlaceFigures("B", envelope=False, accepted=5, counted=6, blanks_received=9, unused=4),
    ]
    equations = [equation for place in places for equation in place_equations(place)]
    sums = {equation.key: equation for equation in merged(equations)}
    returned = sums[IdentityKey.RETURNED]
    assert (returned.left.value, returned.difference) == (15, 0)
    assert [equation.difference for equation in equations if equation.key is IdentityKey.RETURNED] == [1, -1]
    words = shown(Identity(sums[IdentityKey.DECLARATIONS]), {})
    assert [translate(term["label"], "fr") for term in words.right] == [
        "déclarations acceptées",
        "mises de côté\u00a0: trop tard",
    ]
    stored = {"key": "returned", "subject": "A", "left": {"code": "issued", "value": 3, "minus": False}, "right": []}
    assert load_equation(stored).left.value == 3


def test_each_code_of_an_identity_has_words() -> None:
    for key in IdentityKey:
        assert wording.IDENTITIES[key].msgid
    for code in ("accepted", "refused.late", "rejected.over", "counted", "rejected", "standing", "in_the_box"):
        assert wording.term_label(code).msgid
