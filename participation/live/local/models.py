"""A rehearsal: one question to all telephones before the doors open. Its answers never become ballots."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from participation.db import Instant, choice, new_id
from participation.privacy import personal

TRYING = personal(
    "counting each telephone once",
    basis="A-2.1 s. 64",
    audience="nobody: it is read by the program",
    retention="until the rehearsal ends",
)


class Reading(StrEnum):
    """What is asked: can you read this from where you are?"""

    WELL = "well"
    BARELY = "barely"


class Rehearsal(SQLModel, table=True):
    """One that is going on. Wiped with its answers when it ends, at the latest once the doors are open."""

    __tablename__ = "rehearsal"

    meeting_id: uuid.UUID = Field(primary_key=True, foreign_key="meeting.id")
    id: uuid.UUID = Field(default_factory=new_id, unique=True)
    """A second rehearsal is another one: telephones know which they answered."""
    began_at: datetime = Field(sa_type=Instant)


class RehearsalAnswer(SQLModel, table=True):
    """One telephone's."""

    __tablename__ = "rehearsal_answer"

    rehearsal_id: uuid.UUID = Field(primary_key=True, foreign_key="rehearsal.id")
    device_hash: str = Field(primary_key=True, max_length=64, sa_column_kwargs=TRYING)
    reading: Reading = Field(sa_type=choice(Reading))
