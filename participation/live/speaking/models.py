"""Turns to speak, the rules by which they are given, and the clock that everybody sees."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import Capture
from participation.db import Instant, Json, choice, new_id
from participation.live.kept import CALLING, device


class QueueOrder(StrEnum):
    ARRIVAL = "arrival"
    DRAW = "draw"
    """By a draw from a seed that was shown after the list was closed; who comes later follows in order of arrival."""


class Alternation(StrEnum):
    NONE = "none"
    FIRST_TIME = "first-time"
    """Who has not spoken yet goes before who has."""
    SIDES = "sides"
    """For and against in turn, as at two microphones."""


class Side(StrEnum):
    FOR = "for"
    AGAINST = "against"


class TurnState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    """Asked to come to the microphone."""
    SPEAKING = "speaking"
    SPOKE = "spoke"
    GONE = "gone"
    """Left the queue, or did not come when called."""


class SpeakingSettings(SQLModel, table=True):
    """How a meeting gives the floor. Without a row, the defaults hold."""

    __tablename__ = "speaking_settings"
    __table_args__ = (
        CheckConstraint("per_person >= 0", name="per_person"),
        CheckConstraint("per_subject >= 0", name="per_subject"),
        CheckConstraint("seconds > 0", name="seconds"),
    )

    meeting_id: uuid.UUID = Field(primary_key=True, foreign_key="meeting.id")
    is_open: bool = Field(default=False)
    order: QueueOrder = Field(default=QueueOrder.ARRIVAL, sa_type=choice(QueueOrder))
    alternation: Alternation = Field(default=Alternation.NONE, sa_type=choice(Alternation))
    per_person: int = Field(default=0)
    """Turns that one person may have; 0: as many as they like."""
    per_subject: int = Field(default=0)
    """People who may speak on one subject; 0: all."""
    subjects: list[str] = Field(default_factory=list, sa_type=Json)
    """To choose from; empty: in one's own words."""
    seconds: int = Field(default=180)
    """Of one turn; nobody is cut off at its end."""
    seed: str = Field(default="", max_length=40)
    """Of the next draw, shown before it; empty while none is announced."""
    last: int = Field(default=0)
    """The number given to the newest turn."""


class SpeakingTurn(SQLModel, table=True):
    """One person's place in the queue."""

    __tablename__ = "speaking_turn"
    __table_args__ = (UniqueConstraint("meeting_id", "number"), UniqueConstraint("meeting_id", "nonce"))

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    meeting_id: uuid.UUID = Field(foreign_key="meeting.id")
    number: int
    """From 1, in the order of arrival; what the wall shows."""
    state: TurnState = Field(default=TurnState.WAITING, sa_type=choice(TurnState))
    name: str = Field(default="", max_length=120, sa_column_kwargs=CALLING)
    """Or the number of a card: how the person is called."""
    subject: str = Field(default="", max_length=100)
    side: Side | None = Field(default=None, sa_type=choice(Side))
    capture: Capture = Field(sa_type=choice(Capture, "speaking_capture"))
    device_hash: str | None = Field(
        default=None, max_length=64, sa_column_kwargs=device("telling people when it is their turn")
    )
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    joined_at: datetime = Field(sa_type=Instant)
    drawn: int | None = Field(default=None)
    """Its place in the draw, from 1 on through all draws of the meeting."""
    moved_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its state changed last."""
    nonce: str = Field(max_length=64)


class SpeakingClock(SQLModel, table=True):
    """The clock of the room. A screen counts from these, so that one that comes late is right."""

    __tablename__ = "speaking_clock"

    meeting_id: uuid.UUID = Field(primary_key=True, foreign_key="meeting.id")
    seconds: int
    """Given so far, with each minute more."""
    spent: int = Field(default=0)
    """Seconds that had run when it was paused last."""
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when it runs; None while it is paused."""
