"""What becomes of the secrets of a poll once its minute of grace is over: its box is rewritten, its key destroyed.

From then on nothing joins a device or a card to an answer, and nobody can be asked to do so.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlmodel import Session, col

from participation.ballots import closing
from participation.db import Database
from participation.live.models import Poll, PollState
from participation.processes.models import Window, WindowKind
from participation.processes.queries import ROOM_GRACE, SpecRow, spec_by_id
from participation.register.keys import Keys

_CLOSES = (WindowKind.ROOM_CLOSES, WindowKind.ONLINE_CLOSES)


def settle_all(database: Database, keys: Keys, at: datetime) -> int:
    """Settles every poll for which nothing can arrive any more; how many. Idempotent, for the worker's every minute.

    Pages are given back only when no poll is open: for that moment nobody could vote.
    """
    with database.reading() as session:
        due = [_settleable(session, poll) for poll in session.execute(_unsettled(at)).scalars()]
    for spec_row, closed_by in due:
        with database.writing() as session:  # first: where this stops half-way, the poll is still due
            session.execute(update(Poll).where(col(Poll.spec_id) == spec_row.id).values(state=PollState.CLOSED))
        closing.close_room(database, keys, spec_row, closed_by=closed_by, at=at)
    if due:
        with database.reading() as session:
            is_quiet = not unsettled_specs(session)
        if is_quiet:
            closing.give_back(database)
    return len(due)


def _unsettled(at: datetime) -> Select[Poll]:
    return _without_end().where(col(Poll.closes_at) <= at - ROOM_GRACE)


def _without_end() -> Select[Poll]:
    """Polls that were opened and whose intake was not closed for good."""
    closed = select(col(Window.spec_id)).where(col(Window.kind) == WindowKind.INTAKE_CLOSED)
    return select(Poll).where(col(Poll.spec_id).is_not(None), col(Poll.spec_id).not_in(closed))


def unsettled_specs(session: Session) -> list[SpecRow]:
    """What polls ask that are open, or were a minute ago: the night's rewriting is for them too."""
    found = (spec_by_id(session, poll.spec_id) for poll in session.execute(_without_end()).scalars() if poll.spec_id)
    return [spec_row for spec_row in found if spec_row]


def _settleable(session: Session, poll: Poll) -> tuple[SpecRow, uuid.UUID | None]:
    """Its promise, and who closed it; nobody where the clock did."""
    spec_row = spec_by_id(session, poll.spec_id) if poll.spec_id else None
    assert spec_row is not None, "a poll that was opened has its spec"
    query = (
        select(col(Window.first_account_id))
        .where(col(Window.spec_id) == spec_row.id, col(Window.kind).in_(_CLOSES))
        .order_by(col(Window.recorded_at).desc())
        .limit(1)
    )
    return spec_row, session.execute(query).scalar()
