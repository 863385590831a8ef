"""Numbered documents in sections, their versions, and the paper copies of them at places."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id
from participation.files import MediaType
from participation.processes.models import LocalText


class DocumentKind(StrEnum):
    MANDATE = "mandate"
    NOTICE = "notice"
    """The process of the consultation, and its public notices."""
    CITY = "city"
    BOROUGH = "borough"
    DEVELOPER = "developer"
    STUDY = "study"
    TRANSCRIPT = "transcript"
    ANSWERS = "answers"
    REPORT = "report"
    OTHER = "other"


class VersionState(StrEnum):
    WAITING = "waiting"
    """The worker has not opened it yet: nobody but staff can see it."""
    READY = "ready"
    REFUSED = "refused"
    """Never shown to the public; the fault says why."""


class DocumentSection(SQLModel, table=True):
    """The title of all documents whose number begins with `number`."""

    __tablename__ = "document_section"

    process_id: UUID = Field(primary_key=True, foreign_key="process.id")
    number: int = Field(primary_key=True)
    title: LocalText = Field(sa_type=Json)


class Document(SQLModel, table=True):
    """One piece of the file under its number. Never removed: one that is withdrawn says so at its address."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("process_id", "number"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    process_id: UUID = Field(foreign_key="process.id", index=True)
    number: str = Field(max_length=11)
    """3.1 or 8.12: its address, and how it is cited."""
    former_numbers: list[str] = Field(default_factory=list, sa_type=Json)
    """Under which it was found before: their addresses lead on to it."""
    title: LocalText = Field(sa_type=Json)
    author: str = Field(default="", max_length=160)
    """The body or firm that wrote it."""
    kind: DocumentKind = Field(sa_type=choice(DocumentKind))
    language: str = Field(max_length=8)
    """Of the text itself: fr, en, or another that has no name here."""
    summary: LocalText = Field(default_factory=dict, sa_type=Json)
    """In plain language, beside the document."""
    on_paper: bool = Field(default=False)
    """Whether paper copies of it lie at places."""
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_reason: LocalText = Field(default_factory=dict, sa_type=Json)
    """Shown at its address."""


class DocumentVersion(SQLModel, table=True):
    """One file of a document. Older ones stay at their own addresses."""

    __tablename__ = "document_version"
    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    document_id: UUID = Field(foreign_key="document.id", index=True)
    number: int
    file_id: UUID = Field(foreign_key="stored_file.id")
    dated: date
    """The day that stands on it."""
    note: LocalText = Field(default_factory=dict, sa_type=Json)
    """What changed."""
    state: VersionState = Field(default=VersionState.WAITING, sa_type=choice(VersionState), index=True)
    asked: int = Field(default=1)
    """How often it was asked to be opened: once, and again each time that its document is put back."""
    fault: str = Field(default="", max_length=40)
    pages: int = Field(default=0)
    pages_with_words: int = Field(default=0)
    added_at: datetime = Field(sa_type=Instant)
    account_id: UUID = Field(foreign_key="account.id")


class FileReading(SQLModel, table=True):
    """What the worker found in a file that stands outside the documentation file, such as a brief or the report.

    By the digest of its bytes: the same file brought twice is opened once. Its words are not here: whoever owns the
    file hands them to the search where everybody may read them, and asks for them again where that changes.
    """

    __tablename__ = "file_reading"

    digest: str = Field(primary_key=True, max_length=64)
    media_type: MediaType = Field(sa_type=choice(MediaType))
    state: VersionState = Field(default=VersionState.WAITING, sa_type=choice(VersionState))
    fault: str = Field(default="", max_length=40)
    asked: int = Field(default=1)
    """How often its words were asked for."""
    read: int = Field(default=0)
    """How often they were given, or could not be."""


class DocumentCopy(SQLModel, table=True):
    """Which version of a document lies on paper at a place."""

    __tablename__ = "document_copy"

    place_id: UUID = Field(primary_key=True, foreign_key="place.id")
    document_id: UUID = Field(primary_key=True, foreign_key="document.id")
    version_id: UUID = Field(foreign_key="document_version.id")
    delivered_at: datetime = Field(sa_type=Instant)
    account_id: UUID = Field(foreign_key="account.id")
