"""The sample audit: its sentences imply the result, its risk limit holds, its draw can be repeated by anybody."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.counting.allocation import Allocation
from participation.counting.budgeting import allocate
from participation.counting.sampling import Assertion, Audit, assertions, draw, error_bound, error_sample, is_seed
from participation.counting.spec import CountingRule, Order, Reserve, RuleName
from participation.counting.tally import Tally
from tests.counting.elections import elections, profile
from tests.counting.oracle import Ballot, Project

FIVE_PERCENT = Fraction(5, 100)
PARK, PATH, BENCH = Project("park", 500), Project("path", 400), Project("bench", 300)
RULES = [
    *(CountingRule(order=order) for order in Order),
    CountingRule(RuleName.GREEDY_THRESHOLD, threshold=3),
    CountingRule(RuleName.GREEDY_THRESHOLD, Order.POINTS, threshold=4),
]


def count(
    rule: CountingRule, projects: list[Project], envelope: int, ballots: list[Ballot]
) -> tuple[Tally, Allocation]:
    counted = profile([project.id for project in projects], ballots, scored=True)
    return counted.counted, allocate(rule, projects, envelope, counted)


def claims(
    rule: CountingRule, projects: list[Project], envelope: int, ballots: list[Ballot]
) -> tuple[Assertion, ...] | None:
    return assertions(rule, projects, envelope, *count(rule, projects, envelope, ballots))


def test_a_project_is_measured_against_those_whose_money_it_would_need() -> None:
    ballots: list[Ballot] = [{"park": 1, "path": 1, "bench": 1}] + [{"park": 1, "path": 1}] * 3 + [{"park": 1}] * 2
    assert claims(CountingRule(), [PARK, PATH, BENCH], 800, ballots) == (Assertion("park", "path", 2),)
    # With 700, the bench would fit only before the park, and so would the path.
    assert claims(CountingRule(), [PARK, PATH, BENCH], 700, ballots) == (
        Assertion("park", "path", 2),
        Assertion("park", "bench", 5),
    )


def holds(assertion: Assertion, rule: CountingRule, counted: Tally) -> bool:
    """The sentence itself, said of other votes than those that were reported."""
    score = counted.points if rule.order is Order.POINTS else counted.votes
    if not assertion.behind:
        return score(assertion.ahead) >= rule.threshold
    if not assertion.ahead:
        return score(assertion.behind) < rule.threshold
    return assertion.ahead_weight * score(assertion.ahead) > assertion.behind_weight * score(assertion.behind)


@given(elections(most_points=3), st.sampled_from(RULES), st.data())
def test_where_the_sentences_are_true_the_same_projects_are_funded(
    election: tuple[list[Project], list[Ballot], int], rule: CountingRule, data: st.DataObject
) -> None:
    projects, ballots, envelope = election
    reported, allocation = count(rule, projects, envelope, ballots)
    found = assertions(rule, projects, envelope, reported, allocation)
    assert found is not None
    names = [project.id for project in projects]
    ballot = st.dictionaries(st.sampled_from(names), st.integers(1, 3), max_size=5)
    others = data.draw(st.lists(ballot, max_size=3))
    paper = ballots[data.draw(st.integers(0, 2)) :] + others
    truth, true_allocation = count(rule, projects, envelope, paper)
    if all(holds(assertion, rule, truth) for assertion in found):
        assert set(true_allocation.selected) == set(allocation.selected)


@given(elections(), st.sampled_from(RULES), st.data())
def test_a_wrong_result_shows_in_the_ballots_by_the_whole_margin(
    election: tuple[list[Project], list[Ballot], int], rule: CountingRule, data: st.DataObject
) -> None:
    """What the risk rests on: were the result wrong, the overstatements of all ballots would add up to the margin."""
    projects, recorded, envelope = election
    reported, allocation = count(rule, projects, envelope, recorded)
    names = st.sampled_from([project.id for project in projects])
    paper = [data.draw(st.dictionaries(names, st.just(1), max_size=5)) for _ballot in recorded]
    _truth, true_allocation = count(rule, projects, envelope, paper)
    audit = Audit(assertions(rule, projects, envelope, reported, allocation) or (), len(recorded), FIVE_PERCENT)
    if set(true_allocation.selected) != set(allocation.selected):
        flattered = sum(audit.overstatement(*pair) for pair in zip(recorded, paper, strict=True))
        assert flattered >= audit.margin


def test_rules_that_compare_no_two_projects_have_no_sentences() -> None:
    ballots: list[Ballot] = [{"park": 1}]
    for rule in (
        CountingRule(RuleName.EQUAL_SHARES),
        CountingRule(RuleName.GREEDY_NO_SKIP),
        CountingRule(exclusive_pairs=(("park", "path"),)),
        CountingRule(reserves=(Reserve("youth", 100),)),
    ):
        assert claims(rule, [PARK, PATH], 500, ballots) is None


def audit_of(margin: int, paper: int) -> Audit:
    return Audit((Assertion("park", "path", margin),), paper, FIVE_PERCENT)


def test_sizes_are_those_of_the_published_formula() -> None:
    """Lindeman and Stark: a clean sample needs about −2γ ln(α) ballots divided by the diluted margin."""
    assert Audit((Assertion("park", "path", 200),), 10_000, Fraction(1, 10)).size() == 239
    assert audit_of(200, 10_000).size() == 310
    assert audit_of(200, 10_000).stages == (310, 378, 446, 514)


def test_a_sample_is_just_large_enough() -> None:
    audit = audit_of(40, 1_500)
    for errors in range(3):
        one_each = [Fraction(1)] * errors
        assert audit.risk(audit.size(errors), one_each) <= FIVE_PERCENT < audit.risk(audit.size(errors) - 1, one_each)


def test_a_ballot_that_hurts_the_result_costs_more_than_one_that_helps_it_gives() -> None:
    audit = audit_of(100, 1_000)
    recorded, nobody, turned = {"park": 1}, dict[str, int](), {"path": 1}
    assert audit.overstatement(recorded, recorded) == 0
    assert audit.overstatement(recorded, nobody) == 1
    assert audit.overstatement(recorded, turned) == 2
    assert audit.overstatement(turned, recorded) == -2
    clean = audit.risk(100)
    assert audit.risk(100, [Fraction(2)]) > audit.risk(100, [Fraction(1)]) > clean > audit.risk(100, [Fraction(-2)])


def test_points_are_measured_by_the_most_that_one_ballot_can_give() -> None:
    audit = Audit((Assertion("park", "path", 50),), 1_000, FIVE_PERCENT, span=5)
    assert audit.margin == 10
    assert audit.overstatement({"park": 5}, {"path": 5}) == 2


def test_a_tie_cannot_be_confirmed_and_a_landslide_needs_no_paper() -> None:
    assert not audit_of(0, 900).can_confirm
    assert audit_of(0, 900).stages == (900,)
    assert audit_of(2_001, 1_000).paper_cannot_decide
    assert audit_of(2_001, 1_000).stages == (0,)
    assert Audit((), 1_000, FIVE_PERCENT).paper_cannot_decide
    assert audit_of(5, 0).stages == (0,)


@pytest.mark.parametrize(("misread", "each"), [(91, 1), (46, 2)])
def test_a_wrong_result_is_confirmed_no_more_often_than_the_risk_limit(misread: int, each: int) -> None:
    """Of 1,000 ballots, 430 to 340 as recorded, so many flatter the leader that it lost. Every stage may confirm."""
    audit = audit_of(90, 1_000)
    assert misread * each > 90
    unconfirmed, confirmed = {0: 1.0}, 0.0
    for drawn in range(1, audit.stages[-1] + 1):
        unconfirmed = one_more(unconfirmed, misread / 1_000)
        if drawn in audit.stages:
            for hits in [hits for hits in unconfirmed if audit.risk(drawn, [Fraction(each)] * hits) <= FIVE_PERCENT]:
                confirmed += unconfirmed.pop(hits)
    assert 0 < confirmed <= 0.05


def one_more(chances: dict[int, float], rate: float) -> dict[int, float]:
    """Misread ballots found → chance, after one more draw."""
    found: dict[int, float] = {}
    for hits, chance in chances.items():
        found[hits] = found.get(hits, 0) + chance * (1 - rate)
        found[hits + 1] = found.get(hits + 1, 0) + chance * rate
    return found


def test_the_draw_can_be_repeated_with_sha256sum_and_grows_without_changing() -> None:
    seed, sizes = "31415 92653 58979 32384", [50, 50, 17]
    drawn = draw(seed, sizes, 20)
    number = int(sha256(b"31415926535897932384,1").hexdigest(), 16) % 117
    assert drawn[0] == (1 + number // 50, 1 + number % 50)
    assert draw(seed, sizes, 50)[:20] == drawn
    assert all(1 <= position <= sizes[batch - 1] for batch, position in draw(seed, sizes, 500))
    assert len(set(draw(seed, sizes, 3_000))) == 117
    with pytest.raises(ValueError, match="no paper"):
        draw(seed, [0, 0], 1)


def test_a_seed_is_twenty_digits_of_dice() -> None:
    assert is_seed("12345 12345 12345 12345")
    assert not is_seed("12345")
    assert not is_seed("1234512345123451234x")


def test_the_share_of_misread_ballots_is_bounded_as_clopper_and_pearson_do() -> None:
    assert error_bound(59, 0, FIVE_PERCENT) == 496  # the rule of three: 3/59 is 508
    assert error_bound(100, 1, FIVE_PERCENT) == 466
    assert error_bound(10, 10, FIVE_PERCENT) == 10_000
    assert error_sample(Fraction(5, 100), FIVE_PERCENT) == 59
    assert error_sample(Fraction(1, 100), FIVE_PERCENT) == 299
