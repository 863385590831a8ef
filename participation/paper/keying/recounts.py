"""Recount of chosen batches: one certifier asks with a reason, a second confirms, two others key them afresh.

Whole batches only, and never a person's ballot: what is chosen is a pile, and every form of it is read again.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots.models import RecountedRound
from participation.ballots.queries import RecountedRow, recounted_rounds
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.custody import destroyed_batches
from participation.paper.events import RecountAsked, RecountConfirmed, RecountEndAsked, RecountGivenUp, RecountWithdrawn
from participation.paper.keying import rounds
from participation.paper.keying.differences import Difference, Recounted, between
from participation.paper.models.batches import Batch
from participation.paper.models.recounts import BatchRound, Recount, RecountBatch, RecountState
from participation.paper.queries import BatchRow
from participation.processes.models import Spec
from participation.processes.queries import SpecRow


@dataclass(frozen=True, slots=True)
class RecountRow:
    """A recount with its batches, lowest number first, and those of them that are not closed again."""

    id: uuid.UUID
    number: int
    reason: str
    state: RecountState
    asked_by: uuid.UUID
    asked_at: datetime
    confirmed_by: uuid.UUID | None
    confirmed_at: datetime | None
    ending_reason: str
    ending_by: uuid.UUID | None
    ended_by: uuid.UUID | None
    ended_at: datetime | None
    batches: tuple[BatchRow, ...] = ()
    open: tuple[BatchRow, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(batch.number for batch in self.batches)

    @property
    def people(self) -> set[uuid.UUID]:
        """Who asked, and who confirmed."""
        people = (self.asked_by, self.confirmed_by, self.ending_by, self.ended_by)
        return {each for each in people if each is not None}

    @property
    def is_asked(self) -> bool:
        return self.state is RecountState.ASKED

    @property
    def is_under_way(self) -> bool:
        """Confirmed, and a batch of it is still being read."""
        return bool(self.open)


def recounts_of(session: Session, spec_row: SpecRow, batches: Sequence[BatchRow] | None = None) -> list[RecountRow]:
    """Every recount of the vote, newest first: three queries, or four where the batches are not given."""
    columns = tuple(col(getattr(Recount, name)) for name in RecountRow.__slots__[:12])
    found = session.execute(
        select(*columns).where(col(Recount.spec_id) == spec_row.id).order_by(col(Recount.number).desc())
    ).all()
    if not found:
        return []
    known = {batch.id: batch for batch in batches or queries.batches_of(session, spec_row.id)}
    chosen = _chosen(session, [row.id for row in found])
    newest = _of_newest_round(session, spec_row.id)
    rows = []
    for row in found:
        mine = tuple(sorted((known[each] for each in chosen[row.id]), key=lambda batch: batch.number))
        still = tuple(batch for batch in mine if not batch.is_closed and newest.get(batch.id) == row.id)
        rows.append(replace(RecountRow(*row), batches=mine, open=still))
    return rows


def _chosen(session: Session, recount_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    rows = session.execute(
        select(col(RecountBatch.recount_id), col(RecountBatch.batch_id)).where(
            col(RecountBatch.recount_id).in_(recount_ids)
        )
    )
    chosen: dict[uuid.UUID, set[uuid.UUID]] = {recount_id: set() for recount_id in recount_ids}
    for recount_id, batch_id in rows:
        chosen[recount_id].add(batch_id)
    return chosen


def _of_newest_round(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID | None]:
    """Batch id → the recount that its newest round belongs to, for batches that were read anew."""
    query = (
        select(col(BatchRound.batch_id), col(BatchRound.recount_id))
        .join(Batch, (col(Batch.id) == col(BatchRound.batch_id)) & (col(Batch.round) == col(BatchRound.round)))
        .where(col(Batch.spec_id) == spec_id)
    )
    return {row.batch_id: row.recount_id for row in session.execute(query)}


def recount_or_404(session: Session, spec_row: SpecRow, number: int) -> RecountRow:
    """The recount with that number. NotFound if there is none."""
    found = next((each for each in recounts_of(session, spec_row) if each.number == number), None)
    if found is None:
        raise NotFound(_("There is no recount with this number in this vote."))
    return found


def can_be_chosen(
    batches: Iterable[BatchRow], recounts: Iterable[RecountRow], destroyed: Collection[int]
) -> list[BatchRow]:
    """The batches that are in the box and that no recount waits for, lowest number first; `destroyed` by number."""
    asked = {batch.id for recount in recounts if recount.is_asked for batch in recount.batches}
    free = (each for each in batches if each.is_closed and each.id not in asked and each.number not in destroyed)
    return sorted(free, key=lambda each: each.number)


def ask(
    session: Session, spec_row: SpecRow, numbers: Collection[int], reason: str, *, account_id: uuid.UUID, at: datetime
) -> int:
    """The first of two certifiers; returns the recount's number. Nothing is opened yet.

    Conflict for a batch that is not in the box, or that another recount waits for.
    """
    session.execute(select(col(Spec.id)).where(col(Spec.id) == spec_row.id).with_for_update(key_share=True))
    batches = queries.batches_of(session, spec_row.id)
    found, gone = recounts_of(session, spec_row, batches), destroyed_batches(session, spec_row.id)
    free = {batch.number: batch for batch in can_be_chosen(batches, found, gone)}
    for number in sorted(set(numbers) - set(free)):
        raise Conflict(
            _("Batch %(number)s cannot be chosen: it is not closed, or another recount has it. Nothing was asked for.",
              number=number),
            _("Look at the list again."),
        )  # fmt: skip
    last = session.execute(select(func.max(col(Recount.number))).where(col(Recount.spec_id) == spec_row.id)).scalar()
    recount = Recount(spec_id=spec_row.id, number=(last or 0) + 1, reason=reason, asked_by=account_id, asked_at=at)
    session.add(recount)
    session.flush()
    rows = [{"recount_id": recount.id, "batch_id": free[number].id} for number in sorted(set(numbers))]
    session.execute(insert(RecountBatch), rows)
    event = RecountAsked(recount.number, tuple(sorted(set(numbers))))
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason)
    return recount.number


def confirm(session: Session, spec_row: SpecRow, recount: RecountRow, *, account_id: uuid.UUID, at: datetime) -> None:
    """The second of two certifiers: every chosen batch is opened in a new round. Conflict for the same person.

    What is in the box stays there, and stands, until the new reading of its batch is cast.
    """
    if recount.asked_by == account_id:
        raise Conflict(_("You asked for this recount yourself: a second certifier must confirm it. It is kept."))
    refuse_one_hand(session, account_id, recount.asked_by)
    _settle(session, recount, RecountState.CONFIRMED, confirmed_by=account_id, confirmed_at=at)
    for batch in recount.batches:
        rounds.begin(session, batch, recount.reason, account_id=account_id, at=at, recount_id=recount.id)
    event = RecountConfirmed(recount.number, recount.numbers)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def withdraw(session: Session, spec_row: SpecRow, recount: RecountRow, *, account_id: uuid.UUID, at: datetime) -> None:
    """Takes back what nobody has confirmed; any certifier may. Conflict once it is confirmed."""
    _settle(session, recount, RecountState.WITHDRAWN)
    audit.record(session, RecountWithdrawn(recount.number), at=at, account_id=account_id, scope=spec_row.scope)


def _settle(session: Session, recount: RecountRow, state: RecountState, **more: object) -> None:
    done = session.execute(
        update(Recount)
        .where(col(Recount.id) == recount.id, col(Recount.state) == RecountState.ASKED)
        .values(state=state, **more)
        .returning(col(Recount.id))
    ).first()
    if done is None:
        raise Conflict(_("This recount is confirmed or withdrawn already. Nothing was changed."))


def ask_to_end(
    session: Session, spec_row: SpecRow, recount: RecountRow, reason: str, *, account_id: uuid.UUID, at: datetime
) -> None:
    """The first of two certifiers gives up a recount that cannot be finished: its sheets are not to be found, say."""
    if not recount.is_under_way:
        raise Conflict(_("This recount is not under way, so there is nothing to give up. Nothing was changed."))
    done = session.execute(
        update(Recount)
        .where(col(Recount.id) == recount.id, col(Recount.ending_by).is_(None))
        .values(ending_by=account_id, ending_reason=reason)
        .returning(col(Recount.id))
    ).first()
    if done is None:
        raise Conflict(_("A certifier asked for that already: a second one confirms it. Nothing was changed."))
    event = RecountEndAsked(recount.number)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason)


def end(session: Session, spec_row: SpecRow, recount: RecountRow, *, account_id: uuid.UUID, at: datetime) -> None:
    """The second of two certifiers: in batches that were not cast again, what was cast before stands."""
    if recount.ending_by is None or not recount.is_under_way:
        raise Conflict(_("Nobody has asked to give this recount up. Nothing was changed."))
    if recount.ending_by == account_id:
        raise Conflict(_("You asked for this yourself: a second certifier must confirm it. It is kept."))
    refuse_one_hand(session, account_id, recount.ending_by)
    for batch in recount.open:
        rounds.end(session, batch)
    session.execute(
        update(Recount)
        .where(col(Recount.id) == recount.id)
        .values(state=RecountState.GIVEN_UP, ended_by=account_id, ended_at=at)
    )
    event = RecountGivenUp(recount.number, tuple(batch.number for batch in recount.open))
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


# What came of it.


@dataclass(frozen=True, slots=True)
class Found:
    """One batch of a recount that is closed again, with what is read otherwise than before."""

    batch: BatchRow
    differences: tuple[Difference, ...]


def found_in(session: Session, spec_row: SpecRow, recount: RecountRow) -> list[Found]:
    """The batches of a recount that were cast again, each with its differences."""
    pairs = _pairs(session, recount, recounted_rounds(session, spec_row.id))
    differing = between(session, spec_row, pairs)
    return [Found(each.batch, tuple(differing[each.batch.id])) for each in pairs]


def _pairs(session: Session, recount: RecountRow, replaced: Iterable[RecountedRow]) -> list[Recounted]:
    query = select(col(BatchRound.batch_id), col(BatchRound.round)).where(col(BatchRound.recount_id) == recount.id)
    mine = {(row.batch_id, row.round) for row in session.execute(query)}
    by_batch = {row.batch_id: row for row in replaced if (row.batch_id, row.by_round) in mine}
    return [
        Recounted(batch, by_batch[batch.id].round, by_batch[batch.id].by_round)
        for batch in recount.batches
        if batch.id in by_batch
    ]


def batches_after(session: Session, spec_id: uuid.UUID, since: datetime) -> int:
    """How many batches are being recounted, or were after that moment: a newer count is to come."""
    chosen = (
        select(col(RecountBatch.batch_id))
        .join(Recount, col(Recount.id) == col(RecountBatch.recount_id))
        .where(
            col(Recount.spec_id) == spec_id,
            col(Recount.state) == RecountState.CONFIRMED,
            col(Recount.confirmed_at) > since,
        )
    )
    cast = select(col(RecountedRound.batch_id)).where(
        col(RecountedRound.spec_id) == spec_id, col(RecountedRound.at) > since
    )
    return int(session.execute(select(func.count()).select_from(chosen.union(cast).subquery())).scalar_one())


def given_up_after(session: Session, spec_id: uuid.UUID, since: datetime) -> list[tuple[int, str, str]]:
    """Recounts of which no minutes tell: number, why each was asked for, and why two certifiers gave it up."""
    query = (
        select(col(Recount.number), col(Recount.reason), col(Recount.ending_reason))
        .where(col(Recount.spec_id) == spec_id, col(Recount.state) == RecountState.GIVEN_UP)
        .where(col(Recount.confirmed_at) > since)
        .order_by(col(Recount.number))
    )
    return [(row.number, row.reason, row.ending_reason) for row in session.execute(query)]


def as_minutes(
    session: Session, spec_row: SpecRow, *, after: datetime | None, until: datetime
) -> list[dict[str, object]]:
    """What the minutes keep of each recount between two counts, oldest first: numbers of ballots, and no choice."""
    rows = [
        each
        for each in recounts_of(session, spec_row)
        if each.confirmed_at is not None and each.confirmed_at <= until and (after is None or each.confirmed_at > after)
    ]
    return [_minuted(session, spec_row, each) for each in reversed(rows)]


def _minuted(session: Session, spec_row: SpecRow, recount: RecountRow) -> dict[str, object]:
    found = found_in(session, spec_row, recount)
    return {
        "number": recount.number,
        "reason": recount.reason,
        "batches": [each.batch.number for each in found],
        "given_up": recount.ending_reason if recount.state is RecountState.GIVEN_UP else "",
        "forms": sum(each.batch.forms_cast for each in found),
        "differing": sum(len(each.differences) for each in found),
    }
