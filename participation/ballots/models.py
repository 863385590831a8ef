"""The ballot box: ballots, what supersedes them. Append-only, in an order that says nothing."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import Capture, Channel, RulingKind, SupersedingReason
from participation.db import SQLITE_WITHOUT_ROWID, Instant, Json, choice, new_id


class BallotRejection(StrEnum):
    """Why a paper ballot is rejected (rejeté). Online, validation refuses and nothing is written."""

    OVER = "over"
    UNDER = "under"
    """Fewer choices than a vote with a printed minimum above one asks for; otherwise few choices are valid."""
    UNCLEAR = "unclear"
    COPY = "copy"
    TWO_IN_ENVELOPE = "two-in-envelope"
    OVER_BUDGET = "over-budget"
    NOT_OURS = "not-ours"
    """The sheet was not handed out for this vote: another vote's form, a letter, a drawing. It says nothing here."""


class Ballot(SQLModel, table=True):
    """One ballot: choices and where it came from; no name, no time finer than the day.

    Every index is a page written at random for each ballot, so there are only those that a constraint or a
    look-up needs: the key, the receipt, the tag.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint("(tag IS NULL) = (revision IS NULL)", name="tag_with_revision"),
        UniqueConstraint("tag", "revision"),
        SQLITE_WITHOUT_ROWID,
    )

    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", primary_key=True)
    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    style: str = Field(max_length=40)
    channel: Channel = Field(sa_type=choice(Channel))
    capture: Capture = Field(sa_type=choice(Capture))
    place_id: uuid.UUID | None = Field(default=None, foreign_key="place.id")
    batch_id: uuid.UUID | None = Field(default=None)
    batch_round: int | None = Field(default=None)
    """Which reading of its batch it comes from: 1, or more after a recount."""
    received_on: date
    ruling: RulingKind = Field(sa_type=choice(RulingKind))
    rejection: BallotRejection | None = Field(default=None, sa_type=choice(BallotRejection))
    choices: str = Field(sa_type=Text)
    """Canonical (`counting.answers.encode`); of a rejected ballot, the marks as read."""
    nonce_hash: str = Field(max_length=64)
    receipt_hash: str = Field(max_length=64, unique=True)
    """One nonce gives one receipt, so this index also refuses a second ballot from the same form."""
    tag: str | None = Field(default=None, max_length=64)
    """HMAC(voting key, voter), only where a rule may cancel this ballot."""
    revision: int | None = Field(default=None)
    commitment: str = Field(max_length=64)


class Superseding(SQLModel, table=True):
    """The online ballot with this tag and revision does not count, and why."""

    __tablename__ = "superseding"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    tag: str = Field(max_length=64, primary_key=True)
    revision: int = Field(primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    reason: SupersedingReason = Field(sa_type=choice(SupersedingReason))


class RecountedRound(SQLModel, table=True):
    """The ballots of this round of this batch do not count any more: a recount put those of a later one into the box.

    A whole batch at a time, never a single ballot; what was read first stays as it was cast.
    """

    __tablename__ = "recounted_round"

    batch_id: uuid.UUID = Field(primary_key=True)
    round: int = Field(primary_key=True)
    by_round: int
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    at: datetime = Field(sa_type=Instant)
    """A count that was made before that saw the earlier round."""


class HandCount(SQLModel, table=True):
    """Totals of raised hands or of cards held up: not ballots, as nobody can be told apart in them.

    One row stands per spec and capture: the newest. A correction is a row that names the one before.
    """

    __tablename__ = "hand_count"
    __table_args__ = (UniqueConstraint("spec_id", "capture", "revision"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    capture: Capture = Field(sa_type=choice(Capture))
    revision: int
    """1, or more after corrections: the highest stands."""
    totals: dict[str, int] = Field(sa_type=Json)
    """Option → people who raised their hand or card for it."""
    first_account_id: uuid.UUID = Field(foreign_key="account.id")
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Empty where a small room has a single counter, and the result says so."""
    at: datetime = Field(sa_type=Instant)


class RewritePermit(SQLModel, table=True):
    """While a row exists, rows of that table and spec may be deleted to be re-inserted in another order."""

    __tablename__ = "rewrite_permit"

    table_name: str = Field(max_length=40, primary_key=True)
    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
