"""What the rest of a vote says of the serials of a batch: keyed elsewhere as well, or never printed for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from participation.paper.keying.comparison import SerialFacts
from participation.paper.models.batches import Batch, BatchState, Keying, KeyingSession
from participation.paper.models.prints import BallotSerial, PrintRun
from participation.paper.queries import STANDING_ROUND


def facts_of(session: Session, spec_id: uuid.UUID, batch_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, SerialFacts]:
    """Batch id → what the rest of the vote says of its serials; nothing for a batch whose serials are all in order."""
    elsewhere = _serials_elsewhere(session, batch_ids)
    foreign = _foreign_serials(session, spec_id, batch_ids)
    return {
        batch_id: SerialFacts(elsewhere.get(batch_id, {}), frozenset(foreign.get(batch_id, ())))
        for batch_id in {*elsewhere, *foreign}
    }


def _foreign_serials(session: Session, spec_id: uuid.UUID, batch_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Batch id → serials keyed in it that no print run of its district made; empty while nothing was printed here."""
    any_printed = select(col(BallotSerial.serial)).where(col(BallotSerial.spec_id) == spec_id).limit(1)
    if session.execute(any_printed).first() is None:
        return {}
    printed = (col(BallotSerial.spec_id) == spec_id) & (col(BallotSerial.serial) == col(Keying.serial))
    query = (
        select(col(Batch.id), col(Keying.serial))
        .join(KeyingSession, col(KeyingSession.batch_id) == col(Batch.id))
        .join(Keying, col(Keying.session_id) == col(KeyingSession.id))
        .outerjoin(BallotSerial, printed)
        .outerjoin(PrintRun, col(PrintRun.id) == col(BallotSerial.run_id))
        .where(col(Batch.id).in_(batch_ids), col(Keying.serial) != "", col(KeyingSession.round) == STANDING_ROUND)
        .where(col(PrintRun.style).is_distinct_from(col(Batch.style)))
    )
    found: dict[uuid.UUID, set[str]] = {}
    for batch_id, serial in session.execute(query):
        found.setdefault(batch_id, set()).add(serial)
    return found


def _serials_elsewhere(session: Session, batch_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Batch id → serial → the lowest number of another batch of the same vote in which it was keyed as well."""
    keyed, others = aliased(Keying), aliased(Keying)
    of_keyed, of_others = aliased(KeyingSession), aliased(KeyingSession)
    batch, other = aliased(Batch), aliased(Batch)
    stands, stands_elsewhere = (
        case((col(each.state) == BatchState.CLOSED, col(each.cast_round)), else_=col(each.round))
        for each in (batch, other)
    )
    query = (
        select(col(batch.id), col(keyed.serial), func.min(col(other.number)))
        .join(of_keyed, col(of_keyed.batch_id) == col(batch.id))
        .join(keyed, col(keyed.session_id) == col(of_keyed.id))
        .join(others, col(others.serial) == col(keyed.serial))
        .join(of_others, col(of_others.id) == col(others.session_id))
        .join(other, col(other.id) == col(of_others.batch_id))
        .where(col(batch.id).in_(batch_ids), col(keyed.serial) != "", col(of_keyed.round) == stands)
        .where(col(other.spec_id) == col(batch.spec_id), col(other.id) != col(batch.id))
        .where(col(of_others.round) == stands_elsewhere)
        .group_by(col(batch.id), col(keyed.serial))
    )
    found: dict[uuid.UUID, dict[str, int]] = {}
    for batch_id, serial, number in session.execute(query):
        found.setdefault(batch_id, {})[serial] = int(number)
    return found
