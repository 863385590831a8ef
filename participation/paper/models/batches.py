"""Batches of paper ballots, their independent keyings, what a third person ruled, and who signed a gap."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.ballots.models import BallotRejection
from participation.counting.spec import Capture, Channel
from participation.db import Instant, Json, choice, new_id


class BatchState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Batch(SQLModel, table=True):
    """At most 50 forms of one place and style under one printed header with a hand count."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("spec_id", "number"),
        CheckConstraint("header_count BETWEEN 1 AND 50", name="at_most_fifty"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: a header sent twice is one batch."""
    style: str = Field(max_length=40)
    channel: Channel = Field(sa_type=choice(Channel))
    received_on: date
    header_count: int
    seal_number: str = Field(default="", max_length=40)
    seal_broken: bool = Field(default=False)
    numbered: bool = Field(default=False)
    """Whether its forms carry a serial, which is then keyed with each form."""
    box_id: uuid.UUID | None = Field(default=None, foreign_key="box.id", index=True)
    """The box that its forms were taken from, where the vote works with boxes."""
    state: BatchState = Field(default=BatchState.OPEN, sa_type=choice(BatchState))
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: uuid.UUID = Field(foreign_key="account.id")
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    forms_cast: int = Field(default=0)
    """How many of its forms were put into the box when it closed, whatever their ruling."""
    round: int = Field(default=1)
    """The newest reading of the pile: a re-opening or a recount begins another, and the earlier ones stay."""
    cast_round: int | None = Field(default=None)
    """The round whose ballots stand in the box; empty before the first closing."""


class KeyingSession(SQLModel, table=True):
    """One clerk's pass over a batch, or a scan of it: the first or the independent second."""

    __tablename__ = "keying_session"
    __table_args__ = (
        UniqueConstraint("batch_id", "round", "pass_number"),
        UniqueConstraint("batch_id", "round", "account_id"),
        CheckConstraint("pass_number IN (1, 2)", name="two_passes"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id", index=True)
    round: int = Field(default=1)
    pass_number: int
    account_id: uuid.UUID = Field(foreign_key="account.id")
    """Who keys; of a scan, who brought its first file."""
    capture: Capture = Field(default=Capture.KEYED, sa_type=choice(Capture))
    sample: list[int] | None = Field(default=None, sa_type=Json)
    """Of a scan: the positions that a person keys as well, once they are drawn; null where it is every one."""
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class Interpretation(StrEnum):
    CHOICES = "choices"
    BLANK = "blank"
    OVER = "over"
    """More marks than anybody would key, read as too many."""
    UNCLEAR = "unclear"
    NOT_OURS = "not-ours"
    """There is a sheet, and it is no ballot of this vote."""
    MISSING = "missing"
    """There is no form at this position: only a third person, paper in hand, says so."""


class Keying(SQLModel, table=True):
    """One form as one clerk read it: the marks exactly as keyed, unknown numbers and all."""

    __tablename__ = "keying"
    __table_args__ = (
        UniqueConstraint("session_id", "position"),
        UniqueConstraint("session_id", "nonce"),
        CheckConstraint("position BETWEEN 1 AND 99", name="position_in_batch"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="keying_session.id", index=True)
    position: int
    interpretation: Interpretation = Field(sa_type=choice(Interpretation))
    marks: dict[str, Any] = Field(sa_type=Json)
    """Question id → list of [number as keyed, value]."""
    serial: str = Field(default="", max_length=7, index=True)
    """The printed serial of the ballot half, digits only; empty on a form without one."""
    seconds: int | None = Field(default=None)
    """From the form's coming up to its saving, a length of time and no instant; empty where nobody measured."""
    nonce: str = Field(max_length=64)
    """Made by the form: a form saved twice is one keying."""


class Adjudication(SQLModel, table=True):
    """What a third person ruled on a form whose two keyings differ, or that is an exception.

    The reading comes first, made from the paper without sight of the keyings; the ruling once both are shown.
    """

    __tablename__ = "adjudication"
    __table_args__ = (UniqueConstraint("batch_id", "round", "position"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id", index=True)
    round: int = Field(default=1)
    position: int
    account_id: uuid.UUID = Field(foreign_key="account.id")
    reading: Interpretation = Field(sa_type=choice(Interpretation, "reading"))
    reading_marks: dict[str, Any] = Field(sa_type=Json)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    """Empty while only the third person's own reading is saved."""
    interpretation: Interpretation | None = Field(default=None, sa_type=choice(Interpretation))
    rejection: BallotRejection | None = Field(default=None, sa_type=choice(BallotRejection))
    marks: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class GapKind(StrEnum):
    COUNT = "count"
    """Header and keyed forms differ."""
    EXCESS = "excess"
    """More forms come from the place than declarations were accepted there."""


class GapSignature(SQLModel, table=True):
    """Two people sign the same difference; the reason in words lies with the event."""

    __tablename__ = "gap_signature"
    __table_args__ = (UniqueConstraint("batch_id", "round", "kind", "difference", "account_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id", index=True)
    round: int = Field(default=1)
    kind: GapKind = Field(sa_type=choice(GapKind))
    account_id: uuid.UUID = Field(foreign_key="account.id")
    difference: int
    """Signed: a signature under another difference counts for nothing."""
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_type=Instant)
