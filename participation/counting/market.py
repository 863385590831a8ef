"""The ballots as Equal Shares sees them: for each project the ballots that support it, and how strongly.

A row stands for a distinct ballot, its weight for how many voters cast it; all of them have the same money at
any moment. A supporter's rate is the points that it gave, or 1 where ballots only name projects. If a project
costs `price` per unit of rate, a row pays min(its money, price x rate) for each of its voters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

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
    weights: FloatArray
    rates: FloatArray | None
    """None where each rate is 1."""
    pulls: FloatArray
    """Weight times rate."""
    pull: int
    """The sum of `pulls`: what a price of 1 would raise from voters who can pay it."""

    @property
    def supporters(self) -> int:
        """Ballots that support the project."""
        return int(self.weights.sum())

    @property
    def floor(self) -> Fraction:
        """The price per utility if every supporter can pay in full: it never gets lower."""
        return Fraction(self.cost, self.pull * self.scale)


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


def market_of(profile: Profile, projects: Sequence[Priced], utility: Utility, withdrawn: Collection[str]) -> Market:
    """The market of a contest. RuleError for points utility where ballots only name projects.

    Cost and cardinality utility take a project that got points as named. A project named twice on a ballot of a
    published file is one supported project; its points add up.
    """
    if utility is Utility.POINTS and not profile.scored:
        raise RuleError(Refusal.NEEDS_POINTS)
    by_points = utility is Utility.POINTS
    rows, entries, rates = _support(profile, by_points)
    starts = np.searchsorted(rows, np.arange(len(profile.starts)))
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
            backings.append(_backing(project, utility, profile.weights, sorted_rows[here], sorted_rates[here]))
    return Market(tuple(backings), starts, places[entries], rates, profile.weights, profile.size)


def _backing(project: Priced, utility: Utility, row_weights: IntArray, rows: IndexArray, rates: IntArray) -> Backing:
    weights = row_weights[rows].astype(np.float64)
    pulls = weights * rates if utility is Utility.POINTS else weights
    return Backing(
        option_id=project.id,
        cost=project.cost,
        scale=max(project.cost, 1) if utility is Utility.COST else 1,
        rows=rows,
        weights=weights,
        rates=rates.astype(np.float64) if utility is Utility.POINTS else None,
        pulls=pulls,
        pull=int(pulls.sum()),
    )


def _support(profile: Profile, by_points: bool) -> tuple[IndexArray, IntArray, IntArray]:
    """Row, option and rate of every support, by row; each pair of row and option once."""
    rows = np.repeat(np.arange(len(profile.starts) - 1, dtype=np.intp), np.diff(profile.starts))
    entries, rates = profile.entries, profile.points
    if profile.scored:
        given = rates > 0
        rows, entries, rates = rows[given], entries[given], rates[given]
        rates = rates if by_points else np.ones_like(rates)
    pairs = rows * len(profile.options) + entries
    single = np.zeros((len(profile.starts) - 1) * len(profile.options), dtype=bool)
    single[pairs] = True
    if np.count_nonzero(single) < len(pairs):
        pairs, inverse = np.unique(pairs, return_inverse=True)
        added = np.bincount(inverse, weights=rates).astype(np.int32)
        rows, entries = pairs // len(profile.options), (pairs % len(profile.options)).astype(np.int32)
        rates = added if by_points else np.ones_like(added)
    return rows, entries, rates
