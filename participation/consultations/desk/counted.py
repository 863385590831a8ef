"""How many stand in a list of the register, from its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from participation.consultations.filters import Filter
from participation.consultations.models import ContributionState
from participation.consultations.queries import TallyRow


class Counted(NamedTuple):
    """Texts, each once however many sent it, and the people who sent them."""

    number: int
    people: int


def counted(asked: Filter, tally: Sequence[TallyRow]) -> Counted | None:
    """None where a language is asked for: the figures know none.

    What its author took back counts only where it is asked for, as everywhere.
    """
    if asked.language:
        return None
    wanted = (("kind", asked.kind), ("state", asked.state), ("theme", asked.theme), ("channel", asked.channel))
    fits = [row for row in tally if all(not value or getattr(row, name) == value for name, value in wanted)]
    kept = [row for row in fits if asked.state or row.state is not ContributionState.WITHDRAWN]
    return Counted(sum(row.number for row in kept), sum(row.people for row in kept))
