"""Erasing contacts (A-2.1, s. 73): a nightly step of the worker, and the delay, which a process may set."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from participation import audit
from participation.consultations.models import Attachment
from participation.consultations.retention import queries
from participation.db import Database
from participation.files import drop_use
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess, process_by_id, published_consultations


@dataclass(frozen=True, slots=True)
class ContactDelaySet:
    """After how many months from the report contacts go."""

    months: int


@dataclass(frozen=True, slots=True)
class ContactsErased:
    """How many rows of each part were emptied, and how many files went; nothing of what was in them."""

    contacts: int
    names: int
    reasons: int
    speakers: int
    speaker_names: int
    flags: int
    respondents: int
    files: int


def set_delay(session: Session, hand: Hand, months: int) -> None:
    row = hand.process.process
    row.contact_months = months
    session.add(row)
    session.flush()
    hand.record(session, ContactDelaySet(months))


def erase_all(database: Database, at: datetime) -> None:
    """Erases what is due in every consultation, also what came since the last time; what is gone changes nothing."""
    with database.reading() as session:
        due = [each for each in published_consultations(session) if _is_due(session, each, at)]
    for process_id in due:
        with database.writing() as session:
            if process := process_by_id(session, process_id):
                erase(session, process, at)


def _is_due(session: Session, process_id: uuid.UUID, at: datetime) -> bool:
    process = process_by_id(session, process_id)
    day = queries.erased_on(session, process) if process else None
    if process is None or day is None or at.astimezone(process.zone).date() < day:
        return False
    return any(queries.held(session, process_id).values())


def erase(session: Session, process: OpenProcess, at: datetime) -> None:
    """Empties every part and lets its files go. What is public stays: words, published names, copies for the public."""
    numbers = queries.held(session, process.id)
    for part in queries.PARTS:
        session.execute(update(part.table).where(queries.belongs(part, process.id)).values(**part.emptied))
    _let_go(session, process.id, at)
    session.flush()
    session.expire_all()
    scope = audit.Scope(process.organisation.id, process.id)
    audit.record(session, ContactsErased(**numbers), at=at, scope=scope)


def _let_go(session: Session, process_id: uuid.UUID, at: datetime) -> None:
    query = select(col(Attachment.id), col(Attachment.digest)).where(queries.attachments(process_id))
    for attachment_id, digest in session.execute(query).all():
        session.execute(delete(Attachment).where(col(Attachment.id) == attachment_id))
        drop_use(session, digest, at)
