"""A forgotten password: a one-time link that an administrator hands over, or the operator where none is left.

Nothing is sent. The link is shown once, works once and for a day, and only its digest is stored.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts import queries, service, team
from participation.accounts.models import Account, PasswordLink
from participation.accounts.permissions import Actor
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _

LINK_LIFE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PasswordLinkIssued:
    for_account_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PasswordReplaced:
    """By a link; `issued_by` is None where the operator made it."""

    issued_by: uuid.UUID | None
    sessions_closed: int


def issue(session: Session, account_id: uuid.UUID, *, organisation_id: uuid.UUID, at: datetime, by: Actor) -> str:
    """The token of a new link for somebody of the team; an earlier link ends.

    NotFound for anybody else; Conflict for oneself, for a closed account, and for somebody who also works elsewhere:
    an administrator here must not open what belongs there.
    """
    team.of_the_team(session, account_id, organisation_id)
    if account_id == by.account_id:
        raise Conflict(
            _("A link is for somebody else. Nothing was changed."),
            _("Change your own password on its page; if you have lost it, another administrator gives you a link."),
        )
    team.works_only_here(session, account_id, organisation_id)
    token = _issue(session, account_id, at, by.account_id)
    event, scope = PasswordLinkIssued(account_id), audit.Scope(organisation_id)
    audit.record(session, event, at=at, account_id=by.account_id, scope=scope)
    return token


def issue_by_operator(session: Session, email: str, *, at: datetime) -> str:
    """The token of a new link for any account, for whoever has the machine. NotFound where there is no such account."""
    account_id = queries.account_by_email(session, email)
    if account_id is None:
        raise NotFound(_("There is no account with this e-mail address."))
    token = _issue(session, account_id, at, None)
    audit.record(session, PasswordLinkIssued(account_id), at=at)
    return token


def _issue(session: Session, account_id: uuid.UUID, at: datetime, issued_by: uuid.UUID | None) -> str:
    if queries.password_hash_of(session, account_id) is None:
        raise Conflict(_("This account is closed. Reopen it first; then a link can be made."))
    session.execute(delete(PasswordLink).where(col(PasswordLink.account_id) == account_id))
    token = secrets.token_urlsafe(32)
    session.add(
        PasswordLink(
            account_id=account_id,
            token_digest=service.token_digest(token),
            issued_by=issued_by,
            expires_at=at + LINK_LIFE,
        )
    )
    return token


def holder(session: Session, token: str, at: datetime) -> str:
    """The name of the person whose password the link replaces. NotFound when it was used, has ended or never was."""
    query = (
        select(col(Account.name))
        .join(PasswordLink, col(PasswordLink.account_id) == col(Account.id))
        .where(*_living(token, at), col(Account.is_active).is_(True))
    )
    name: str | None = session.execute(query).scalar_one_or_none()
    if name is None:
        raise _spent()
    return name


def redeem(session: Session, token: str, *, new_hash: str, at: datetime) -> None:
    """Replaces the password, once, and ends every session of the account. NotFound like `holder`."""
    taken = delete(PasswordLink).where(*_living(token, at))
    link = session.execute(taken.returning(col(PasswordLink.account_id), col(PasswordLink.issued_by))).first()
    if link is None:
        raise _spent()
    mine = update(Account).where(col(Account.id) == link.account_id, col(Account.is_active).is_(True))
    changed = mine.values(password_hash=new_hash, password_by=link.issued_by).returning(col(Account.id))
    if not session.execute(changed).first():
        raise _spent()
    closed = service.sign_out_everywhere(session, link.account_id)
    audit.record(session, PasswordReplaced(link.issued_by, closed), at=at, account_id=link.account_id)


def _living(token: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    digest = service.token_digest(token)
    return col(PasswordLink.token_digest) == digest, col(PasswordLink.expires_at) > at


def _spent() -> NotFound:
    return NotFound(
        _("This link was used already, has ended, or was replaced by a newer one. Your password is as it was."),
        _("Ask an administrator of your organisation for another link."),
    )
