"""The stub of a ballot half: entered, counted, rejected and why. It knows the serial, and nothing of any slip.

What it says comes from the keyings of the sheet with that serial, not from a row of the ballot box.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.ballots.queries import ReceiptKind, ReceiptStatus
from participation.counting.spec import RulingKind
from participation.paper import queries
from participation.paper.intake import boxes
from participation.paper.keying.adjudication import compared, questions_of
from participation.paper.keying.comparison import ruling_for
from participation.paper.marks import Ruling
from participation.paper.models.batches import Batch, Keying, KeyingSession
from participation.paper.queries import BatchRow
from participation.paper.serials import printed_serial
from participation.paper.sheets.print_job import stub_hash
from participation.paper.sheets.print_runs import serial_of_stub
from participation.processes.queries import SpecRow, windows_of
from participation.settings import Settings


@dataclass(frozen=True, slots=True)
class Stubs:
    """What the look-up of receipts asks of the paper desk."""

    settings: Settings

    def ballot(self, session: Session, spec_row: SpecRow, code: str, at: datetime) -> ReceiptStatus | None:
        """What became of the ballot whose stub has this code. Counted or rejected only once intake is closed."""
        serial = serial_of_stub(session, spec_row.id, stub_hash(self.settings, code))
        if serial is None:
            return None
        batches = _batches_with(session, spec_row, serial)
        if not batches:
            return ReceiptStatus(ReceiptKind.BALLOT_PRINTED)
        received = batches[0].received_on
        rulings = list(_rulings(session, spec_row, batches, serial))
        if not rulings or not windows_of(session, spec_row.id).intake_closed(at):
            return ReceiptStatus(ReceiptKind.BALLOT_ENTERED, received)
        if any(ruling.kind is not RulingKind.REJECTED for ruling in rulings):
            return ReceiptStatus(ReceiptKind.COUNTED, received)
        return ReceiptStatus(ReceiptKind.REJECTED, received, rulings[0].rejection)

    def boxes(self, session: Session, spec_row: SpecRow, place_id: uuid.UUID | None, style: str) -> tuple[int, ...]:
        """The numbers of the boxes in which a ballot of that place and district may be."""
        return boxes.where_it_lies(session, spec_row, place_id, style)


def _batches_with(session: Session, spec_row: SpecRow, serial: str) -> list[BatchRow]:
    """The batches in which a sheet with this serial was keyed, lowest number first."""
    query = (
        select(col(Batch.number))
        .join(KeyingSession, col(KeyingSession.batch_id) == col(Batch.id))
        .join(Keying, col(Keying.session_id) == col(KeyingSession.id))
        .where(col(Batch.spec_id) == spec_row.id, col(Keying.serial) == serial)
        .where(col(KeyingSession.round) == func.coalesce(col(Batch.cast_round), col(Batch.round)))
        .order_by(col(Batch.number))
        .distinct()
    )
    found = [queries.batch_numbered(session, spec_row.id, number) for number in session.execute(query).scalars().all()]
    return [batch for batch in found if batch is not None]


def _rulings(session: Session, spec_row: SpecRow, batches: list[BatchRow], serial: str) -> Iterator[Ruling]:
    """How the sheet was ruled on in the batches that are in the box; while one is recounted, as it was cast."""
    for batch in batches:
        if batch.cast_round is None:
            continue
        for form in compared(session, spec_row, batch, batch.cast_round).forms:
            if form.serial == printed_serial(serial) and form.is_there:
                yield ruling_for(questions_of(spec_row, batch), form)
