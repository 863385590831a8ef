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


class ScanUse(StrEnum):
    """Whether a scan may be one of the two keyings of a batch. It is never both."""

    NONE = "none"
    """Two people key every form."""
    PERSON = "person"
    """The scan and one person who keys every form."""
    SAMPLE = "sample"
    """The scan and a person who keys a sample; a single difference makes it every form."""


class PaperSettings(SQLModel, table=True):
    """How a process works with paper, where it departs from what is usual."""

    __tablename__ = "paper_settings"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    numbered: bool = Field(default=True)
    """Whether ballots are printed with a serial; else they are initialled and matched by their place in the batch."""
    scans: ScanUse = Field(default=ScanUse.NONE, sa_type=choice(ScanUse))
    """Chosen before the first batch is opened."""


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
