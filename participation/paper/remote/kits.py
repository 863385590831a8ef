"""« Envoyez-moi la trousse »: an address is kept, encrypted, until the kit is mailed, and then destroyed.

None of these verbs commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from participation import audit
from participation.db import insert_new, new_id
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.paper.events import KitOrdered, KitsDropped, KitsMailed
from participation.paper.models.remote import KitFigure, KitOrder
from participation.processes.queries import SpecRow, windows_of
from participation.register.keys import Keys


@dataclass(frozen=True, slots=True)
class Kit:
    """A kit to mail: to whom, and what goes into it."""

    id: uuid.UUID
    lines: tuple[str, ...]
    language: str
    large: bool
    style: str
    asked_on: date


def order(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    lines: Sequence[str],
    *,
    language: str,
    large: bool,
    style: str,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """Notes where a kit goes; the same nonce again is the same order. Conflict once intake is closed."""
    if windows_of(session, spec_row.id).all_closed(at):
        raise Conflict(_("Nothing can be received any more, so no kit is mailed."), _("The address was not kept."))
    row = {
        "id": new_id(),
        "spec_id": spec_row.id,
        "nonce": nonce,
        "language": language,
        "large": large,
        "style": style,
        "asked_on": at.astimezone(spec_row.zone).date(),
        "fields": keys.encrypt_fields(spec_row.id, {"lines": "\n".join(lines)}),
    }
    if insert_new(session, KitOrder, [row], "id"):
        audit.record(session, KitOrdered(), at=at, account_id=account_id, scope=spec_row.scope)


def to_mail(session: Session, keys: Keys, spec_row: SpecRow) -> list[Kit]:
    """Every kit that waits, those of one language, size and district together, oldest first."""
    query = select(KitOrder).where(col(KitOrder.spec_id) == spec_row.id)
    order_by = (KitOrder.asked_on, KitOrder.language, KitOrder.large, KitOrder.style, KitOrder.id)
    return [
        Kit(
            row.id,
            tuple(keys.decrypt_fields(spec_row.id, row.fields)["lines"].split("\n")),
            row.language,
            row.large,
            row.style,
            row.asked_on,
        )
        for row in session.execute(query.order_by(*map(col, order_by))).scalars()
    ]


def waiting(session: Session, spec_id: uuid.UUID) -> int:
    """How many kits are to be mailed: how many addresses are kept."""
    number: int = session.execute(
        select(func.count()).select_from(KitOrder).where(col(KitOrder.spec_id) == spec_id)
    ).scalar_one()
    return number


def mailed(session: Session, spec_id: uuid.UUID) -> dict[date, int]:
    """Day → kits mailed on it."""
    query = select(col(KitFigure.mailed_on), col(KitFigure.number)).where(col(KitFigure.spec_id) == spec_id)
    return dict(session.execute(query.order_by(col(KitFigure.mailed_on).desc())).all())


def mark_mailed(
    session: Session, spec_row: SpecRow, chosen: Sequence[uuid.UUID], *, account_id: uuid.UUID, at: datetime
) -> int:
    """These kits left: their addresses are destroyed, and only their number stays. Returns how many."""
    number = _destroy(session, spec_row, chosen)
    if number:
        day = at.astimezone(spec_row.zone).date()
        insert_new(session, KitFigure, [{"spec_id": spec_row.id, "mailed_on": day, "number": 0}])
        today = (col(KitFigure.spec_id) == spec_row.id, col(KitFigure.mailed_on) == day)
        session.execute(update(KitFigure).where(*today).values(number=col(KitFigure.number) + number))
        audit.record(session, KitsMailed(number), at=at, account_id=account_id, scope=spec_row.scope)
    return number


def withdraw(
    session: Session, spec_row: SpecRow, chosen: Sequence[uuid.UUID], *, account_id: uuid.UUID, at: datetime
) -> int:
    """Nobody wants these kits any more, or they were typed wrong: the addresses are destroyed. Returns how many."""
    number = _destroy(session, spec_row, chosen)
    if number:
        audit.record(session, KitsDropped(number), at=at, account_id=account_id, scope=spec_row.scope)
    return number


def _destroy(session: Session, spec_row: SpecRow, chosen: Sequence[uuid.UUID]) -> int:
    mine = (col(KitOrder.spec_id) == spec_row.id, col(KitOrder.id).in_(chosen))
    return len(session.execute(delete(KitOrder).where(*mine).returning(col(KitOrder.id))).all())


def forget_all(session: Session, at: datetime) -> None:
    """Addresses of votes that receive nothing any more: those kits are mailed to nobody."""
    for spec_id in session.execute(select(col(KitOrder.spec_id)).distinct()).scalars().all():
        if windows_of(session, spec_id).all_closed(at):
            session.execute(delete(KitOrder).where(col(KitOrder.spec_id) == spec_id))
