"""Reading the files of scans: what `participation worker` does with what was brought.

A file is read in the limited child, some pages at a time; each of them is in the database, with its picture on disk,
before the next ones are begun. Killed anywhere, it goes on with the page after the last that is kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from participation.jobs import Chunked, row_work
from participation.paper.models.scans import ScanFileState
from participation.paper.scanning.known import KnownForms
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.scanner import PictureLost, Scanner
from participation.paper.scanning.sets import ScannedPage
from participation.paper.scanning.targets import State
from participation.paper.scans import queries, service
from participation.paper.scans.queries import Work
from participation.paper.scans.sheets import Misplaced, kept_targets
from participation.paper.scans.store import Store
from participation.paper.scans.words import MOST_PAGES, TOO_MANY_FOR_BATCH
from participation.paper.sheets.geometry import Region
from participation.paper.sheets.print_job import Press
from participation.processes.queries import promised_processes

PAGES_AT_ONCE = 10
MOST_CROPS = 40
"""Of one page: with more doubtful marks than these, the whole page is looked at."""
_MARGIN, _BESIDE = 3.0, 8.0


def scan_work(press: Press) -> Chunked:
    """What the worker has to do with scans."""
    return row_work("scan", press.database, queries.waiting, partial(read_file, press), service.note_stopped)


def read_file(press: Press, file_id: uuid.UUID) -> bool:
    """Reads what is left of a file; False, for it is all of its work. May be called again for one that is read."""
    with press.database.reading() as session:
        work = queries.work_of(session, file_id)
        if work is None or work.file.state is not ScanFileState.WAITING or work.finished_at is not None:
            return False
        first = queries.last_page(session, file_id) + 1
        forms = KnownForms(session, press.settings, promised_processes(session))
    with Scanner(forms) as scanner, Scanner(forms) as cutter:
        problem = _Reading(press, work, forms, scanner, cutter).read(first)
    with press.database.writing() as session:
        if problem:
            service.refuse(session, file_id, problem)
        else:
            service.note_read(session, file_id)
    store = Store.of(press.settings, work.file.session_id)
    for number in range(1, MOST_PAGES + PAGES_AT_ONCE + 1) if problem else ():
        store.drop_page(page_id(file_id, number))
    store.drop_file(file_id)
    return False


def page_id(file_id: uuid.UUID, page: int) -> uuid.UUID:
    """Always the same for the same page, and as hard to guess as the file's."""
    return uuid.uuid5(file_id, str(page))


@dataclass
class _Reading:
    """One file while it is read: by one child, and its crops by another, for the first speaks ahead."""

    press: Press
    work: Work
    forms: KnownForms
    scanner: Scanner
    cutter: Scanner

    @property
    def store(self) -> Store:
        return Store.of(self.press.settings, self.work.file.session_id)

    def read(self, first: int) -> str:
        """Keeps every page from `first` on. The reason where nothing of the file may be kept, else nothing."""
        path = self.store.file(self.work.file.id)
        if not path.is_file():
            return FileProblem.MISSING.value
        found = self.scanner.read(path, pictures=True, first=first)
        while pages := list(islice(found, PAGES_AT_ONCE)):
            if pages[0].page == 0:
                return str(pages[0].problems[0])
            if pages[-1].page > MOST_PAGES:
                return TOO_MANY_FOR_BATCH
            self._keep(pages)
        return ""

    def _keep(self, pages: Sequence[ScannedPage]) -> None:
        with self.press.database.reading() as session:
            never = self.forms.never_printed(session, [page for page in pages if self._is_ours(page)])
        rows = [self._row(page, never) for page in pages]
        with self.press.database.writing() as session:
            service.note_pages(session, rows)

    def _row(self, page: ScannedPage, never_printed: set[str]) -> dict[str, object]:
        known, this = page_id(self.work.file.id, page.page), page
        if page.serial in never_printed:
            this = page.with_problem(Problem.SERIAL)
        pictured = self.store.keep_picture(known, page.picture)
        return {
            "id": known, "session_id": self.work.file.session_id, "file_id": self.work.file.id, "page": page.page,
            "serial": page.serial, "form": page.form, "side": page.side, "sides": page.sides,
            "targets": kept_targets(page.targets), "problems": [*this.problems, *self._misplaced(page)],
            "crops": self._crops(known, page) if pictured else [], "pictured": pictured, "out": None,
        }  # fmt: skip

    def _is_ours(self, page: ScannedPage) -> bool:
        return bool(page.form) and not list(self._misplaced(page))

    def _misplaced(self, page: ScannedPage) -> Iterator[str]:
        form = self.forms.named(page.form)
        if form is not None and form.matter.spec_row.id != self.work.spec_id:
            yield Misplaced.VOTE.value
        elif form is not None and form.style != self.work.style:
            yield Misplaced.STYLE.value

    def _crops(self, known: uuid.UUID, page: ScannedPage) -> list[tuple[str, str, str]]:
        """Cuts out the line of each doubtful mark, and says which it is."""
        doubtful = [each for each in page.targets if each.state is State.UNCLEAR]
        form = self.forms(page.form, bool(page.serial)) if doubtful and page.per_mm else None
        if form is None or len(doubtful) > MOST_CROPS:
            return []
        wide = form.layout.width - 2 * _BESIDE
        lines = [Region("", _BESIDE, each.mark.y - _MARGIN, wide, each.mark.h + 2 * _MARGIN) for each in doubtful]
        try:
            cut = self.cutter.crops(self.store.picture(known), lines, page.per_mm)
        except PictureLost:
            return []
        for number, png in enumerate(cut):
            self.store.keep_crop(known, number, png)
        return [(each.mark.question, each.mark.name, each.why.value if each.why else "") for each in doubtful]
