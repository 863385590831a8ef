"""The figures that are kept with every change, so that no page counts the register."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation.consultations.models import (
    Contribution,
    ContributionState,
    ContributionTally,
    RefusalReason,
    RefusalTally,
    RegisterCounter,
)
from participation.db import insert_new


def hold(session: Session, process_id: uuid.UUID, *rows: Contribution) -> None:
    """The register of a process waits for this transaction, and these contributions are read anew.

    Whoever changes what stands in it takes this first: two people at one comment act one after the other, and nobody
    waits for somebody who waits for them.
    """
    insert_new(session, RegisterCounter, [{"process_id": process_id, "last": 0}])
    counter = col(RegisterCounter.process_id) == process_id
    session.execute(select(col(RegisterCounter.last)).where(counter).with_for_update())
    for row in rows:
        session.refresh(row)


def tally(session: Session, row: Contribution, change: int) -> None:
    """Changes the figures of its sort. What the office says is no participation: it counts as a reply alone.

    A text that stands under the same text of somebody else is not counted again; who sent it is.
    """
    if not row.official:
        count(session, row, 0 if row.same_as_id else change, change * row.people)
    if row.parent_id is not None and row.state is ContributionState.PUBLISHED:
        replies = col(Contribution.replies) + change
        session.execute(update(Contribution).where(col(Contribution.id) == row.parent_id).values(replies=replies))


def count(session: Session, row: Contribution, contributions: int, people: int) -> None:
    """Adds to the figures of its kind, state, channel and theme."""
    names = ("process_id", "kind", "state", "channel", "theme")
    key = {name: getattr(row, name) for name in names}
    insert_new(session, ContributionTally, [{**key, "number": 0, "people": 0}])
    here = [col(getattr(ContributionTally, name)) == value for name, value in key.items()]
    values = {"number": col(ContributionTally.number) + contributions, "people": col(ContributionTally.people) + people}
    session.execute(update(ContributionTally).where(*here).values(**values))


def count_refusal(session: Session, process_id: uuid.UUID, reason: RefusalReason, number: int) -> None:
    """So many more were refused for this reason."""
    insert_new(session, RefusalTally, [{"process_id": process_id, "reason": reason, "number": 0}])
    here = (col(RefusalTally.process_id) == process_id, col(RefusalTally.reason) == reason)
    session.execute(update(RefusalTally).where(*here).values(number=col(RefusalTally.number) + number))
