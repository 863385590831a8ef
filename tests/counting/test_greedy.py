"""The greedy rules in examples a clerk can follow, and what holds for any election."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.counting.allocation import Allocation, Decision, FundingLine
from participation.counting.budgeting import allocate
from participation.counting.spec import CountingRule, Order, Reserve, RuleName, TieBreak
from participation.counting.ties import Tie
from tests.counting.elections import elections, profile
from tests.counting.oracle import Ballot, Project

GREEDY_RULES = [rule for rule in RuleName if rule is not RuleName.EQUAL_SHARES]
PARK, PATH, BENCH, TREES = Project("park", 500), Project("path", 400), Project("bench", 300), Project("trees", 100)
CITY = [PARK, PATH, BENCH, TREES]
VOTES: list[Ballot] = (
    [{"park": 1, "path": 1, "bench": 1, "trees": 1}] + [{"park": 1, "path": 1}] * 3 + [{"park": 1, "bench": 1}]
)
"""5 park, 4 path, 2 bench, 1 trees."""


def fund(
    rule: CountingRule, envelope: int, projects: Sequence[Project] = CITY, ballots: Sequence[Ballot] = VOTES
) -> Allocation:
    return allocate(rule, projects, envelope, profile([p.id for p in projects], ballots))


def decisions(allocation: Allocation) -> dict[str, Decision]:
    return {step.option_id: step.decision for step in allocation.working}


def test_greedy_passes_over_what_does_not_fit() -> None:
    found = fund(CountingRule(), 800)
    assert found.selected == ("park", "bench")
    assert decisions(found)["path"] is Decision.TOO_EXPENSIVE
    assert (found.spent, found.left, found.exhausted) == (800, 0, True)
    assert found.line == FundingLine("bench", "path", -2)
    path = found.working[1]
    assert (path.option_id, path.left_before, path.rival, path.margin) == ("path", 300, "park", 1)


def test_no_skip_ends_at_the_first_that_does_not_fit() -> None:
    found = fund(CountingRule(name=RuleName.GREEDY_NO_SKIP), 800)
    assert found.selected == ("park",)
    assert decisions(found) == {
        "park": Decision.FUNDED,
        "path": Decision.STOPPED,
        "bench": Decision.AFTER_STOP,
        "trees": Decision.AFTER_STOP,
    }
    assert found.line == FundingLine("park", "path", 1)
    assert not found.exhausted
    assert found.working[2].rival == "path"


def test_the_project_that_stops_the_rule_is_topped_up_if_80_percent_are_left() -> None:
    rule = CountingRule(name=RuleName.GREEDY_CUSTOM)
    assert (fund(rule, 820).selected, fund(rule, 820).topup) == (("park",), ("path",))
    assert (fund(rule, 819).selected, fund(rule, 819).topup) == (("park",), ())
    assert (fund(rule, 820).spent, decisions(fund(rule, 820))["path"]) == (820, Decision.TOPPED_UP)
    assert decisions(fund(rule, 820))["bench"] is Decision.AFTER_STOP


def test_projects_under_the_threshold_are_left_out() -> None:
    found = fund(CountingRule(name=RuleName.GREEDY_THRESHOLD, threshold=2), 10_000)
    assert found.selected == ("park", "path", "bench")
    assert decisions(found)["trees"] is Decision.UNDER_THRESHOLD
    assert found.working[3].margin == 1
    assert found.line is None


def test_of_an_exclusive_pair_the_first_is_funded() -> None:
    found = fund(CountingRule(exclusive_pairs=(("path", "park"), ("path", "trees"))), 10_000)
    assert found.selected == ("park", "bench", "trees")
    assert (found.working[1].decision, found.working[1].rival) == (Decision.EXCLUDED_BY_PAIR, "park")


def test_a_withdrawn_project_leaves_its_place() -> None:
    found = allocate(CountingRule(), CITY, 800, profile([p.id for p in CITY], VOTES), withdrawn={"park"})
    assert found.selected == ("path", "bench", "trees")
    assert decisions(found)["park"] is Decision.WITHDRAWN


def test_votes_per_cost_is_compared_exactly() -> None:
    projects = [Project("a", 3), Project("b", 6), Project("free", 0), Project("none", 1)]
    ballots: list[Ballot] = [{"a": 1, "b": 1}, {"b": 1}, {"free": 1}]
    found = fund(CountingRule(order=Order.VOTES_PER_COST), 3, projects, ballots)
    assert [step.option_id for step in found.working] == ["free", "a", "b", "none"]
    assert found.ties == (Tie(("a", "b"), decisive=False),)


def test_points_can_order() -> None:
    projects = [Project("a", 1), Project("b", 1)]
    counted = profile("ab", [{"a": 1}, {"a": 1}, {"b": 5}], scored=True)
    assert allocate(CountingRule(order=Order.POINTS), projects, 1, counted).selected == ("b",)
    assert allocate(CountingRule(order=Order.VOTES), projects, 1, counted).selected == ("a",)


def test_a_reserve_is_filled_first_and_says_whom_it_moved() -> None:
    projects = [
        Project("road", 600),
        Project("lights", 300),
        Project("skate", 300, "youth"),
        Project("court", 200, "youth"),
    ]
    ballots: list[Ballot] = [{"road": 1}] * 5 + [{"lights": 1}] * 4 + [{"skate": 1}] * 3 + [{"court": 1}] * 2
    without = fund(CountingRule(), 900, projects, ballots)
    assert without.selected == ("road", "lights")
    found = fund(CountingRule(reserves=(Reserve("youth", 250),)), 900, projects, ballots)
    assert found.selected == ("skate", "road")
    assert decisions(found) == {
        "road": Decision.FUNDED,
        "lights": Decision.DISPLACED_BY_RESERVE,
        "skate": Decision.FUNDED_BY_RESERVE,
        "court": Decision.TOO_EXPENSIVE,
    }
    both = fund(CountingRule(reserves=(Reserve("youth", 250), Reserve("youth", 400))), 900, projects, ballots)
    assert set(both.selected) == {"skate", "court", "lights"}


def test_ties_are_declared_and_only_the_decisive_ones_matter() -> None:
    projects = [Project("a", 10), Project("b", 10), Project("c", 10), Project("d", 10)]
    ballots: list[Ballot] = [{"a": 1, "b": 1}] * 2 + [{"c": 1, "d": 1}]
    found = fund(CountingRule(), 30, projects, ballots)
    assert found.selected == ("a", "b", "c")
    assert found.tie_sensitive
    assert found.ties == (Tie(("a", "b"), decisive=False), Tie(("c", "d"), decisive=True))
    highest = fund(CountingRule(tie_break=TieBreak.HIGHEST_ID), 30, projects, ballots)
    assert highest.selected == ("b", "a", "d")
    assert not fund(CountingRule(), 40, projects, ballots).tie_sensitive


@st.composite
def rules(draw: st.DrawFn) -> CountingRule:
    pair = st.lists(st.sampled_from("abc"), min_size=2, max_size=2, unique=True)
    return CountingRule(
        name=draw(st.sampled_from(GREEDY_RULES)),
        order=draw(st.sampled_from(Order)),
        threshold=draw(st.integers(0, 3)),
        exclusive_pairs=tuple((one, other) for one, other in draw(st.lists(pair, max_size=2))),
        reserves=tuple(Reserve("youth", amount) for amount in draw(st.lists(st.integers(0, 60), max_size=1))),
        tie_break=draw(st.sampled_from(TieBreak)),
    )


Election = tuple[list[Project], list[dict[str, int]], int]


@given(elections(), rules())
def test_whatever_the_rule_the_outcome_is_within_the_budget_and_explained(
    election: Election, rule: CountingRule
) -> None:
    projects, ballots, envelope = election
    found = fund(rule, envelope, projects, ballots)
    costs = {project.id: project.cost for project in projects}
    assert sum(costs[name] for name in found.selected) <= envelope
    assert len(found.topup) <= (1 if rule.name is RuleName.GREEDY_CUSTOM else 0)
    assert sorted(step.option_id for step in found.working) == sorted(costs)
    assert not any(one in found.selected and other in found.selected for one, other in rule.exclusive_pairs)
    for step in found.working:
        funded = step.decision in {Decision.FUNDED, Decision.FUNDED_BY_RESERVE}
        assert funded is (step.option_id in found.selected)
        assert (step.decision is Decision.TOPPED_UP) is (step.option_id in found.topup)
        assert step.left_before >= step.left_after >= 0
        if step.decision is Decision.TOO_EXPENSIVE:
            assert step.cost > step.left_before


@given(elections(), rules())
def test_the_order_of_processing_does_not_matter(election: Election, rule: CountingRule) -> None:
    projects, ballots, envelope = election
    assert fund(rule, envelope, projects, ballots) == fund(rule, envelope, projects[::-1], ballots[::-1])


@given(elections(), rules())
def test_a_reserve_is_reached_or_nothing_more_of_its_category_fits(election: Election, rule: CountingRule) -> None:
    projects, ballots, envelope = election
    found = fund(rule, envelope, projects, ballots)
    youth = {project.id: project.cost for project in projects if project.category == "youth"}
    spent = sum(youth.get(name, 0) for name in found.selected)
    for reserve in rule.reserves:
        for step in found.working:
            open_to_all = step.decision not in {Decision.UNDER_THRESHOLD, Decision.EXCLUDED_BY_PAIR}
            if (
                step.option_id in youth
                and step.option_id not in found.selected
                and spent < reserve.amount
                and open_to_all
            ):
                assert step.cost > found.left or step.option_id in found.topup


@given(elections(), st.sampled_from(Order), st.integers(0, 3))
def test_the_plain_rules_are_their_definition(election: Election, order: Order, threshold: int) -> None:
    projects, ballots, envelope = election
    votes = {project.id: sum(project.id in ballot for ballot in ballots) for project in projects}

    def merit(project: Project) -> tuple[bool, Fraction, str]:
        score = Fraction(votes[project.id])
        if order is Order.VOTES_PER_COST:
            return (project.cost > 0, -score / project.cost if project.cost else -score, project.id)
        return (False, -score, project.id)

    listed = sorted(projects, key=merit)
    for name in (RuleName.GREEDY, RuleName.GREEDY_THRESHOLD, RuleName.GREEDY_NO_SKIP):
        left, expected = envelope, []
        for project in listed:
            if name is RuleName.GREEDY_THRESHOLD and votes[project.id] < threshold:
                continue
            if project.cost <= left:
                expected.append(project.id)
                left -= project.cost
            elif name is RuleName.GREEDY_NO_SKIP:
                break
        assert (
            list(fund(CountingRule(name=name, order=order, threshold=threshold), envelope, projects, ballots).selected)
            == expected
        )


@given(elections())
def test_greedy_is_sensitive_to_ties_exactly_if_the_opposite_order_changes_it(election: Election) -> None:
    projects, ballots, envelope = election
    lowest = fund(CountingRule(), envelope, projects, ballots)
    highest = fund(CountingRule(tie_break=TieBreak.HIGHEST_ID), envelope, projects, ballots)
    assert lowest.tie_sensitive is (set(lowest.selected) != set(highest.selected))


@pytest.mark.parametrize("name", GREEDY_RULES)
def test_one_vote_more_never_hurts_the_first(name: RuleName) -> None:
    projects = [Project("a", 10), Project("b", 10)]
    ballots: list[Ballot] = [{"a": 1}, {"b": 1}]
    assert fund(CountingRule(name=name), 10, projects, [*ballots, {"b": 1}]).selected == ("b",)
