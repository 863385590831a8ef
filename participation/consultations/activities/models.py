"""Activities of a consultation: when and where people are met, and, once they are over, how many came."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id


class ActivityKind(StrEnum):
    KIOSK = "kiosk"
    WALK = "walk"
    WORKSHOP = "workshop"
    INFORMATION = "information"
    OTHER = "other"


class HowCounted(StrEnum):
    """How somebody of the staff came by the number of people present."""

    ONE_BY_ONE = "one-by-one"
    SLIPS = "slips"
    ESTIMATE = "estimate"


class Activity(SQLModel, table=True):
    """One activity. Who was there and who watched stand in columns of their own, and are never added together."""

    __tablename__ = "activity"
    __table_args__ = (UniqueConstraint("process_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    number: int
    """In its address."""
    kind: ActivityKind = Field(sa_type=choice(ActivityKind))
    title: dict[str, str] = Field(sa_type=Json)
    place: dict[str, str] = Field(sa_type=Json)
    """Name and address, as people read them."""
    access: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    """How one gets in and about: ramp, distance, sign language."""
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    link: str = Field(default="", max_length=300)
    """Where one registers or watches."""
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    cancelled: bool = Field(default=False)
    """It stays announced, and said not to take place."""
    people: int | None = Field(default=None)
    """Present, as a person counted them; None until it is noted, 0 where nobody came."""
    how_counted: HowCounted | None = Field(default=None, sa_type=choice(HowCounted))
    views: int | None = Field(default=None)
    """Of the webcast, as its service gave them on `views_on`."""
    views_on: date | None = Field(default=None)
    noted_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
