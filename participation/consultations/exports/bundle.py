"""Every paper that has a number and that everybody may read, in one ZIP: documents, briefs, and the list of them.

One piece after the other goes from the folder of files to the archive, so that no number of papers is ever in memory. A
brief that was typed is printed; where the fonts lack its letters, its text lies beside the print.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from participation import i18n
from participation.consultations import words
from participation.consultations.briefs import queries as briefs
from participation.consultations.briefs.queries import BriefFile, BriefRow
from participation.consultations.documents import queries as documents
from participation.consultations.documents.words import FAULTS
from participation.consultations.documents.words import KINDS as DOCUMENT_KINDS
from participation.consultations.exports import columns as c
from participation.consultations.exports.formats import Written, write_csv
from participation.consultations.exports.tables import Column, Row, Source, Table
from participation.consultations.models import ContributionKind
from participation.files import PIECE
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.printing import is_printable, render

LONGEST = 80
"""Letters of a name within that of a file: what Windows unpacks below any folder."""
_UNNAMEABLE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+')
"""What a file system refuses in a name, and marks that turn it round or hide a part of it."""
LIST = _("List of the papers")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Paper:
    """One file of the bundle, or a paper that has none; `opened` gives its bytes."""

    number: str
    kind: str
    title: str
    author: str
    language: str
    day: date
    ending: str = ""
    opened: Callable[[], BinaryIO] | None = None
    note: str = ""

    @property
    def file_name(self) -> str:
        """8.12 — Les Amis de la gare.pdf"""
        named = _UNNAMEABLE.sub(" ", self.author or self.title)
        short = " ".join(named.split())[:LONGEST].strip(" .")
        return f"{self.number} — {short or self.kind}{self.ending}" if self.opened else ""


def _papers(source: Source) -> Iterator[Paper]:
    yield from _documents(source)
    after, more = 0, True
    while more:
        found, after = briefs.published(source.session, source.process.id, after)
        for brief in found:
            yield from _of_brief(brief, source)
        more = after > 0


def _documents(source: Source) -> Iterator[Paper]:
    for row in documents.documents_of(source.session, source.process.id):
        if row.current is None or row.withdrawn_at is not None:
            continue
        file = row.current.file
        yield Paper(
            row.number, source.word(DOCUMENT_KINDS, row.kind), i18n.words_of(row.title, source.locale), "",
            row.language, row.current.dated, f".{file.media_type.value}", _stored(source, file.digest),
        )  # fmt: skip


def _of_brief(brief: BriefRow, source: Source) -> Iterator[Paper]:
    """Its file as everybody may read it, its words as a print, or both."""
    shown = brief.shown
    plain = Paper(
        brief.reference, source.word(words.KINDS, ContributionKind.BRIEF), shown.title,
        ", ".join(filter(None, (shown.group, shown.name))), shown.language,
        shown.received_at.astimezone(source.process.zone).date(),
    )  # fmt: skip
    if brief.public_file:
        yield _with_file(plain, brief.public_file, source)
    if brief.public_text:
        beside = f" ({translate(_('text'), source.locale)})" if brief.public_file else ""
        yield replace(plain, ending=f"{beside}.pdf", opened=lambda: io.BytesIO(_printed(plain, brief, source)))
        if not is_printable(brief.public_text):
            yield replace(plain, ending=f"{beside}.txt", opened=lambda: io.BytesIO(brief.public_text.encode()))


def _with_file(plain: Paper, file: BriefFile, source: Source) -> Paper:
    if file.is_checked:
        return replace(plain, ending=f".{file.media_type.value}", opened=_stored(source, file.digest))
    waits = _("The file is being checked.")
    return replace(plain, note=translate(FAULTS.get(file.fault, waits), source.locale))


def _stored(source: Source, digest: str) -> Callable[[], BinaryIO]:
    assert source.files is not None
    path: Path = source.files.path(digest)
    return lambda: path.open("rb")


def _printed(paper: Paper, brief: BriefRow, source: Source) -> bytes:
    facts = (
        (_("Author"), paper.author or translate(_("Name not shown"), source.locale)),
        (_("Received"), i18n.long_date(paper.day, source.locale)),
        (_("How it came"), source.word(words.CHANNELS, brief.shown.channel)),
    )
    data = {
        "locale": source.locale,
        "demo": source.demo,
        "printed_at": brief.shown.received_at.isoformat(),  # the same brief gives the same bytes, and digest
        "organisation": i18n.words_of(source.process.organisation.name, source.locale),
        "process": i18n.words_of(source.process.process.title, source.locale),
        "number": paper.number,
        "title": paper.title,
        "language": paper.language if paper.language in i18n.LOCALES else source.locale,
        "facts": [{"label": translate(label, source.locale), "value": value} for label, value in facts],
        "text": brief.public_text,
    }
    return render("brief", data)


def _put(paper: Paper, archive: zipfile.ZipFile | None) -> tuple[int, str]:
    """Size and SHA-256 of a paper that is in the archive now. What it holds is packed already: it is only stored."""
    assert paper.opened is not None
    hashed, size, entry = hashlib.sha256(), 0, zipfile.ZipInfo(paper.file_name, _FIRST_DAY)
    with paper.opened() as file, archive.open(entry, "w", force_zip64=True) if archive else io.BytesIO() as out:
        while piece := file.read(PIECE):
            hashed.update(piece)
            size += out.write(piece)
    return size, hashed.hexdigest()


def _rows(source: Source, archive: zipfile.ZipFile | None = None) -> Iterator[Row]:
    """The list; with an archive, each paper goes into it as its row is asked for."""
    for paper in _papers(source):
        size, digest = None, ""
        if paper.opened:
            with suppress(FileNotFoundError):  # destroyed at its date: its row says so
                size, digest = _put(paper, archive)
        note = paper.note or ("" if digest else translate(_("This file was destroyed at its date."), source.locale))
        yield (
            paper.number, paper.kind, paper.title, paper.author, paper.language, paper.day.isoformat(),
            paper.file_name if digest else "", size, digest, note,
        )  # fmt: skip


BUNDLE = Table(
    "bundle",
    _("Every public paper, with its number"),
    _("Documents and briefs that everybody may read, each under its number, and the list of them as CSV."),
    (
        Column(_("Number in the file"), _("8.12: given when it was published, and never changed.")),
        c.KIND, c.TITLE, Column(_("Author"), _("Person or group, where the name is public.")), c.LANGUAGE,
        Column(_("Date"), _("Day that stands on a document; day on which a brief was received.")),
        Column(_("File"), _("Its name in this bundle; empty where there is none.")),
        Column(_("Bytes"), _("Size of the file.")),
        Column(_("SHA-256"), _("Digest of the file: whoever has the same bytes gets the same digest.")),
        Column(_("Note"), _("Why a paper has no file here.")),
    ),
    _rows,
)  # fmt: skip


def write_zip(path: Path, source: Source) -> Written:
    """Papers first, then the list, whose rows and digest are those that are said of the whole."""
    listing = path.with_name(f"{path.name}.csv")
    try:
        with zipfile.ZipFile(path, "w") as archive:
            table = replace(BUNDLE, rows=lambda source: _rows(source, archive))
            written = write_csv(listing, table, source)
            archive.write(listing, f"{translate(LIST, source.locale)}.csv", zipfile.ZIP_DEFLATED)
    finally:
        listing.unlink(missing_ok=True)
    return written
