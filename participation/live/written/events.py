"""What is done with answers in words, for the log of the meeting. It never says which words."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from participation.consultations.models import RefusalReason


@dataclass(frozen=True, slots=True)
class AnswerShown:
    meeting_id: uuid.UUID
    poll_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AnswerNotShown:
    meeting_id: uuid.UUID
    poll_id: uuid.UUID
    reason: RefusalReason


@dataclass(frozen=True, slots=True)
class AnswerTakenBack:
    """It is to be read again."""

    meeting_id: uuid.UUID
    poll_id: uuid.UUID


ACTS = (AnswerShown, AnswerNotShown, AnswerTakenBack)
