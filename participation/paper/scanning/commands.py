"""What `participation scan` does: reads files of scanned sheets and says what stands on each page.

It writes nothing: a scan becomes a keying elsewhere, if at all. It never says whether a ballot is valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from participation.db import Database
from participation.paper.scanning.known import KnownForms
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.scanner import Scanner
from participation.paper.scanning.sets import ScannedPage, checked
from participation.paper.sheets.print_commands import process_of
from participation.processes.queries import promised_processes
from participation.settings import Settings

ALL_READ, FOR_A_PERSON, BAD_INPUT = 0, 1, 2


def scan(settings: Settings, files: Sequence[Path], slug: str = "") -> list[ScannedPage]:
    """Every page of the files, with what is wrong with each and between them. Raises DomainError or PrintError."""
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            processes = [process_of(session, slug)] if slug else promised_processes(session)
            forms = KnownForms(session, settings, processes)
        with Scanner(forms) as scanner:
            pages = [page for path in files for page in scanner.read(path)]
        with database.reading() as session:
            return checked(pages, forms.never_printed(session, pages))
    finally:
        database.dispose()


def exit_code(pages: Sequence[ScannedPage]) -> int:
    """0 where everything was read, 1 where a person must look at something, 2 where a file could not be opened."""
    bad = set(FileProblem)
    if any(page.page == 0 and bad.intersection(page.problems) for page in pages):
        return BAD_INPUT
    return ALL_READ if all(page.is_certain for page in pages) else FOR_A_PERSON


def as_text(pages: Sequence[ScannedPage], *, as_json: bool) -> Iterator[str]:
    """The pages as one JSON array with a page on each line, or as lines to read and a sum."""
    if as_json:
        lines = ",\n".join(json.dumps(page.as_json(), ensure_ascii=False) for page in pages)
        yield f"[\n{lines}\n]" if lines else "[]"
        return
    for page in pages:
        yield _line(page)
    certain = sum(page.is_certain for page in pages)
    yield f"{len(pages)} pages: {certain} read, {len(pages) - certain} for a person."


def _line(page: ScannedPage) -> str:
    where = f"{page.file} {page.page}" if page.page else page.file
    said = [f"{question}: {' '.join(options) or '-'}" for question, options in page.answers.items()]
    said += [f"{question} unclear: {' '.join(options)}" for question, options in page.unclear.items()]
    said += [WORDS.get(problem, problem) for problem in page.problems]
    sheet = f"{page.form} {page.serial} side {page.side}" if page.form else ""
    return "  ".join(part for part in (where, sheet, " · ".join(said)) if part)


WORDS: dict[str, str] = {
    Problem.UNREADABLE: "The page could not be opened within the limits of memory and time. Scan it again.",
    Problem.BLANK: "The page is blank.",
    Problem.NO_CODE: "No QR of ours can be read on the page. Scan it again, flat and whole.",
    Problem.FOREIGN: "This is no form of these votes.",
    Problem.SEVERAL: "There are several sheets on one page. Scan them one by one.",
    Problem.CORNERS: "Fewer than three corner squares can be seen. Scan the whole sheet.",
    Problem.PRINT: "The print is not that of the form.",
    Problem.FOLDED: "The sheet is folded or shifted. Flatten it and scan it again.",
    Problem.FAINT: "The print is too faint. Scan it darker.",
    Problem.BLURRED: "The page is blurred. Scan it again.",
    Problem.CUT: "Some squares to mark are not on the picture. Scan the whole sheet.",
    Problem.WRITING: "Something is written away from the squares.",
    Problem.REPEATED: "The same sheet comes twice, or two forms have one serial. Look at the originals.",
    Problem.MISSING_SIDE: "Another side of this sheet is missing.",
    Problem.SERIAL: "This serial was never printed.",
    FileProblem.MISSING: "The file does not exist or cannot be read.",
    FileProblem.KIND: "This is no PDF, PNG, JPEG or TIFF.",
    FileProblem.CORRUPT: "The file is damaged: nothing of it was taken. Save or scan it again.",
    FileProblem.ENCRYPTED: "The file is protected by a password. Save it without.",
    FileProblem.TOO_LARGE: "The file is too large. Split it.",
    FileProblem.TOO_MANY: "The file has too many pages. Split it into files of at most 2,000.",
    FileProblem.TOO_MANY_PIXELS: "The picture is larger than any scan. Scan it at 200 or 300 dpi.",
    FileProblem.TOO_SMALL: "The picture is too small. Scan it at 200 or 300 dpi.",
}
"""What happened and what to do, for each problem."""
