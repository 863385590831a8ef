"""A table as a PDF: side by side where a sheet of paper holds its columns, else one block for each row.

Typst sets a document as a whole, so a PDF has an end; who needs more takes the files of a spreadsheet.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from participation import i18n
from participation.consultations.exports.formats import FITTING, Passing, Written, about, dictionary
from participation.consultations.exports.tables import Source, Table
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.printing import render

MOST_ROWS, MOST_LETTERS = 1_000, 1_000_000
"""Together some 300 sheets, for which Typst needs about as many megabytes."""


def write_pdf(path: Path, table: Table, source: Source) -> Written:
    """Conflict for a table that is longer than a PDF may be."""
    passing = Passing(table, source)
    rows = [["" if value is None else value for value in row] for row in islice(passing, MOST_ROWS + 1)]
    letters = sum(len(value) for row in rows for value in row if isinstance(value, str))
    if len(rows) > MOST_ROWS or letters > MOST_LETTERS:
        raise Conflict(
            _(
                "A PDF holds %(most)s rows of ordinary length, and this table is longer. No file was made.",
                most=MOST_ROWS,
            ),
            _("Take CSV or XLSX: they hold every row."),
        )
    process = source.process
    data: dict[str, Any] = {
        "locale": source.locale,
        "demo": source.demo,
        "printed_at": source.at.isoformat(),
        "organisation": i18n.words_of(process.organisation.name, source.locale),
        "process": i18n.words_of(process.process.title, source.locale),
        "title": translate(table.title, source.locale),
        "about": translate(table.about, source.locale),
        "columns": table.headings(source.locale),
        "rows": rows,
        "dictionary": _pairs(dictionary(table, source)),
        "facts": _pairs(about(table, source, passing.written)),
    }
    path.write_bytes(render("table" if len(table.columns) <= FITTING else "records", data))
    return passing.written


def _pairs(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": label, "value": text} for label, text in pairs]
