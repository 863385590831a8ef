"""A meeting, its polls, the cards of the door, and what counters of hands wrote down before they agreed."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import Capture
from participation.db import Instant, Json, choice, new_id
from participation.processes.models import LocalText


class MeetingState(StrEnum):
    PREPARED = "prepared"
    RUNNING = "running"
    ENDED = "ended"


class Door(StrEnum):
    """What stands for one person in the room."""

    DEVICE = "device"
    """Each device that joined has one ballot in each poll."""
    CARD = "card"
    """Each card handed out at the door has one, whatever device its number is typed on."""


class WallView(StrEnum):
    """What the projector shows."""

    JOIN = "join"
    POLL = "poll"
    QUESTIONS = "questions"
    QUEUE = "queue"
    TIMER = "timer"


class Meeting(SQLModel, table=True):
    """One evening in one room: people join by its code, and vote in its polls."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("present IS NULL OR present >= 0", name="present"),
        CheckConstraint("expected > 0", name="expected"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    code: str = Field(max_length=12, unique=True)
    """Six digits, typed or in the square code; nobody else's while the site stands."""
    state: MeetingState = Field(default=MeetingState.PREPARED, sa_type=choice(MeetingState))
    title: LocalText = Field(sa_type=Json)
    place: str = Field(default="", max_length=300)
    starts_at: datetime = Field(sa_type=Instant)
    door: Door = Field(default=Door.DEVICE, sa_type=choice(Door))
    expected: int = Field(default=150)
    """People who may come: so many lines has the printed attendance sheet."""
    present: int | None = Field(default=None)
    """People counted in the room; without it the sources of a poll are shown side by side and not added up."""
    captions_url: str = Field(default="", max_length=300)
    agenda: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    """What happens beside the polls: `hour` (19:05, or empty), `title` in each language, `url` (or empty)."""
    wall: WallView = Field(default=WallView.JOIN, sa_type=choice(WallView))
    on_wall: uuid.UUID | None = Field(default=None)
    """The poll that the projector shows, where it shows one."""
    changes: int = Field(default=0)
    """What was done in it so far: screens that have seen this number are up to date but for the votes."""
    minutes_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its minutes were published; until then they are for the staff."""


class PollKind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    RANKING = "ranking"
    YES_NO = "yes_no"
    """For, against, and abstaining as an answer of its own."""
    TEXT = "text"
    """In one's own words; on the wall only what somebody let through."""


class PollState(StrEnum):
    PREPARED = "prepared"
    OPEN = "open"
    CLOSED = "closed"


class Poll(SQLModel, table=True):
    """A question put to the room. When it opens it is frozen into a ballot spec, and never opens again: who asks once
    more asks a new poll that names this one."""

    __tablename__ = "poll"
    __table_args__ = (UniqueConstraint("meeting_id", "position"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    meeting_id: uuid.UUID = Field(foreign_key="meeting.id", index=True)
    position: int
    kind: PollKind = Field(sa_type=choice(PollKind))
    title: LocalText = Field(sa_type=Json)
    options: list[LocalText] = Field(default_factory=list, sa_type=Json)
    max_choices: int = Field(default=1)
    seconds: int | None = Field(default=None)
    """How long it stays open by itself; without it until somebody closes it."""
    state: PollState = Field(default=PollState.PREPARED, sa_type=choice(PollState))
    spec_id: uuid.UUID | None = Field(default=None, foreign_key="ballot_spec.id")
    opened_at: datetime | None = Field(default=None, sa_type=Instant)
    closes_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it closes or closed; empty while it is open without an end."""
    on_site: bool = Field(default=False)
    """It is asked on the site too, before, during and after the meeting, until it closes. Of such a poll the next two
    say when it was asked in the room; of any other, it is so all the time."""
    in_room_from: datetime | None = Field(default=None, sa_type=Instant)
    in_room_until: datetime | None = Field(default=None, sa_type=Instant)
    results_shown: bool = Field(default=False)
    """Of answers in words: those that somebody let through, from its opening on."""
    repeats: uuid.UUID | None = Field(default=None, foreign_key="poll.id")


class AtRemote(SQLModel, table=True):
    """Somebody of the staff who has the remote of a meeting in hand; two may, and each is told of the other."""

    __tablename__ = "at_remote"

    meeting_id: uuid.UUID = Field(primary_key=True, foreign_key="meeting.id")
    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id")
    seen_at: datetime = Field(sa_type=Instant)
    """When their remote last did something, or said that it is still open."""


class RoomSheet(SQLModel, table=True):
    """What one counter wrote down of raised hands or of cards held up. Two that agree become a hand count."""

    __tablename__ = "room_sheet"
    __table_args__ = (UniqueConstraint("poll_id", "capture", "round", "account_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    poll_id: uuid.UUID = Field(foreign_key="poll.id", index=True)
    capture: Capture = Field(sa_type=choice(Capture))
    round: int = Field(default=1)
    """Two sheets that differ are counted again, in the next round."""
    account_id: uuid.UUID = Field(foreign_key="account.id")
    totals: dict[str, int] = Field(sa_type=Json)
    """Option → people."""
    at: datetime = Field(sa_type=Instant)
