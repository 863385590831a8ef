"""What was done, by whom and when: typed events written in the transaction of the change.

An event is a frozen dataclass defined by the package that emits it; its class name is its kind. It holds
ids and reason codes, never names or choices. A reason in free words lies in an erasable table of its own;
the event keeps its salted digest, so that erasing moves no digest.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Select, and_, func, insert, or_, select
from sqlmodel import Field, Session, SQLModel, col

from participation.counting.ledger import digest_of
from participation.db import Instant, Json, insert_new, new_id
from participation.privacy import personal


class Event(SQLModel, table=True):
    """One thing that was done. Append-only: triggers refuse UPDATE and DELETE."""

    __tablename__ = "event"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)
    kind: str = Field(max_length=60, index=True)
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    organisation_id: uuid.UUID | None = Field(default=None, foreign_key="organisation.id")
    process_id: uuid.UUID | None = Field(default=None, foreign_key="process.id", index=True)
    data: dict[str, Any] = Field(sa_type=Json)
    reason_digest: str | None = Field(default=None, max_length=64)
    digest: str = Field(max_length=64)


class EventReason(SQLModel, table=True):
    """A reason in free words, erasable; `Event.reason_digest` is the digest of salt and text."""

    __tablename__ = "event_reason"

    event_id: uuid.UUID = Field(primary_key=True, foreign_key="event.id")
    salt: str = Field(max_length=64)
    text: str = Field(
        max_length=2000,
        sa_column_kwargs=personal(
            "why something was decided",
            basis="A-2.1 s. 64",
            audience="staff of the process",
            retention="until it is erased",
        ),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an event belongs."""

    organisation_id: uuid.UUID | None = None
    process_id: uuid.UUID | None = None


def record(
    session: Session,
    event: Any,
    *,
    at: datetime,
    account_id: uuid.UUID | None = None,
    scope: Scope = Scope(),
    reason: str = "",
) -> uuid.UUID:
    """Writes the event in the caller's transaction and returns its id."""
    event_id, salt = new_id(), secrets.token_hex(16)
    row = {
        "id": event_id,
        "at": at.astimezone(UTC),
        "kind": kind_of(type(event)),
        "account_id": account_id,
        "organisation_id": scope.organisation_id,
        "process_id": scope.process_id,
        "data": {name: _plain(value) for name, value in asdict(event).items()},
        "reason_digest": hashlib.sha256((salt + reason).encode()).hexdigest() if reason else None,
    }
    row["digest"] = commitment(row)
    session.execute(insert(Event).values(row))
    if reason:
        session.execute(insert(EventReason).values(event_id=event_id, salt=salt, text=reason))
    return event_id


def take_over(
    session: Session,
    event_id: uuid.UUID,
    kind: str,
    data: dict[str, Any],
    *,
    at: datetime,
    by: uuid.UUID | None,
    scope: Scope,
) -> None:
    """An event that another system recorded, under the id that it has there; once, however often it is brought."""
    row = {
        "id": event_id,
        "at": at.astimezone(UTC),
        "kind": kind,
        "account_id": by,
        "organisation_id": scope.organisation_id,
        "process_id": scope.process_id,
        "data": data,
        "reason_digest": None,
    }
    insert_new(session, Event, [row | {"digest": commitment(row)}])


COMMITTED = ("id", "at", "kind", "account_id", "organisation_id", "process_id", "data", "reason_digest")


def commitment(row: Any) -> str:
    """What the ledger seals of an event: the digest of its columns as they are."""
    return digest_of("event/1", {name: _plain(row[name]) for name in COMMITTED})


def kind_of(event_type: type[Any]) -> str:
    """PhaseChanged → phase-changed."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", event_type.__name__).lower()


def _plain(value: Any) -> Any:
    if isinstance(value, (uuid.UUID, datetime, date)):
        return value.isoformat() if not isinstance(value, uuid.UUID) else str(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as it is listed, with the free words of its reason where they still exist."""

    id: uuid.UUID
    at: datetime
    kind: str
    account_id: uuid.UUID | None
    data: dict[str, Any]
    reason: str
    digest: str

    COLUMNS: ClassVar[tuple[Any, ...]] = tuple(
        col(getattr(Event, name)) for name in ("id", "at", "kind", "account_id", "data", "digest")
    )


def _listing() -> Select[Any]:
    query = select(*EventRow.COLUMNS, col(EventReason.text))
    return query.outerjoin(EventReason, col(EventReason.event_id) == col(Event.id))


def _row(row: Any) -> EventRow:
    return EventRow(row.id, row.at, row.kind, row.account_id, row.data, row.text or "", row.digest)


def list_events(session: Session, process_id: uuid.UUID, kinds: Sequence[type[Any]] = ()) -> list[EventRow]:
    """The events of a process, oldest first; all kinds unless some are named."""
    query = _listing().where(col(Event.process_id) == process_id).order_by(col(Event.at), col(Event.id))
    if kinds:
        query = query.where(col(Event.kind).in_([kind_of(kind) for kind in kinds]))
    return [_row(row) for row in session.execute(query)]


def newest_events(
    session: Session, process_id: uuid.UUID, limit: int, *, kind: str = "", before: tuple[datetime, uuid.UUID] | None
) -> list[EventRow]:
    """So many events of a process, newest first: all kinds or one, from the newest or before one that was shown."""
    query = _listing().where(col(Event.process_id) == process_id)
    if kind:
        query = query.where(col(Event.kind) == kind)
    if before is not None:
        at, event_id = before
        earlier = and_(col(Event.at) == at, col(Event.id) < event_id)
        query = query.where(or_(col(Event.at) < at, earlier))
    query = query.order_by(col(Event.at).desc(), col(Event.id).desc()).limit(limit)
    return [_row(row) for row in session.execute(query)]


def kinds_of_events(session: Session, process_id: uuid.UUID) -> dict[str, int]:
    """Kind → how many events of it a process has."""
    query = select(col(Event.kind), func.count()).where(col(Event.process_id) == process_id).group_by(col(Event.kind))
    return {row[0]: row[1] for row in session.execute(query)}
