"""The ballots as Equal Shares sees them: for each project the ballots that support it, and how strongly.

A row stands for a distinct ballot, its weight for how many voters cast it; all of them have the same money at
any moment. A supporter's rate is the points that it gave, or 1 where ballots only name projects. If a project
costs `price` per unit of rate, a row pays min(its money, price x rate) for each of its voters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from participation.counting.allocation import Refusal, RuleError
from participation.counting.spec import Utility
from participation.counting.tally import IntArray, Profile
from participation.counting.ties import Priced

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Backing:
    """One project with its supporters."""

    option_id: str
    cost: int
    scale: int
    """What one unit of rate is worth in utility: the cost for cost utility, else 1. Lowest price / scale wins."""
    rows: IndexArray
    weights: FloatArray | None
    rates: FloatArray | None
    pulls: FloatArray | None
    """Weight times rate. Each of the three is None where it is 1 throughout."""
    supporters: int
    """Ballots that support the project."""
    pull: int
    """The sum of the pulls: what a price of 1 raises from supporters who can all pay it."""

    @cached_property
    def floor(self) -> Fraction:
        """The price per utility if every supporter can pay in full: it never gets lower."""
        return Fraction(self.cost, self.pull * self.scale)

    def asked(self, price: float) -> FloatArray | float:
        """What one voter of each row has to pay at a price per unit of rate."""
        return price if self.rates is None else price * self.rates

    def sum(self, money: FloatArray) -> float:
        """The money of all voters of the rows. Not by BLAS, whose threads wait for each other on a busy machine."""
        return float(money.sum() if self.weights is None else np.einsum("i,i", self.weights, money))

    def pull_of(self, able: NDArray[np.bool_]) -> float:
        """The pulls of some of the rows together."""
        if self.pulls is None:
            return float(np.count_nonzero(able))
        return float(np.einsum("i,i", self.pulls, able.astype(np.float64)))


@dataclass(frozen=True, eq=False)
class Market:
    """Projects that somebody supports and that may be funded, and the ballots row by row.

    Row r supports `places[starts[r]:starts[r + 1]]` (positions in `backings`, or -1 for a project that may
    not be funded) at the `rates` beside it.
    """

    backings: tuple[Backing, ...]
    starts: IndexArray
    places: IntArray
    rates: IntArray
    weights: IntArray
    voters: int
    """All ballots, with those that support nothing: each has an equal share of the envelope."""

    @cached_property
    def floors(self) -> FloatArray:
        """Each project's `floor`, rounded down."""
        return np.array([float(backing.floor) * (1 - 2.0**-50) for backing in self.backings])


def market_of(profile: Profile, projects: Sequence[Priced], utility: Utility, withdrawn: Collection[str]) -> Market:
    """The market of a contest. RuleError for points utility where ballots only name projects.

    Cost and cardinality utility take a project that got points as named. A project named twice on a ballot of a
    published file is one supported project; its points add up.
    """
    if utility is Utility.POINTS and not profile.scored:
        raise RuleError(Refusal.NEEDS_POINTS)
    starts, entries, rates, weights = _support(profile, by_points=utility is Utility.POINTS)
    rows = np.repeat(np.arange(len(weights), dtype=np.intp), np.diff(starts))
    order = np.argsort(entries.astype(np.min_scalar_type(len(profile.options))), kind="stable")
    ends = np.cumsum(np.bincount(entries, minlength=len(profile.options)))
    sorted_rows, sorted_rates = rows[order], rates[order]
    places = np.full(len(profile.options), -1, dtype=np.int32)
    position = {option_id: place for place, option_id in enumerate(profile.options)}
    backings: list[Backing] = []
    for project in projects:
        place = position[project.id]
        here = slice(ends[place - 1] if place else 0, ends[place])
        if here.start < here.stop and project.id not in withdrawn:
            places[place] = len(backings)
            backings.append(
                _backing(project, utility, weights[sorted_rows[here]], sorted_rows[here], sorted_rates[here])
            )
    return Market(tuple(backings), starts, places[entries], rates, weights, profile.size)


def _backing(project: Priced, utility: Utility, weights: IntArray, rows: IndexArray, rates: IntArray) -> Backing:
    pulls = weights * rates.astype(np.float64)
    return Backing(
        option_id=project.id,
        cost=project.cost,
        scale=max(project.cost, 1) if utility is Utility.COST else 1,
        rows=rows,
        weights=_unless_one(weights),
        rates=_unless_one(rates),
        pulls=_unless_one(pulls),
        supporters=int(weights.sum(dtype=np.int64)),
        pull=int(pulls.sum()),
    )


def _unless_one(values: IntArray | FloatArray) -> FloatArray | None:
    return None if np.all(values == 1) else values.astype(np.float64)


def _support(profile: Profile, *, by_points: bool) -> tuple[IndexArray, IntArray, IntArray, IntArray]:
    """Where each row starts, the options that it supports and their rates, each pair once; the rows' weights.

    Where most ballots are distinct anyway, each ballot becomes a row of its own: sums without weights are faster.
    """
    rows = np.repeat(np.arange(len(profile.starts) - 1, dtype=np.intp), np.diff(profile.starts))
    entries, rates, weights = profile.entries, profile.points, profile.weights
    if profile.scored:
        given = rates > 0
        rows, entries, rates = rows[given], entries[given], rates[given]
        rates = rates if by_points else np.ones_like(rates)
    rows, entries, rates = _once(rows, entries, rates, len(profile.options), by_points)
    starts = np.searchsorted(rows, np.arange(len(profile.starts)))
    if 2 * len(weights) > profile.size:
        starts, entries, rates = _repeated(starts, entries, rates, weights)
        weights = np.ones(profile.size, dtype=np.int32)
    return starts, entries, rates, weights


def _once(
    rows: IndexArray, entries: IntArray, rates: IntArray, options: int, by_points: bool
) -> tuple[IndexArray, IntArray, IntArray]:
    """Each pair of row and option once, its points added up."""
    pairs = rows * options + entries
    seen = np.zeros((int(rows.max(initial=0)) + 1) * options, dtype=bool)
    seen[pairs] = True
    if np.count_nonzero(seen) == len(pairs):
        return rows, entries, rates
    pairs, inverse = np.unique(pairs, return_inverse=True)
    added = np.bincount(inverse, weights=rates).astype(np.int32)
    return pairs // options, (pairs % options).astype(np.int32), added if by_points else np.ones_like(added)


def _repeated(
    starts: IndexArray, entries: IntArray, rates: IntArray, weights: IntArray
) -> tuple[IndexArray, IntArray, IntArray]:
    """Each row as often as its weight says."""
    lengths = np.repeat(np.diff(starts), weights)
    ends = np.cumsum(lengths)
    here = np.arange(lengths.sum()) + np.repeat(np.repeat(starts[:-1], weights) - (ends - lengths), lengths)
    return np.concatenate(([0], ends)), entries[here], rates[here]
