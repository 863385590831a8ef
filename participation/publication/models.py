"""What one person proposed and a second one has yet to confirm."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from participation.db import Instant, choice, new_id
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
