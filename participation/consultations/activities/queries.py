"""Reads of activities: those of a consultation, before and after a moment, and what was collected at one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.consultations.activities.models import Activity
from participation.consultations.models import Contribution
from participation.processes.models import Phase


@dataclass(frozen=True, slots=True)
class Calendar:
    """The activities of a consultation: those that are not over, the nearest first, and those that are, the last
    first."""

    coming: list[Activity]
    past: list[Activity]

    def __bool__(self) -> bool:
        return bool(self.coming or self.past)

    @property
    def unnoted(self) -> list[Activity]:
        """Those of which nobody has said how many came."""
        return [row for row in self.past if row.people is None and not row.cancelled]


def activities_of(session: Session, process_id: uuid.UUID) -> list[Activity]:
    query = select(Activity).where(col(Activity.process_id) == process_id)
    return list(session.execute(query.order_by(col(Activity.starts_at), col(Activity.number))).scalars())


def calendar_of(session: Session, process_id: uuid.UUID, at: datetime) -> Calendar:
    rows = activities_of(session, process_id)
    return Calendar([row for row in rows if row.ends_at > at], [row for row in reversed(rows) if row.ends_at <= at])


def by_number(session: Session, process_id: uuid.UUID, number: int) -> Activity | None:
    query = select(Activity).where(col(Activity.process_id) == process_id, col(Activity.number) == number)
    return session.execute(query).scalar_one_or_none()


def has_begun(row: Activity, at: datetime) -> bool:
    """Whether people can be there."""
    return row.starts_at <= at and not row.cancelled


def collected_at(session: Session, row: Activity) -> int:
    """How many contributions were transcribed as handed in there."""
    query = select(func.count()).where(col(Contribution.activity_id) == row.id)
    return int(session.execute(query).scalar_one())


def is_outside(row: Activity, phases: Sequence[Phase]) -> bool:
    """Whether it begins before the first stage of the consultation or ends after the last; between stages is fine."""
    if not phases:
        return False
    first, last = min(phase.starts_at for phase in phases), max(phase.ends_at for phase in phases)
    return row.starts_at < first or row.ends_at > last
