"""Print runs and the serial numbers of their ballots."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, choice, new_id
from participation.paper.models.desk import Paper


class PrintState(StrEnum):
    ORDERED = "ordered"
    AT_ONCE = "at_once"
    """Printed by the command that ordered it."""
    READY = "ready"
    """The file waits to be fetched."""
    DELIVERED = "delivered"
    STOPPED = "stopped"
    """Something went wrong; it may be started again."""
    DROPPED = "dropped"
    """Given up, or never delivered: the file is gone and its copies never enter the stock."""


class PrintRun(SQLModel, table=True):
    """An order of blank ballots. The row asks for the work; the worker prints, part by part."""

    __tablename__ = "print_run"
    __table_args__ = (
        CheckConstraint("copies BETWEEN 1 AND 10000", name="copies_in_one_run"),
        CheckConstraint("printed BETWEEN 0 AND copies", name="printed_at_most_ordered"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID | None = Field(default=None, foreign_key="place.id", index=True)
    """Whose stock it is for; empty where it is for none yet."""
    style: str = Field(max_length=40)
    language: str = Field(max_length=10)
    paper: Paper = Field(sa_type=choice(Paper))
    large: bool
    numbered: bool
    copies: int
    on_site: bool = Field(default=False)
    """Extras that a place prints by itself because it runs out."""
    state: PrintState = Field(default=PrintState.ORDERED, sa_type=choice(PrintState))
    printed: int = Field(default=0)
    """Copies whose part of the file is whole and on disk."""
    attempt: int = Field(default=1)
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: an order sent twice is one run."""
    ordered_at: datetime = Field(sa_type=Instant)
    ordered_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Empty where the operator ordered on the command line."""
    ready_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was delivered or dropped."""


class BallotSerial(SQLModel, table=True):
    """A serial that was printed, with the keyed hash of the stub code that hangs on the same ballot half.

    It lies in the order of its number, and once the run is printed nothing says where in the pile it was.
    Nothing of a declaration slip, whose stub has a code of its own from another draw, is ever here.
    """

    __tablename__ = "ballot_serial"
    __table_args__ = (UniqueConstraint("spec_id", "stub_hash"), SQLITE_WITHOUT_ROWID)

    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
    serial: str = Field(primary_key=True, max_length=7)
    stub_hash: str = Field(max_length=64)
    run_id: uuid.UUID = Field(foreign_key="print_run.id", index=True)
    part: int | None = Field(default=None)
    """Which part of the run is being made with it; emptied when the run is printed."""
