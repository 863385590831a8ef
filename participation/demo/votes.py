"""How fictional people vote: ballots drawn from a fixed seed, then corrected to exact totals.

The totals are written down here because the story needs them: see `LAST_EDITION`. Only `Random.random` is
used, whose sequence Python promises to keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random

Votes = Mapping[str, int]
"""Project code → votes."""

LAST_EDITION: Mapping[str, tuple[int, int]] = {
    "0001": (2655, 318),
    "0002": (2842, 690),
    "0003": (690, 34),
    "0004": (2390, 342),
    "0005": (2205, 196),
    "0006": (1778, 243),
    "0007": (845, 172),
    "0008": (1390, 205),
    "0009": (1607, 418),
    "0010": (1905, 668),
    "0011": (1725, 118),
    "0012": (1098, 236),
    "0013": (1610, 142),
    "0014": (1240, 71),
    "0015": (1012, 97),
    "0016": (2240, 705),
    "0017": (702, 119),
    "0018": (1872, 160),
    "0019": (1871, 171),
    "0020": (1902, 402),
}
"""Project code → votes online and on paper, for an envelope of 12 M$ with 3 M$ for youth.

Four votes separate project 9, the last one funded, from project 6, which would have fitted in its place:
paper decides it. Project 18 has more votes than project 9 and is passed over for its cost. The part for
youth brings project 11 in and keeps project 19 out.
"""

PROFILES: Mapping[str, Mapping[str, float]] = {
    "youth": {"0003": 3, "0004": 1.6, "0008": 1.5, "0011": 3, "0014": 4},
    "green": {"0001": 2.6, "0005": 2.8, "0006": 1.8, "0007": 2, "0013": 1.5, "0015": 2.6, "0017": 1.6},
    "access": {"0002": 2, "0009": 2.4, "0010": 3, "0012": 2.2, "0016": 3, "0020": 1.6},
    "outings": {"0012": 1.5, "0017": 1.8, "0018": 3, "0019": 2.4, "0020": 1.4},
}
"""What groups of people like more than others do, as factors."""
ONLINE_SHARES = {"youth": 0.33, "green": 0.32, "access": 0.15, "outings": 0.2}
PAPER_SHARES = {"youth": 0.1, "green": 0.2, "access": 0.52, "outings": 0.18}
MOST = 5
_SIZES = ((5, 0.6), (4, 0.8), (3, 0.91), (2, 0.97), (1, 1.0))


def column(place: int) -> dict[str, int]:
    """The last edition's votes online (0) or on paper (1)."""
    return {code: votes[place] for code, votes in LAST_EDITION.items()}


def this_year(rng: Random, votes: Votes, ballots: int, of: int) -> dict[str, int]:
    """Totals like last year's for fewer ballots, with other favourites."""
    return {code: round(number * ballots / of * (0.7 + 0.6 * rng.random())) for code, number in votes.items()}


def draw(rng: Random, votes: Votes, ballots: int, shares: Mapping[str, float]) -> list[list[str]]:
    """So many ballots of 1 to 5 choices that add up to exactly these votes, each in ballot order."""
    codes = sorted(votes, key=int)
    drawn = []
    for size in _sizes(rng, ballots, sum(votes.values())):
        liked = PROFILES[_one_of(rng, shares)]
        drawn.append(_choose(rng, codes, [votes[code] * liked.get(code, 1.0) for code in codes], size))
    _correct(drawn, votes)
    return [sorted(chosen, key=int) for chosen in drawn]


def spoil(rng: Random, votes: Votes) -> list[str]:
    """A ballot with one or two choices too many."""
    codes = sorted(votes, key=int)
    size = MOST + 1 + int(2 * rng.random())
    return sorted(_choose(rng, codes, [float(votes[code]) for code in codes], size), key=int)


def _sizes(rng: Random, ballots: int, total: int) -> list[int]:
    """Numbers of choices that add up to `total`."""
    sizes = [_size(rng.random()) for _ballot in range(ballots)]
    difference = total - sum(sizes)
    while difference:
        place, step = int(rng.random() * ballots), 1 if difference > 0 else -1
        if 1 <= sizes[place] + step <= MOST:
            sizes[place] += step
            difference -= step
    return sizes


def _size(chance: float) -> int:
    return next(size for size, limit in _SIZES if chance < limit)


def _one_of(rng: Random, shares: Mapping[str, float]) -> str:
    chance = rng.random()
    for name, share in shares.items():
        chance -= share
        if chance < 0:
            return name
    return next(iter(shares))


def _choose(rng: Random, codes: Sequence[str], weights: Sequence[float], size: int) -> list[str]:
    """Weighted and without repetition: the largest of random ** (1 / weight) (Efraimidis & Spirakis 2006)."""
    largest = max(weights)
    lots = [(rng.random() ** (largest / weight), code) for code, weight in zip(codes, weights, strict=True)]
    return [code for _lot, code in sorted(lots, reverse=True)[:size]]


def _correct(drawn: list[list[str]], votes: Votes) -> None:
    """Swaps choices of too many votes for choices of too few, until every total is exact."""
    counted = Counter(code for chosen in drawn for code in chosen)
    excess = {code: counted[code] - number for code, number in votes.items()}
    while any(excess.values()):
        for chosen in drawn:
            given = next((code for code in chosen if excess[code] > 0), None)
            taken = next((code for code, number in excess.items() if number < 0 and code not in chosen), None)
            if given and taken:
                chosen[chosen.index(given)] = taken
                excess[given] -= 1
                excess[taken] += 1
