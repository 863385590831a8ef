"""One round of Equal Shares: every voter starts with the same money; the best bargain is bought until none is left.

A bargain is a project with the lowest price per utility for those who pay in full. Money only shrinks within a
round, so a price once seen is a lower bound for later, and most projects need not be looked at again.

Floating point only prunes, with a proved bound. Write F(x) for what the supporters of a project can raise at the
price x. The bound `error` is the sum over all voters of |computed money − true money|. A purchase maps the
money b to b − min(b, price), with the price chosen so that the cost is raised. That map keeps the order of two
states and takes the same sum from both, so it never increases the sum of their differences (Crandall & Tartar 1980):
`error` grows only by what each purchase rounds and by how far the computed price misses the cost. F(x) computed from
the money at hand is therefore within `error` plus its own rounding of the true one, whatever happened before. F is
concave, so a slope turns that money bound into a bound on the price. Whatever lies within the bounds is decided by
the exact `Ledger`, and so are ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from participation.counting.market import FloatArray, Market
from participation.counting.shares_ledger import Ledger

UNIT_ROUNDOFF = 2.0**-53
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Guide:
    """What the round of a smaller budget bought, and a price per utility that each purchase surely did not exceed."""

    sequence: tuple[int, ...]
    highs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The outcome of a round. Projects by their place in the market, in the order of purchase."""

    sequence: tuple[int, ...]
    highs: tuple[float, ...]
    """No purchase had a higher price per utility than this; parallel to `sequence`."""
    open_ties: tuple[tuple[int, ...], ...]
    """Equal bargains of which buying one made another dearer or impossible: the tie-break mattered there."""


@dataclass
class Opening:
    """The purchases that begin every round from now on: cheapest bargains that all their supporters can pay in full.

    Their prices do not depend on the budget, and with more money they stay the first. `spent` is what each row
    has paid for them.
    """

    market: Market
    ranks: Mapping[int, int]
    partners: Mapping[int, frozenset[int]]
    sequence: list[int] = field(default_factory=list)
    spent: FloatArray = field(init=False)
    excluded: set[int] = field(default_factory=set)
    complete: bool = False
    """Nothing is left to buy: more money changes nothing any more."""

    def __post_init__(self) -> None:
        self.spent = np.zeros(len(self.market.weights))
        backings = self.market.backings
        places = sorted(range(len(backings)), key=lambda place: (backings[place].floor, self.ranks[place]))
        self._waiting = [(backings[place].floor, place) for place in places]
        self.extend(Fraction(0))

    def extend(self, budget: Fraction) -> None:
        """Takes in as many groups of equal bargains as every supporter can pay in full from `budget`."""
        while True:
            self._waiting = [item for item in self._waiting if item[1] not in self.excluded]
            group = [place for floor, place in self._waiting if floor == self._waiting[0][0]]
            self.complete = not group
            if not group or not self._take(group, float(budget)):
                return

    def _take(self, group: list[int], budget: float) -> bool:
        """Buys a whole group if all its supporters surely can; a tie inside it then has no effect."""
        if any(self.partners.get(place, frozenset()) & set(group) for place in group):
            return False
        spent = self.spent.copy()
        margin = budget * UNIT_ROUNDOFF * 8 * (len(self.sequence) + len(group) + 1)
        for place in group:
            backing = self.market.backings[place]
            price = backing.cost / backing.pull
            asked = price if backing.rates is None else price * backing.rates
            if np.any(budget - spent[backing.rows] < asked + margin):
                return False
            spent[backing.rows] += asked
        self.spent = spent
        self.sequence.extend(group)
        self.excluded.update(group, *(self.partners.get(place, ()) for place in group))
        return True


@dataclass(slots=True)
class _Quote:
    """What a project costs at this moment, per unit of rate, as far as floating point can tell."""

    money: FloatArray
    price: float
    pull: float
    doubt: float
    """How far the money raised at `price` may be from the cost."""
    low: float
    """The price per utility is surely not lower."""
    exact: Fraction | None = None
    """The price per utility, where the ledger was asked."""


class Round:
    """A round in progress. Make one, then `run` it once."""

    def __init__(self, opening: Opening, budget: Fraction) -> None:
        """`budget` is what each voter starts with, in minor units: enough for the purchases of `opening`."""
        market = opening.market
        self._market, self._ranks, self._partners = market, opening.ranks, opening.partners
        self._budget = budget
        self._total = float(budget) * market.voters
        self._money = float(budget) - opening.spent
        self._error = UNIT_ROUNDOFF * 4 * (len(opening.sequence) + 1) * self._total
        self._lows = np.array([float(backing.floor) * (1 - 8 * UNIT_ROUNDOFF) for backing in market.backings])
        self._lows[list(opening.excluded)] = NEVER
        self._sequence = list(opening.sequence)
        self._highs = [float(market.backings[place].floor) * (1 + 8 * UNIT_ROUNDOFF) for place in opening.sequence]
        self._quotes: dict[int, _Quote] = {}
        self._ledger: Ledger | None = None
        self._pending: tuple[Fraction, frozenset[int], tuple[int, ...]] | None = None
        self._open_ties: list[tuple[int, ...]] = []

    def run(self, guide: Guide | None = None, *, only_guided: bool = False) -> tuple[Trace, bool] | None:
        """The outcome, and whether every round between the guide's budget and this one surely had the same.

        With `only_guided` the answer is None as soon as that is not sure.
        """
        known = len(self._sequence)
        guided = guide is not None and guide.sequence[:known] == tuple(self._sequence)
        while (place := self._best()) is not None:
            guided = guided and guide is not None and self._follows(place, guide)
            if only_guided and not guided:
                return None
            self._buy(place)
        guided = guided and guide is not None and len(guide.sequence) == len(self._sequence)
        if only_guided and not guided:
            return None
        self._close_tie()
        return Trace(tuple(self._sequence), tuple(self._highs), tuple(self._open_ties)), guided

    def _follows(self, place: int, guide: Guide) -> bool:
        """Whether `place` is the guide's next purchase and stays the best for any budget between.

        With more money and the same purchases before, nobody has less and no price is higher. So between the two
        budgets this project costs at most what it cost the guide, and each other at least what it costs now.
        """
        step = len(self._sequence)
        if step >= len(guide.sequence) or guide.sequence[step] != place:
            return False
        return all(other == place or self._quoted(other).low > guide.highs[step] for other in self._within(guide.highs[step]))

    def _within(self, high: float) -> list[int]:
        """The projects that may cost no more than `high`, as far as is known."""
        found: list[int] = np.flatnonzero(self._lows <= high).tolist()
        return found

    def _best(self) -> int | None:
        """The best bargain, or None when nothing can be bought any more."""
        while True:
            place = int(self._lows.argmin()) if len(self._lows) else -1
            if place < 0 or self._lows[place] == NEVER:
                return None
            if place not in self._quotes:
                self._quoted(place)
                continue
            high = self._high(place)
            if high is None:
                self._ask_ledger(place)
                continue
            rivals = [other for other in self._within(high) if other != place]
            unseen = [other for other in rivals if other not in self._quotes]
            for other in unseen:
                self._quoted(other)
            if unseen:
                continue
            if not rivals:
                self._settle_tie([place])
                return place
            equal = self._cheapest([place, *rivals])
            if equal:
                self._settle_tie(equal)
                return equal[0]
