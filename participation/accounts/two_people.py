"""Where two people are demanded: one place that says when two accounts may be the hands of one.

Whoever makes an account knows its first password, and whoever issues a one-time link can use it. So an account and
the one that made it, or last gave it a new password, never count as two. What this cannot see stands in README.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from participation.accounts.models import Account
from participation.errors import Conflict
from participation.i18n import lazy as _


def in_one_hand(session: Session, account_id: uuid.UUID, others: Iterable[uuid.UUID]) -> bool:
    """Whether one of the others was made, or given its password, by this account, or this one by one of them."""
    rest = set(others) - {account_id}
    if not rest:
        return False
    access = (col(Account.created_by), col(Account.password_by))
    mine = and_(col(Account.id).in_(rest), or_(*(giver == account_id for giver in access)))
    theirs = and_(col(Account.id) == account_id, or_(*(giver.in_(rest) for giver in access)))
    return session.execute(select(col(Account.id)).where(or_(mine, theirs)).limit(1)).first() is not None


def refuse_one_hand(session: Session, account_id: uuid.UUID, *others: uuid.UUID) -> None:
    """Conflict where this account cannot be the other person beside those who acted before."""
    if in_one_hand(session, account_id, others):
        raise Conflict(
            _("One of these two accounts was opened by the other, so they do not count as two people here."),
            _("Nothing was changed. Ask somebody whose account another person opened."),
        )
