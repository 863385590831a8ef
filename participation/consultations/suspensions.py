"""Nothing is taken from a network for a while, because a moderator said so: who is stopped, why, until when.

It stops sending alone. Everybody reads on, and paper, post and telephone stay open.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from participation.consultations.models import Contribution, Origin, RefusalReason, Suspension
from participation.consultations.queries import LETTERS
from participation.db import insert_new
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess

ORIGIN_KEPT = timedelta(days=14)
"""How long it is known from which network a contribution came."""
DAYS = (1, 7, 30)
"""How long a suspension may be."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class SendingSuspended:
    """What led to it; never from where it came."""

    contribution_number: int
    days: int


@dataclass(frozen=True, slots=True)
class SuspensionEnded:
    contribution_number: int


class Suspended(Conflict):
    """Nothing is taken from this network for now."""

    status = 403


def refuse_suspended(session: Session, process: OpenProcess, network: str, at: datetime) -> None:
    """Suspended, with its end, where a moderator has stopped this network; `network` is its keyed digest."""
    until = session.execute(
        select(func.max(col(Suspension.until))).where(
            col(Suspension.process_id) == process.id,
            col(Suspension.network_hash) == network,
            col(Suspension.until) > at,
        )
    ).scalar()
    if until is not None:
        raise Suspended(
            ngettext(
                "Something that was sent from your connection broke the charter. Nothing more is taken from it for "
                "%(num)s day. Your text was not sent.",
                "Something that was sent from your connection broke the charter. Nothing more is taken from it for "
                "%(num)s days. Your text was not sent.",
                math.ceil((until - at) / timedelta(days=1)),
            ),
            _("Your text is still on your screen. If it was not you, call us, write on paper or try from elsewhere."),
        )


def note_origin(session: Session, contribution_id: uuid.UUID, network: str, at: datetime) -> None:
    """Remembers for some days from where it came."""
    if network:
        insert_new(session, Origin, [{"contribution_id": contribution_id, "network_hash": network, "at": at}])


def network_of(session: Session, contribution_id: uuid.UUID) -> str:
    """The keyed digest of where it came from; empty once that is forgotten, and for what came on paper."""
    query = select(col(Origin.network_hash)).where(col(Origin.contribution_id) == contribution_id)
    return session.execute(query).scalar() or ""


def sent_from(session: Session, network: str) -> list[str]:
    """References of what came from there lately, the newest first: a library sends what many people write."""
    query = (
        select(col(Contribution.kind), col(Contribution.number))
        .join(Origin, col(Origin.contribution_id) == col(Contribution.id))
        .where(col(Origin.network_hash) == network)
        .order_by(col(Origin.at).desc(), col(Contribution.number).desc())
        .limit(SHOWN)
    )
    return [f"{LETTERS[kind]}-{number}" for kind, number in session.execute(query)] if network else []


def suspend(session: Session, hand: Hand, row: Contribution, reason: RefusalReason, days: int) -> None:
    """Takes nothing for some days from where a contribution came. Conflict where nobody knows any more."""
    network = network_of(session, row.id)
    if not network:
        raise Conflict(_("It is no longer known from where this came, or it came on paper. Nothing was suspended."))
    session.add(
        Suspension(
            process_id=row.process_id,
            contribution_id=row.id,
            network_hash=network,
            reason=reason,
            at=hand.at,
            until=hand.at + timedelta(days=days),
            account_id=hand.account_id,
        )
    )
    session.flush()
    hand.record(session, SendingSuspended(row.number, days))


def end(session: Session, hand: Hand, row: Contribution) -> None:
    """Takes from there again, from now on. Ended twice it is ended."""
    running = (col(Suspension.contribution_id) == row.id) & (col(Suspension.until) > hand.at)
    ended = session.execute(update(Suspension).where(running).values(until=hand.at).returning(col(Suspension.id)))
    if ended.all():
        hand.record(session, SuspensionEnded(row.number))


@dataclass(frozen=True, slots=True)
class Running:
    """A suspension that is on: the contribution that led to it, why, until when."""

    reference: str
    number: int
    reason: RefusalReason
    until: datetime


def running(session: Session, process_id: uuid.UUID, at: datetime) -> list[Running]:
    query = (
        select(col(Contribution.kind), col(Contribution.number), col(Suspension.reason), col(Suspension.until))
        .join(Suspension, col(Suspension.contribution_id) == col(Contribution.id))
        .where(col(Suspension.process_id) == process_id, col(Suspension.until) > at)
        .order_by(col(Suspension.until), col(Contribution.number))
    )
    return [
        Running(f"{LETTERS[kind]}-{number}", number, reason, until)
        for kind, number, reason, until in session.execute(query)
    ]


def forget_origins(session: Session, at: datetime) -> None:
    """Forgets from where things came after some days, and suspensions that have ended."""
    session.execute(delete(Origin).where(col(Origin.at) < at - ORIGIN_KEPT))
    session.execute(delete(Suspension).where(col(Suspension.until) <= at))
