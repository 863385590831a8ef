"""What somebody was told and when, so that nobody is told twice; and how early a process reminds."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from participation.db import Instant, choice


class ReminderKind(StrEnum):
    TURN = "turn"
    """Of their turn at a hearing."""
    BRIEF = "brief"
    """Of the last day for the brief that goes with it."""
    DUE = "due"
    """A body, of an answer that is due soon."""
    OVERDUE = "overdue"
    ANSWER = "answer"
    """Somebody who asked, of the answer to their question."""


class ReminderSettings(SQLModel, table=True):
    """How early people are reminded in a process. Without a row, the defaults hold."""

    __tablename__ = "reminder_settings"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    turn_days: int = Field(default=3)
    """Days before a turn."""
    brief_days: int = Field(default=5)
    """Days before the last day of the briefs."""
    due_days: int = Field(default=2)
    """Working days before an answer is due."""


class Reminder(SQLModel, table=True):
    """One thing that one person or body was told. The key is taken once, whatever worker comes first."""

    __tablename__ = "reminder"

    key: str = Field(primary_key=True, max_length=200)
    """What it tells to whom: another hour, place or date makes another key."""
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    kind: ReminderKind = Field(sa_type=choice(ReminderKind))
    speaker_id: uuid.UUID | None = Field(default=None, foreign_key="speaker.id")
    contribution_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id")
    respondent_id: uuid.UUID | None = Field(default=None, foreign_key="respondent.id")
    letter: str = Field(default="", max_length=200)
    """Its key in the outbox; empty where somebody called."""
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Who called."""
