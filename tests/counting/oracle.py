"""Equal Shares and the greedy rules once more: slow, obvious, in fractions, straight from their definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

Ballot = dict[str, int]
"""Project → points, 1 where ballots only name projects."""


@dataclass(frozen=True)
class Project:
    """A project of a test."""

    id: str
    cost: int
    category: str = ""


def equal_shares(
    projects: Sequence[Project],
    ballots: Sequence[Ballot],
    budget: Fraction,
    worth: Callable[[Project], int],
    rank: Mapping[str, int],
    pairs: Sequence[tuple[str, str]] = (),
) -> list[str]:
    """The projects that are bought when each voter has `budget`, in order."""
    money = [budget] * len(ballots)
    bought: list[str] = []
    while True:
        offers = []
        for project in projects:
            out = {one for pair in pairs if project.id in pair for one in pair}
            if project.id not in bought and not out & set(bought):
                price = price_of(project, ballots, money)
                if price is not None:
                    offers.append((price / worth(project), rank[project.id], price, project))
        if not offers:
            return bought
        _, _, price, best = min(offers, key=lambda offer: offer[:2])
        bought.append(best.id)
        for voter, ballot in enumerate(ballots):
            money[voter] -= min(money[voter], price * ballot.get(best.id, 0))


def price_of(project: Project, ballots: Sequence[Ballot], money: Sequence[Fraction]) -> Fraction | None:
    """The lowest price per point at which the supporters raise the cost, each paying at most what they have."""
    supporters = [(money[voter], ballot[project.id]) for voter, ballot in enumerate(ballots) if project.id in ballot]
    if not supporters or sum(held for held, _ in supporters) < project.cost:
        return None
    for limit, rate in sorted(supporters, key=lambda pair: pair[0] / pair[1]):
        ceiling = limit / rate
        if sum(min(held, ceiling * points) for held, points in supporters) >= project.cost:
            poor = [held for held, points in supporters if held < ceiling * points]
            able = sum(points for held, points in supporters if held >= ceiling * points)
            return (project.cost - sum(poor)) / Fraction(able)
    raise AssertionError("the supporters have enough together")


def add1(
    projects: Sequence[Project],
    ballots: Sequence[Ballot],
    envelope: int,
    step: int,
    run: Callable[[Fraction], list[str]],
    *,
    stop_when_exhausted: bool,
    most_rounds: int = 3000,
) -> tuple[list[str], int]:
    """The outcome that stands after raising every budget by `step` again and again, and the number of raises."""
    costs = {project.id: project.cost for project in projects}
    supported = {option_id for ballot in ballots for option_id in ballot}
    budget = Fraction(envelope, len(ballots))
    outcome = run(budget)
    for rounds in range(most_rounds):
        left = envelope - sum(costs[option_id] for option_id in outcome)
        rest = supported - set(outcome)
        if not rest or (stop_when_exhausted and all(costs[option_id] > left for option_id in rest)):
            return outcome, rounds
        budget += step
        following = run(budget)
        if sum(costs[option_id] for option_id in following) > envelope:
            return outcome, rounds
        outcome = following
    raise AssertionError("too many rounds for a test")
