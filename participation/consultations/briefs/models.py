"""What a brief has beside its words and files: its number in the file, and a name that stays off it."""

import uuid
from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant
from participation.privacy import personal


class BriefCounter(SQLModel, table=True):
    """The last number given to a published brief of a process; its row lock gives them out one by one."""

    __tablename__ = "brief_counter"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    last: int = Field(default=0)


class Brief(SQLModel, table=True):
    """A contribution that is a brief. Whoever deposits one has read the notice of publication and said so."""

    __tablename__ = "brief"
    __table_args__ = (UniqueConstraint("process_id", "file_number"),)

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    process_id: uuid.UUID = Field(foreign_key="process.id")
    of_a_group: bool = Field(default=False)
    withheld: bool = Field(default=False)
    """It is published without the name, for a reason that stays with the commission."""
    withheld_reason: str = Field(
        default="",
        sa_type=Text,
        sa_column_kwargs=personal(
            "keeping a name off a brief",
            basis="A-2.1 s. 64",
            audience="staff of the process",
            retention="one year after the report, or the months that the consultation names",
        ),
    )
    file_number: int | None = Field(default=None)
    """12 of 8.12, in the order of publication. It stays, whatever happens later."""
    transcript: str = Field(default="", max_length=20)
    """Number of the document that tells what its author said at the hearing, such as 5.1."""
    published_at: datetime | None = Field(default=None, sa_type=Instant)
