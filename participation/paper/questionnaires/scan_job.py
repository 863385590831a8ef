"""Reading scanned questionnaires: what `participation worker` does with a file that was brought to the desk.

The file is opened in the limited child alone, some pages at a time; their pictures lie on disk before the database
says so. Killed anywhere, it goes on with the page after the last that is kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

from sqlalchemy import insert, update
from sqlmodel import Session, col

from participation.jobs import Chunked, row_work
from participation.paper.models.questionnaires import QuestionnairePage, QuestionnaireScan
from participation.paper.models.scans import ScanFileState
from participation.paper.questionnaires import piles, queries
from participation.paper.questionnaires.words import OTHER_FORM, PICTURE_LIFE, TOO_MANY_PAGES
from participation.paper.scanning.known import KnownForms
from participation.paper.scanning.problems import FileProblem
from participation.paper.scanning.scanner import Scanner
from participation.paper.scanning.sets import ScannedPage
from participation.paper.scans.retention import FORGOTTEN
from participation.paper.scans.scan_job import PAGES_AT_ONCE, page_id
from participation.paper.scans.store import Store
from participation.paper.scans.words import MOST_PAGES
from participation.paper.sheets.print_job import Press
from participation.processes.queries import SpecRow, promised_processes, spec_by_id


def scan_work(press: Press) -> Chunked:
    """What the worker has to do with scanned questionnaires."""
    return row_work(
        "questionnaire-scan", press.database, queries.scans_to_read, partial(read_file, press), piles.note_stopped
    )


def read_file(press: Press, scan_id: uuid.UUID) -> bool:
    """Reads what is left of a file; False, for it is all of its work. May be called again for one that is read."""
    with press.database.reading() as session:
        scan = session.get(QuestionnaireScan, scan_id)
        if scan is None or scan.state is not ScanFileState.WAITING:
            return False
        first, spec_row = queries.last_page(session, scan_id) + 1, _spec_row(session, scan)
        forms = KnownForms(session, press.settings, promised_processes(session))
    reading = _Reading(press, scan_id, spec_row, forms)
    problem = reading.read(first)
    with press.database.writing() as session:
        held = queries.scan_held(session, scan_id)
        if problem:
            piles.refuse(session, held, problem)
        else:
            piles.make_sheets(session, spec_row, held, reading.language_of)
    reading.store.drop_file(scan_id)
    return False


def _spec_row(session: Session, scan: QuestionnaireScan) -> SpecRow:
    found = spec_by_id(session, scan.spec_id)
    assert found is not None, "a foreign key"
    return found


@dataclass
class _Reading:
    """One file while it is read."""

    press: Press
    scan_id: uuid.UUID
    spec_row: SpecRow
    forms: KnownForms

    def __post_init__(self) -> None:
        self.store = Store.of(self.press.settings, self.scan_id)

    def language_of(self, form: str) -> str:
        """The language of a form of this questionnaire; nothing for any other."""
        known = self.forms.named(form)
        return known.edition.language if known and known.matter.spec_row.id == self.spec_row.id else ""

    def read(self, first: int) -> str:
        """Keeps every page from `first` on. The reason where nothing of the file may be kept, else nothing."""
        path = self.store.file(self.scan_id)
        if not path.is_file():
            return FileProblem.MISSING.value
        with Scanner(self.forms) as scanner:
            found = scanner.read(path, pictures=True, fields=True, first=first)
            while pages := list(islice(found, PAGES_AT_ONCE)):
                if pages[0].page == 0:
                    return str(pages[0].problems[0])
                if pages[-1].page > MOST_PAGES:
                    return TOO_MANY_PAGES
                self._keep(pages)
        return ""

    def _keep(self, pages: Sequence[ScannedPage]) -> None:
        rows = [self._row(page) for page in pages]
        with self.press.database.writing() as session:
            session.execute(insert(QuestionnairePage), rows)

    def _row(self, page: ScannedPage) -> dict[str, object]:
        known, strange = page_id(self.scan_id, page.page), page.form and not self.language_of(page.form)
        pictured = self.store.keep_picture(known, page.picture)
        for number, field in enumerate(page.fields):
            self.store.keep_crop(known, number, field.crop)
        return {
            "id": known, "scan_id": self.scan_id, "page": page.page, "form": page.form, "side": page.side,
            "sides": page.sides, "answers": page.answers, "unclear": sorted(page.unclear),
            "cuts": [[field.question, field.ink] for field in page.fields],
            "problems": [*page.problems, *([OTHER_FORM] if strange else [])], "pictured": pictured, "sheet_id": None,
        }  # fmt: skip


def destroy_due(press: Press) -> None:
    """Forgets pictures of sheets that nobody read in time, and removes from disk whatever no page needs any more."""
    at = press.clock()
    with press.database.writing() as session:
        _forget(session, at - PICTURE_LIFE)
    with press.database.reading() as session:
        kept = queries.pages_kept(session)
    for scan_id, pages in kept.items():
        _sweep(Store.of(press.settings, scan_id), pages, (at - FORGOTTEN).timestamp())


def _forget(session: Session, before: datetime) -> None:
    old = queries.scans_before(before)
    pictured = col(QuestionnairePage.scan_id).in_(old) & col(QuestionnairePage.pictured)
    session.execute(update(QuestionnairePage).where(pictured).values(pictured=False, cuts=[]))
    waiting = col(QuestionnaireScan.state).in_((ScanFileState.WAITING, ScanFileState.STOPPED))
    unread = col(QuestionnaireScan.id).in_(old) & waiting
    values = {"state": ScanFileState.REFUSED, "digest": "", "problem": FileProblem.MISSING.value}
    session.execute(update(QuestionnaireScan).where(unread).values(**values))


def _sweep(store: Store, pages: set[str], before: float) -> None:
    """Removes the pictures of all other pages, once they are a day old: until then a page may still be on its way."""
    for path in store.folder.glob("*"):
        if path.name.partition(".")[0] not in pages and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
