"""From pages to the pile of a batch: which belong to one sheet, which of them nobody needs to look at. Pure."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from participation.counting.spec import Question
from participation.paper.marks import Reading
from participation.paper.models.batches import Interpretation
from participation.paper.scanning.ballots import ScannedBallot, reading_of
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.sets import ScannedPage, checked
from participation.paper.scanning.targets import State, Target, Why
from participation.paper.scans.queries import PageRow, SettledRow
from participation.paper.sheets.geometry import Mark


class Misplaced(StrEnum):
    """A sheet of ours that does not belong in this batch; beside the reader's own problems."""

    VOTE = "other-vote"
    STYLE = "other-district"
    UNCLEAR = "unclear"
    """A mark that a person must look at."""


def kept_targets(targets: Sequence[Target]) -> list[list[Any]]:
    """Targets as a page keeps them: what was read, without where it lies."""
    return [
        [
            each.mark.question, each.mark.option, each.mark.value, each.mark.slot, each.mark.digit,
            each.mark.several, each.state.value, each.why.value if each.why else "",
        ]
        for each in targets
    ]  # fmt: skip


def targets_of(kept: Sequence[Sequence[Any]]) -> tuple[Target, ...]:
    """The targets again; where they lie is not known any more."""
    found = []
    for question, option, value, slot, digit, several, state, why in kept:
        mark = Mark(question, option, 0, 0, 0, 0, value, slot, digit, several)
        found.append(Target(mark, State(state), Why(why) if why else None))
    return tuple(found)


class SheetState(StrEnum):
    READ = "read"
    """The machine is sure of it."""
    WAITS = "waits"
    """A person must look at it."""
    SETTLED = "settled"
    """A person read it on the picture."""


@dataclass(frozen=True)
class Sheet:
    """The pages of one sheet of paper, as far as they were scanned; its first page names it."""

    pages: tuple[PageRow, ...]
    ballot: ScannedBallot
    settled: SettledRow | None

    @property
    def id(self) -> uuid.UUID:
        return self.pages[0].id

    @property
    def serial(self) -> str:
        return (self.settled.reading.serial if self.settled else "") or self.ballot.serial

    @property
    def state(self) -> SheetState:
        if self.settled is not None:
            return SheetState.SETTLED
        return SheetState.READ if self.ballot.is_certain else SheetState.WAITS

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """What keeps the machine from being sure, each once."""
        found = [problem for page in self.ballot.pages for problem in page.problems]
        found += [Misplaced.UNCLEAR.value] if any(page.unclear for page in self.ballot.pages) else []
        return tuple(dict.fromkeys(found))

    @property
    def is_blank_page(self) -> bool:
        """Nothing but an empty side: the back of a sheet that is printed on one, most of the time."""
        return self.reasons == (Problem.BLANK.value,)

    def reading(self, questions: Sequence[Question]) -> Reading:
        """What is keyed for it. A sheet that waits has what is certain on it."""
        if self.settled is not None:
            return self.settled.reading
        if not self.ballot.pages[0].sides:
            return Reading(Interpretation.UNCLEAR, {})
        return reading_of(questions, self.ballot)


@dataclass(frozen=True)
class Pile:
    """The sheets of a scan in the order of their first pages, and the pages that were taken out."""

    sheets: tuple[Sheet, ...]
    out: tuple[PageRow, ...]

    @property
    def waiting(self) -> tuple[Sheet, ...]:
        return tuple(sheet for sheet in self.sheets if sheet.state is SheetState.WAITS)

    def count(self, state: SheetState) -> int:
        return sum(sheet.state is state for sheet in self.sheets)

    def sheet(self, page_id: uuid.UUID) -> Sheet | None:
        """The sheet that this page belongs to."""
        return next((sheet for sheet in self.sheets if page_id in {page.id for page in sheet.pages}), None)


def pile_of(pages: Sequence[PageRow], settled: Mapping[uuid.UUID, SettledRow]) -> Pile:
    """The pile as its pages and what people did with them leave it."""
    there = [page for page in pages if page.out is None]
    seen = dict(zip([page.id for page in there], checked([_scanned(page) for page in there]), strict=True))
    sheets = []
    for those in _grouped(there):
        held = settled.get(those[0].id)
        same = held is not None and held.pages == {str(page.id) for page in those}
        ballot = ScannedBallot(tuple(seen[page.id] for page in those))
        sheets.append(Sheet(tuple(those), ballot, held if same else None))
    return Pile(tuple(sheets), tuple(page for page in pages if page.out is not None))


def _scanned(page: PageRow) -> ScannedPage:
    return ScannedPage(
        str(page.file), page.page, page.serial, page.form, page.side, page.sides, targets_of(page.targets),
        tuple(page.problems),
    )  # fmt: skip


def _grouped(pages: Sequence[PageRow]) -> Iterator[list[PageRow]]:
    """The pages of each sheet in the order of its sides. A side that comes again begins the sheet once more."""
    groups: dict[tuple[object, ...], list[PageRow]] = {}
    times: Counter[tuple[object, ...]] = Counter()
    loose: list[PageRow] = []
    for page in pages:
        if not page.sides:
            groups[page.id,] = [page]
        elif page.serial:
            side = page.form, page.serial, page.side
            times[side] += 1
            groups.setdefault((page.form, page.serial, times[side]), []).append(page)
        else:
            if not _goes_on(loose, page):
                loose = groups[page.id,] = []
            loose.append(page)
    for those in groups.values():
        yield sorted(those, key=lambda page: page.side)


def _goes_on(sheet: Sequence[PageRow], page: PageRow) -> bool:
    """Whether a page without serial is one more side of the sheet before it."""
    if not sheet or len(sheet) == page.sides:
        return False
    return (sheet[0].form, sheet[0].file) == (page.form, page.file) and page.side not in {each.side for each in sheet}
