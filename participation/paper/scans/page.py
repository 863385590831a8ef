"""What the pages of a scan show: files and sheets with their states, and one sheet with its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from participation.counting.spec import Question
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.keying.scan_sample import SAMPLE_LEAST, SAMPLE_ONE_IN
from participation.paper.marks import Reading, line_of
from participation.paper.models.batches import Interpretation
from participation.paper.models.scans import ScanFileState
from participation.paper.queries import BatchRow, PassRow
from participation.paper.scanning.words import WHY
from participation.paper.scans import queries
from participation.paper.scans.service import read_pile
from participation.paper.scans.sheets import Pile, Sheet, SheetState
from participation.paper.scans.words import FILE_STATES, MOST_FILES, MOST_MEGABYTES, OUT, PROBLEMS, SHEET_STATES
from participation.paper.serials import printed_serial
from participation.processes.queries import SpecRow

UNKNOWN = _("Something else is wrong with it.")


@dataclass(frozen=True, slots=True)
class Crop:
    """A line of a sheet that was cut out for a person, and what it is about."""

    page: str
    number: int
    question: str
    name: str
    title: tuple[tuple[str, str], ...]
    why: Message


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A scanned batch in the list of them."""

    number: int
    files: int
    pages: int
    finished: bool
    destroyed: bool


def scans_of(session: Session, spec_row: SpecRow) -> list[ScanLine]:
    """Every scan of a vote, newest batch first."""
    return [
        ScanLine(number, files, pages, finished_at is not None, bool(pages) and not pictures)
        for number, finished_at, files, pages, pictures in queries.scans_of(session, spec_row.id)
    ]


def said(problems: Sequence[str]) -> list[Message]:
    """What is wrong with a file or a sheet, in words."""
    return [PROBLEMS.get(each, UNKNOWN) for each in problems]


def overview(session: Session, batch: BatchRow, scan: PassRow | None) -> dict[str, Any]:
    """The scan of a batch without anything that was read on its sheets."""
    shown: dict[str, Any] = {
        "batch": batch, "scan": scan, "files": [], "pile": None, "sheets": [], "blanks": 0, "busy": False,
        "file_states": FILE_STATES, "sheet_states": SHEET_STATES, "out_words": OUT,
        "most_files": MOST_FILES, "most_megabytes": MOST_MEGABYTES, "limit": batch.header_count,
        "sample_least": SAMPLE_LEAST, "sample_one_in": SAMPLE_ONE_IN,
    }  # fmt: skip
    if scan is None:
        return shown
    pages, files = queries.pages_read(session, scan.id), queries.files_of(session, scan.id)
    pile = read_pile(session, scan)
    return shown | {
        "files": [(each, pages.get(each.number, 0), said([each.problem] if each.problem else [])) for each in files],
        "busy": any(each.state is ScanFileState.WAITING for each in files),
        "is_open": any(each.is_open for each in files),
        "pile": pile,
        "sheets": [_row(place, sheet) for place, sheet in enumerate(pile.sheets, start=1)],
        "blanks": sum(sheet.is_blank_page for sheet in pile.waiting),
        "counts": {state.value: pile.count(state) for state in SheetState},
    }


def _row(place: int, sheet: Sheet) -> dict[str, Any]:
    return {
        "place": place,
        "id": sheet.id,
        "serial": printed_serial(sheet.serial) if sheet.serial else "",
        "where": [(page.file, page.page) for page in sheet.pages],
        "state": sheet.state,
        "reasons": said(sheet.reasons),
    }


def sheet_page(
    batch: BatchRow, pile: Pile, sheet: Sheet, questions: Sequence[Question], lines: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """One sheet with its pictures, and what was read on it as the form that would key it."""
    reading = sheet.reading(questions)
    return {
        "batch": batch,
        "sheet": sheet,
        "place": pile.sheets.index(sheet) + 1,
        "total": len(pile.sheets),
        "waiting": len(pile.waiting),
        "reasons": said(sheet.reasons),
        "crops": [crop for page in sheet.pages for crop in crops_of(page, questions)],
        "questions": questions,
        "lines": lines if lines is not None else _lines(questions, reading),
        "serial": printed_serial(sheet.serial) if sheet.serial else "",
        "held": reading.interpretation if sheet.settled else None,
        "certain": reading.interpretation is not Interpretation.UNCLEAR,
        "out_words": OUT,
    }


def _lines(questions: Sequence[Question], reading: Reading) -> dict[str, str]:
    return {each.id: line_of(each.kind, reading.marks.get(each.id, ())) for each in questions}


def crops_of(page: queries.PageRow, questions: Sequence[Question]) -> list[Crop]:
    """The lines of a page that were cut out for a person."""
    titles = {(question.id, option.id): option.title for question in questions for option in question.options}
    found = []
    for number, (question, name, why) in enumerate(page.crops):
        title = titles.get((question, str(name).partition(":")[0]), ())
        found.append(Crop(str(page.id), number, question, name, title, WHY.get(why, PROBLEMS["unclear"])))
    return found
