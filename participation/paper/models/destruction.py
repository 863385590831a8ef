"""Paper that two people destroyed once its time was over."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id


class PaperKind(StrEnum):
    """What was destroyed; never both in one act, for slip and ballot never meet."""

    BALLOTS = "ballots"
    DECLARATIONS = "declarations"
    """Slips, outer envelopes, and what was set aside unopened."""


class Destruction(SQLModel, table=True):
    """One act: the first person records it, a second who was there signs. Kept as long as the vote is."""

    __tablename__ = "destruction"
    __table_args__ = (UniqueConstraint("spec_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    kind: PaperKind = Field(sa_type=choice(PaperKind))
    chosen: list[Any] = Field(default_factory=list, sa_type=Json)
    """Numbers of the batches, or codes of the places whose declarations they were."""
    lay_in: str = Field(max_length=300)
    """The boxes and bags in which they lay, with their seals."""
    kept_until: date
    rule: str = Field(max_length=300)
    """The retention rule by which they were kept until then."""
    method: str = Field(max_length=200)
    destroyed_on: date
    first_account_id: uuid.UUID = Field(foreign_key="account.id")
    recorded_at: datetime = Field(sa_type=Instant)
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
