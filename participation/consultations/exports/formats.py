"""Tables as files, row by row: how long a table is never decides how much memory it takes.

Every file says how many rows it has and their SHA-256: that of the rows as the CSV file writes them, without its first
three bytes and without what follows the last row. So the same table has the same digest in each format.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import xlsxwriter

from participation import i18n
from participation.consultations.exports.tables import Row, Source, Table
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.spreadsheets import cell

BOM = b"\xef\xbb\xbf"
"""Without it a spreadsheet takes UTF-8 for something else."""
SEPARATORS = {"fr": ";", "en": ","}
"""Between cells, as a spreadsheet of that language expects."""
MOST_LETTERS = 32_000
"""Of one cell of XLSX, which takes 32 767; what is longer goes on in the CSV file, and says so."""
CUT = _("… [cut here: the rest is in the CSV file]")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    DOCX = "docx"
    ODT = "odt"
    PDF = "pdf"
    ZIP = "zip"


MIME = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.ODT: "application/vnd.oasis.opendocument.text",
    Format.PDF: "application/pdf",
    Format.ZIP: "application/zip",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a file holds: rows without the headings, and the digest of headings and rows."""

    rows: int
    digest: str


class Digesting:
    """The text of a CSV file on its way: digested, and written where there is a file for it."""

    def __init__(self, out: Any | None) -> None:
        self.out = out
        self.hashed = hashlib.sha256()

    def write(self, text: str) -> None:
        data = text.encode()
        self.hashed.update(data)
        if self.out is not None:
            self.out.write(data)


@dataclass
class Passing:
    """Rows that go by: counted and digested as the CSV file would hold them."""

    table: Table
    source: Source
    out: Any | None = None
    rows: int = 0

    def __post_init__(self) -> None:
        self._sink = Digesting(self.out)
        self._csv = csv.writer(self._sink, delimiter=SEPARATORS[self.source.locale], lineterminator="\r\n")

    def __iter__(self) -> Iterator[Row]:
        self._csv.writerow([cell(text) for text in self.table.headings(self.source.locale)])
        for row in self.table.rows(self.source):
            self._csv.writerow([cell(value) if isinstance(value, str) else value for value in row])
            self.rows += 1
            yield row

    @property
    def written(self) -> Written:
        return Written(self.rows, self._sink.hashed.hexdigest())


def about(table: Table, source: Source, written: Written) -> list[tuple[str, str]]:
    """What every file says of itself."""
    process = source.process
    moment = i18n.date_and_time(source.at, source.locale, process.zone)
    pairs: list[tuple[Message, str]] = [
        (_("Consultation"), i18n.words_of(process.process.title, source.locale)),
        (_("Table"), translate(table.title, source.locale)),
        (_("Made on"), moment),
        (_("Rows"), str(written.rows)),
        (_("SHA-256 of the rows"), written.digest),
    ]
    said = [(translate(label, source.locale), text) for label, text in pairs]
    return [("DONNÉES FICTIVES", "FICTIONAL DATA"), *said] if source.demo else said


def dictionary(table: Table, source: Source) -> list[tuple[str, str]]:
    """Each column with its meaning, under a heading of their own."""
    head = (_("Column"), _("Meaning"))
    pairs = [head, *((column.heading, column.meaning) for column in table.columns)]
    return [(translate(name, source.locale), translate(meaning, source.locale)) for name, meaning in pairs]


def write_csv(path: Path, table: Table, source: Source) -> Written:
    """Headings and rows; after an empty line, what the file says of itself, and its dictionary."""
    with path.open("wb") as out:
        out.write(BOM)
        passing = Passing(table, source, out)
        for _row in passing:
            pass
        written = passing.written
        tail = csv.writer(Digesting(out), delimiter=SEPARATORS[source.locale], lineterminator="\r\n")
        tail.writerow([])
        tail.writerows([[label, cell(text)] for label, text in about(table, source, written)])
        tail.writerow([])
        tail.writerows([[cell(text) for text in pair] for pair in dictionary(table, source)])
    return written


def write_xlsx(path: Path, table: Table, source: Source) -> Written:
    """Three sheets: the rows, the dictionary, and what the file says of itself. Every row goes to disk at once."""
    options = {"constant_memory": True, "tmpdir": str(path.parent), "in_memory": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(_sheet(translate(_("Data"), source.locale)))
        sheet.freeze_panes(1, 0)
        _line(sheet, 0, table.headings(source.locale), "", bold)
        passing, cut = Passing(table, source), translate(CUT, source.locale)
        for place, row in enumerate(passing, 1):
            _line(sheet, place, row, cut)
        _dictionary(book, table, source, bold)
        last = book.add_worksheet(_sheet(translate(_("About this file"), source.locale)))
        for place, pair in enumerate(about(table, source, passing.written)):
            _line(last, place, pair, cut)
    return passing.written


def _line(sheet: Any, place: int, row: Any, cut: str, style: Any = None) -> None:
    for column, value in enumerate(row):
        if isinstance(value, int):
            sheet.write_number(place, column, value, style)
        elif value:
            text = value if len(value) <= MOST_LETTERS else value[:MOST_LETTERS] + cut
            sheet.write_string(place, column, text, style)


def _dictionary(book: Any, table: Table, source: Source, bold: Any) -> None:
    sheet = book.add_worksheet(_sheet(translate(_("Data dictionary"), source.locale)))
    for place, pair in enumerate(dictionary(table, source)):
        _line(sheet, place, pair, "", None if place else bold)


def _sheet(title: str) -> str:
    """A name that a sheet may have: 31 characters, none of []:*?/\\."""
    return title.translate(str.maketrans("", "", "[]:*?/\\"))[:31]
