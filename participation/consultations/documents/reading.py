"""Opening new versions in the limited child: what `participation worker` does with files that were brought."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from participation.consultations.documents import queries, service
from participation.consultations.documents.models import DocumentVersion, VersionState
from participation.db import Database
from participation.extraction.faults import Fault
from participation.extraction.reader import read_words
from participation.files import Files, StoredFile
from participation.jobs import Chunked
from participation.settings import Settings


@dataclass(frozen=True, slots=True)
class Reading:
    """Where versions wait and what clock says when they were read."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]

    def waiting(self) -> list[str]:
        with self.database.reading() as session:
            return [str(version) for version in queries.waiting_versions(session)]

    def read(self, name: str) -> bool:
        """Opens one version, whole; nothing is left to do then."""
        version_id = uuid.UUID(name)
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
            service.stop(session, uuid.UUID(name), Fault.TOO_LARGE.value)


def reading_work(database: Database, settings: Settings, clock: Callable[[], datetime]) -> Chunked:
    """For the worker: every version that nobody has opened yet."""
    reading = Reading(database, settings, clock)
    return Chunked("read-documents", reading.waiting, reading.read, reading.give_up)
