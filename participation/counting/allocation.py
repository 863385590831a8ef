"""The outcome of a counting rule and its working: one step per project, so that a page can explain each.

Values only; `budgeting.allocate` makes them. Money in minor units, exact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from participation.counting.spec import CountingRule
from participation.counting.ties import Priced, Tie


class Decision(StrEnum):
    """What happened to one project. `publication.explanation` words it, with the numbers of its `Step`."""

    FUNDED = "funded"
    FUNDED_BY_RESERVE = "funded-by-reserve"
    """It would not be funded without the reserves."""
    TOPPED_UP = "topped-up"
    """It did not fit, but enough of its cost was left; the rest comes from outside the envelope."""
    TOO_EXPENSIVE = "too-expensive"
    """When its turn came, less than its cost was left."""
    STOPPED = "stopped"
    """As too expensive, and the rule ends here."""
    AFTER_STOP = "after-stop"
    """Its turn never came."""
    UNDER_THRESHOLD = "under-threshold"
    EXCLUDED_BY_PAIR = "excluded-by-pair"
    """Its rival, of which it is the alternative, was funded first."""
    DISPLACED_BY_RESERVE = "displaced-by-reserve"
    """It would be funded without the reserves."""
    WITHDRAWN = "withdrawn"
    NO_SUPPORTERS = "no-supporters"
    """Equal Shares: nobody chose it, so nobody can pay for it."""
    UNAFFORDABLE = "unaffordable"
    """Equal Shares: its supporters have too little money left, together."""


class Refusal(StrEnum):
    """Why a rule cannot be applied to these ballots."""

    NEEDS_POINTS = "needs-points"
    """Points utility, and the ballots only name projects."""
    RESERVE_WITH_EQUAL_SHARES = "reserve-with-equal-shares"


class RuleError(ValueError):
    """The rule and the ballots do not go together; `reason` says how."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Step:
    """One project's decision, with what the rule saw at that moment. Money in minor units."""

    option_id: str
    decision: Decision
    place: int
    """Its place in the order of the rule, 1 first; for Equal Shares the order of funding, then by votes."""
    score: int
    """What the rule counts: votes or points."""
    cost: int
    left_before: int
    left_after: int
    rival: str = ""
    """Whom it is measured against: the pair's other project; for a funded one the first that is not funded;
    for an unfunded one the last that was funded before its turn. Empty where there is none."""
    margin: int = 0
    """Votes or points between the project and its rival, never negative where the order is by them."""
    price: Fraction | None = None
    """Equal Shares: the most that one supporter paid (with points: per point), down to a ten-thousandth of a cent."""
    supporters: int = 0
    """Equal Shares: ballots that support it."""
    supporters_money: Fraction | None = None
    """Equal Shares: what its supporters had left at the end, together, if it is unaffordable."""


@dataclass(frozen=True, slots=True)
class FundingLine:
    """Between the last funded project and the best unfunded one. `margin` is last − best, in votes or points.

    It is negative where a project with fewer votes was funded because it costs less.
    """

    last_funded: str
    first_unfunded: str
    margin: int


@dataclass(frozen=True)
class Allocation:
    """The outcome of one contest. `selected` is in the order of funding; `topup` is funded from other money."""

    rule: CountingRule
    envelope: int
    selected: tuple[str, ...]
    topup: tuple[str, ...]
    spent: int
    working: tuple[Step, ...]
    line: FundingLine | None
    tie_sensitive: bool
    """Turning the tie order round gives another set of funded projects."""
    ties: tuple[Tie, ...]
    voter_budget: Fraction | None = None
    """Equal Shares: what each ballot could spend in the final round."""
    rounds: int = 0
    """Equal Shares with Add1: how many times the budget was raised until the result stood."""
    exhausted: bool = True
    """Nothing that could still be funded fits into what is left."""

    @property
    def left(self) -> int:
        return self.envelope - self.spent


def funding_line(
    order: Iterable[Priced], funded: Collection[str], unfunded: Collection[str], score: Callable[[str], int]
) -> FundingLine | None:
    """The line through `order`, or None where all or nothing is funded."""
    ids = [project.id for project in order]
    last = next((option_id for option_id in reversed(ids) if option_id in funded), None)
    first = next((option_id for option_id in ids if option_id in unfunded), None)
    if last is None or first is None:
        return None
    return FundingLine(last, first, score(last) - score(first))


def partners_of(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Each project of a pair with the projects that may not be funded beside it."""
    partners: dict[str, frozenset[str]] = {}
    for one, other in pairs:
        partners[one] = partners.get(one, frozenset()) | {other}
        partners[other] = partners.get(other, frozenset()) | {one}
    return partners
