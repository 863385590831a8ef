"""Audits by sample: what was announced, thrown, drawn and read again."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.ballots.models import BallotRejection
from participation.db import Instant, Json, choice, new_id
from participation.paper.models.batches import Interpretation


class SampleAudit(SQLModel, table=True):
    """The audit by sample of one contest of a count, with the risk limit that was announced before the dice."""

    __tablename__ = "sample_audit"
    __table_args__ = (UniqueConstraint("count_id", "question_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    count_id: uuid.UUID = Field(foreign_key="ballot_count.id")
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    question_id: str = Field(max_length=40)
    risk_percent: int
    announced_at: datetime = Field(sa_type=Instant)
    seed: str = Field(default="", max_length=200)
    """The digits of the dice; empty until they are thrown."""


class SampleReading(SQLModel, table=True):
    """A drawn paper ballot as it was read again. Who read it stands with the event."""

    __tablename__ = "sample_reading"
    __table_args__ = (UniqueConstraint("audit_id", "batch_id", "position"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    audit_id: uuid.UUID = Field(foreign_key="sample_audit.id", index=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id")
    position: int
    interpretation: Interpretation = Field(sa_type=choice(Interpretation))
    marks: dict[str, Any] = Field(sa_type=Json)
    rejection: BallotRejection | None = Field(default=None, sa_type=choice(BallotRejection))
