"""How long pictures of scanned sheets are kept, and their destruction: a job of the worker, and an event.

They go thirty days after the result is certified, and at the latest a year after the last file was brought. What was
read on them goes too: by then it stands in the keyings, and the paper in its box.
"""

from __future__ import annotations

import shutil
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from participation import audit
from participation.counts.queries import certified_among
from participation.paper.events import ScanPicturesDestroyed
from participation.paper.models.batches import Batch, KeyingSession
from participation.paper.models.questionnaires import QuestionnaireScan
from participation.paper.models.scans import ScanFile, ScanFileState, ScanPage, ScanReading
from participation.paper.scans.store import ARRIVING, FOLDER, Store
from participation.paper.sheets.print_job import Press
from participation.processes.queries import spec_by_id

AFTER_CERTIFICATION = timedelta(days=30)
AT_MOST = timedelta(days=365)
FORGOTTEN = timedelta(days=1)
"""A file that arrived and was never taken, or a folder of a scan that does not exist, is swept after so long."""


def destroy_due(press: Press) -> None:
    """Destroys the pictures of every scan whose date has come, and sweeps what nobody refers to."""
    at = press.clock()
    with press.database.writing() as session:
        gone = [(scan, _emptied(session, scan, batch_id, spec_id, at)) for scan, batch_id, spec_id in _due(session, at)]
    for scan, _pages in gone:
        Store.of(press.settings, scan).drop()
    _sweep(press, at)


def _due(session: Session, at: datetime) -> list[tuple[uuid.UUID, uuid.UUID, uuid.UUID]]:
    """Scan, batch and vote of the scans that still have files or pictures and whose date has come."""
    query = (
        select(col(KeyingSession.id), col(Batch.id), col(Batch.spec_id), func.max(col(ScanFile.at)))
        .join(Batch, col(Batch.id) == col(KeyingSession.batch_id))
        .join(ScanFile, col(ScanFile.session_id) == col(KeyingSession.id))
        .where(
            select(col(ScanPage.id))
            .where(col(ScanPage.session_id) == col(KeyingSession.id), col(ScanPage.pictured))
            .exists()
            | col(ScanFile.state).in_((ScanFileState.WAITING, ScanFileState.STOPPED))
        )
        .group_by(col(KeyingSession.id), col(Batch.id), col(Batch.spec_id))
    )
    rows = session.execute(query).all()
    certified = certified_among(session, {row[2] for row in rows})
    return [
        (scan, batch_id, spec_id)
        for scan, batch_id, spec_id, newest in rows
        if newest < at - AT_MOST or (spec_id in certified and certified[spec_id] < at - AFTER_CERTIFICATION)
    ]


def _emptied(session: Session, scan: uuid.UUID, batch_id: uuid.UUID, spec_id: uuid.UUID, at: datetime) -> int:
    """Forgets what was read, and records it; how many pages had a picture."""
    pages = select(func.count()).where(col(ScanPage.session_id) == scan, col(ScanPage.pictured))
    number = int(session.execute(pages).scalar_one())
    nothing = {"targets": [], "crops": [], "pictured": False}
    session.execute(update(ScanPage).where(col(ScanPage.session_id) == scan).values(**nothing))
    session.execute(delete(ScanReading).where(col(ScanReading.session_id) == scan))
    waiting = (col(ScanFile.session_id) == scan) & col(ScanFile.state).in_(
        (ScanFileState.WAITING, ScanFileState.STOPPED)
    )
    session.execute(update(ScanFile).where(waiting).values(state=ScanFileState.REFUSED))
    spec_row = spec_by_id(session, spec_id)
    scope = spec_row.scope if spec_row else audit.Scope()
    audit.record(session, ScanPicturesDestroyed(batch_id, number), at=at, scope=scope)
    return number


def _sweep(press: Press, at: datetime) -> None:
    home, before = press.settings.files_dir / FOLDER, (at - FORGOTTEN).timestamp()
    for found in home.iterdir() if home.is_dir() else ():
        if found.name == ARRIVING:
            for path in found.iterdir():
                if path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)
        elif found.stat().st_mtime < before and not _is_known(press, uuid.UUID(found.name)):
            shutil.rmtree(found, ignore_errors=True)


def _is_known(press: Press, scan: uuid.UUID) -> bool:
    """Whether files of this scan may still be on disk."""
    with press.database.reading() as session:
        pictured = select(col(ScanPage.id)).where(col(ScanPage.session_id) == scan, col(ScanPage.pictured))
        waiting = select(col(ScanFile.id)).where(
            col(ScanFile.session_id) == scan, col(ScanFile.state).in_((ScanFileState.WAITING, ScanFileState.STOPPED))
        )
        sheets = select(col(QuestionnaireScan.id)).where(col(QuestionnaireScan.id) == scan)
        return any(session.execute(query.limit(1)).first() for query in (pictured, waiting, sheets))
