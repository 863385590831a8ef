"""How fast simulated scans are read, from PDF to answers, and how many are read wrong or go to a person.

`python -m tests.bench.scanning [PAGES]` prints, for each machine with and without accidents on the sheets, the pages
read wrong (none may be), the share that goes to a person, and pages a second of one core: processor time of the
child from the PDF of JPEGs to the answers, its start included. Then how far empty and marked targets lie apart.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from participation.paper.scanning.reading import read_page
from participation.paper.scanning.scanner import Scanner, SheetForm
from participation.paper.scanning.sets import ScannedPage
from participation.paper.scanning.template import templates_of
from participation.paper.serials import with_check
from tests.paper import sample_sheet, scan_files
from tests.paper import simulated_sheets as simulated
from tests.paper.simulated_sheets import Image, Page, Random, Scan, Truth

PAGES = 100
LAYOUT = sample_sheet.layout()
MACHINES: dict[str, Callable[[Random], Scan]] = {
    "clean": simulated.clean_scan,
    "rough": simulated.rough_scan,
    "photograph": simulated.photograph,
}


@dataclass
class Tally:
    """What came out for one kind of page."""

    pages: int = 0
    wrong: int = 0
    asked: int = 0
    empty: list[float] = field(default_factory=list)
    marked: list[float] = field(default_factory=list)


def pages(count: int, machine: Callable[[Random], Scan], *, harmed: bool, seed: int) -> Iterator[tuple[Page, Image]]:
    """Pages of sheets with serials of their own, ten marked ones from each print."""
    for number in range(count):
        random = np.random.default_rng((seed, number))
        if number % 10 == 0:
            printed = sample_sheet.printed(with_check(1 + number)).pdf
            clean = simulated.page_of(printed, LAYOUT.pages[0])
        page = Page(clean.layout, clean.ink.copy(), dict(clean.truth))
        tool = simulated.pencil(random) if random.random() < 0.3 else simulated.pen(random)
        simulated.vote(page, random, count=int(random.integers(0, 9)), tool=tool)
        for _harm in range(int(random.integers(1, 4)) if harmed else 0):
            simulated.HARMS[int(random.integers(len(simulated.HARMS)))](page, random)
        yield page, simulated.scanned(page, machine(random), random)


def is_wrong(page: Page, read: ScannedPage) -> bool:
    """Whether a target of a page that was read is certain and not what a person sees there."""
    for (question, option), truth in page.truth.items():
        if question not in read.answers or option in read.unclear.get(question, ()):
            continue
        if truth is Truth.DOUBTFUL or (option in read.answers[question]) != (truth is Truth.MARKED):
            return True
    return False


def run(name: str, count: int, *, harmed: bool, seed: int) -> None:
    made = list(pages(count, MACHINES[name], harmed=harmed, seed=seed))
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, Scanner(_known) as scanner:
        path = Path(folder) / "pile.pdf"
        path.write_bytes(scan_files.pdf_of([image for _page, image in made]))
        for (page, _image), read in zip(made, scanner.read(path), strict=True):
            tally.pages += 1
            tally.wrong += is_wrong(page, read)
            tally.asked += not read.is_certain
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{name + (', accidents' if harmed else ''):<24} {tally.pages:5} pages  {tally.wrong:3} wrong  "
        f"{tally.asked / tally.pages:6.1%} to a person  {tally.pages / seconds:5.1f} pages/s of a core"
    )


def apart(count: int) -> None:
    """How much ink the emptiest marked and the fullest empty targets hold."""
    sides = templates_of(LAYOUT, sample_sheet.blank())
    tally = Tally()
    for page, image in pages(count, simulated.rough_scan, harmed=False, seed=9):
        for each in read_page(image, lambda code: sides.get(code.side)).measured:
            truth = page.truth[each.mark.question, each.mark.option]
            (tally.marked if truth is Truth.MARKED else tally.empty).append(each.grey)
    for name, values in (("empty", tally.empty), ("marked", tally.marked)):
        shares = (0, 1, 50, 99, 100)
        found = zip(shares, np.percentile(values, shares), strict=True)
        print(f"{name:<8} mm² not white: " + ", ".join(f"{share} % {value:.2f}" for share, value in found))


def _known(code: str, numbered: bool) -> SheetForm | None:
    del numbered
    return SheetForm(LAYOUT, sample_sheet.blank()) if code == LAYOUT.form else None


def main(count: int = PAGES) -> None:
    for seed, name in enumerate(MACHINES):
        for harmed in (False, True):
            run(name, count, harmed=harmed, seed=100 + 2 * seed + harmed)
    apart(count // 3)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PAGES)
