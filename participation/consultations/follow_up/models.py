"""The report, its numbered recommendations, and every answer that the City gave to them."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id
from participation.processes.models import LocalText


class Report(SQLModel, table=True):
    """The report of the commission on one consultation."""

    __tablename__ = "consultation_report"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    title: LocalText = Field(sa_type=Json)
    summary: LocalText = Field(default_factory=dict, sa_type=Json)
    """In plain language."""
    delivered_on: date | None = Field(default=None)
    """When the mayor and the president of the executive committee received it."""
    publish_on: date | None = Field(default=None)
    """From this day on everybody reads it."""
    file_id: uuid.UUID | None = Field(default=None, foreign_key="stored_file.id")


class Recommendation(SQLModel, table=True):
    __tablename__ = "recommendation"
    __table_args__ = (UniqueConstraint("process_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    number: int
    words: LocalText = Field(sa_type=Json)


class Outcome(StrEnum):
    """What the City decided on a recommendation."""

    ACCEPTED = "accepted"
    PARTLY = "partly"
    REFUSED = "refused"
    PENDING = "pending"


class FollowUp(SQLModel, table=True):
    """What the City said of a recommendation on a day. Append-only: the newest stands, the earlier ones can be read."""

    __tablename__ = "follow_up"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    recommendation_id: uuid.UUID = Field(foreign_key="recommendation.id", index=True)
    outcome: Outcome = Field(sa_type=choice(Outcome))
    words: LocalText = Field(default_factory=dict, sa_type=Json)
    source: str = Field(max_length=300)
    """Where it is written: an address, or the number of a resolution or document."""
    said_on: date
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID = Field(foreign_key="account.id")
