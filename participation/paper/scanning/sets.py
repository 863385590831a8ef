"""What only the whole pile shows: a sheet twice, one serial on two forms, a side that is not there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from participation.paper.scanning.boxes import numbers
from participation.paper.scanning.fields import Field
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.targets import State, Target, options


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """One page of a file. `page` counts from 1 in its file, `side` on its sheet (0 where nobody could tell).

    A page with problems goes to a person, whatever else was read.
    """

    file: str
    page: int
    serial: str = ""
    form: str = ""
    side: int = 0
    sides: int = 0
    """How many sides its form has."""
    targets: tuple[Target, ...] = ()
    """Everything that can be marked on its side, and what was found there; nothing where the page was not read."""
    problems: tuple[str, ...] = ()
    picture: bytes = b""
    """A JPEG of the page, upright, if pictures were asked for."""
    per_mm: float = 0.0
    """Pixels of the picture in a millimetre of the sheet, from its top left corner; 0 where it is not laid flat."""
    fields: tuple[Field, ...] = ()
    """The places for words of its side; nothing where the page was not read."""

    @property
    def answers(self) -> dict[str, list[str]]:
        """Question → names of the targets that are marked; a question that nobody answered is there too."""
        return options(self.targets, State.CLEAR, every=True)

    @property
    def unclear(self) -> dict[str, list[str]]:
        """Question → names of the targets that a person must look at."""
        return options(self.targets, State.UNCLEAR)

    @property
    def is_certain(self) -> bool:
        """Whether nobody need look at its marks. What stands in its fields is always for a person."""
        return not self.problems and all(each.state is not State.UNCLEAR for each in self.targets)

    def with_problem(self, problem: Problem) -> ScannedPage:
        return self if problem in self.problems else replace(self, problems=(*self.problems, problem.value))

    def as_json(self) -> dict[str, Any]:
        """The page as `participation scan --json` prints it."""
        return {
            "file": self.file, "page": self.page, "serial": self.serial, "form": self.form, "side": self.side,
            "answers": self.answers, "unclear": self.unclear, "problems": list(self.problems),
            "texts": {field.question: field.as_json() for field in self.fields},
        } | ({"numbers": found} if (found := numbers(self.targets)) else {})  # fmt: skip


def checked(pages: Sequence[ScannedPage], never_printed: Collection[str] = ()) -> list[ScannedPage]:
    """The same pages, with what is wrong between them. Order does not matter where sheets have serials."""
    found = [page.with_problem(Problem.SERIAL) if page.serial in never_printed else page for page in pages]
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
