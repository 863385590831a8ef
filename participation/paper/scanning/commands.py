"""What `participation scan` does: reads files of scanned sheets and says what stands on each page.

It writes nothing but the pictures of what stands in words, where somebody asks for them: a scan becomes a keying
elsewhere, if at all. It never says whether a ballot is valid.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from participation.db import Database
from participation.errors import Invalid
from participation.files import write_whole
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.paper.named import process_of
from participation.paper.scanning.fields import Field
from participation.paper.scanning.known import KnownForms
from participation.paper.scanning.problems import FileProblem
from participation.paper.scanning.scanner import Scanner
from participation.paper.scanning.sets import ScannedPage, checked
from participation.paper.scanning.words import WORDS
from participation.processes.queries import promised_processes
from participation.settings import Settings

ALL_READ, FOR_A_PERSON, BAD_INPUT = 0, 1, 2


_PNG = b"\x89PNG\r\n\x1a\n"


def scan(settings: Settings, files: Sequence[Path], slug: str = "", crops: Path | None = None) -> list[ScannedPage]:
    """Every page of the files, with what is wrong with each and between them; in the folder `crops`, a PNG of each
    place in which there is something in words. Raises DomainError, PrintError or OSError."""
    if crops is not None:
        _refuse_namesakes(files)
        crops.mkdir(mode=0o700, exist_ok=True)
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            processes = [process_of(session, slug)] if slug else promised_processes(session)
            forms = KnownForms(session, settings, processes)
        with Scanner(forms) as scanner:
            found = (page for path in files for page in scanner.read(path, fields=crops is not None))
            pages = [page if crops is None else _kept(page, crops) for page in found]
        with database.reading() as session:
            return checked(pages, forms.never_printed(session, pages))
    finally:
        database.dispose()


def _refuse_namesakes(files: Sequence[Path]) -> None:
    """The pictures of two files of one name would lie in each other's place."""
    name, times = Counter(path.name for path in files).most_common(1)[0]
    if times > 1:
        raise Invalid(_("Several files are called %(name)s: give each a name of its own. Nothing was read.", name=name))


def _kept(page: ScannedPage, folder: Path) -> ScannedPage:
    """The page without its pictures, those with ink being in the folder: file-page-question.png."""
    return replace(page, fields=tuple(_kept_field(page, field, folder) for field in page.fields))


def _kept_field(page: ScannedPage, field: Field, folder: Path) -> Field:
    if not field.ink or not field.crop.startswith(_PNG):
        return replace(field, crop=b"")
    name = f"{page.file}-{page.page}-{re.sub(r'[^A-Za-z0-9_-]', '_', field.question)}.png"
    write_whole(folder / name, field.crop)
    return replace(field, crop=b"", file=name)


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
    yield _sum(pages)


def _sum(pages: Sequence[ScannedPage]) -> str:
    count, certain = sum(page.page > 0 for page in pages), sum(page.is_certain for page in pages)
    said = f"{_counted(count, 'page')}: {certain} read, {count - certain} for a person."
    closed = len(pages) - count
    return f"{said} {_counted(closed, 'file')} could not be read." if closed else said


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _line(page: ScannedPage) -> str:
    where = f"{page.file} {page.page}" if page.page else page.file
    said = [f"{question}: {' '.join(options) or '-'}" for question, options in page.answers.items()]
    said += [f"{question} unclear: {' '.join(options)}" for question, options in page.unclear.items()]
    said += [f"{field.question}: in words {field.file}".rstrip() for field in page.fields if field.ink]
    said += [translate(WORDS[problem], "en") for problem in page.problems]
    sheet = f"{page.form} {page.serial} side {page.side}" if page.form else ""
    return "  ".join(part for part in (where, sheet, " · ".join(said)) if part)
