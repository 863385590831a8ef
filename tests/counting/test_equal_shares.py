"""Equal Shares against a slow and obvious second implementation, and in examples a clerk can follow."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from participation.counting.allocation import Allocation, Decision, Refusal, RuleError
from participation.counting.budgeting import allocate
from participation.counting.equal_shares import equal_shares
from participation.counting.market import market_of
from participation.counting.shares_ledger import Ledger, _Purse
from participation.counting.spec import Completion, CountingRule, Reserve, RuleName, TieBreak, Utility
from participation.counting.ties import ranking
from tests.counting import oracle
from tests.counting.elections import elections, profile, repeating_profile
from tests.counting.oracle import Ballot, Project


def shares(
    projects: list[Project],
    ballots: list[Ballot],
    envelope: int,
    utility: Utility = Utility.COST,
    completion: Completion = Completion.NONE,
    *,
    pairs: tuple[tuple[str, str], ...] = (),
    tie_break: TieBreak = TieBreak.LOWEST_ID,
    step: int = 1,
    unit: int = 1,
    withdrawn: tuple[str, ...] = (),
) -> Allocation:
    rule = CountingRule(
        name=RuleName.EQUAL_SHARES,
        utility=utility,
        completion=completion,
        exclusive_pairs=pairs,
        tie_break=tie_break,
        add1_step=step,
    )
    counted = profile([p.id for p in projects], ballots, scored=utility is Utility.POINTS)
    return allocate(rule, projects, envelope, counted, unit=unit, withdrawn=withdrawn)


def worth(project: Project, utility: Utility) -> int:
    return max(project.cost, 1) if utility is Utility.COST else 1


def slow(
    projects: list[Project],
    ballots: list[Ballot],
    envelope: int,
    utility: Utility,
    completion: Completion,
    pairs: tuple[tuple[str, str], ...] = (),
    step: int = 1,
) -> tuple[list[str], int]:
    ranks = ranking(TieBreak.LOWEST_ID, "", projects)

    def run(budget: Fraction) -> list[str]:
        return oracle.equal_shares(projects, ballots, budget, lambda p: worth(p, utility), ranks, pairs)

    if completion is Completion.NONE:
        return run(Fraction(envelope, len(ballots))), 0
    exhausting = completion is Completion.ADD1_FIRST_EXHAUSTIVE
    return oracle.add1(projects, ballots, envelope, step, run, stop_when_exhausted=exhausting)


@settings(max_examples=400, deadline=None)
@given(elections(), st.sampled_from([Utility.COST, Utility.CARDINALITY]))
@example(([Project("a", 10), Project("b", 10)], [{"a": 1, "b": 1}], 10), Utility.COST)
@example(([Project("a", 0), Project("b", 3)], [{"a": 1, "b": 1}], 0), Utility.CARDINALITY)
def test_a_round_is_the_definition(election: tuple[list[Project], list[Ballot], int], utility: Utility) -> None:
    projects, ballots, envelope = election
    expected, _ = slow(projects, ballots, envelope, utility, Completion.NONE)
    assert list(shares(projects, ballots, envelope, utility).selected) == expected


@settings(max_examples=200, deadline=None)
@given(elections(most_points=5))
def test_a_round_with_points_is_the_definition(election: tuple[list[Project], list[Ballot], int]) -> None:
    projects, ballots, envelope = election
    expected, _ = slow(projects, ballots, envelope, Utility.POINTS, Completion.NONE)
    assert list(shares(projects, ballots, envelope, Utility.POINTS).selected) == expected


@settings(max_examples=300, deadline=None)
@given(
    elections(most_points=3),
    st.sampled_from(list(Utility)),
    st.sampled_from([Completion.ADD1_FIRST_EXHAUSTIVE, Completion.ADD1_LAST_FEASIBLE]),
    st.integers(1, 3),
)
def test_add1_is_round_by_round(
    election: tuple[list[Project], list[Ballot], int], utility: Utility, completion: Completion, step: int
) -> None:
    projects, ballots, envelope = election
    if utility is not Utility.POINTS:
        ballots = [dict.fromkeys(ballot, 1) for ballot in ballots]
    expected, rounds = slow(projects, ballots, envelope, utility, completion, step=step)
    found = shares(projects, ballots, envelope, utility, completion, step=step)
    assert (sorted(found.selected), found.spent <= envelope) == (sorted(expected), True)
    if len(expected) < len({name for ballot in ballots for name in ballot}):
        assert found.rounds == rounds


@settings(max_examples=150, deadline=None)
@given(elections(), st.integers(0, 4), st.integers(0, 4))
def test_an_exclusive_pair_is_never_funded_together(
    election: tuple[list[Project], list[Ballot], int], one: int, other: int
) -> None:
    projects, ballots, envelope = election
    pair = (projects[one % len(projects)].id, projects[other % len(projects)].id)
    if pair[0] == pair[1]:
        return
    expected, _ = slow(projects, ballots, envelope, Utility.COST, Completion.NONE, (pair,))
    assert list(shares(projects, ballots, envelope, pairs=(pair,)).selected) == expected


@settings(max_examples=100, deadline=None)
@given(elections(), st.sampled_from([Utility.COST, Utility.CARDINALITY]), st.sampled_from(list(Completion)))
def test_the_order_of_the_ballots_and_of_the_projects_does_not_matter(
    election: tuple[list[Project], list[Ballot], int], utility: Utility, completion: Completion
) -> None:
    projects, ballots, envelope = election
    forward = shares(projects, ballots, envelope, utility, completion)
    backward = shares(projects[::-1], ballots[::-1], envelope, utility, completion)
    assert forward.selected == backward.selected
    assert forward.working == backward.working
    assert forward.tie_sensitive is backward.tie_sensitive


@settings(max_examples=200, deadline=None)
@given(elections(), st.sampled_from(list(Completion)))
def test_a_result_is_sensitive_to_ties_exactly_if_the_opposite_order_changes_it(
    election: tuple[list[Project], list[Ballot], int], completion: Completion
) -> None:
    projects, ballots, envelope = election
    lowest = shares(projects, ballots, envelope, completion=completion)
    highest = shares(projects, ballots, envelope, completion=completion, tie_break=TieBreak.HIGHEST_ID)
    assert lowest.tie_sensitive is (set(lowest.selected) != set(highest.selected))


@settings(max_examples=150, deadline=None)
@given(elections(), st.sampled_from(list(Completion)))
def test_the_working_adds_up(election: tuple[list[Project], list[Ballot], int], completion: Completion) -> None:
    projects, ballots, envelope = election
    found = shares(projects, ballots, envelope, completion=completion)
    costs = {project.id: project.cost for project in projects}
    assert sorted(step.option_id for step in found.working) == sorted(costs)
    left = envelope
    for step in found.working:
        assert step.left_before == left
        left -= costs[step.option_id] if step.decision is Decision.FUNDED else 0
        assert step.left_after == left >= 0
        assert step.supporters == sum(step.option_id in ballot for ballot in ballots)
        if step.decision is Decision.UNAFFORDABLE:
            assert step.supporters_money is not None
            assert step.supporters_money < step.cost
        if step.decision is Decision.FUNDED:
            assert step.price is not None
            assert step.price * step.supporters >= step.cost - Fraction(step.supporters, 1000)
    assert left == found.left


@settings(max_examples=200, deadline=None)
@given(elections(most_points=3), st.sampled_from(list(Utility)), st.integers(-2, 2), st.integers(10**13, 10**14))
def test_amounts_beyond_floating_point_are_exact(
    election: tuple[list[Project], list[Ballot], int], utility: Utility, nudge: int, factor: int
) -> None:
    """Sums that differ in the sixteenth digit: only the exact ledger can tell who can pay."""
    projects, ballots, envelope = election
    if utility is not Utility.POINTS:
        ballots = [dict.fromkeys(ballot, 1) for ballot in ballots]
    large = [Project(p.id, max(p.cost * factor + (nudge if place % 2 else 0), 0)) for place, p in enumerate(projects)]
    expected, _ = slow(large, ballots, envelope * factor, utility, Completion.NONE)
    assert list(shares(large, ballots, envelope * factor, utility).selected) == expected


@pytest.mark.parametrize(("over", "selected"), [(0, ("a",)), (1, ())])
def test_one_unit_too_much_in_a_quadrillion(over: int, selected: tuple[str, ...]) -> None:
    assert shares([Project("a", 10**15 + over)], [{"a": 1}], 10**15).selected == selected


@settings(max_examples=200, deadline=None)
@given(elections(most_points=3), st.sampled_from([0.0, 0.3, 0.999999, 1.000001, 3.0, 1e6]))
def test_the_exact_price_does_not_depend_on_the_guess(
    election: tuple[list[Project], list[Ballot], int], factor: float
) -> None:
    projects, ballots, envelope = election
    counted = profile([p.id for p in projects], ballots, scored=True)
    market = market_of(counted, projects, Utility.POINTS, ())
    budget = Fraction(envelope, len(ballots))
    money = [budget] * len(ballots)
    ledger, led_astray = Ledger(market, budget), Ledger(market, budget)
    bought: list[int] = []
    honest = _Purse.price
    with pytest.MonkeyPatch.context() as patch:
        for place, backing in enumerate(market.backings):
            expected = oracle.price_of(Project(backing.option_id, backing.cost), ballots, money)
            patch.setattr(_Purse, "price", honest)
            assert ledger.price(place) == expected
            patch.setattr(_Purse, "price", lambda purse, cost: honest(purse, cost) * factor)
            assert led_astray.price(place) == expected
            if expected is not None:
                bought.append(place)
                ledger.follow(bought)
                led_astray.follow(bought)
                for voter, ballot in enumerate(ballots):
                    money[voter] -= min(money[voter], expected * ballot.get(backing.option_id, 0))


FOUR = [{"park": 1, "path": 1}] * 3 + [{"bench": 1}]


def test_three_quarters_of_the_voters_decide_about_three_quarters_of_the_money() -> None:
    """400 $ for four voters: 100 $ each. Three want the park (240 $) and the path (150 $), one wants a bench (90 $)."""
    projects = [Project("park", 240), Project("path", 150), Project("bench", 90)]
    found = shares(projects, list(FOUR), 400, Utility.CARDINALITY)
    by_id = {step.option_id: step for step in found.working}
    assert found.selected == ("path", "bench")
    assert by_id["path"].price == 50
    assert by_id["bench"].price == 90
    assert by_id["park"].decision is Decision.UNAFFORDABLE
    assert by_id["park"].supporters_money == 150
    assert found.voter_budget == 100
    assert not found.exhausted or found.left < 240


def test_those_who_cannot_pay_the_share_pay_what_they_have() -> None:
    """A voter has 30 $ of 100 $ left after the first project, so the two others pay 60 $ each for the second."""
    projects = [Project("first", 70), Project("second", 150)]
    ballots: list[Ballot] = [{"first": 1, "second": 1}, {"second": 1}, {"second": 1}]
    found = shares(projects, ballots, 300, Utility.CARDINALITY)
    assert {step.option_id: step.price for step in found.working} == {"second": 50, "first": None}
    found = shares(projects, ballots, 300, Utility.COST)
    assert found.selected == ("second",)


def test_add1_gives_everybody_a_little_more_until_the_envelope_is_used() -> None:
    """420 $ for three voters. The park needs 143 $ from each of two, but each has 140 $: three rounds of 1 $ more."""
    projects = [Project("park", 286), Project("path", 130)]
    ballots: list[Ballot] = [{"park": 1}, {"park": 1}, {"path": 1}]
    assert shares(projects, ballots, 420).selected == ("path",)
    found = shares(projects, ballots, 420, completion=Completion.ADD1_FIRST_EXHAUSTIVE)
    assert found.selected == ("park", "path")
    assert (found.voter_budget, found.rounds, found.left) == (Fraction(143), 3, 4)
    assert shares(projects, ballots, 420, completion=Completion.ADD1_LAST_FEASIBLE, step=5).rounds == 1
    cents = [Project("park", 28600), Project("path", 13000)]
    raised = shares(cents, ballots, 42000, completion=Completion.ADD1_FIRST_EXHAUSTIVE, unit=100)
    assert raised.rounds == 3


def test_a_rule_that_raises_budgets_a_hundred_thousand_times_ends_soon() -> None:
    projects = [Project("bridge", 900_000), Project("tunnel", 950_000), Project("lane", 30)]
    ballots: list[Ballot] = [{"bridge": 1}, {"tunnel": 1}] + [{"lane": 1}] * 8
    found = shares(projects, ballots, 1_000_000, completion=Completion.ADD1_LAST_FEASIBLE)
    assert found.selected == ("lane", "bridge")
    assert found.rounds == 849_999


def test_a_tie_is_declared_and_the_named_tie_break_decides() -> None:
    projects = [Project("a", 10), Project("b", 10)]
    ballots: list[Ballot] = [{"a": 1, "b": 1}]
    lowest = shares(projects, ballots, 10)
    assert (lowest.selected, lowest.tie_sensitive) == (("a",), True)
    assert lowest.ties[0].option_ids == ("a", "b")
    assert lowest.ties[0].decisive
    assert shares(projects, ballots, 10, tie_break=TieBreak.HIGHEST_ID).selected == ("b",)
    both = shares(projects, ballots, 20)
    assert (both.selected, both.tie_sensitive, both.ties) == (("a", "b"), False, ())


def test_a_tie_that_only_exact_arithmetic_sees() -> None:
    """Shares of a third: both projects cost each supporter 100/3 - 1 after the first purchase."""
    projects = [Project("a", 3), Project("x", 64), Project("y", 64)]
    ballots: list[Ballot] = [{"a": 1, "x": 1}, {"a": 1, "y": 1}, {"a": 1, "x": 1, "y": 1}]
    found = shares(projects, ballots, 100, Utility.CARDINALITY)
    assert found.selected[0] == "a"
    assert found.selected == tuple(slow(projects, ballots, 100, Utility.CARDINALITY, Completion.NONE)[0])


def test_decisions_without_money() -> None:
    projects = [Project("a", 10), Project("b", 10), Project("c", 10), Project("d", 10)]
    ballots: list[Ballot] = [{"a": 1, "b": 1, "d": 1}] * 2 + [{"a": 1}]
    found = shares(projects, ballots, 90, pairs=(("a", "b"),), withdrawn=("d",))
    decisions = {step.option_id: (step.decision, step.rival) for step in found.working}
    assert decisions == {
        "a": (Decision.FUNDED, ""),
        "b": (Decision.EXCLUDED_BY_PAIR, "a"),
        "c": (Decision.NO_SUPPORTERS, ""),
        "d": (Decision.WITHDRAWN, ""),
    }
    assert shares(
        projects, ballots, 90, completion=Completion.ADD1_LAST_FEASIBLE, pairs=(("a", "b"), ("b", "d"))
    ).exhausted


def test_nobody_voted() -> None:
    found = shares([Project("a", 10)], [], 100, completion=Completion.ADD1_LAST_FEASIBLE)
    assert found.selected == ()
    assert found.line is None
    assert found.voter_budget == 100


def test_a_project_named_twice_on_a_published_ballot_is_one_supported_project() -> None:
    projects = [Project("a", 10), Project("b", 12)]
    rule = CountingRule(name=RuleName.EQUAL_SHARES)
    found = equal_shares(rule, projects, 20, repeating_profile("ab", [["a", "a", "b"], ["b"]]), unit=1, explain=False)
    assert found.selected == ("b",)
    assert {step.option_id: step.supporters for step in found.working} == {"a": 1, "b": 2}
    assert all(step.price is None for step in found.working)


def test_points_that_nobody_gave_cannot_be_used() -> None:
    rule = CountingRule(name=RuleName.EQUAL_SHARES, utility=Utility.POINTS)
    with pytest.raises(RuleError) as refused:
        allocate(rule, [Project("a", 1)], 1, profile("a", [{"a": 1}]))
    assert refused.value.reason is Refusal.NEEDS_POINTS


def test_a_reserve_is_refused() -> None:
    rule = CountingRule(name=RuleName.EQUAL_SHARES, reserves=(Reserve("youth", 5),))
    with pytest.raises(RuleError) as refused:
        allocate(rule, [Project("a", 1)], 1, profile("a", [{"a": 1}]))
    assert refused.value.reason is Refusal.RESERVE_WITH_EQUAL_SHARES


def test_cost_utility_takes_points_as_support() -> None:
    rule = CountingRule(name=RuleName.EQUAL_SHARES)
    found = allocate(rule, [Project("a", 10), Project("b", 10)], 20, profile("ab", [{"a": 9}, {"b": 1}], scored=True))
    assert found.selected == ("a", "b")
