"""Two keyings of a batch beside each other: which forms agree, which a third person must look at.

Forms with a serial are the same form where the serial is the same, in whatever order the pile lay; the others go by
their position. Pure: rows in, values out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol, TypeVar

from participation.counting.spec import Question
from participation.paper.marks import Flaw, FlawKind, Reading, Ruling, agree, flaws, loaded, ruling_of
from participation.paper.models.batches import Adjudication, Interpretation
from participation.paper.serials import printed_serial

SHIFT_EVIDENCE = 3
"""Forms in a row that agree once one pass is moved by one, before the screen says so."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a batch: both readings, and what the third person made of it."""

    position: int
    """Where the first keying has it. A form that only the second has keeps its place there if it is free."""
    first: Reading | None
    second: Reading | None
    agrees: bool
    flaws: tuple[Flaw, ...]
    """Why it needs a person even where both agree."""
    adjudication: Adjudication | None

    @property
    def serial(self) -> str:
        """As printed, 482913-7; empty where neither keying has one."""
        found = next((each.serial for each in (self.first, self.second) if each and each.serial), "")
        return printed_serial(found) if found else ""

    @property
    def serial_flaws(self) -> tuple[Flaw, ...]:
        """What is wrong with its serial, whatever was read on the form."""
        return tuple(flaw for flaw in self.flaws if flaw.kind in (FlawKind.SERIAL_TWICE, FlawKind.SERIAL_FOREIGN))

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
    by_sample: bool = False
    """Whether the first pass is a scan of which a person has keyed a sample, without any difference."""

    @property
    def waiting(self) -> tuple[Form, ...]:
        return tuple(form for form in self.forms if form.waits)

    @property
    def found(self) -> int:
        """How many forms there are, as settled."""
        return sum(form.is_there for form in self.forms)

    @property
    def counts_agree(self) -> bool:
        """Header = first keying = second keying = forms to cast; of a sample, whatever its size."""
        keyed = self.first_count if self.by_sample else self.second_count
        return self.header == self.first_count == keyed == self.found

    @property
    def difference(self) -> int:
        """Header minus forms found; zero may still hide a form that one pass left out."""
        return self.header - self.found


@dataclass(frozen=True, slots=True)
class SerialFacts:
    """What the rest of the vote says of the serials of one batch."""

    elsewhere: Mapping[str, int] = field(default_factory=dict)
    """Serial → number of another batch of the vote in which it was keyed as well."""
    foreign: frozenset[str] = frozenset()
    """Serials that were not printed for this vote and district. Empty where nobody keeps what was printed."""


def compare(
    questions: Sequence[Question],
    header: int,
    passes: Mapping[int, Mapping[int, Reading]],
    adjudications: Mapping[int, Adjudication],
    serials: SerialFacts | None = None,
    sample: Collection[int] | None = None,
) -> Comparison:
    """The batch as its two passes and the third person's rulings leave it.

    `sample`: the positions of the first pass, a scan, that somebody keys too; its other forms stand as they were read.
    """
    facts = serials or SerialFacts()
    first, second = passes.get(1, {}), passes.get(2, {})
    pairs = paired(first, second)
    repeated = _repeated(pairs.values(), facts.elsewhere)
    forms = tuple(
        _form(
            questions, place, *pairs.get(place, (None, None)), adjudications.get(place), repeated, facts.foreign,
            alone=sample is not None and place not in sample,
        )
        for place in sorted({*pairs, *adjudications})
    )  # fmt: skip
    there = {form.position for form in forms if form.is_there}
    missing = tuple(place for place in range(1, header + 1) if place not in there)
    return Comparison(header, forms, len(first), len(second), missing, sample is not None)


class Sheet(Protocol):
    """Anything that was read off a form, with its serial or an empty text."""

    @property
    def serial(self) -> str: ...


S = TypeVar("S", bound=Sheet)
Both = tuple[S | None, S | None]
Pair = tuple[Reading | None, Reading | None]


def paired(first: Mapping[int, S], second: Mapping[int, S]) -> dict[int, Both[S]]:
    """Position → what both passes have of the form: by its serial, else at the same position."""
    twin = dict(_same_serial(first, second))
    matched = set(twin.values())
    for place in sorted(set(first) - set(twin)):
        other = second.get(place)
        if other is not None and place not in matched and not (first[place].serial and other.serial):
            twin[place] = place
            matched.add(place)
    pairs: dict[int, Both[S]] = {place: (first[place], second.get(twin.get(place, 0))) for place in first}
    free = count(max([*first, *second], default=0) + 1)
    for place in sorted(set(second) - matched):
        pairs[place if place not in pairs else next(free)] = (None, second[place])
    return pairs


def _same_serial(first: Mapping[int, Sheet], second: Mapping[int, Sheet]) -> Iterator[tuple[int, int]]:
    """Positions in both passes at which the same serial was keyed; copies of one serial in their order."""
    for serial in {reading.serial for reading in first.values()} - {""}:
        here, there = ([place for place in sorted(keyed) if keyed[place].serial == serial] for keyed in (first, second))
        yield from zip(here, there, strict=False)


def _repeated(pairs: Iterable[Pair], seen_elsewhere: Mapping[str, int]) -> dict[str, int]:
    """Serial → the other batch that has it, 0 where it stands twice in this one."""
    here = Counter(serial for pair in pairs for serial in {each.serial for each in pair if each} - {""})
    return {serial: seen_elsewhere.get(serial, 0) for serial, forms in here.items() if forms > 1} | {
        serial: number for serial, number in seen_elsewhere.items() if serial in here
    }


def _form(
    questions: Sequence[Question],
    position: int,
    first: Reading | None,
    second: Reading | None,
    adjudication: Adjudication | None,
    repeated: Mapping[str, int],
    foreign: frozenset[str],
    *,
    alone: bool,
) -> Form:
    same = agree(questions, first, second) if first and second else alone and first is not None
    found = flaws(questions, first) if same and first is not None else ()
    serials = sorted({each.serial for each in (first, second) if each and each.serial})
    wrong = [
        Flaw(FlawKind.SERIAL_TWICE, number=printed_serial(each), found=repeated[each])
        for each in serials if each in repeated
    ] + [Flaw(FlawKind.SERIAL_FOREIGN, number=printed_serial(each)) for each in serials if each in foreign]  # fmt: skip
    return Form(position, first, second, same, (*wrong, *found), adjudication)


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
    """Where one clerk turned two sheets at once, if that explains the differences better than misreading.

    Never among forms with a serial: those are matched wherever they lie.
    """
    if any(form.serial for form in comparison.forms):
        return None
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
