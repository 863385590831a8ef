"""Tables as files, row by row: how long a table is never decides how much memory it takes.

Every file says how many rows it has and their SHA-256: that of the rows as the CSV file writes them, without its first
three bytes and without what follows the last row. So the same table has the same digest in each format.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import xlsxwriter

from participation import i18n
from participation.consultations.exports.tables import Cell, Row, Source, Table
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
NARROWEST, WIDEST = 8, 60
"""Letters that a column shows side by side; longer texts go on in the next line."""
POINTS_A_LINE, TALLEST = 15, 409
LETTER, TABLOID, FITTING = 1, 3, 9
"""Papers as XLSX numbers them; more columns than that need the larger one to be read."""
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
        data = _Sheet(book, translate(_("Data"), source.locale))
        data.head(table.headings(source.locale), translate(table.title, source.locale))
        passing, cut = Passing(table, source), translate(CUT, source.locale)
        for row in passing:
            data.line(row, cut)
        data.finish()
        words = _Sheet(book, translate(_("Data dictionary"), source.locale))
        head, *pairs = dictionary(table, source)
        words.head(head, translate(table.title, source.locale))
        last = _Sheet(book, translate(_("About this file"), source.locale))
        for sheet, lines in ((words, pairs), (last, about(table, source, passing.written))):
            for pair in lines:
                sheet.line(pair)
            sheet.finish()
    return passing.written


class _Sheet:
    """A sheet that is read on a screen and printed as it is: columns as wide as what they hold, long texts in lines."""

    def __init__(self, book: Any, title: str) -> None:
        self.sheet = book.add_worksheet(_sheet(title))
        self.plain = book.add_format({"valign": "top", "text_wrap": True})
        self.bold = book.add_format({"valign": "top", "text_wrap": True, "bold": True, "bottom": 1})
        self.widths: list[int] = []
        self.place = 0
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)

    def head(self, headings: Sequence[str], title: str) -> None:
        """Column names: they stay in sight, stand on each printed page, and can be filtered by."""
        self.line(headings, style=self.bold)
        self.widths = [len(text) + 4 for text in headings]  # the arrow of the filter
        self.sheet.set_paper(TABLOID if len(headings) > FITTING else LETTER)
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.sheet.set_footer("&L" + title.replace("&", "&&")[:200] + "&R&P / &N")

    def line(self, row: Sequence[Cell], cut: str = "", style: Any = None) -> None:
        self.widths += [NARROWEST] * (len(row) - len(self.widths))
        lines = max((_lines(value) for value in row if isinstance(value, str)), default=1)
        if lines > 1:  # not every program finds it out itself
            self.sheet.set_row(self.place, min(POINTS_A_LINE * lines, TALLEST))
        for column, value in enumerate(row):
            if isinstance(value, int):
                self.sheet.write_number(self.place, column, value, style or self.plain)
            elif value:
                text = value if len(value) <= MOST_LETTERS else value[:MOST_LETTERS] + cut
                self.sheet.write_string(self.place, column, text, style or self.plain)
                self.widths[column] = max(self.widths[column], min(len(text) + 1, WIDEST))
        for kept in (self.sheet.row_info, self.sheet.row_sizes):  # of a row that is on disk by now
            kept.pop(self.place - 1, None)
        self.place += 1

    def finish(self) -> None:
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, min(max(width, NARROWEST), WIDEST))
        if len(self.widths) > 2 and self.place > 1:
            self.sheet.autofilter(0, 0, self.place - 1, len(self.widths) - 1)


def _lines(text: str) -> int:
    """In how many lines a text stands in the widest column."""
    return sum(1 + len(part) // WIDEST for part in text[:MOST_LETTERS].split("\n"))


def _sheet(title: str) -> str:
    """A name that a sheet may have: 31 characters, none of []:*?/\\."""
    return title.translate(str.maketrans("", "", "[]:*?/\\"))[:31]
