"""When paper may be destroyed, and that it was: recorded by one person, signed by a second. No verb here commits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.db import new_id
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.custody import destroyed_batches, due
from participation.paper.events import PaperDestroyed, PaperDestructionRecorded, PaperDestructionWithdrawn
from participation.paper.keying.recounts import can_be_chosen, recounts_of
from participation.paper.models.destruction import Destruction, PaperKind
from participation.paper.queries import BatchRow
from participation.processes.models import Spec
from participation.processes.queries import OpenProcess, SpecRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one person says was destroyed."""

    kind: PaperKind
    chosen: tuple[int | str, ...]
    lay_in: str
    kept_until: date
    rule: str
    method: str
    destroyed_on: date


def acts_of(session: Session, spec_id: uuid.UUID) -> list[Destruction]:
    """Every act of a vote, newest first."""
    query = select(Destruction).where(col(Destruction.spec_id) == spec_id).order_by(col(Destruction.number).desc())
    return list(session.execute(query).scalars())


def act_or_404(session: Session, spec_row: SpecRow, number: int) -> Destruction:
    found = next((each for each in acts_of(session, spec_row.id) if each.number == number), None)
    if found is None:
        raise NotFound(_("There is no destruction with this number in this vote."))
    return found


def batches_left(session: Session, spec_row: SpecRow) -> list[BatchRow]:
    """The closed batches whose sheets are still there and that no recount needs, lowest number first."""
    batches = queries.batches_of(session, spec_row.id)
    recounts = recounts_of(session, spec_row, batches)
    return can_be_chosen(batches, recounts, destroyed_batches(session, spec_row.id))


def places_left(session: Session, spec_row: SpecRow, codes: Sequence[str]) -> list[str]:
    """Of these places, those whose declarations no act names yet."""
    slips = (each for each in acts_of(session, spec_row.id) if each.kind is PaperKind.DECLARATIONS)
    gone = {code for each in slips for code in each.chosen}
    return [code for code in codes if code not in gone]


def is_recorded(session: Session, spec_row: SpecRow, nonce: str) -> bool:
    """Whether the same form was sent before."""
    return any(each.nonce == nonce for each in acts_of(session, spec_row.id))


def record(
    session: Session,
    process: OpenProcess,
    spec_row: SpecRow,
    wanted: Wanted,
    *,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> int:
    """The first of two people; returns the number of the act. Conflict when it is too early, or when it is gone."""
    session.execute(select(col(Spec.id)).where(col(Spec.id) == spec_row.id).with_for_update(key_share=True))
    _check(session, process, spec_row, wanted, acts_of(session, spec_row.id), at)
    last = session.execute(
        select(func.max(col(Destruction.number))).where(col(Destruction.spec_id) == spec_row.id)
    ).scalar()
    number = int(last or 0) + 1
    row = {name: getattr(wanted, name) for name in Wanted.__slots__} | {
        "id": new_id(), "spec_id": spec_row.id, "number": number, "nonce": nonce, "chosen": list(wanted.chosen),
        "first_account_id": account_id, "recorded_at": at,
    }  # fmt: skip
    session.execute(insert(Destruction).values(row))
    event = PaperDestructionRecorded(number, wanted.kind, _batches(wanted.kind, wanted.chosen))
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=wanted.rule)
    return number


def _check(
    session: Session, process: OpenProcess, spec_row: SpecRow, wanted: Wanted, acts: Sequence[Destruction], at: datetime
) -> None:
    standing, today = due(session, process, spec_row), at.astimezone(process.zone).date()
    if standing.least is None or not standing.is_over(min(today, wanted.destroyed_on)):
        raise Conflict(
            _("Paper is kept until thirty days after the result is certified. Nothing was recorded."),
            _("If it was destroyed before, tell whoever answers for the vote: the site cannot certify it."),
        )
    if wanted.kind is PaperKind.BALLOTS:
        free: set[int | str] = {batch.number for batch in batches_left(session, spec_row)}
    else:
        free = set(wanted.chosen) - {code for each in acts if each.kind is wanted.kind for code in each.chosen}
    if not set(wanted.chosen) <= free:
        raise Conflict(
            _("One of them was destroyed before, or a recount needs it. Nothing was recorded."),
            _("Look at the list again."),
        )


def _batches(kind: PaperKind, chosen: Sequence[int | str]) -> tuple[int, ...]:
    return tuple(int(each) for each in chosen) if kind is PaperKind.BALLOTS else ()


def confirm(session: Session, spec_row: SpecRow, act: Destruction, *, account_id: uuid.UUID, at: datetime) -> None:
    """The second person, who was there. Conflict for the first one, and for who has signed already."""
    if act.first_account_id == account_id:
        raise Conflict(_("You recorded it. A second person who was there signs."))
    refuse_one_hand(session, account_id, act.first_account_id)
    still = (col(Destruction.id) == act.id) & col(Destruction.second_account_id).is_(None)
    signed = update(Destruction).where(still).values(second_account_id=account_id, confirmed_at=at)
    if not session.execute(signed.returning(col(Destruction.id))).all():
        raise Conflict(_("Two people have signed this already. Nothing was changed."))
    event = PaperDestroyed(act.number, act.kind, _batches(act.kind, act.chosen))
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=act.rule)


def withdraw(session: Session, spec_row: SpecRow, act: Destruction, *, account_id: uuid.UUID, at: datetime) -> None:
    """Takes a record back that nobody signed as the second person. Conflict once it is signed."""
    still = (col(Destruction.id) == act.id) & col(Destruction.second_account_id).is_(None)
    if not session.execute(delete(Destruction).where(still).returning(col(Destruction.id))).all():
        raise Conflict(_("Two people have signed this already. Nothing was changed."))
    event = PaperDestructionWithdrawn(act.number, act.kind)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
