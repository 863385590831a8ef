"""A scanned batch of which a person keys a sample: one form that differs, and the person keys every form."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from participation import audit
from participation.paper import queries
from participation.paper.events import ScanSampleDiffered
from participation.paper.keying.adjudication import compared
from participation.paper.models.batches import KeyingSession
from participation.paper.queries import BatchRow
from participation.processes.queries import SpecRow

SAMPLE_LEAST = 5
SAMPLE_ONE_IN = 5
"""The forms that a person keys where a scan is checked by sample: one in five and at least five, drawn by chance, and
on top of them every form that a person had to read on its picture."""


def sample_size(forms: int) -> int:
    """How many of so many forms are drawn by chance."""
    return min(forms, max(SAMPLE_LEAST, -(-forms // SAMPLE_ONE_IN)))


def widen_sample(session: Session, spec_row: SpecRow, batch: BatchRow, *, account_id: uuid.UUID, at: datetime) -> bool:
    """Whether the person who wants to finish must key every form now, because one of the sample differs.

    What differs is told to nobody here: it is settled as everywhere, once both keyings are finished.
    """
    passes = queries.passes_of(session, [batch.id]).get(batch.id, [])
    scan = next((each for each in passes if each.is_scan and each.finished_at and each.sample), None)
    if scan is None or scan.sample is None or len(scan.sample) >= scan.forms:
        return False
    if all(form.agrees for form in compared(session, spec_row, batch).forms):
        return False
    every = queries.positions_of(session, scan.id)
    session.execute(update(KeyingSession).where(col(KeyingSession.id) == scan.id).values(sample=every))
    audit.record(session, ScanSampleDiffered(batch.id), at=at, account_id=account_id, scope=spec_row.scope)
    return True
