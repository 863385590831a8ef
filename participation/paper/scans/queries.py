"""Reads of scans: the files that were brought for a batch, their pages, and what people read on them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.counting.spec import Capture
from participation.paper import queries
from participation.paper.marks import Reading, loaded
from participation.paper.models.batches import Batch, KeyingSession
from participation.paper.models.scans import ScanFile, ScanFileState, ScanOut, ScanPage, ScanReading
from participation.paper.queries import PassRow


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that was brought, by its number in the scan; what its name was is not known."""

    id: uuid.UUID
    session_id: uuid.UUID
    number: int
    size: int
    state: ScanFileState
    problem: str
    attempt: int
    at: datetime

    @property
    def is_open(self) -> bool:
        """Whether something is still to come of it."""
        return self.state in (ScanFileState.WAITING, ScanFileState.STOPPED)


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as the machine read it. `file` is the number of its file in the scan."""

    id: uuid.UUID
    file: int
    page: int
    serial: str
    form: str
    side: int
    sides: int
    targets: list[Any]
    problems: list[Any]
    crops: list[Any]
    pictured: bool
    out: ScanOut | None


@dataclass(frozen=True, slots=True)
class SettledRow:
    """What a person read on the pictures of a sheet, and which pages it then had."""

    pages: frozenset[str]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Work:
    """A file that the worker is asked to read, and for which batch of which vote."""

    file: FileRow
    spec_id: uuid.UUID
    style: str
    finished_at: datetime | None


def scan_of(session: Session, batch_id: uuid.UUID) -> PassRow | None:
    """The scanned pass over the batch, if it has one."""
    passes = queries.passes_of(session, [batch_id]).get(batch_id, [])
    return next((each for each in passes if each.is_scan), None)


_FILE = tuple(getattr(ScanFile, name) for name in FileRow.__dataclass_fields__)


def files_of(session: Session, session_id: uuid.UUID) -> list[FileRow]:
    """The files of a scan in the order in which they were brought."""
    query = select(*_FILE).where(col(ScanFile.session_id) == session_id).order_by(col(ScanFile.number))
    return [FileRow(*row) for row in session.execute(query)]


def pages_read(session: Session, session_id: uuid.UUID) -> dict[int, int]:
    """Number of a file → how many of its pages are kept so far."""
    query = (
        select(col(ScanFile.number), func.count())
        .join(ScanPage, col(ScanPage.file_id) == col(ScanFile.id))
        .where(col(ScanFile.session_id) == session_id)
        .group_by(col(ScanFile.number))
    )
    return {number: int(pages) for number, pages in session.execute(query)}


def last_page(session: Session, file_id: uuid.UUID) -> int:
    """The highest page of a file that is kept; 0 where none is."""
    query = select(func.max(col(ScanPage.page))).where(col(ScanPage.file_id) == file_id)
    return int(session.execute(query).scalar() or 0)


def pages_of(session: Session, session_id: uuid.UUID) -> list[PageRow]:
    """Every page of a scan, in the order of the files and of the pages in them."""
    columns = [getattr(ScanPage, name) for name in PageRow.__dataclass_fields__ if name != "file"]
    query = (
        select(*columns[:1], col(ScanFile.number), *columns[1:])
        .join(ScanFile, col(ScanFile.id) == col(ScanPage.file_id))
        .where(col(ScanPage.session_id) == session_id)
        .order_by(col(ScanFile.number), col(ScanPage.page))
    )
    return [PageRow(*row) for row in session.execute(query)]


def has_page(session: Session, session_id: uuid.UUID, page_id: uuid.UUID) -> bool:
    """Whether the page is one of this scan."""
    query = select(col(ScanPage.id)).where(col(ScanPage.id) == page_id, col(ScanPage.session_id) == session_id)
    return session.execute(query).first() is not None


def settled_in(session: Session, session_id: uuid.UUID) -> dict[uuid.UUID, SettledRow]:
    """First page of a sheet → what a person read on it."""
    query = select(ScanReading).where(col(ScanReading.session_id) == session_id)
    return {
        row.page_id: SettledRow(frozenset(row.pages), Reading(row.interpretation, loaded(row.marks), row.serial))
        for row in session.execute(query).scalars()
    }


def scans_of(session: Session, spec_id: uuid.UUID) -> list[tuple[int, datetime | None, int, int, int]]:
    """Number of the batch, when the scan was finished, its files, its pages, and how many of them have a picture."""
    files = select(func.count()).where(col(ScanFile.session_id) == col(KeyingSession.id)).scalar_subquery()
    of_scan = select(func.count()).where(col(ScanPage.session_id) == col(KeyingSession.id))
    pictures = of_scan.where(col(ScanPage.pictured)).scalar_subquery()
    query = (
        select(col(Batch.number), col(KeyingSession.finished_at), files, of_scan.scalar_subquery(), pictures)
        .join(Batch, col(Batch.id) == col(KeyingSession.batch_id))
        .where(col(Batch.spec_id) == spec_id, col(KeyingSession.capture) == Capture.SCANNED)
        .order_by(col(Batch.number).desc(), col(KeyingSession.round).desc())
    )
    return [tuple(row) for row in session.execute(query)]


def waiting(session: Session) -> list[FileRow]:
    """Files that the worker has to read, oldest first."""
    query = select(*_FILE).where(col(ScanFile.state) == ScanFileState.WAITING)
    return [FileRow(*row) for row in session.execute(query.order_by(col(ScanFile.at), col(ScanFile.number)))]


def work_of(session: Session, file_id: uuid.UUID) -> Work | None:
    """What the worker must know of a file."""
    query = (
        select(*_FILE, col(Batch.spec_id), col(Batch.style), col(KeyingSession.finished_at))
        .join(KeyingSession, col(KeyingSession.id) == col(ScanFile.session_id))
        .join(Batch, col(Batch.id) == col(KeyingSession.batch_id))
        .where(col(ScanFile.id) == file_id)
    )
    row = session.execute(query).first()
    return Work(FileRow(*row[:-3]), *row[-3:]) if row else None
