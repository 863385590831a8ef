"""Scanned batches: files that were brought, the pages found in them, and what people read where the machine did not.

Pictures lie in FILES_DIR under the random ids of these rows; no name of a file that somebody brought is kept.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, Json, choice, new_id
from participation.paper.models.batches import Interpretation
from participation.privacy import personal


class ScanHand(SQLModel, table=True):
    """Somebody who brought files of a scan or settled its sheets: they neither key the other pass nor rule."""

    __tablename__ = "scan_hand"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    session_id: uuid.UUID = Field(primary_key=True, foreign_key="keying_session.id")
    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id")


class ScanFileState(StrEnum):
    WAITING = "waiting"
    """The worker has it, or will."""
    READ = "read"
    """Its pages are kept, and the file itself is gone."""
    REFUSED = "refused"
    """Nothing of it was kept; `problem` says why."""
    STOPPED = "stopped"
    """The worker could not go on: it may be tried again."""


class ScanFile(SQLModel, table=True):
    """One file with scanned sheets of a batch, by its running number."""

    __tablename__ = "scan_file"
    __table_args__ = (UniqueConstraint("session_id", "number"), UniqueConstraint("session_id", "nonce"))

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="keying_session.id", index=True)
    number: int
    nonce: str = Field(max_length=64)
    """Made by the form, with the file's place in it: a form sent twice brings its files once."""
    digest: str = Field(max_length=64)
    """SHA-256 of its bytes: the same file twice is seen before it is read."""
    size: int
    state: ScanFileState = Field(default=ScanFileState.WAITING, sa_type=choice(ScanFileState))
    problem: str = Field(default="", max_length=40)
    attempt: int = Field(default=1)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)


class ScanOut(StrEnum):
    """Why a page was taken out of the pile."""

    AGAIN = "again"
    """The same sheet was scanned again."""
    BETTER = "better"
    """A better scan of the sheet is here."""
    FOREIGN = "foreign"
    """It belongs to another batch, vote or house, and was laid there."""
    EMPTY = "empty"
    """A separator or an empty side: no ballot."""
    NO_BALLOT = "no-ballot"
    """Something else, as the words with the event say."""


class ScanPage(SQLModel, table=True):
    """A page of a file as the machine read it. Emptied of what was read when the pictures are destroyed."""

    __tablename__ = "scan_page"
    __table_args__ = (UniqueConstraint("file_id", "page"),)

    id: uuid.UUID = Field(primary_key=True)
    """Made of the file's and the page's number: a worker that was killed makes the same again."""
    session_id: uuid.UUID = Field(foreign_key="keying_session.id", index=True)
    file_id: uuid.UUID = Field(foreign_key="scan_file.id", index=True)
    page: int
    serial: str = Field(default="", max_length=7)
    form: str = Field(default="", max_length=40)
    side: int = Field(default=0)
    sides: int = Field(default=0)
    targets: list[Any] = Field(default_factory=list, sa_type=Json)
    """For each target: question, option, value, slot, digit, whether there are several, its state and why."""
    problems: list[Any] = Field(default_factory=list, sa_type=Json)
    crops: list[Any] = Field(default_factory=list, sa_type=Json)
    """Question and name of each target that was cut out for a person."""
    pictured: bool = Field(
        default=False,
        sa_column_kwargs=personal(
            "reading ballots from scans", basis="A-2.1 s. 64", audience="keying desk",
            retention="30 days after certification, one year at most",
        ),
    )  # fmt: skip
    """Whether its picture is on disk."""
    out: ScanOut | None = Field(default=None, sa_type=choice(ScanOut))
    out_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")


class ScanReading(SQLModel, table=True):
    """What a person read on the picture of a sheet that the machine was not sure of."""

    __tablename__ = "scan_reading"

    page_id: uuid.UUID = Field(primary_key=True, foreign_key="scan_page.id")
    """The first page of the sheet."""
    session_id: uuid.UUID = Field(foreign_key="keying_session.id", index=True)
    pages: list[Any] = Field(sa_type=Json)
    """The pages that were looked at: should another come, the sheet is looked at again."""
    interpretation: Interpretation = Field(sa_type=choice(Interpretation))
    marks: dict[str, Any] = Field(sa_type=Json)
    serial: str = Field(default="", max_length=7)
    account_id: uuid.UUID = Field(foreign_key="account.id")
