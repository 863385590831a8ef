"""What tests look up in the database: events, open sessions, roles."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from participation.accounts import queries
from participation.accounts.models import Role, StaffSession
from participation.audit import Event
from tests.client import Site


def events(site: Site, kind: str) -> list[tuple[uuid.UUID | None, uuid.UUID | None, dict[str, Any]]]:
    """Who did it, in which organisation, and what the event holds."""
    query = select(col(Event.account_id), col(Event.organisation_id), col(Event.data))
    with site.database.reading() as session:
        rows = session.execute(query.where(col(Event.kind) == kind).order_by(col(Event.at)))
        return [(row.account_id, row.organisation_id, row.data) for row in rows]


def open_sessions(site: Site, account_id: uuid.UUID) -> int:
    query = select(func.count()).select_from(StaffSession).where(col(StaffSession.account_id) == account_id)
    with site.database.reading() as session:
        return int(session.execute(query).scalar_one())


def roles_of(site: Site, account_id: uuid.UUID) -> set[Role]:
    with site.database.reading() as session:
        return {grant.role for grant in queries.grants_of(session, account_id)}


def account(site: Site, email: str) -> uuid.UUID:
    with site.database.reading() as session:
        found = queries.account_by_email(session, email)
    assert found is not None
    return found
