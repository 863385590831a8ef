"""A batch is read anew, with a reason: its passes start afresh in another round, and those of the earlier ones stay.

Before a batch is cast this is a re-opening, by whoever runs the batches. After, it is a recount, which two certifiers
order (`recounts`): then nobody who had a part in what stands in the box reads or rules again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.errors import Conflict, Forbidden
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.events import BatchReopened
from participation.paper.models.batches import Batch, BatchState
from participation.paper.models.recounts import BatchRound, Recount
from participation.paper.queries import BatchRow, PassRow
from participation.processes.queries import SpecRow


@dataclass(frozen=True, slots=True)
class Barred:
    """Who may not work on the newest round of a batch."""

    keying: frozenset[uuid.UUID] = frozenset()
    ruling: frozenset[uuid.UUID] = frozenset()


def barred(session: Session, batch: BatchRow) -> Barred:
    """Of a recount, everybody who keyed or ruled on what stands in the box; and who ruled in any earlier round does
    not key, having seen both keyings."""
    return barred_from(session, [batch])[batch.id]


def barred_from(session: Session, batches: Sequence[BatchRow]) -> dict[uuid.UUID, Barred]:
    """The same of several batches: two queries for each earlier round, however many they are."""
    keying: dict[uuid.UUID, set[uuid.UUID]] = {batch.id: set() for batch in batches}
    ruling: dict[uuid.UUID, set[uuid.UUID]] = {batch.id: set() for batch in batches}
    for earlier in range(1, max((batch.round for batch in batches), default=1)):
        rounds = {batch.id: earlier for batch in batches if earlier < batch.round}
        passes, ruled = queries.passes_of(session, rounds, rounds), queries.adjudications_of(session, rounds, rounds)
        for batch in (each for each in batches if each.id in rounds):
            judges = {each.account_id for each in ruled.get(batch.id, {}).values()}
            keying[batch.id] |= judges
            if batch.cast_round is not None and earlier <= batch.cast_round:
                hands = judges | queries.people_of(passes.get(batch.id, []))
                keying[batch.id] |= hands
                ruling[batch.id] |= hands
    return {batch.id: Barred(frozenset(keying[batch.id]), frozenset(ruling[batch.id])) for batch in batches}


def hands_of(session: Session, batch: BatchRow, in_round: int) -> frozenset[uuid.UUID]:
    """Who had a part in a round of the batch, as keyer, from scans or as third person."""
    passes = queries.passes_of(session, [batch.id], {batch.id: in_round}).get(batch.id, [])
    return queries.people_of(passes) | _judges_of(session, batch, in_round)


def _judges_of(session: Session, batch: BatchRow, in_round: int) -> frozenset[uuid.UUID]:
    ruled = queries.adjudications_of(session, [batch.id], {batch.id: in_round}).get(batch.id, {})
    return frozenset(each.account_id for each in ruled.values())


def refuse_earlier_reader(session: Session, batch: BatchRow, account_id: uuid.UUID) -> None:
    """Forbidden for who may not key the newest round."""
    if account_id in barred(session, batch).keying:
        raise Forbidden(
            _("You keyed or settled this batch before, so somebody else keys it this time."),
            _("Take another batch from the list."),
        )


def refuse_earlier_judge(session: Session, batch: BatchRow, account_id: uuid.UUID) -> None:
    """Forbidden for who may not rule in the newest round."""
    if account_id in barred(session, batch).ruling:
        raise Forbidden(
            _("You keyed or settled this batch before its recount, so somebody else settles it now."),
            _("Ask another adjudicator."),
        )


def reopen(
    session: Session, spec_row: SpecRow, batch: BatchRow, reason: str, *, account_id: uuid.UUID, at: datetime
) -> None:
    """Both passes start anew; what was keyed stays, marked as superseded. Conflict once the batch is in the box."""
    if batch.is_closed:
        raise Conflict(
            _("This batch is closed: its ballots are in the box. Nothing was changed."),
            _("Two certifiers can order its recount."),
        )
    if batch.id not in queries.passes_of(session, [batch.id]):
        raise Conflict(_("Nobody has keyed this batch yet, so there is nothing to start anew."))
    held = round_of(session, batch)
    begin(session, batch, reason, account_id=account_id, at=at, recount_id=held.recount_id if held else None)
    event = BatchReopened(batch.id, batch.number, batch.round + 1)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason)


def begin(
    session: Session,
    batch: BatchRow,
    reason: str,
    *,
    account_id: uuid.UUID,
    at: datetime,
    recount_id: uuid.UUID | None,
) -> None:
    """The next round of a batch as it was read. Conflict when it has changed meanwhile."""
    taken = session.execute(
        update(Batch)
        .where(col(Batch.id) == batch.id, col(Batch.state) == batch.state, col(Batch.round) == batch.round)
        .values(state=BatchState.OPEN, round=batch.round + 1)
        .returning(col(Batch.id))
    ).all()
    if not taken:
        raise Conflict(_("Somebody else changed batch %(number)s meanwhile. Nothing was changed.", number=batch.number))
    row = {
        "batch_id": batch.id,
        "round": batch.round + 1,
        "reason": reason,
        "opened_by": account_id,
        "at": at,
        "recount_id": recount_id,
    }
    session.execute(insert(BatchRound).values(row))


def round_of(session: Session, batch: BatchRow) -> BatchRound | None:
    """Why the newest round was begun; None for the first."""
    return session.get(BatchRound, (batch.id, batch.round))


def end(session: Session, batch: BatchRow) -> None:
    """What is in the box stands again; the round that was begun stays as far as it came. Conflict when it was cast."""
    taken = session.execute(
        update(Batch)
        .where(col(Batch.id) == batch.id, col(Batch.state) == BatchState.OPEN, col(Batch.round) == batch.round)
        .values(state=BatchState.CLOSED)
        .returning(col(Batch.id))
    ).all()
    if not taken:
        raise Conflict(_("Somebody else changed batch %(number)s meanwhile. Nothing was changed.", number=batch.number))


@dataclass(frozen=True, slots=True)
class Earlier:
    """A round that does not stand: who keyed it, and why the next one was begun, or for what this one."""

    number: int
    given_up: bool
    """Begun for a recount that two certifiers gave up."""
    passes: tuple[PassRow, ...]
    ruled: int
    reason: str
    ended_by: uuid.UUID
    ended_at: datetime
    recount: int | None
    """The number of the recount that ended it."""


def earlier_rounds(session: Session, batch: BatchRow) -> list[Earlier]:
    """The rounds that do not stand, newest first. No reading is among it."""
    query = (
        select(BatchRound, col(Recount.number))
        .outerjoin(Recount, col(Recount.id) == col(BatchRound.recount_id))
        .where(col(BatchRound.batch_id) == batch.id)
        .order_by(col(BatchRound.round).desc())
    )
    found = []
    for after, recount in session.execute(query):
        given_up = after.round > batch.standing_round
        number = after.round if given_up else after.round - 1
        rounds = {batch.id: number}
        passes = queries.passes_of(session, [batch.id], rounds).get(batch.id, [])
        ruled = queries.adjudications_of(session, [batch.id], rounds).get(batch.id, {})
        found.append(
            Earlier(number, given_up, tuple(passes), len(ruled), after.reason, after.opened_by, after.at, recount)
        )
    return found


def begun_at(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, datetime]:
    """Batch id → when its newest round began, for those that were read anew."""
    query = (
        select(col(BatchRound.batch_id), col(BatchRound.at))
        .join(Batch, (col(Batch.id) == col(BatchRound.batch_id)) & (col(Batch.round) == col(BatchRound.round)))
        .where(col(Batch.spec_id) == spec_id)
    )
    return {row.batch_id: row.at for row in session.execute(query)}
