"""Who has the remote of a meeting in hand. Two may at once, and either may go on alone: every act names its poll, and
done twice it is done once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation.accounts.models import Account
from participation.db import insert_new
from participation.live.changes import changed
from participation.live.models import AtRemote, Meeting

STILL_THERE = timedelta(seconds=100)
"""A remote says every forty seconds that it is open; one that was silent for so long is closed, or its phone died."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody at the remote, for the others who run the meeting."""

    account_id: uuid.UUID
    name: str


def note(session: Session, meeting: Meeting, account_id: uuid.UUID, at: datetime) -> None:
    """They are at the remote now; the other remotes are woken where that is news."""
    if account_id not in {holder.account_id for holder in at_remote(session, meeting.id, at)}:
        changed(session, meeting)
    row = {"meeting_id": meeting.id, "account_id": account_id, "seen_at": at}
    insert_new(session, AtRemote, [row])
    mine = (col(AtRemote.meeting_id) == meeting.id) & (col(AtRemote.account_id) == account_id)
    session.execute(update(AtRemote).where(mine).values(seen_at=at))


def at_remote(session: Session, meeting_id: uuid.UUID, at: datetime) -> list[Holder]:
    """Who has the remote in hand, by name."""
    query = (
        select(col(Account.id), col(Account.name))
        .join(AtRemote, col(AtRemote.account_id) == col(Account.id))
        .where(col(AtRemote.meeting_id) == meeting_id, col(AtRemote.seen_at) > at - STILL_THERE)
        .order_by(col(Account.name), col(Account.id))
    )
    return [Holder(*row) for row in session.execute(query)]
