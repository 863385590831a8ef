"""Further rounds of a batch: why it is read anew, who decided it, and which recount chose it."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, choice, new_id


class RecountState(StrEnum):
    ASKED = "asked"
    """One certifier asks; a second one has yet to confirm."""
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    GIVEN_UP = "given-up"
    """Two certifiers ended it before every batch was read: what was cast before stands again in the others."""


class Recount(SQLModel, table=True):
    """Chosen batches are to be read afresh: one certifier asks with a reason, a second one confirms."""

    __tablename__ = "recount"
    __table_args__ = (UniqueConstraint("spec_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    number: int
    reason: str = Field(max_length=500)
    """Published with the result."""
    state: RecountState = Field(default=RecountState.ASKED, sa_type=choice(RecountState))
    asked_by: uuid.UUID = Field(foreign_key="account.id")
    asked_at: datetime = Field(sa_type=Instant)
    confirmed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    ending_reason: str = Field(default="", max_length=500)
    """Why it is given up, from the first of two certifiers on; published as well."""
    ending_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    ended_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class RecountBatch(SQLModel, table=True):
    """A batch that a recount chose."""

    __tablename__ = "recount_batch"

    recount_id: uuid.UUID = Field(primary_key=True, foreign_key="recount.id")
    batch_id: uuid.UUID = Field(primary_key=True, foreign_key="batch.id", index=True)


class BatchRound(SQLModel, table=True):
    """A batch is keyed anew from its second round on. Of the first, the batch itself says who opened it."""

    __tablename__ = "batch_round"

    batch_id: uuid.UUID = Field(primary_key=True, foreign_key="batch.id")
    round: int = Field(primary_key=True)
    reason: str = Field(max_length=500)
    opened_by: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)
    recount_id: uuid.UUID | None = Field(default=None, foreign_key="recount.id", index=True)
    """The recount that it belongs to; empty where the batch was re-opened before it was cast."""
