"""Stored counts, who signed them, and who signed for what does not add up. Immutable."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.reconciliation import IdentityKey
from participation.db import Instant, Json, choice, new_id


class CountState(StrEnum):
    PRELIMINARY = "preliminary"
    CERTIFIED = "certified"


class Count(SQLModel, table=True):
    """One count of one spec: digest of its inputs, rule and version, result with its working."""

    __tablename__ = "ballot_count"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    input_digest: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    """Of inputs, rule and result, without the time: a recount gives the same one."""
    result: dict[str, Any] = Field(sa_type=Json)
    """See `counts.results.CountResult`."""


class Certification(SQLModel, table=True):
    """Two certifiers sign one count. The second signature certifies it."""

    __tablename__ = "certification"

    count_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_count.id")
    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)
    state: CountState = Field(sa_type=choice(CountState))
    minutes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """Of the second signature: the identities, signed gaps and chain digest as they stood at that moment."""


class IdentitySignature(SQLModel, table=True):
    """One of two people signs that an identity does not close, by exactly this difference, and why."""

    __tablename__ = "identity_signature"
    __table_args__ = (UniqueConstraint("spec_id", "identity", "subject", "difference", "account_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    identity: IdentityKey = Field(sa_type=choice(IdentityKey))
    subject: str = Field(max_length=120)
    """The place or batch; empty for the whole process."""
    difference: int
    reason: str = Field(max_length=500)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)
