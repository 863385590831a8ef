"""What is done in a meeting, for its log. Of votes it says nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from participation.counting.spec import Capture
from participation.live.bundle.events import MeetingBrought
from participation.live.floor.events import ACTS as FLOOR_ACTS
from participation.live.speaking.events import ACTS as SPEAKING_ACTS
from participation.live.written.events import ACTS as WRITTEN_ACTS


@dataclass(frozen=True, slots=True)
class MeetingEnded:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PollOpened:
    meeting_id: uuid.UUID
    poll_id: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class PollClosed:
    meeting_id: uuid.UUID
    poll_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class DoorsOpened:
    """From now on who answers with the code is in the room."""

    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PollAskedOnSite:
    """Everybody may answer on the site, until the instant that a window of the poll says."""

    meeting_id: uuid.UUID
    poll_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PollClosedInRoom:
    """On the site it stays open."""

    meeting_id: uuid.UUID
    poll_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PresentCounted:
    """People counted in the room; `before` is what stood until then."""

    meeting_id: uuid.UUID
    present: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class TotalsCounted:
    """Hands or cards; above one, `revision` says that an earlier count was corrected."""

    meeting_id: uuid.UUID
    poll_id: uuid.UUID
    capture: Capture
    revision: int


@dataclass(frozen=True, slots=True)
class MeetingMinutesPublished:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class MeetingMinutesWithdrawn:
    meeting_id: uuid.UUID


ACTS = (
    DoorsOpened,
    PollOpened,
    PollAskedOnSite,
    PollClosedInRoom,
    PollClosed,
    PresentCounted,
    TotalsCounted,
    MeetingEnded,
    MeetingMinutesPublished,
    MeetingMinutesWithdrawn,
    MeetingBrought,
    *FLOOR_ACTS,
    *SPEAKING_ACTS,
    *WRITTEN_ACTS,
)
"""What the log of a meeting tells."""
