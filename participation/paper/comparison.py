"""Two keyings of a batch beside each other: which forms agree, which a third person must look at.

Pure: rows in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from participation.counting.spec import Question
from participation.paper.marks import Flaw, Reading, Ruling, agree, flaws, loaded, ruling_of
from participation.paper.models import Adjudication, Interpretation

SHIFT_EVIDENCE = 3
"""Forms in a row that agree once one pass is moved by one, before the screen says so."""


@dataclass(frozen=True, slots=True)
class Form:
    """One position of a batch: both readings, and what the third person made of it."""

    position: int
    first: Reading | None
    second: Reading | None
    agrees: bool
    flaws: tuple[Flaw, ...]
    """Why it needs a person although both agree."""
    adjudication: Adjudication | None

    @property
    def needs_person(self) -> bool:
        return not self.agrees or bool(self.flaws)

    @property
    def settled(self) -> bool:
        return self.adjudication is not None and self.adjudication.settled_at is not None

    @property
    def waits(self) -> bool:
        return self.needs_person and not self.settled

    @property
    def is_there(self) -> bool:
        """Whether there is a form: the third person may have found none."""
        if self.settled:
            assert self.adjudication is not None
            return self.adjudication.interpretation is not Interpretation.MISSING
        return self.first is not None or self.second is not None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A whole batch, position by position."""

    header: int
    forms: tuple[Form, ...]
    first_count: int
    second_count: int
    missing: tuple[int, ...] = field(default=())
    """Positions up to the header's count at which there is no form."""

    @property
    def waiting(self) -> tuple[Form, ...]:
        return tuple(form for form in self.forms if form.waits)

    @property
    def found(self) -> int:
        """How many forms there are, as settled."""
        return sum(form.is_there for form in self.forms)

    @property
    def counts_agree(self) -> bool:
        """Header = first keying = second keying = forms to cast."""
        return self.header == self.first_count == self.second_count == self.found

    @property
    def difference(self) -> int:
        """Header minus forms found; zero may still hide a form that one pass left out."""
        return self.header - self.found


def compare(
    questions: Sequence[Question],
    header: int,
    passes: Mapping[int, Mapping[int, Reading]],
    adjudications: Mapping[int, Adjudication],
) -> Comparison:
    """The batch as its two passes and the third person's rulings leave it."""
    first, second = passes.get(1, {}), passes.get(2, {})
    positions = sorted({*first, *second, *adjudications})
    forms = tuple(
        _form(questions, place, first.get(place), second.get(place), adjudications.get(place)) for place in positions
    )
    there = {form.position for form in forms if form.is_there}
    missing = tuple(place for place in range(1, header + 1) if place not in there)
    return Comparison(header, forms, len(first), len(second), missing)


def _form(
    questions: Sequence[Question],
    position: int,
    first: Reading | None,
    second: Reading | None,
    adjudication: Adjudication | None,
) -> Form:
    same = first is not None and second is not None and agree(questions, first, second)
    found = flaws(questions, first) if same and first is not None else ()
    return Form(position, first, second, same, found, adjudication)


def ruling_for(questions: Sequence[Question], form: Form) -> Ruling:
    """What is cast for a form that waits for nobody."""
    ruled = form.adjudication
    if ruled is not None and ruled.settled_at is not None:
        assert ruled.interpretation is not None
        return ruling_of(questions, Reading(ruled.interpretation, loaded(ruled.marks)), ruled.rejection)
    assert form.first is not None
    return ruling_of(questions, form.first, None)


@dataclass(frozen=True, slots=True)
class Shift:
    """From `position` on, pass `behind` looks one form behind the other: a sheet was left out there."""

    position: int
    behind: int


def find_shift(questions: Sequence[Question], comparison: Comparison) -> Shift | None:
    """Where one clerk turned two sheets at once, if that explains the differences better than misreading."""
    first = {form.position: form.first for form in comparison.forms if form.first}
    second = {form.position: form.second for form in comparison.forms if form.second}
    start = next((form.position for form in comparison.forms if not form.agrees), None)
    if start is None:
        return None
    for behind, longer, shorter in ((2, first, second), (1, second, first)):
        if _follows(questions, longer, shorter, start):
            return Shift(start, behind)
    return None


def _follows(
    questions: Sequence[Question], longer: Mapping[int, Reading], shorter: Mapping[int, Reading], start: int
) -> bool:
    pairs = [(longer[place + 1], shorter[place]) for place in sorted(shorter) if place >= start and place + 1 in longer]
    matching = sum(agree(questions, ahead, behind) for ahead, behind in pairs)
    straight = [(longer[place], shorter[place]) for place in sorted(shorter) if place >= start and place in longer]
    plain = sum(agree(questions, one, other) for one, other in straight)
    return matching >= SHIFT_EVIDENCE and matching == len(pairs) and matching > plain
