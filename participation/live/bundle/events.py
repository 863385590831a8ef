"""What is done with bundles, for the log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeetingBrought:
    """A bundle was brought in: `control` is the number of the file, `changes` tells an older one from a newer,
    `ballots` is how many were not here before."""

    meeting_id: uuid.UUID
    control: str
    changes: int
    ballots: int
