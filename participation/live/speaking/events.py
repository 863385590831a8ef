"""What is done with the speaking queue, for the log of the meeting. Numbers of turns, never names."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from participation.live.speaking.models import TurnState


@dataclass(frozen=True, slots=True)
class QueueOpened:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class QueueClosed:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class QueueRulesSet:
    meeting_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class SpeakingSlipKeyed:
    """What people do themselves leaves no event."""

    meeting_id: uuid.UUID
    turn: int


@dataclass(frozen=True, slots=True)
class DrawAnnounced:
    """The list was closed before the seed was known; the seed is known before the draw."""

    meeting_id: uuid.UUID
    seed: str
    turns: list[int]


@dataclass(frozen=True, slots=True)
class QueueDrawn:
    meeting_id: uuid.UUID
    seed: str
    order: list[int]


@dataclass(frozen=True, slots=True)
class TurnMoved:
    meeting_id: uuid.UUID
    turn: int
    state: TurnState


ACTS = (QueueOpened, QueueClosed, QueueRulesSet, SpeakingSlipKeyed, DrawAnnounced, QueueDrawn, TurnMoved)
