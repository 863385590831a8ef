"""Exact Equal Shares: what every voter has left after given purchases, in whole numbers over one denominator.

A voter who is not drained has the budget less the price of each project funded with it, so that money is known
by counting: for any set of rows, how much weight supports each funded project. The prices and the budget are kept
as integers over one common denominator, which only ever grows by a small factor; no fraction is ever reduced
against a long one. Floating point is used to guess who is drained by a purchase; each guess is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np
from numpy.typing import NDArray

from participation.counting.market import FloatArray, IndexArray, Market

Mask = NDArray[np.bool_]

FINEST = 10_000
"""Amounts that are shown or stored are whole numbers of this part of a minor unit."""


@dataclass(frozen=True, slots=True)
class _Deal:
    """An exact price, `numerator` / (`pull` x the common denominator), and the rows that it drains."""

    numerator: int
    pull: int
    drained: IndexArray


class Ledger:
    """The exact state of one round after the purchases that `follow` was told of."""

    def __init__(self, market: Market, budget: Fraction) -> None:
        """`budget` is what each voter starts with, in minor units."""
        self._market = market
        self._denominator = budget.denominator
        self._budget = budget.numerator
        self._prices: dict[int, int] = {}
        self._alive = np.ones(len(market.weights), dtype=bool)
        self._money = np.full(len(market.weights), float(budget))
        self._slack = 2.0**-50 * float(budget)
        """No entry of `_money` is further than this from the truth."""

    @property
    def bought(self) -> int:
        return len(self._prices)

    def follow(self, sequence: Sequence[int]) -> None:
        """Makes the purchases in `sequence` that come after those already made."""
        for place in sequence[self.bought :]:
            self._buy(place)

    def price(self, place: int) -> Fraction | None:
        """The exact price per unit of rate of a project now, or None if its supporters cannot pay for it."""
        deal = self._deal(place)
        return None if deal is None else Fraction(deal.numerator, deal.pull * self._denominator)

    def paid(self, place: int) -> Fraction:
        """The price at which a project was bought, per unit of rate."""
        return self._short(self._prices[place])

    def money(self, place: int) -> Fraction:
        """What the supporters of a project have left, together."""
        return self._short(self._total(self._solvent(self._market.backings[place].rows)))

    def _short(self, numerator: int) -> Fraction:
        """The amount in minor units, down to a ten-thousandth: the exact fraction may have hundreds of digits."""
        return Fraction(numerator * FINEST // self._denominator, FINEST)

    def _buy(self, place: int) -> None:
        backing = self._market.backings[place]
        deal = self._deal(place)
        assert deal is not None, f"{backing.option_id} was bought, but cannot be paid for"
        shared = gcd(deal.numerator, deal.pull)
        factor = deal.pull // shared
        self._denominator *= factor
        self._budget *= factor
        self._prices = {known: price * factor for known, price in self._prices.items()}
        self._prices[place] = deal.numerator // shared
        price = deal.numerator // shared / self._denominator
        self._money[backing.rows] -= backing.asked(price)
        self._alive[deal.drained] = False
        self._money[~self._alive] = 0.0
        self._slack += 2.0**-50 * (self._budget / self._denominator)

    def _solvent(self, rows: IndexArray) -> IndexArray:
        return rows[self._alive[rows]]

    def _total(self, rows: IndexArray) -> int:
        """The money of solvent rows together, times the common denominator."""
        weights = self._market.weights[rows]
        total = int(weights.sum(dtype=np.int64)) * self._budget
        for place, pull in enumerate(self._pulls(rows)):
            if pull and place in self._prices:
                total -= pull * self._prices[place]
        return total

    def _pulls(self, rows: IndexArray) -> list[int]:
        """How much weight times rate the rows have in each project."""
        market = self._market
        starts, lengths = market.starts[rows], market.starts[rows + 1] - market.starts[rows]
        before = np.cumsum(lengths) - lengths
        here = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
        places = market.places[here]
        fundable = places >= 0
        weights = np.repeat(market.weights[rows].astype(np.float64), lengths)
        pulls = (weights * market.rates[here])[fundable]
        return [int(pull) for pull in np.bincount(places[fundable], pulls, minlength=len(market.backings))]

    def _deal(self, place: int) -> _Deal | None:
        """The exact price: those drained by it pay all they have, the others share the rest.

        The guess in floating point sorts supporters into surely drained, surely not, and close to it; the
        last are looked at exactly. A guess that the exact price contradicts is widened until it holds.
        """
        backing = self._market.backings[place]
        if not backing.cost:
            return _Deal(0, 1, np.empty(0, dtype=np.intp))
        solvent = self._alive[backing.rows]
        rows = backing.rows[solvent]
        if not self._surely_affordable(place, rows) and self._total(rows) < backing.cost * self._denominator:
            return None
        purse = _Purse(
            rows,
            self._money[rows] if backing.rates is None else self._money[rows] / backing.rates[solvent],
            np.ones(len(rows)) if backing.pulls is None else backing.pulls[solvent],
        )
        guess = purse.price(backing.cost)
        width = 4 * self._slack
        while True:
            drained, close = purse.sorted_by(guess, width, self._slack)
            deal = self._settled(backing.cost, purse, drained, close)
            exact = deal.numerator / (deal.pull * self._denominator)
            margin = self._slack + 2.0**-50 * exact
            wrong = drained & (purse.per_rate >= exact - margin)
            wrong |= ~drained & ~close & (purse.per_rate <= exact + margin)
            if not wrong.any():
                return deal
            width = 4 * (width + float(np.abs(purse.per_rate[wrong] - guess).max()))

    def _surely_affordable(self, place: int, rows: IndexArray) -> bool:
        """Whether the supporters surely have the cost: floating point within its bound, to save the exact sum."""
        weights = self._market.weights[rows].astype(np.float64)
        held = float(np.einsum("i,i", weights, self._money[rows]))
        doubt = self._slack * float(weights.sum()) + 2.0**-50 * (len(rows) + 8) * held
        return held - doubt > self._market.backings[place].cost

    def _settled(self, cost: int, purse: _Purse, drained: Mask, close: Mask) -> _Deal:
        """The exact price if `drained` rows are drained, `close` ones as it falls, and the others pay in full.

        Each close row that cannot pay the price is drained too, poorest first, which raises the price for the rest.
        """
        numerator = cost * self._denominator - self._total(purse.rows[drained])
        pull = int(purse.pulls[~drained].sum())
        emptied = [purse.rows[drained]]
        market = self._market
        near = [(self._exact(row), row, int(pulls)) for row, pulls in zip(*purse.at(close), strict=True)]
        near.sort(key=lambda item: Fraction(item[0] * int(market.weights[item[1]]), item[2]))
        for money, row, row_pull in near:
            held = money * int(market.weights[row])
            if held * pull <= numerator * row_pull:
                emptied.append(np.array([row]))
            if held * pull < numerator * row_pull:
                numerator -= held
                pull -= row_pull
        return _Deal(numerator, pull, np.concatenate(emptied))

    def _exact(self, row: int) -> int:
        """What one voter of a solvent row has, times the common denominator."""
        market = self._market
        here = slice(market.starts[row], market.starts[row + 1])
        money = self._budget
        for place, rate in zip(market.places[here].tolist(), market.rates[here].tolist(), strict=True):
            money -= self._prices.get(place, 0) * rate
        return money


@dataclass(frozen=True, slots=True)
class _Purse:
    """The solvent supporters of a project, in floating point: what each can pay per unit of rate."""

    rows: IndexArray
    per_rate: FloatArray
    pulls: FloatArray

    def price(self, cost: int) -> float:
        """Roughly the price that raises `cost`: Newton's method on a concave sum of pieces."""
        price = cost / float(self.pulls.sum())
        while True:
            able = self.per_rate >= price
            pull = float(self.pulls[able].sum())
            if not pull:
                return price
            better = (cost - float((self.pulls[~able] * self.per_rate[~able]).sum())) / pull
            if better <= price * (1 + 2.0**-45):
                return price
            price = better

    def sorted_by(self, guess: float, width: float, slack: float) -> tuple[Mask, Mask]:
        """Who is surely drained at a price near `guess`, and who is close to it. The richest are never sure."""
        drained = self.per_rate < guess - width
        richest = self.per_rate >= float(self.per_rate.max()) - 2 * slack
        close = (np.abs(self.per_rate - guess) <= width) | (drained & richest)
        return drained & ~close, close

    def at(self, chosen: Mask) -> tuple[list[int], list[float]]:
        return self.rows[chosen].tolist(), self.pulls[chosen].tolist()
