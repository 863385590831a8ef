"""Reads of the documentation file. A file has some hundreds of documents at most: it is read whole, in two queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations.documents import numbering
from participation.consultations.documents.models import (
    Document,
    DocumentCopy,
    DocumentKind,
    DocumentSection,
    DocumentVersion,
    VersionState,
)
from participation.counting.spec import Channel
from participation.files import StoredFile
from participation.processes.models import LocalText, Place
from participation.processes.queries import places_of


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: uuid.UUID
    number: int
    dated: date
    note: LocalText
    state: VersionState
    fault: str
    pages: int
    pages_with_words: int
    added_at: datetime
    file: StoredFile

    @property
    def is_ready(self) -> bool:
        return self.state is VersionState.READY


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its versions, the newest first."""

    id: uuid.UUID
    number: str
    former_numbers: tuple[str, ...]
    title: LocalText
    author: str
    kind: DocumentKind
    language: str
    summary: LocalText
    on_paper: bool
    withdrawn_at: datetime | None
    withdrawn_reason: LocalText
    versions: tuple[VersionRow, ...]

    @property
    def current(self) -> VersionRow | None:
        """The newest version that the public may see."""
        return next(iter(self.shown), None)

    @property
    def shown(self) -> list[VersionRow]:
        return [version for version in self.versions if version.is_ready]

    @property
    def is_public(self) -> bool:
        """Whether it stands in the public file, as itself or as what was withdrawn."""
        return self.current is not None

    def version(self, number: int) -> VersionRow | None:
        return next((version for version in self.versions if version.number == number), None)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file; one that nobody has named has no title."""

    number: int
    title: LocalText
    documents: list[DocumentRow]


def documents_of(session: Session, process_id: uuid.UUID) -> list[DocumentRow]:
    """Every document of the process in the order of the file, withdrawn ones too."""
    versions = _versions(session, process_id)
    rows = session.execute(select(Document).where(col(Document.process_id) == process_id)).scalars()
    return sorted((_row(row, versions[row.id]) for row in rows), key=lambda row: numbering.place_of(row.number))


def _versions(session: Session, process_id: uuid.UUID) -> dict[uuid.UUID, list[VersionRow]]:
    query = (
        select(DocumentVersion, StoredFile)
        .join(StoredFile, col(StoredFile.id) == col(DocumentVersion.file_id))
        .join(Document, col(Document.id) == col(DocumentVersion.document_id))
        .where(col(Document.process_id) == process_id)
        .order_by(col(DocumentVersion.number).desc())
    )
    found: dict[uuid.UUID, list[VersionRow]] = defaultdict(list)
    for row, file in session.execute(query):
        found[row.document_id].append(
            VersionRow(
                row.id, row.number, row.dated, row.note, row.state, row.fault, row.pages, row.pages_with_words,
                row.added_at, file,
            )
        )  # fmt: skip
    return found


def _row(row: Document, versions: Sequence[VersionRow]) -> DocumentRow:
    return DocumentRow(
        row.id, row.number, tuple(row.former_numbers), row.title, row.author, row.kind, row.language, row.summary,
        row.on_paper, row.withdrawn_at, row.withdrawn_reason, tuple(versions),
    )  # fmt: skip


def document_at(documents: Sequence[DocumentRow], number: str) -> DocumentRow | None:
    """The document with this number, else the one that last had it."""
    here = next((row for row in documents if row.number == number), None)
    return here or next((row for row in documents if number in row.former_numbers), None)


def section_titles(session: Session, process_id: uuid.UUID) -> dict[int, LocalText]:
    query = select(DocumentSection).where(col(DocumentSection.process_id) == process_id)
    return {row.number: row.title for row in session.execute(query).scalars()}


def sections(documents: Sequence[DocumentRow], titles: dict[int, LocalText], *, empty: bool = False) -> list[Section]:
    """The file by section; with `empty`, those too that have a title and no document yet."""
    by_section: dict[int, list[DocumentRow]] = defaultdict(list)
    for row in documents:
        by_section[numbering.section_of(row.number)].append(row)
    numbers = sorted({*by_section, *(titles if empty else ())})
    return [Section(number, titles.get(number, {}), by_section[number]) for number in numbers]


@dataclass(frozen=True, slots=True)
class CopyRow:
    """The paper copy of a document at a place: `held` is its version, None where none is known to lie there."""

    document: DocumentRow
    held: VersionRow | None
    delivered_at: datetime | None

    @property
    def is_newest(self) -> bool:
        return self.held is not None and self.held == self.document.current


@dataclass(frozen=True, slots=True)
class Shelf:
    """A place with its copies, one for each paper document, in the order of the file."""

    place: Place
    copies: list[CopyRow]

    @property
    def late(self) -> int:
        """How many of its copies are old or not there."""
        return sum(not copy.is_newest for copy in self.copies)


def board(session: Session, process_id: uuid.UUID, documents: Sequence[DocumentRow]) -> list[Shelf]:
    """Every place where people can come, and what lies there of the documents on paper, the withdrawn ones left out."""
    on_paper = [row for row in documents if row.on_paper and row.current and not row.withdrawn_at]
    held = {(copy.place_id, copy.document_id): copy for copy in _copies(session, process_id)}
    return [
        Shelf(place, [_copy(row, held.get((place.id, row.id))) for row in on_paper])
        for place in places_of(session, process_id)
        if place.channel is Channel.COUNTER
    ]


def _copies(session: Session, process_id: uuid.UUID) -> Iterator[DocumentCopy]:
    query = select(DocumentCopy).join(Place, col(Place.id) == col(DocumentCopy.place_id))
    return iter(session.execute(query.where(col(Place.process_id) == process_id)).scalars())


def _copy(row: DocumentRow, copy: DocumentCopy | None) -> CopyRow:
    if copy is None:
        return CopyRow(row, None, None)
    held = next((version for version in row.versions if version.id == copy.version_id), None)
    return CopyRow(row, held, copy.delivered_at)


def waiting_versions(session: Session) -> list[tuple[uuid.UUID, int]]:
    """The versions that the worker has not opened yet, each with how often it was asked to."""
    query = select(col(DocumentVersion.id), col(DocumentVersion.asked))
    found = session.execute(query.where(col(DocumentVersion.state) == VersionState.WAITING))
    return [(row[0], row[1]) for row in found]
