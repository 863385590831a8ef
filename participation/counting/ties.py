"""Which of two equal projects goes first: a rule that was declared before the count, never chance.

`ranking` returns the whole order at once, so that a rule compares small numbers and a test can turn the
order round to see whether any tie mattered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from participation.counting.spec import TieBreak


class Priced(Protocol):
    """What a counting rule needs to know of a project. `spec.Option` is one; costs in minor units."""

    @property
    def id(self) -> str: ...

    @property
    def cost(self) -> int: ...

    @property
    def category(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Tie:
    """Projects that were equal, in the order in which the tie-break put them.

    `decisive` is true where another order among exactly these gives another result.
    """

    option_ids: tuple[str, ...]
    decisive: bool


def ranking(tie_break: TieBreak, seed: str, projects: Iterable[Priced]) -> dict[str, int]:
    """The place of each project in the tie order, 0 first. Identifiers are compared as text.

    A draw sorts by SHA-256 of "seed|id": anybody can repeat it with `sha256sum`.
    """
    by_id = sorted(projects, key=lambda project: project.id)
    if tie_break is TieBreak.HIGHEST_ID:
        by_id.reverse()
    elif tie_break is TieBreak.LOWEST_COST:
        by_id.sort(key=lambda project: project.cost)
    elif tie_break is TieBreak.SEEDED_DRAW:
        by_id.sort(key=lambda project: lot(seed, project.id))
    return {project.id: place for place, project in enumerate(by_id)}


def lot(seed: str, name: str) -> bytes:
    """What a draw sorts by: SHA-256 of "seed|name"."""
    return sha256(f"{seed}|{name}".encode()).digest()


def reversed_ranking(ranks: Mapping[str, int]) -> dict[str, int]:
    """The opposite tie order: a result that it changes is sensitive to the tie-break."""
    return {option_id: -place for option_id, place in ranks.items()}
