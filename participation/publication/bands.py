"""How the shown part of a tally is laid out by channel or by capture, without showing more than it shows.

A count stores the columns of 20 ballots or more, joined over (channel, capture). A picture by channel is
their sum over all columns that have a channel in common, so no smaller group can be got by subtraction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from participation.counting.spec import PAPER_CHANNELS, Channel
from participation.counting.tally import GroupTally

CHANNEL, CAPTURE = 0, 1
ORDER = (*(channel.value for channel in Channel), "paper", "other")
_PAPER = frozenset(channel.value for channel in PAPER_CHANNELS)


@dataclass(frozen=True, slots=True)
class Band:
    """One colour of the chart or one column of the table. `key` is a channel, `paper` or `other`."""

    key: str
    names: frozenset[str]
    tally: GroupTally

    @property
    def is_joined(self) -> bool:
        return len(self.names) > 1

    @property
    def is_paper(self) -> bool:
        return self.names <= _PAPER


def bands(shown: Iterable[GroupTally], part: int = CHANNEL) -> list[Band]:
    """The columns summed by channel (or capture); those that share one are one band. Empty if nothing is shown."""
    found: list[tuple[frozenset[str], GroupTally]] = []
    for column in shown:
        names, whole = frozenset(group[part] for group in column.groups), column
        for other, its in [each for each in found if each[0] & names]:
            found.remove((other, its))
            names, whole = names | other, its + whole
        found.append((names, whole))
    return sorted(_merge_nameless(found), key=_order)


def _merge_nameless(found: list[tuple[frozenset[str], GroupTally]]) -> list[Band]:
    """Two joined groups without a name of their own are one: the picture has one word for them."""
    by_key: dict[str, Band] = {}
    for names, tally in found:
        key = _key(names)
        known = by_key.get(key)
        by_key[key] = Band(key, known.names | names, known.tally + tally) if known else Band(key, names, tally)
    return list(by_key.values())


def _key(names: frozenset[str]) -> str:
    if len(names) == 1:
        return next(iter(names))
    return "paper" if names <= _PAPER else "other"


def _order(band: Band) -> tuple[int, str]:
    return (ORDER.index(band.key) if band.key in ORDER else len(ORDER), band.key)


def paper_and_others(by_channel: list[Band]) -> list[Band]:
    """The same bands with all paper channels as one: online, paper, and what is left."""
    paper = [band for band in by_channel if band.is_paper]
    if len(paper) < 2:
        return by_channel
    first, *rest = paper
    whole, names = first.tally, first.names
    for band in rest:
        whole, names = whole + band.tally, names | band.names
    merged = [*(band for band in by_channel if not band.is_paper), Band("paper", names, whole)]
    return sorted(merged, key=lambda band: (band.key != "online", band.key != "paper", _order(band)))
