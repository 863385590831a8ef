"""What is done with questions from the floor, for the log of the meeting."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from participation.consultations.models import RefusalReason
from participation.live.floor.models import FloorState


@dataclass(frozen=True, slots=True)
class FloorOpened:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class FloorClosed:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class FloorSlipKeyed:
    """What people type themselves leaves no event."""

    meeting_id: uuid.UUID
    question: int


@dataclass(frozen=True, slots=True)
class FloorDecided:
    """`into` is the number of the question that goes on for both, where two were merged."""

    meeting_id: uuid.UUID
    question: int
    state: FloorState
    reason: RefusalReason | None = None
    into: int | None = None


@dataclass(frozen=True, slots=True)
class FloorSentOn:
    meeting_id: uuid.UUID
    question: int
    contribution_number: int


ACTS = (FloorOpened, FloorClosed, FloorSlipKeyed, FloorDecided, FloorSentOn)
