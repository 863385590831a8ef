"""How long the keying that is left takes one person: forms that wait times the seconds that half of them take."""

from __future__ import annotations

import uuid
from math import ceil

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.keying.figures import LEAST, median
from participation.paper.models.batches import Batch, Keying, KeyingSession

_MINUTE, _HOUR = 60, 3600


def time_left(session: Session, spec_id: uuid.UUID, forms: int) -> Message | None:
    """“3 h” for so many forms still to be keyed, each pass by itself. None where too few forms were timed."""
    if not forms:
        return None
    query = (
        select(col(Keying.seconds), func.count())
        .join(KeyingSession, col(KeyingSession.id) == col(Keying.session_id))
        .join(Batch, col(Batch.id) == col(KeyingSession.batch_id))
        .where(col(Batch.spec_id) == spec_id, col(Keying.seconds).is_not(None))
        .group_by(col(Keying.seconds))
    )
    timed = {int(seconds): int(number) for seconds, number in session.execute(query)}
    return about(forms * median(timed)) if sum(timed.values()) >= LEAST else None


def about(seconds: float) -> Message:
    """Rounded as one says it: to five minutes up to an hour, to half an hour up to three, then to an hour."""
    if seconds <= 55 * _MINUTE:
        return _("%(minutes)s min", minutes=5 * ceil(seconds / (5 * _MINUTE)))
    halves = round(seconds / (_HOUR / 2))
    hours = halves // 2 if halves < 6 else round(seconds / _HOUR)
    if halves < 6 and halves % 2:
        return _("%(hours)s h 30", hours=hours)
    return _("%(hours)s h", hours=hours)
