"""Promises that do not go together are refused, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from participation.counting.spec import (
    Completion,
    CountingRule,
    MatchField,
    Order,
    Precedence,
    QuestionKind,
    RegisterKind,
    Reserve,
    RuleName,
    TieBreak,
    Utility,
)
from participation.processes import policy
from participation.processes.drafts import ContestDraft, Voting
from participation.processes.models import PlaceKind, WindowKind
from tests.builders import NOON

NAMED = (MatchField.LAST_NAME, MatchField.POSTAL_CODE)
NAMELESS = (MatchField.EMAIL, MatchField.POSTAL_CODE)
LIVE, ENVELOPE = [PlaceKind.LIVE], [PlaceKind.ENVELOPE]


def refused(paper_places: list[PlaceKind] = LIVE, **changes: object) -> set[str]:
    voting = replace(Voting(match_fields=NAMED), **changes)  # type: ignore[arg-type]
    return set(policy.voting_problems(voting, paper_places))


@pytest.mark.parametrize("precedence", [Precedence.PAPER_WINS, Precedence.FIRST_RECEIVED])
def test_with_a_name_paper_wins_and_first_received_are_offered(precedence: Precedence) -> None:
    assert refused(precedence=precedence) == set()


@pytest.mark.parametrize("precedence", [Precedence.PAPER_WINS, Precedence.ALL_VOID])
def test_without_a_name_only_first_received_is_offered(precedence: Precedence) -> None:
    assert "precedence" in refused(ENVELOPE, match_fields=NAMELESS, precedence=precedence)
    assert refused(match_fields=NAMELESS, precedence=Precedence.FIRST_RECEIVED) == set()


def test_a_vote_is_no_questionnaire() -> None:
    """Opinions are kept twice and asked of nobody by name; votes are neither, and are not made of words."""
    assert "precedence" in refused(precedence=Precedence.KEEP_ALL)
    assert "register_kind" in refused(register_kind=RegisterKind.NONE, precedence=Precedence.FIRST_RECEIVED)
    words = ContestDraft("ville", {"fr": "Ville"}, 100, kind=QuestionKind.OPEN_TEXT)
    assert "kind" in policy.contest_problems(words)


def test_an_open_register_compares_something() -> None:
    assert "match_fields" in refused(match_fields=(), precedence=Precedence.FIRST_RECEIVED)
    assert refused(register_kind=RegisterKind.CLOSED, match_fields=()) == set()


def test_all_void_needs_every_ballot_in_its_envelope() -> None:
    assert "precedence" in refused([PlaceKind.ENVELOPE, PlaceKind.LIVE], precedence=Precedence.ALL_VOID)
    assert refused(ENVELOPE, precedence=Precedence.ALL_VOID) == set()


def test_a_vote_can_be_changed_only_where_the_person_is_known_and_votes_do_not_void() -> None:
    assert refused(change_until_close=True) == set()
    assert refused(change_until_close=True, precedence=Precedence.FIRST_RECEIVED) == set()
    assert refused(register_kind=RegisterKind.CLOSED, match_fields=(), change_until_close=True) == set()
    assert "change_until_close" in refused(ENVELOPE, change_until_close=True, precedence=Precedence.ALL_VOID)
    assert "change_until_close" in refused(change_until_close=True, online=False)
    assert "change_until_close" in refused(
        change_until_close=True, match_fields=(), precedence=Precedence.FIRST_RECEIVED
    )


def test_some_way_to_vote_and_hours_that_run_forwards() -> None:
    assert refused(online=False, paper=False) == {"ways"}
    hours = {WindowKind.PAPER_OPENS: NOON, WindowKind.PAPER_CLOSES: NOON, WindowKind.POST_CLOSES: NOON + timedelta(1)}
    assert refused(windows=hours) == {"paper_closes"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"min_choices": 3, "max_choices": 2}, "max_choices"),
        ({"kind": QuestionKind.CUMULATIVE, "max_points": 0, "max_points_each": 1}, "max_points"),
        ({"kind": QuestionKind.CUMULATIVE, "max_points": 5, "max_points_each": 6}, "max_points_each"),
        ({"kind": QuestionKind.CUMULATIVE, "max_points": 5, "max_points_each": 0}, "max_points_each"),
    ],
)
def test_limits_that_no_ballot_could_meet(changes: dict[str, object], field: str) -> None:
    draft = replace(ContestDraft("ville", {"fr": "Ville"}, 1), **changes)  # type: ignore[arg-type]
    assert set(policy.contest_problems(draft)) == {field}


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (CountingRule(order=Order.POINTS), "order"),
        (CountingRule(RuleName.EQUAL_SHARES, utility=Utility.POINTS), "utility"),
        (CountingRule(RuleName.GREEDY_THRESHOLD), "threshold"),
        (CountingRule(RuleName.EQUAL_SHARES, reserves=(Reserve("jeunesse", 1),)), "reserves"),
        (CountingRule(completion=Completion.ADD1_LAST_FEASIBLE), "completion"),
        (CountingRule(tie_break=TieBreak.SEEDED_DRAW), "seed"),
    ],
)
def test_rules_that_cannot_count_an_approval_ballot(rule: CountingRule, field: str) -> None:
    assert set(policy.rule_problems(QuestionKind.APPROVAL, rule)) == {field}


@pytest.mark.parametrize("kind", [QuestionKind.CUMULATIVE, QuestionKind.RANKING])
def test_ballots_with_points_may_be_ordered_by_them(kind: QuestionKind) -> None:
    assert policy.rule_problems(kind, CountingRule(order=Order.POINTS)) == {}
    assert policy.rule_problems(kind, CountingRule(RuleName.EQUAL_SHARES, utility=Utility.POINTS)) == {}
