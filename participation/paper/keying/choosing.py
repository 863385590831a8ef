"""Batches to choose from, place by place: one tick takes all of a place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from participation.paper.queries import BatchRow
from participation.processes.models import LocalText, Place


@dataclass(frozen=True, slots=True)
class AtPlace:
    """The batches of one place, lowest number first."""

    code: str
    name: LocalText
    batches: tuple[BatchRow, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(batch.number for batch in self.batches)


def by_place(batches: Iterable[BatchRow], places: Sequence[Place]) -> list[AtPlace]:
    """Places in their order, those without any such batch left out."""
    found: dict[object, list[BatchRow]] = {}
    for batch in batches:
        found.setdefault(batch.place_id, []).append(batch)
    return [AtPlace(each.code, each.name, tuple(found[each.id])) for each in places if each.id in found]
