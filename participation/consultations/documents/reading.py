"""Opening what was brought, in the limited child: what `participation worker` does with new versions of documents and
with the files of briefs and reports."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation.consultations.documents import queries, service
from participation.consultations.documents.models import DocumentVersion, FileReading, VersionState
from participation.db import Database, insert_new
from participation.extraction.faults import Fault
from participation.extraction.reader import Words, read_words
from participation.files import Files, MediaType, StoredFile
from participation.jobs import Chunked
from participation.settings import Settings

Then = Callable[[Session, str, Words, datetime], None]
"""Told of a file, by its digest, what stands on its pages, in the transaction that notes that it was read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where versions wait and what clock says when they were read."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]

    def waiting(self) -> list[str]:
        """A version that is put back waits under another name: a name is worked on once."""
        with self.database.reading() as session:
            return [f"{version}.{asked}" for version, asked in queries.waiting_versions(session)]

    def read(self, name: str) -> bool:
        """Opens one version, whole; nothing is left to do then."""
        version_id = _key(name)
        query = (
            select(StoredFile, col(DocumentVersion.state))
            .join(DocumentVersion, col(DocumentVersion.file_id) == col(StoredFile.id))
            .where(col(DocumentVersion.id) == version_id)
        )
        with self.database.reading() as session:
            file, state = session.execute(query).one()
        if state is VersionState.WAITING:
            words = read_words(Files(self.settings).path(file.digest), file.media_type.value)
            with self.database.writing() as session:
                service.note_read(session, version_id, words, self.clock())
        return False

    def give_up(self, name: str) -> None:
        with self.database.writing() as session:
            service.stop(session, _key(name), Fault.TOO_LARGE.value)


def _key(name: str) -> uuid.UUID:
    return uuid.UUID(name.partition(".")[0])


def reading_work(database: Database, settings: Settings, clock: Callable[[], datetime]) -> Chunked:
    """For the worker: every version that nobody has opened yet."""
    reading = Reading(database, settings, clock)
    return Chunked("read-documents", reading.waiting, reading.read, reading.give_up)


def ask_for_words(session: Session, digest: str, media_type: MediaType) -> None:
    """The worker opens this file, once more where it has done so before; a file that it refused it leaves alone."""
    insert_new(session, FileReading, [{"digest": digest, "media_type": media_type, "asked": 0, "read": 0}])
    once_more = update(FileReading).where(
        col(FileReading.digest) == digest, col(FileReading.state) != VersionState.REFUSED
    )
    session.execute(once_more.values(asked=col(FileReading.asked) + 1))


@dataclass(frozen=True, slots=True)
class FileOpening:
    """The same for files that stand outside the documentation file; `then` hands on what stands in them."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]
    then: Then

    def waiting(self) -> list[str]:
        query = select(col(FileReading.digest), col(FileReading.asked))
        with self.database.reading() as session:
            found = session.execute(query.where(col(FileReading.asked) > col(FileReading.read)))
            return [f"{row.digest}.{row.asked}" for row in found]

    def read(self, name: str) -> bool:
        digest, _dot, asked = name.partition(".")
        with self.database.reading() as session:
            row = session.get_one(FileReading, digest)
        if row.read < int(asked):
            words = read_words(Files(self.settings).path(digest), row.media_type.value)
            self._note(digest, int(asked), words)
        return False

    def _note(self, digest: str, asked: int, words: Words) -> None:
        state = VersionState.REFUSED if words.fault else VersionState.READY
        with self.database.writing() as session:
            noted = update(FileReading).where(col(FileReading.digest) == digest)
            session.execute(noted.values(state=state, fault=words.said, read=asked))
            self.then(session, digest, words, self.clock())

    def give_up(self, name: str) -> None:
        digest, _dot, asked = name.partition(".")
        self._note(digest, int(asked), Words(Fault.TOO_LARGE))


def file_work(database: Database, settings: Settings, clock: Callable[[], datetime], then: Then) -> Chunked:
    """For the worker: every file whose words were asked for."""
    opening = FileOpening(database, settings, clock, then)
    return Chunked("read-files", opening.waiting, opening.read, opening.give_up)
