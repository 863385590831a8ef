"""Where two rounds of a batch were read otherwise: ballot by ballot, by serial where there is one."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from sqlmodel import Session

from participation.counting.spec import RulingKind
from participation.paper import queries
from participation.paper.keying.adjudication import questions_of
from participation.paper.keying.comparison import compare, paired, ruling_for
from participation.paper.marks import Ruling
from participation.paper.queries import BatchRow, Rounds
from participation.processes.queries import SpecRow

BATCHES_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Ruled:
    """A form as it was cast."""

    serial: str
    """As printed; empty where it has none."""
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Difference:
    """One ballot that two rounds read otherwise; None where one of them found no such form."""

    position: int
    """Where the earlier round had it; 0 where its place says nothing, because the pile lay in another order."""
    serial: str
    before: Ruling | None
    after: Ruling | None


def differences(before: Mapping[int, Ruled], after: Mapping[int, Ruled]) -> list[Difference]:
    """What the later round reads otherwise. Position → form, of each.

    Forms with a serial are the same form wherever they lie. The others go by their place, unless fewer differ when
    the order is left aside: then the pile was turned over, and only what one round has and the other has not is told.
    """
    found = [_difference(place, *pair) for place, pair in sorted(paired(before, after).items())]
    differing = [each for each in found if said(each.before) != said(each.after)]
    by_place = [each for each in differing if not each.serial]
    surplus = _surplus(found)
    if len(surplus) < len(by_place):
        return [each for each in differing if each.serial] + surplus
    return differing


def _difference(place: int, before: Ruled | None, after: Ruled | None) -> Difference:
    serial = next((each.serial for each in (before, after) if each and each.serial), "")
    return Difference(place, serial, before.ruling if before else None, after.ruling if after else None)


def said(ruling: Ruling | None) -> tuple[str, ...]:
    """What a form counts for: of a rejected one its reason, whatever marks were read on it; nothing for no form."""
    if ruling is None:
        return ()
    choices = repr(ruling.choices) if ruling.kind is RulingKind.VALID else ""
    return ruling.kind.value, ruling.rejection or "", choices


def _surplus(found: Iterable[Difference]) -> list[Difference]:
    """Of forms without serials: what only one of the rounds has, in no order."""
    without = [each for each in found if not each.serial]
    lost = _more([each.before for each in without], [each.after for each in without])
    gained = _more([each.after for each in without], [each.before for each in without])
    return [Difference(0, "", before, after) for before, after in zip_longest(lost, gained)]


def _more(these: list[Ruling | None], those: list[Ruling | None]) -> list[Ruling]:
    """Of `these`, what `those` do not have as often; sorted by what it counts for."""
    left = Counter(said(each) for each in those)
    more = []
    for ruling in sorted((each for each in these if each is not None), key=said):
        if left[said(ruling)] > 0:
            left[said(ruling)] -= 1
        else:
            more.append(ruling)
    return more


@dataclass(frozen=True, slots=True)
class Recounted:
    """A batch in two rounds."""

    batch: BatchRow
    before: int
    after: int


def between(session: Session, spec_row: SpecRow, pairs: Iterable[Recounted]) -> dict[uuid.UUID, list[Difference]]:
    """Batch id → what the later round reads otherwise; a few batches in memory at a time, each named once."""
    wanted = list(pairs)
    found: dict[uuid.UUID, list[Difference]] = {}
    for start in range(0, len(wanted), BATCHES_AT_ONCE):
        some = wanted[start : start + BATCHES_AT_ONCE]
        before = _ruled(session, spec_row, some, {each.batch.id: each.before for each in some})
        after = _ruled(session, spec_row, some, {each.batch.id: each.after for each in some})
        found |= {each.batch.id: differences(before[each.batch.id], after[each.batch.id]) for each in some}
    return found


def _ruled(
    session: Session, spec_row: SpecRow, some: Iterable[Recounted], rounds: Rounds
) -> dict[uuid.UUID, dict[int, Ruled]]:
    """Each batch as that round cast it: its serials were looked at then, so nothing waits."""
    readings = queries.readings_of(session, rounds, rounds)
    ruled = queries.adjudications_of(session, rounds, rounds)
    passes = queries.passes_of(session, rounds, rounds)
    found = {}
    for batch in (each.batch for each in some):
        questions = questions_of(spec_row, batch)
        comparison = compare(
            questions, batch.header_count, readings.get(batch.id, {}), ruled.get(batch.id, {}),
            sample=queries.sample_of(passes.get(batch.id, [])),
        )  # fmt: skip
        found[batch.id] = {
            form.position: Ruled(form.serial, ruling_for(questions, form)) for form in comparison.forms if form.is_there
        }
    return found
