"""What one person proposed and a second one has yet to confirm; the chain of seals."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, choice, new_id
from participation.processes.models import WindowKind


class ProposalState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Proposal(SQLModel, table=True):
    """To close, extend, suspend or resume a way in, or to close intake: done by the second of two people."""

    __tablename__ = "window_proposal"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    kind: WindowKind = Field(sa_type=choice(WindowKind))
    effective_at: datetime = Field(sa_type=Instant)
    reason: str = Field(max_length=500)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    state: ProposalState = Field(default=ProposalState.OPEN, sa_type=choice(ProposalState))


class Seal(SQLModel, table=True):
    """A checkpoint of the hash chain: the previous one and the commitments sealed with it."""

    __tablename__ = "seal"

    sequence: int = Field(primary_key=True)
    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    at: datetime = Field(sa_type=Instant)
    leaves: int
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


class SealedLeaf(SQLModel, table=True):
    """A commitment that is in the chain, and in which seal."""

    __tablename__ = "sealed_leaf"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    digest: str = Field(max_length=64, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    sequence: int
