"""Whether a vote reads batches from scans: chosen before the first batch, and one way for all of them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation import audit
from participation.db import insert_new
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.paper.events import ScanUseChosen
from participation.paper.models.batches import Batch
from participation.paper.models.desk import PaperSettings, ScanUse
from participation.paper.queries import scan_use
from participation.processes.models import Spec
from participation.processes.queries import OpenProcess

USES = {
    ScanUse.NONE: _("Two people key every form, without scans"),
    ScanUse.PERSON: _("A scan, and one person who keys every form"),
    ScanUse.SAMPLE: _("A scan, and a person who keys a sample of each batch"),
}


def is_fixed(session: Session, process_id: uuid.UUID) -> bool:
    """Whether a batch was opened: from then on the choice stands."""
    query = select(col(Batch.id)).join(Spec, col(Spec.id) == col(Batch.spec_id))
    return session.execute(query.where(col(Spec.process_id) == process_id).limit(1)).first() is not None


def choose_use(session: Session, process: OpenProcess, use: ScanUse, *, account_id: uuid.UUID, at: datetime) -> None:
    """Decides it for every batch of the vote. Conflict once there is one."""
    if scan_use(session, process.id) is use:
        return
    if is_fixed(session, process.id):
        raise Conflict(
            _("The first batch of this vote is open, so the way in which batches are read stands. Nothing was changed.")
        )
    insert_new(session, PaperSettings, [{"process_id": process.id, "scans": use}])
    session.execute(update(PaperSettings).where(col(PaperSettings.process_id) == process.id).values(scans=use))
    audit.record(
        session, ScanUseChosen(use.value), at=at, account_id=account_id, scope=audit.Scope(process_id=process.id)
    )
