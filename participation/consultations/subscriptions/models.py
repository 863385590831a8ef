"""Who asked to be told by e-mail what happens in a consultation, or in the discussion of one comment."""

import uuid
from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, new_id
from participation.privacy import personal


class Subscription(SQLModel, table=True):
    """One address for one consultation or one of its threads; the row goes the moment that its owner unsubscribes."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("process_id", "email", "thread"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    email: str = Field(
        max_length=254,
        sa_column_kwargs=personal(
            "telling people what they asked to be told",
            basis="A-2.1 s. 64",
            audience="nobody: it is read by the program",
            retention="until its owner unsubscribes, or the consultation is over",
        ),
    )
    thread: int = Field(default=0)
    """The register number of the comment whose replies are followed; 0 for the whole consultation."""
    locale: str = Field(max_length=8)
    asked_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its owner pressed the button to which the first letter leads; until then nothing else is sent."""
    told: list[str] = Field(default_factory=list, sa_type=Json)
    """The news of the last days that were sent to it, so that none is sent twice."""
    told_on: date | None = Field(default=None)
    """The day of the last letter with news: one a day at most."""
