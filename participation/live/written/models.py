"""What was decided about an answer in words. The answer stays in the box; its words are not copied."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.consultations.models import RefusalReason
from participation.db import Instant, choice, new_id


class WrittenDecision(SQLModel, table=True):
    """Everybody may read this answer and those that say the same, or nobody. Without a row it is still to be read."""

    __tablename__ = "written_decision"
    __table_args__ = (
        UniqueConstraint("poll_id", "answer_id"),
        CheckConstraint("shown = (reason IS NULL)", name="reason_of_what_is_not_shown"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    poll_id: uuid.UUID = Field(foreign_key="poll.id")
    answer_id: uuid.UUID
    """One of the answers that say the same. When its words are erased, the decision goes with them."""
    shown: bool
    masked: bool = Field(default=False)
    """Whether what looks like personal data is left out when it is shown."""
    reason: RefusalReason | None = Field(default=None, sa_type=choice(RefusalReason, "written_reason"))
    at: datetime = Field(sa_type=Instant)
