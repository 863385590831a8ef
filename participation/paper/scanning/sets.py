"""What only the whole pile shows: a sheet twice, one serial on two forms, a side that is not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from participation.paper.scanning.problems import Problem


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """One page of a file. `page` counts from 1 in its file, `side` on its sheet (0 where nobody could tell).

    `answers` and `unclear`: question → options. A page with problems goes to a person, whatever else was read.
    """

    file: str
    page: int
    serial: str = ""
    form: str = ""
    side: int = 0
    sides: int = 0
    """How many sides its form has."""
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unclear: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether it needs nobody."""
        return not self.problems and not self.unclear

    def with_problem(self, problem: Problem) -> ScannedPage:
        return self if problem in self.problems else replace(self, problems=(*self.problems, problem.value))

    def as_json(self) -> dict[str, Any]:
        """The page as `participation scan --json` prints it."""
        return {
            "file": self.file, "page": self.page, "serial": self.serial, "form": self.form, "side": self.side,
            "answers": {question: list(options) for question, options in self.answers.items()},
            "unclear": {question: list(options) for question, options in self.unclear.items()},
            "problems": list(self.problems),
        }  # fmt: skip


def checked(pages: Sequence[ScannedPage]) -> list[ScannedPage]:
    """The same pages, with what is wrong between them. Order does not matter where sheets have serials."""
    found = list(pages)
    for problem, places in ((Problem.REPEATED, _repeated(found)), (Problem.MISSING_SIDE, _incomplete(found))):
        for place in places:
            found[place] = found[place].with_problem(problem)
    return found


def _repeated(pages: Sequence[ScannedPage]) -> Iterator[int]:
    numbered = [page for page in pages if page.serial]
    times = Counter((page.serial, page.side) for page in numbered)
    forms = defaultdict(set)
    for page in numbered:
        forms[page.serial].add(page.form)
    for place, page in enumerate(pages):
        if page.serial and (times[page.serial, page.side] > 1 or len(forms[page.serial]) > 1):
            yield place


def _incomplete(pages: Sequence[ScannedPage]) -> Iterator[int]:
    seen = defaultdict(set)
    for page in pages:
        if page.serial:
            seen[page.form, page.serial].add(page.side)
    for place, page in enumerate(pages):
        if page.serial and page.sides and len(seen[page.form, page.serial]) < page.sides:
            yield place
    yield from _incomplete_unnumbered(pages)


def _incomplete_unnumbered(pages: Sequence[ScannedPage]) -> Iterator[int]:
    """Sheets without serials are told by their order: the sides of one follow one another."""
    sheet: list[int] = []
    for place, page in enumerate(pages):
        if page.serial or page.sides < 2:
            continue
        if sheet and not _continues(pages, sheet, page):
            yield from sheet
            sheet = []
        sheet.append(place)
        if len(sheet) == page.sides:
            sheet = []
    yield from sheet


def _continues(pages: Sequence[ScannedPage], sheet: Sequence[int], page: ScannedPage) -> bool:
    before = [pages[place] for place in sheet]
    same = all((each.form, each.file) == (page.form, page.file) for each in before)
    return same and page.side not in {each.side for each in before}
