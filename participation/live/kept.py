"""What is kept of people in a room beside their ballots, why and how long: a name to call, the mark of a telephone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from participation.privacy import personal

MARKS_KEPT = timedelta(days=30)
"""After the meeting: as long as a telephone keeps its own mark."""
RETENTION = "30 days after the meeting"
CALLING = personal(
    "calling people in the room", basis="A-2.1 s. 64", audience="who runs the meeting", retention=RETENTION
)


def device(purpose: str) -> dict[str, Any]:
    """The declaration of a column with the mark of a telephone."""
    return personal(purpose, basis="A-2.1 s. 64", audience="nobody: it is read by the program", retention=RETENTION)
