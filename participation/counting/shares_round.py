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

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from participation.counting.market import FloatArray, Market
from participation.counting.shares_ledger import Ledger

UNIT_ROUNDOFF = 2.0**-53
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought, by its place in the market."""

    place: int
    high: float
    """The price per utility was surely not higher."""
    in_full: bool
    """Every supporter surely paid in full, so the price was the floor, and is the floor with any larger budget."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The outcome of a round."""

    purchases: tuple[Purchase, ...]
    open_ties: tuple[tuple[int, ...], ...]
    """Equal bargains of which buying one made another dearer or impossible: the tie-break mattered there."""

    @property
    def sequence(self) -> tuple[int, ...]:
        """The places in the order of purchase."""
        return tuple(purchase.place for purchase in self.purchases)


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
            asked = backing.asked(backing.cost / backing.pull)
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
    """The weight times rate of those who can pay `price` in full; 0 if nobody can."""
    missing: float
    """The cost less what `price` raises."""
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
        self._lows = market.floors.copy()
        self._lows[list(opening.excluded)] = NEVER
        self._purchases = [
            Purchase(place, float(market.backings[place].floor) * (1 + 8 * UNIT_ROUNDOFF), in_full=True)
            for place in opening.sequence
        ]
        self._quotes: dict[int, _Quote] = {}
        self._ledger: Ledger | None = None
        self._pending: tuple[Fraction, frozenset[int], tuple[int, ...]] | None = None
        self._open_ties: list[tuple[int, ...]] = []

    def run(self, guide: Trace | None = None, *, only_guided: bool = False) -> tuple[Trace, bool] | None:
        """The outcome, and whether every round between the guide's budget and this one surely had the same.

        `guide` is the outcome of a smaller budget. With `only_guided` the answer is None as soon as that is not sure.
        """
        expected = guide.purchases if guide else ()
        hints = [purchase.place for purchase in reversed(expected)]
        guided = guide is not None
        while (place := self._best(hints)) is not None:
            guided = guided and self._follows(place, expected)
            if only_guided and not guided:
                return None
            self._buy(place)
        self._close_tie()
        return Trace(tuple(self._purchases), tuple(self._open_ties)), guided

    def _follows(self, place: int, expected: tuple[Purchase, ...]) -> bool:
        """Whether `place` is the guide's next purchase and surely stays the best for every budget between.

        With more money and the same purchases before, nobody has less and no price is higher. So between the two
        budgets this project costs at most what it cost the guide, and each other at least what it costs now.
        A project that everybody paid in full keeps its price, its floor, and nothing gets below its own floor.
        A round that follows to its end has bought as much as the guide: what less money paid for, more money can.
        """
        step = len(self._purchases)
        if step >= len(expected) or expected[step].place != place:
            return False
        before = expected[step]
        return all(
            self._over(other, before.high) or (before.in_full and self._floor_order(place, other))
            for other in self._within(before.high)
            if other != place
        )

    def _over(self, place: int, high: float) -> bool:
        """Whether the price per utility surely is higher than `high`."""
        if place not in self._quotes:
            self._look(place, high)
        return bool(self._lows[place] > high)

    def _floor_order(self, place: int, other: int) -> bool:
        """Whether `place` comes before `other` if both are at their floors."""
        backings = self._market.backings
        return (backings[place].floor, self._ranks[place]) < (backings[other].floor, self._ranks[other])

    def _within(self, high: float) -> list[int]:
        """The projects that may cost no more than `high`, as far as is known."""
        found: list[int] = np.flatnonzero(self._lows <= high).tolist()
        return found

    def _best(self, hints: list[int]) -> int | None:
        """The best bargain, or None when nothing can be bought any more.

        The last of `hints` that can still be bought is likely the one: its price first, and the others only have
        to be shown to be higher.
        """
        while hints and self._lows[hints[-1]] == NEVER:
            hints.pop()
        limit = NEVER
        if hints:
            self._look(hints[-1], NEVER)
            limit = (self._high(hints[-1]) if hints[-1] in self._quotes else None) or NEVER
        while True:
            place = int(self._lows.argmin()) if len(self._lows) else -1
            if place < 0 or self._lows[place] == NEVER:
                return None
            if place not in self._quotes:
                self._look(place, limit)
                continue
            high = self._high(place)
            if high is None:
                self._exact(place)
                continue
            limit = min(limit, high)
            rivals = [other for other in self._within(high) if other != place]
            unseen = [other for other in rivals if other not in self._quotes]
            for other in unseen:
                self._look(other, high)
            if not unseen:
                equal = self._cheapest([place, *rivals]) if rivals else [place]
                self._settle_tie(equal)
                return equal[0]

    def _cheapest(self, places: list[int]) -> list[int]:
        """Those among `places` that are exactly the cheapest, in the order of the tie-break."""
        prices = {place: price for place in places if (price := self._exact(place)) is not None}
        least = min(prices.values(), default=None)
        return sorted((place for place in prices if prices[place] == least), key=self._ranks.__getitem__)

    def _look(self, place: int, limit: float) -> None:
        """Raises the lower bound of a project's price by Newton's method from below, until it is over `limit` or exact.

        In the second case the project has a quote.
        """
        backing = self._market.backings[place]
        money = self._money[backing.rows]
        low = float(self._lows[place])
        price = low * backing.scale
        tolerance = self._error + self._rounding(place)
        while low <= limit:
            asked = backing.asked(price)
            missing = backing.cost - backing.sum(np.minimum(money, asked))
            pull = backing.pull_of(money >= asked)
            if pull:
                surely = (price + (missing - tolerance) / pull) / backing.scale * (1 - 8 * UNIT_ROUNDOFF)
                low = max(low, surely)
            elif missing > tolerance:
                low = NEVER
            if missing <= tolerance or not pull:
                self._quotes[place] = _Quote(money, price, pull, missing)
                break
            price += missing / pull
        self._lows[place] = low

    def _rounding(self, place: int) -> float:
        """How far the sum over a project's supporters may be from the true sum, up to its cost."""
        backing = self._market.backings[place]
        return UNIT_ROUNDOFF * 4 * (len(backing.rows) + 8) * backing.cost

    def _high(self, place: int) -> float | None:
        """A price per utility at which the supporters surely raise the cost, if floating point can tell."""
        quote, backing = self._quotes[place], self._market.backings[place]
        if quote.exact is not None:
            return float(quote.exact) * (1 + 8 * UNIT_ROUNDOFF)
        if not quote.pull:
            return None
        step = 2 * (self._error + self._rounding(place) + abs(quote.missing)) / quote.pull
        price = quote.price + step
        able = backing.pull_of(quote.money >= backing.asked(price))
        return price / backing.scale * (1 + 8 * UNIT_ROUNDOFF) if 2 * able >= quote.pull else None

    def _in_full(self, place: int) -> bool:
        """Whether every supporter surely can pay the floor; nobody's money is further from the truth than all's."""
        quote, backing = self._quotes[place], self._market.backings[place]
        floor = backing.cost / backing.pull
        if quote.price > floor * (1 + 2.0**-30):
            return False
        return bool(np.all(quote.money >= backing.asked(floor) * (1 + 8 * UNIT_ROUNDOFF) + self._error))

    def _exact(self, place: int) -> Fraction | None:
        """The exact price per utility, or None if the supporters cannot pay."""
        quote, backing = self._quotes[place], self._market.backings[place]
        if quote.exact is None:
            price = Fraction(backing.cost, backing.pull) if self._in_full(place) else self._ledger_price(place)
            if price is None:
                self._lows[place] = NEVER
                return None
            quote.exact = price / backing.scale
            quote.price = float(price)
            self._lows[place] = float(quote.exact) * (1 - 8 * UNIT_ROUNDOFF)
        return quote.exact

    def _ledger_price(self, place: int) -> Fraction | None:
        if self._ledger is None:
            self._ledger = Ledger(self._market, self._budget)
        self._ledger.follow([purchase.place for purchase in self._purchases])
        return self._ledger.price(place)

    def _buy(self, place: int) -> None:
        quote, backing = self._quotes[place], self._market.backings[place]
        self._purchases.append(Purchase(place, self._high(place) or NEVER, self._in_full(place)))
        asked = backing.asked(quote.price)
        missing = quote.missing
        if quote.exact is not None:
            missing = backing.cost - backing.sum(np.minimum(quote.money, asked))
        self._money[backing.rows] = np.maximum(quote.money - asked, 0)
        self._error += abs(missing) + self._rounding(place) + UNIT_ROUNDOFF * 4 * self._total
        self._lows[[place, *self._partners.get(place, ())]] = NEVER
        self._quotes.clear()

    def _settle_tie(self, equal: list[int]) -> None:
        """Keeps track of equal bargains: a tie is without effect if all are bought, one after the other, at that price.

        Then nobody who supports several of them was short of money, and any order leads to the same state.
        """
        place = equal[0]
        if self._pending is not None:
            price, waiting, tied = self._pending
            if place in waiting and self._exact(place) == price:
                waiting -= {place}
                self._pending = (price, waiting, tied) if waiting else None
                return
            self._close_tie()
        if len(equal) > 1:
            price = self._quotes[place].exact or Fraction(0)
            self._pending = (price, frozenset(equal[1:]), tuple(equal))

    def _close_tie(self) -> None:
        if self._pending is not None:
            self._open_ties.append(self._pending[2])
            self._pending = None
