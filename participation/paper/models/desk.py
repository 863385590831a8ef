"""How a vote works with paper, and with how many people it was opened."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id


class Paper(StrEnum):
    LETTER = "letter"
    LEGAL = "legal"
    A4 = "a4"


class Profile(StrEnum):
    """How much of the paper desk a process uses (FLOWS: people)."""

    BOROUGH = "borough"
    """Header, two keyings, reconciliation: from box to closed batch in four screens."""
    CITY = "city"
    """Also seals, bags, scans, post and telephone."""


class PaperSettings(SQLModel, table=True):
    """How a process works with paper, where it departs from what is usual."""

    __tablename__ = "paper_settings"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    numbered: bool = Field(default=True)
    """Whether ballots are printed with a serial; else they are initialled and matched by their place in the batch."""
    profile: Profile = Field(default=Profile.BOROUGH, sa_type=choice(Profile))


class TeamException(SQLModel, table=True):
    """A vote with paper that was opened with fewer people than it needs. Append-only, printed with the result."""

    __tablename__ = "team_exception"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    missing: list[str] = Field(default_factory=list, sa_type=Json)
    """The posts that nobody could take, one for each missing person."""
    reason: str = Field(default="", max_length=500)
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID = Field(foreign_key="account.id")
