"""Votes by telephone, letters with personal codes, and kits sent by post."""

import uuid
from datetime import date, datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, choice, new_id
from participation.paper.models.desk import Paper
from participation.paper.models.prints import PrintState
from participation.privacy import personal


class PhoneNumber(SQLModel, table=True):
    """A one-time number by which somebody whose declaration was accepted on the phone says their choices.

    It refers to neither person nor ballot, is deleted before the ballot enters the box, and dies after a day.
    """

    __tablename__ = "phone_number"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    number_hash: str = Field(max_length=64, primary_key=True)
    """Keyed hash of the number, which is stored nowhere."""
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    style: str = Field(max_length=40)
    nonce_hash: str = Field(max_length=64)
    """Of the form that asked for it: sent again, it is the same number."""
    expires_at: datetime = Field(sa_type=Instant, index=True)
    given_by: uuid.UUID = Field(foreign_key="account.id")
    keyed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    keyed: bytes | None = Field(default=None, sa_type=LargeBinary)
    """What the second agent keyed, sealed under the number itself, until the third has keyed the same."""


class LetterRun(SQLModel, table=True):
    """An order of letters with personal codes. Names and addresses lie sealed under a key of the run's own."""

    __tablename__ = "letter_run"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: a list sent twice is one run."""
    paper: Paper = Field(sa_type=choice(Paper))
    letters: int
    ordered_at: datetime = Field(sa_type=Instant)
    ordered_by: uuid.UUID = Field(foreign_key="account.id")
    destroyed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the last names and addresses were destroyed, and their key with them."""


class LetterPart(SQLModel, table=True):
    """Some letters of a run in one language and size: one PDF, made, fetched and delivered as a whole.

    Its codes are made with it. A part that was not delivered is made again with other codes; the first never worked.
    """

    __tablename__ = "letter_part"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="letter_run.id")
    number: int = Field(primary_key=True)
    language: str = Field(max_length=10)
    large: bool
    letters: int
    state: PrintState = Field(default=PrintState.ORDERED, sa_type=choice(PrintState))
    attempt: int = Field(default=1)
    ready_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class LetterName(SQLModel, table=True):
    """Whom a letter of a part goes to. Destroyed as soon as the part is delivered or given up."""

    __tablename__ = "letter_name"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="letter_run.id")
    part: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    voter_id: uuid.UUID = Field(
        foreign_key="voter.id",
        sa_column_kwargs=personal(
            "sending letters", basis="A-2.1 s. 64", audience="nobody: it is read by the program",
            retention="until it is printed and delivered",
        ),
    )  # fmt: skip
    sealed: bytes = Field(
        sa_type=LargeBinary,
        sa_column_kwargs=personal(
            "sending letters", basis="A-2.1 s. 64", audience="administrators",
            retention="until it is printed and delivered",
        ),
    )  # fmt: skip


class KitOrder(SQLModel, table=True):
    """Somebody asked for a paper kit by mail. The address lies encrypted under the voting key until it is mailed."""

    __tablename__ = "kit_order"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    nonce: str = Field(max_length=64, unique=True)
    language: str = Field(max_length=10)
    large: bool
    style: str = Field(max_length=40)
    asked_on: date
    fields: bytes = Field(
        sa_type=LargeBinary,
        sa_column_kwargs=personal(
            "mailing a kit", basis="A-2.1 s. 64", audience="intake desk", retention="until the kit is mailed"
        ),
    )


class KitFigure(SQLModel, table=True):
    """How many kits were mailed on a day: all that is left of the orders."""

    __tablename__ = "kit_figure"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
    mailed_on: date = Field(primary_key=True)
    number: int = Field(default=0)
