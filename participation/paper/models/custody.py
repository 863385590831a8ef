"""Bags, and the boxes that unopened inner envelopes wait in."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, choice, new_id


class Bag(SQLModel, table=True):
    """A sealed bag of outer envelopes, or one day's mail, received by two people. What is in it is only counted."""

    __tablename__ = "bag"
    __table_args__ = (
        UniqueConstraint("spec_id", "number"),
        CheckConstraint("counted BETWEEN 0 AND 2000", name="counted_by_hand"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: a bag received twice is one bag."""
    seal_number: str = Field(default="", max_length=40)
    seal_broken: bool = Field(default=False)
    counted: int
    """Outer envelopes by hand count."""
    received_at: datetime = Field(sa_type=Instant)
    """Day and hour at which it reached the address: the postmark plays no part."""
    recorded_at: datetime = Field(sa_type=Instant)
    received_by: uuid.UUID = Field(foreign_key="account.id")
    witnessed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """The second person, who counted too. Nothing is checked in before."""
    witnessed_at: datetime | None = Field(default=None, sa_type=Instant)
    checked_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Who said that every envelope of it is checked in, and put the inner ones into boxes."""
    checked_at: datetime | None = Field(default=None, sa_type=Instant)


class Finding(StrEnum):
    """What was found in a bag, as counts. No row says of which envelope."""

    ACCEPTED = "accepted"
    SET_ASIDE = "set_aside"
    CASE = "case"
    SECOND_SLIP = "second_slip"
    """One more slip in an outer envelope that held two."""
    LOOSE = "loose"
    """A ballot without an inner envelope."""
    FOLDED = "folded"
    """Of those, how many a second person has folded, unseen, into an envelope."""


class BagTally(SQLModel, table=True):
    """How often something was found in a bag so far."""

    __tablename__ = "bag_tally"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    bag_id: uuid.UUID = Field(primary_key=True, foreign_key="bag.id")
    finding: Finding = Field(primary_key=True, sa_type=choice(Finding))
    style: str = Field(primary_key=True, max_length=40)
    """The district of an accepted declaration; empty for everything else."""
    number: int = Field(default=0)


class CheckIn(SQLModel, table=True):
    """Who checked in envelopes of a bag (0: without a bag): none of them opens its inner envelopes."""

    __tablename__ = "check_in"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    place_id: uuid.UUID = Field(primary_key=True, foreign_key="place.id")
    bag_number: int = Field(primary_key=True)
    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id")


class BoxState(StrEnum):
    FILLING = "filling"
    OPENED = "opened"
    MERGED = "merged"
    """Its contents were poured, unopened, into another box."""


class Box(SQLModel, table=True):
    """A ballot box of one place and style: folded ballots of a counter, or inner envelopes, unopened."""

    __tablename__ = "box"
    __table_args__ = (
        UniqueConstraint("spec_id", "number"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged_somewhere"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    style: str = Field(max_length=40)
    state: BoxState = Field(default=BoxState.FILLING, sa_type=choice(BoxState))
    merged_into: uuid.UUID | None = Field(default=None, foreign_key="box.id")
    made_at: datetime = Field(sa_type=Instant)
    made_by: uuid.UUID = Field(foreign_key="account.id")


class BoxContent(SQLModel, table=True):
    """So many envelopes or ballots were put into a box, append-only: a correction is another entry."""

    __tablename__ = "box_content"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    box_id: uuid.UUID = Field(foreign_key="box.id", index=True)
    bag_number: int = Field(default=0)
    """The bag that the inner envelopes were in; 0 for the tray of cases, for what came in no bag, and at a counter."""
    amount: int
    nonce: str = Field(max_length=64, unique=True)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)


class BoxException(SQLModel, table=True):
    """One of two people who sign that a box of fewer than twenty is opened alone, because there is no other."""

    __tablename__ = "box_exception"
    __table_args__ = (UniqueConstraint("box_id", "account_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    box_id: uuid.UUID = Field(foreign_key="box.id", index=True)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_type=Instant)


class BoxOpening(SQLModel, table=True):
    """What two people found in a box. Of envelopes: opened − empty + extra = ballots."""

    __tablename__ = "box_opening"
    __table_args__ = (CheckConstraint("ballots >= 0 AND empty <= inner_opened", name="counts"),)

    box_id: uuid.UUID = Field(primary_key=True, foreign_key="box.id")
    inner_opened: int = Field(default=0)
    empty: int = Field(default=0)
    extra: int = Field(default=0)
    ballots: int
    first_account_id: uuid.UUID = Field(foreign_key="account.id")
    counted_at: datetime = Field(sa_type=Instant)
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
