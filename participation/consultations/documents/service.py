"""Verbs on the documentation file. None commits; the bytes of a file are on disk before its row is written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from participation import audit, search
from participation.consultations.documents import events, numbering
from participation.consultations.documents.models import (
    Document,
    DocumentCopy,
    DocumentKind,
    DocumentSection,
    DocumentVersion,
    VersionState,
)
from participation.consultations.documents.queries import DocumentRow, VersionRow
from participation.errors import Conflict, Invalid
from participation.extraction.reader import Words
from participation.files import Stored, kept_file
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.models import LocalText
from participation.search import Entry

KIND = "document"
"""What the search calls it."""


class NumberTaken(Invalid):
    """Another document has this number."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What staff say of a document."""

    number: str
    title: LocalText
    author: str
    kind: DocumentKind
    language: str
    summary: LocalText
    on_paper: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """A file on disk, with the day that stands on it and what changed."""

    stored: Stored
    dated: date
    note: LocalText


def name_section(session: Session, hand: Hand, number: int, title: LocalText) -> None:
    """Gives a section its title, or another one."""
    where = (col(DocumentSection.process_id) == hand.process.id) & (col(DocumentSection.number) == number)
    session.execute(delete(DocumentSection).where(where))
    session.add(DocumentSection(process_id=hand.process.id, number=number, title=title))
    hand.record(session, events.DocumentSectionNamed(number))


def add_document(session: Session, hand: Hand, draft: Draft, brought: Brought) -> Document:
    """A new document with its first version, which the public sees once the worker has opened it. NumberTaken."""
    _refuse_taken(session, hand, draft.number)
    row = Document(process_id=hand.process.id, **_columns(draft))
    session.add(row)
    session.flush()  # its id is a foreign key of what follows
    hand.record(session, events.DocumentAdded(row.id, row.number))
    _add_version(session, hand, row.id, row.number, brought)
    return row


def edit_document(session: Session, hand: Hand, row: DocumentRow, draft: Draft) -> None:
    """Corrects what is said of a document. Its address follows its number; the one before leads on to it."""
    former = [number for number in row.former_numbers if number != draft.number]
    if draft.number != row.number:
        _refuse_taken(session, hand, draft.number)
        former = [*former, row.number]
    _update(session, row.id, {**_columns(draft), "former_numbers": former})
    before = row.number if draft.number != row.number else ""
    hand.record(session, events.DocumentEdited(row.id, draft.number, before))
    _index(session, hand.process.id, row.id)


def add_version(session: Session, hand: Hand, row: DocumentRow, brought: Brought) -> None:
    """Another version. Conflict where the very same file stands there already."""
    if row.versions and row.versions[0].file.digest == brought.stored.digest:
        raise Conflict(
            _(
                "This is the very same file as version %(version)s. Nothing was changed.",
                version=row.versions[0].number,
            ),
            _("Choose the newer file."),
        )
    _add_version(session, hand, row.id, row.number, brought)


def _add_version(session: Session, hand: Hand, document_id: uuid.UUID, number: str, brought: Brought) -> None:
    query = select(func.max(col(DocumentVersion.number))).where(col(DocumentVersion.document_id) == document_id)
    newest = session.execute(query).scalar() or 0
    file = kept_file(brought.stored)
    session.add(file)
    session.flush()
    version = DocumentVersion(
        document_id=document_id, number=newest + 1, file_id=file.id, dated=brought.dated, note=brought.note,
        added_at=hand.at, account_id=hand.account_id,
    )  # fmt: skip
    session.add(version)
    digest = brought.stored.digest
    hand.record(session, events.DocumentVersionAdded(document_id, number, newest + 1, digest))


def withdraw(session: Session, hand: Hand, row: DocumentRow, reason: LocalText) -> None:
    """Takes a document out of the file: its address says that it was withdrawn, when and why."""
    if row.withdrawn_at is not None:
        return
    _update(session, row.id, {"withdrawn_at": hand.at, "withdrawn_reason": reason})
    for target in (row.id, *(version.id for version in row.versions)):
        search.forget(session, KIND, target)
    words = " | ".join(reason.values())
    hand.record(session, events.DocumentWithdrawn(row.id, row.number), reason=words)


def put_back(session: Session, hand: Hand, row: DocumentRow) -> None:
    """A document that was withdrawn stands in the file again. Its newest version is opened once more."""
    if row.withdrawn_at is None:
        return
    _update(session, row.id, {"withdrawn_at": None, "withdrawn_reason": {}})
    if row.current is not None:
        waits = update(DocumentVersion).where(col(DocumentVersion.id) == row.current.id)
        session.execute(waits.values(state=VersionState.WAITING, asked=col(DocumentVersion.asked) + 1))
    hand.record(session, events.DocumentPutBack(row.id, row.number))


def deliver(session: Session, hand: Hand, place_id: uuid.UUID, row: DocumentRow, version: VersionRow) -> None:
    """Notes that the paper copy at a place is this version now."""
    where = (col(DocumentCopy.place_id) == place_id) & (col(DocumentCopy.document_id) == row.id)
    session.execute(delete(DocumentCopy).where(where))
    session.add(
        DocumentCopy(
            place_id=place_id, document_id=row.id, version_id=version.id, delivered_at=hand.at,
            account_id=hand.account_id,
        )
    )  # fmt: skip
    session.flush()
    hand.record(session, events.DocumentCopyDelivered(row.id, row.number, version.number, place_id))


def note_read(session: Session, version_id: uuid.UUID, words: Words, at: datetime) -> None:
    """What the worker found when it opened a version: it is public now and can be searched, or it is refused."""
    version = session.execute(select(DocumentVersion).where(col(DocumentVersion.id) == version_id)).scalar_one()
    document = session.execute(select(Document).where(col(Document.id) == version.document_id)).scalar_one()
    if words.fault is not None:
        version.state, version.fault = VersionState.REFUSED, words.fault.value
        refused = events.DocumentVersionRefused(document.id, document.number, version.number, words.fault.value)
        audit.record(session, refused, at=at, scope=audit.Scope(process_id=document.process_id))
        return
    texts = {page: text for page, text in words.texts.items() if text.strip()}
    version.state, version.fault = VersionState.READY, words.said
    version.pages, version.pages_with_words = words.pages, len(texts)
    session.flush()
    if document.withdrawn_at is not None or version.number < _newest_ready(session, document.id):
        return
    for older in session.execute(_versions_of(document.id)).scalars():
        search.forget(session, KIND, older)
    pages = [_page(document, page, text) for page, text in sorted(texts.items())]
    search.index(session, document.process_id, KIND, version_id, pages)
    _index_card(session, document)


def stop(session: Session, version_id: uuid.UUID, fault: str) -> None:
    """A version that the worker could not open, however often it tried."""
    refused = {"state": VersionState.REFUSED, "fault": fault}
    session.execute(update(DocumentVersion).where(col(DocumentVersion.id) == version_id).values(**refused))


def _newest_ready(session: Session, document_id: uuid.UUID) -> int:
    query = select(func.max(col(DocumentVersion.number))).where(
        col(DocumentVersion.document_id) == document_id, col(DocumentVersion.state) == VersionState.READY
    )
    return session.execute(query).scalar() or 0


def _versions_of(document_id: uuid.UUID) -> Any:
    return select(col(DocumentVersion.id)).where(col(DocumentVersion.document_id) == document_id)


def _index(session: Session, process_id: uuid.UUID, document_id: uuid.UUID) -> None:
    """Indexes what is indexed already once more: its title, number or language has changed."""
    document = session.execute(select(Document).where(col(Document.id) == document_id)).scalar_one()
    session.refresh(document)
    if not search.entries_of(session, KIND, document_id):
        return
    _index_card(session, document)
    for version_id in session.execute(_versions_of(document_id)).scalars():
        known = search.entries_of(session, KIND, version_id)
        search.index(session, process_id, KIND, version_id, [_page(document, each.part, each.body) for each in known])


def _index_card(session: Session, document: Document) -> None:
    """The document itself, found by its number, titles, author and summaries in either language."""
    body = [document.author, document.summary.get("fr", ""), *_other_words(document)]
    card = Entry(
        title=document.title.get("fr", ""), body="\n".join(part for part in body if part), locale="fr+en",
        address=f"/documents/{document.number}", label=document.number,
        position=numbering.place_of(document.number), weight=0,
    )  # fmt: skip
    search.index(session, document.process_id, KIND, document.id, [card])


def _other_words(document: Document) -> Sequence[str]:
    return [texts.get("en", "") for texts in (document.title, document.summary)]


def _page(document: Document, page: int, text: str) -> Entry:
    return Entry(
        title=document.title.get("fr", ""), body=text, locale=document.language, label=document.number, part=page,
        address=f"/documents/{document.number}/file#page={page}", position=numbering.place_of(document.number),
    )  # fmt: skip


def _columns(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Draft.__slots__}


def _update(session: Session, document_id: uuid.UUID, values: dict[str, Any]) -> None:
    session.execute(update(Document).where(col(Document.id) == document_id).values(**values))


def _refuse_taken(session: Session, hand: Hand, number: str) -> None:
    query = select(col(Document.id)).where(col(Document.process_id) == hand.process.id, col(Document.number) == number)
    if session.execute(query).first():
        raise NumberTaken(_("Another document has the number %(number)s. Choose the next free one.", number=number))
