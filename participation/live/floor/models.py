"""Questions that people put to the room, who asked them as far as it is known, and which telephones support them."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.consultations.models import RefusalReason
from participation.counting.spec import Capture
from participation.db import Instant, choice, new_id
from participation.live.kept import CALLING, device
from participation.privacy import personal


class FloorState(StrEnum):
    PENDING = "pending"
    """Nobody has read it yet."""
    SHOWN = "shown"
    MERGED = "merged"
    """It asks the same as another, which goes on for both."""
    REFUSED = "refused"
    ANSWERED = "answered"


class FloorSettings(SQLModel, table=True):
    """How a meeting takes questions. Without a row, the defaults hold."""

    __tablename__ = "floor_settings"
    __table_args__ = (CheckConstraint("per_device > 0", name="per_device"),)

    meeting_id: uuid.UUID = Field(primary_key=True, foreign_key="meeting.id")
    is_open: bool = Field(default=False)
    per_device: int = Field(default=3)
    """Questions that one telephone may send."""
    last: int = Field(default=0)
    """The number given to the newest question."""


class FloorQuestion(SQLModel, table=True):
    """One question. Its words are never changed; what was spotted in them can be left out of what is shown."""

    __tablename__ = "floor_question"
    __table_args__ = (UniqueConstraint("meeting_id", "number"), UniqueConstraint("meeting_id", "nonce"))

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    meeting_id: uuid.UUID = Field(foreign_key="meeting.id")
    number: int
    """From 1, in the order in which they came."""
    state: FloorState = Field(default=FloorState.PENDING, sa_type=choice(FloorState))
    text: str = Field(
        max_length=500,
        sa_column_kwargs=personal(
            "putting people’s questions to the room",
            basis="A-2.1 s. 64",
            audience="everybody, once published",
            retention="as long as the record of the consultation",
        ),
    )
    masked: bool = Field(default=False)
    """Whether what looks like personal data is left out when it is shown."""
    name: str = Field(default="", max_length=120, sa_column_kwargs=CALLING)
    subject: str = Field(default="", max_length=100)
    language: str = Field(max_length=8)
    capture: Capture = Field(sa_type=choice(Capture))
    device_hash: str | None = Field(
        default=None, max_length=64, sa_column_kwargs=device("telling people what became of their question")
    )
    """The telephone or card that asked; None for a slip."""
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    received_at: datetime = Field(sa_type=Instant)
    nonce: str = Field(max_length=64)
    merged_into_id: uuid.UUID | None = Field(default=None, foreign_key="floor_question.id")
    """Never a question that is merged itself."""
    reason: RefusalReason | None = Field(default=None, sa_type=choice(RefusalReason, "floor_reason"))
    note: str = Field(default="", max_length=300)
    """What the moderator adds to the reason, read by whoever asked."""
    support: int | None = Field(default=None)
    """Fixed when the marks of the telephones are forgotten; until then it is counted."""
    contribution_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id")
    """Its entry in the register of the consultation, once it was sent on."""


class FloorVote(SQLModel, table=True):
    """One telephone (or card of the door) supports one question. Taken back, the row goes."""

    __tablename__ = "floor_vote"

    question_id: uuid.UUID = Field(primary_key=True, foreign_key="floor_question.id")
    device_hash: str = Field(
        primary_key=True,
        max_length=64,
        sa_column_kwargs=device("counting each telephone once"),
    )
