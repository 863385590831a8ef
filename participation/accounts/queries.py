"""Reads of organisations, accounts and grants."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, Uuid, column, func, select, table
from sqlmodel import Session, col

from participation.accounts.models import Account, Grant, Organisation, Role, StaffSession
from participation.accounts.permissions import Actor, GrantRow
from participation.db import Json

_PROCESS = table(
    "process",
    column("id", Uuid()),
    column("organisation_id", Uuid()),
    column("slug", String()),
    column("title", Json),
)
"""What grants in one process need to know of it; its package is above this one."""


def actor_by_token(session: Session, token_digest: str, at: datetime) -> Actor | None:
    """Who is signed in with this token, if the session lives and the account is active."""
    row = session.execute(
        select(col(Account.id), col(Account.name))
        .join(StaffSession, col(StaffSession.account_id) == col(Account.id))
        .where(
            col(StaffSession.token_digest) == token_digest,
            col(StaffSession.expires_at) > at,
            col(Account.is_active).is_(True),
        )
    ).first()
    return Actor(row.id, row.name, grants_of(session, row.id)) if row else None


def grants_of(session: Session, account_id: uuid.UUID) -> tuple[GrantRow, ...]:
    rows = session.execute(
        select(col(Grant.role), col(Grant.organisation_id), col(Grant.process_id)).where(
            col(Grant.account_id) == account_id
        )
    )
    return tuple(GrantRow(row.role, row.organisation_id, row.process_id) for row in rows)


@dataclass(frozen=True, slots=True)
class Credentials:
    account_id: uuid.UUID
    password_hash: str


def credentials(session: Session, email: str) -> Credentials | None:
    """The stored hash of an active account."""
    row = session.execute(
        select(col(Account.id), col(Account.password_hash)).where(
            col(Account.email) == email.strip().lower(), col(Account.is_active).is_(True)
        )
    ).first()
    return Credentials(row.id, row.password_hash) if row else None


def password_hash_of(session: Session, account_id: uuid.UUID) -> str | None:
    """The stored hash of an active account."""
    query = select(col(Account.password_hash)).where(col(Account.id) == account_id, col(Account.is_active).is_(True))
    return session.execute(query).scalar_one_or_none()


def account_by_email(session: Session, email: str) -> uuid.UUID | None:
    query = select(col(Account.id)).where(col(Account.email) == email.strip().lower())
    return session.execute(query).scalar_one_or_none()


def active_administrators(session: Session, organisation_id: uuid.UUID) -> int:
    """How many people can manage the organisation now."""
    query = (
        select(func.count())
        .select_from(Grant)
        .join(Account, col(Account.id) == col(Grant.account_id))
        .where(
            col(Grant.organisation_id) == organisation_id,
            col(Grant.role) == Role.ADMINISTRATOR,
            col(Account.is_active).is_(True),
        )
    )
    return int(session.execute(query).scalar_one())


def organisation_by_slug(session: Session, slug: str) -> Organisation | None:
    return session.execute(select(Organisation).where(col(Organisation.slug) == slug)).scalar_one_or_none()


def organisations_of(session: Session, actor: Actor) -> list[Organisation]:
    """The organisations in which the actor holds any role."""
    ids = {grant.organisation_id for grant in actor.grants if grant.organisation_id}
    query = select(Organisation).where(col(Organisation.id).in_(ids)).order_by(col(Organisation.slug))
    return list(session.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class StaffRow:
    account_id: uuid.UUID
    name: str
    email: str
    is_active: bool
    roles: tuple[Role, ...]


def staff_of(session: Session, organisation_id: uuid.UUID) -> list[StaffRow]:
    """Who works for the organisation, with their roles there, by name."""
    return _staff(session, col(Grant.organisation_id) == organisation_id)


def staff_of_process(session: Session, process_id: uuid.UUID) -> list[StaffRow]:
    """Who has roles in this process only, with these roles, by name; roles of the organisation are not among them."""
    return _staff(session, col(Grant.process_id) == process_id)


def _staff(session: Session, where: ColumnElement[bool]) -> list[StaffRow]:
    rows = session.execute(
        select(col(Account.id), col(Account.name), col(Account.email), col(Account.is_active), col(Grant.role))
        .join(Grant, col(Grant.account_id) == col(Account.id))
        .where(where)
        .order_by(col(Account.name), col(Grant.role))
    ).all()
    people: dict[uuid.UUID, StaffRow] = {}
    for row in rows:
        known = people.get(row.id)
        roles = (*known.roles, row.role) if known else (row.role,)
        people[row.id] = StaffRow(row.id, row.name, row.email, row.is_active, roles)
    return list(people.values())


@dataclass(frozen=True, slots=True)
class GuestRow:
    """Somebody whose roles are those of single processes; these as address and title by language."""

    account_id: uuid.UUID
    name: str
    email: str
    is_active: bool
    processes: tuple[tuple[str, dict[str, str]], ...]


def guests_of(session: Session, organisation_id: uuid.UUID) -> list[GuestRow]:
    """Who works in processes of the organisation without a role in all of it, by name."""
    in_all = select(col(Grant.account_id)).where(col(Grant.organisation_id) == organisation_id)
    query = (
        select(col(Account.id), col(Account.name), col(Account.email), col(Account.is_active), _PROCESS.c.slug,
               _PROCESS.c.title)
        .join(Grant, col(Grant.account_id) == col(Account.id))
        .join(_PROCESS, _PROCESS.c.id == col(Grant.process_id))
        .where(_PROCESS.c.organisation_id == organisation_id, col(Account.id).not_in(in_all))
        .order_by(col(Account.name), _PROCESS.c.slug)
    )  # fmt: skip
    people: dict[uuid.UUID, GuestRow] = {}
    for row in session.execute(query):
        known = people.get(row.id)
        served = dict(known.processes) if known else {}
        served[row.slug] = row.title
        people[row.id] = GuestRow(row.id, row.name, row.email, row.is_active, tuple(served.items()))
    return list(people.values())


def organisations_served(session: Session, account_id: uuid.UUID) -> set[uuid.UUID]:
    """The organisations in which the account has any role, be it in one process only."""
    body = func.coalesce(col(Grant.organisation_id), _PROCESS.c.organisation_id)
    query = (
        select(body)
        .select_from(Grant)
        .outerjoin(_PROCESS, _PROCESS.c.id == col(Grant.process_id))
        .where(col(Grant.account_id) == account_id)
    )
    return set(session.execute(query).scalars())


def names_of(session: Session, account_ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Account id → name, for the accounts that sign minutes and events."""
    if not account_ids:
        return {}
    rows = session.execute(select(col(Account.id), col(Account.name)).where(col(Account.id).in_(account_ids)))
    return {row.id: row.name for row in rows}
