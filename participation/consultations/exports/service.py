"""One export: a file on disk, written row by row from one snapshot; and the event that says who took what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from participation.consultations.exports import bundle, documents, figures, participants, printed, registers, speakers
from participation.consultations.exports.formats import Format, Written, write_csv, write_xlsx
from participation.consultations.exports.tables import Source, Table
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.processes.hand import Hand

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        registers.CONTRIBUTIONS,
        figures.ANSWERS,
        figures.CLOSED,
        registers.QUESTIONS,
        registers.BRIEFS,
        speakers.SPEAKERS,
        registers.KITS,
        figures.PARTICIPATION,
        participants.PARTICIPANTS,
        figures.PASSAGES,
        figures.RECOMMENDATIONS,
        bundle.BUNDLE,
    )
}
"""What can be taken, in the order of the page."""


@dataclass(frozen=True, slots=True)
class ExportTaken:
    """Event: somebody took a table away; the file itself says the same rows and digest."""

    export: str
    export_format: str
    export_rows: int
    digest: str


def formats_of(table: Table) -> tuple[Format, ...]:
    """Every table is a spreadsheet and a document to print; the passages are a text to go on writing in too."""
    if table is bundle.BUNDLE:
        return (Format.ZIP,)
    sheets = (Format.CSV, Format.XLSX, Format.PDF)
    return (Format.DOCX, Format.ODT, *sheets) if table is figures.PASSAGES else sheets


def table_named(name: str, kind: str) -> tuple[Table, Format]:
    """NotFound for a table that does not exist, or not as such a file."""
    table = TABLES.get(name)
    if table is None or kind not in formats_of(table):
        raise NotFound(_("There is no such file to take."))
    return table, Format(kind)


@contextmanager
def removed_on_error(path: Path) -> Iterator[Path]:
    """Nothing of a file that could not be finished stays."""
    finished = False
    try:
        yield path
        finished = True
    finally:
        if not finished:
            path.unlink(missing_ok=True)


def write(path: Path, table: Table, kind: Format, source: Source) -> Written:
    """The whole file at `path`; what it says of its rows."""
    if kind is Format.ZIP:
        return bundle.write_zip(path, source)
    if kind in documents.WRITERS:
        return documents.WRITERS[kind](path, source)
    if kind is Format.PDF:
        return printed.write_pdf(path, table, source)
    return write_csv(path, table, source) if kind is Format.CSV else write_xlsx(path, table, source)


def record(session: Session, hand: Hand, table: Table, kind: Format, written: Written) -> None:
    """Who took what: written after the file, whose digest it holds."""
    hand.record(session, ExportTaken(table.name, kind.value, written.rows, written.digest))
