"""Stored counts and their certification. Immutable."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

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


class Certification(SQLModel, table=True):
    """Two certifiers sign one count. The second signature certifies it."""

    __tablename__ = "certification"

    count_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_count.id")
    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)
    state: CountState = Field(sa_type=choice(CountState))  # type: ignore[call-overload]
