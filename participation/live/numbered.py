"""What people hand in one after the other in a room, each under a number: questions, and turns to speak."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlmodel import Session, col

from participation.db import insert_new
from participation.live.changes import changed
from participation.live.floor.models import FloorQuestion, FloorSettings
from participation.live.models import Meeting
from participation.live.speaking.models import SpeakingSettings, SpeakingTurn

Settings = TypeVar("Settings", FloorSettings, SpeakingSettings)
Handed = TypeVar("Handed", FloorQuestion, SpeakingTurn)


def held(session: Session, table: type[Settings], meeting: Meeting) -> Settings:
    """The settings of the meeting, which is kept from every other act until this transaction ends: numbers follow.

    The meeting itself is held, as by those who act on it: whoever held two things could wait for each other.
    """
    session.execute(select(col(Meeting.id)).where(col(Meeting.id) == meeting.id).with_for_update(key_share=True))
    insert_new(session, table, [table(meeting_id=meeting.id).model_dump()])
    query = select(table).where(col(table.meeting_id) == meeting.id)
    found: Settings = session.execute(query.execution_options(populate_existing=True)).scalar_one()
    return found


def known(session: Session, table: type[Handed], meeting: Meeting, nonce: str) -> Handed | None:
    """What came with this very form before."""
    query = select(table).where(col(table.meeting_id) == meeting.id, col(table.nonce) == nonce)
    return session.execute(query).scalar_one_or_none()


def next_number(settings: FloorSettings | SpeakingSettings) -> int:
    """After the newest; `settings` are held."""
    settings.last += 1
    return settings.last


def keep(session: Session, meeting: Meeting, row: Handed) -> Handed:
    """Keeps what came, and wakes the screens."""
    session.add(row)
    changed(session, meeting)
    return row


def find(session: Session, table: type[Handed], meeting: Meeting, number: int) -> Handed | None:
    query = select(table).where(col(table.meeting_id) == meeting.id, col(table.number) == number)
    return session.execute(query).scalar_one_or_none()
