"""Verbs on accounts: create, grant, sign in and out, change a password."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from pwdlib import PasswordHash
from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.models import Account, Grant, Organisation, PasswordLink, Role, StaffSession
from participation.accounts.permissions import Actor
from participation.db import insert_new
from participation.errors import Conflict, Invalid
from participation.i18n import lazy as _

SESSION_LIFE = timedelta(hours=12)
MINIMUM_PASSWORD = 12
_hasher = PasswordHash.recommended()
_DUMMY_HASH = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """Argon2id; 64 MiB and about 0.2 s of one core, so never inside a write transaction."""
    if len(password) < MINIMUM_PASSWORD:
        raise Invalid(_("The password needs at least %(length)s characters.", length=MINIMUM_PASSWORD))
    return _hasher.hash(password)


def password_matches(password: str, stored: str | None) -> bool:
    """Whether it is the password. An unknown account costs the same time as a known one."""
    return _hasher.verify(password, stored or _DUMMY_HASH) and stored is not None


@dataclass(frozen=True, slots=True)
class AccountCreated:
    new_account_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class RoleGranted:
    to_account_id: uuid.UUID
    role: Role


@dataclass(frozen=True, slots=True)
class RoleRevoked:
    from_account_id: uuid.UUID
    role: Role


@dataclass(frozen=True, slots=True)
class SignedIn:
    pass


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    sessions_closed: int


def create_organisation(session: Session, slug: str, name: dict[str, str], *, address: str = "") -> Organisation:
    organisation = Organisation(slug=slug, name=name, address=address)
    session.add(organisation)
    session.flush()  # its id is a foreign key of what follows
    return organisation


def create_account(
    session: Session, *, email: str, name: str, password_hash: str, at: datetime, by: Actor | None = None
) -> uuid.UUID:
    """A new account with no role. Invalid when the address is taken."""
    email = email.strip().lower()
    if session.execute(select(col(Account.id)).where(col(Account.email) == email)).first():
        raise Invalid(_("An account with this e-mail address exists already."))
    maker = by.account_id if by else None
    account = Account(email=email, name=name.strip(), password_hash=password_hash, created_by=maker)
    session.add(account)
    session.flush()  # the event below refers to it
    audit.record(session, AccountCreated(account.id), at=at, account_id=maker)
    return account.id


def stand_in(session: Session, account_id: uuid.UUID, name: str) -> None:
    """An account for somebody of the staff of another system, of whom something was brought: it has no password and no
    role, so nobody signs in with it. Under the same id there is one."""
    row = {
        "id": account_id,
        "email": f"{account_id}@elsewhere.invalid",
        "name": name,
        "password_hash": "",
        "is_active": False,
    }
    insert_new(session, Account, [row])


def grant_role(
    session: Session,
    account_id: uuid.UUID,
    role: Role,
    *,
    organisation_id: uuid.UUID | None = None,
    process_id: uuid.UUID | None = None,
    at: datetime,
    by: Actor | None = None,
) -> None:
    """Grants a role in exactly one place; granting it twice changes nothing."""
    held = session.execute(select(col(Grant.id)).where(*_held(account_id, role, organisation_id, process_id))).first()
    if held:
        return
    session.add(Grant(account_id=account_id, role=role, organisation_id=organisation_id, process_id=process_id))
    scope = audit.Scope(organisation_id, process_id)
    audit.record(session, RoleGranted(account_id, role), at=at, account_id=by.account_id if by else None, scope=scope)


def _held(
    account_id: uuid.UUID, role: Role, organisation_id: uuid.UUID | None, process_id: uuid.UUID | None
) -> tuple[ColumnElement[bool], ...]:
    """The grant of a role in exactly this place; a place that is not named is NULL."""
    return (
        col(Grant.account_id) == account_id,
        col(Grant.role) == role,
        col(Grant.organisation_id).is_not_distinct_from(organisation_id),
        col(Grant.process_id).is_not_distinct_from(process_id),
    )


def revoke_role(
    session: Session,
    account_id: uuid.UUID,
    role: Role,
    *,
    organisation_id: uuid.UUID | None = None,
    process_id: uuid.UUID | None = None,
    at: datetime,
    by: Actor,
) -> None:
    """Takes a role of exactly one place away; where it is not held, nothing changes and nothing is recorded."""
    taken = session.execute(
        delete(Grant).where(*_held(account_id, role, organisation_id, process_id)).returning(col(Grant.id))
    ).all()
    if not taken:
        return
    scope = audit.Scope(organisation_id, process_id)
    audit.record(session, RoleRevoked(account_id, role), at=at, account_id=by.account_id, scope=scope)


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(session: Session, account_id: uuid.UUID, at: datetime) -> str:
    """Opens a session and returns its token, which is stored nowhere. Always a new one: none that a browser brought."""
    audit.record(session, SignedIn(), at=at, account_id=account_id)
    return _open_session(session, account_id, at)


def _open_session(session: Session, account_id: uuid.UUID, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_digest=token_digest(token), account_id=account_id, created_at=at, expires_at=at + SESSION_LIFE
        )
    )
    return token


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(col(StaffSession.token_digest) == token_digest(token)))


def sign_out_everywhere(session: Session, account_id: uuid.UUID) -> int:
    """Ends every session of the account; how many there were."""
    ended = delete(StaffSession).where(col(StaffSession.account_id) == account_id)
    return len(session.execute(ended.returning(col(StaffSession.token_digest))).all())


def forget_ended(session: Session, at: datetime) -> None:
    """Deletes sessions and one-time links that have ended."""
    session.execute(delete(StaffSession).where(col(StaffSession.expires_at) <= at))
    session.execute(delete(PasswordLink).where(col(PasswordLink.expires_at) <= at))


def change_password(session: Session, account_id: uuid.UUID, *, checked_hash: str, new_hash: str, at: datetime) -> str:
    """Replaces the hash that the old password was checked against, and ends every session and one-time link.

    Returns the token of a new session.

    Conflict when another window has changed the password since it was checked.
    """
    mine = update(Account).where(col(Account.id) == account_id, col(Account.password_hash) == checked_hash)
    if not session.execute(mine.values(password_hash=new_hash).returning(col(Account.id))).first():
        raise Conflict(
            _("Your password was changed in another window in the meantime. This change was not made."),
            _("Sign in with the newest password and try again."),
        )
    session.execute(delete(PasswordLink).where(col(PasswordLink.account_id) == account_id))
    closed = sign_out_everywhere(session, account_id)
    audit.record(session, PasswordChanged(closed), at=at, account_id=account_id)
    return _open_session(session, account_id, at)


def add_staff(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: tuple[Role, ...],
    organisation_id: uuid.UUID,
    at: datetime,
    by: Actor | None = None,
) -> uuid.UUID:
    """A new account with its roles in one organisation. Invalid when the address is taken."""
    account_id = create_account(session, email=email, name=name, password_hash=password_hash, at=at, by=by)
    for role in roles:
        grant_role(session, account_id, role, organisation_id=organisation_id, at=at, by=by)
    return account_id
