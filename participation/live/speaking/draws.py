"""The draws of a speaking queue as anybody may check them: the list, the digits, the order, and each lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from participation import audit
from participation.counting.ties import lot
from participation.live.models import Meeting
from participation.live.speaking.events import DrawAnnounced, QueueDrawn


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw. The list was closed and the digits shown at `announced_at`, before anybody knew the order."""

    announced_at: datetime
    seed: str
    turns: tuple[int, ...]
    """The numbers on the list."""
    order: tuple[int, ...]
    """The same in the order of the draw; empty as long as it is not made."""

    @property
    def lots(self) -> list[tuple[int, str]]:
        """Number → SHA-256 of "digits|number" in hexadecimal, computed here anew, the lowest first."""
        return sorted(((number, lot(self.seed, str(number)).hex()) for number in self.turns), key=lambda each: each[1])

    @property
    def agrees(self) -> bool:
        """Whether the order that stood on the wall is the one that comes out."""
        return not self.order or self.order == tuple(number for number, _lot in self.lots)


def draws_of(session: Session, meeting: Meeting) -> list[Drawn]:
    """The draws of a meeting from its log, which nobody can change, the first one first."""
    found: list[Drawn] = []
    for event in audit.list_events(session, meeting.process_id, [DrawAnnounced, QueueDrawn]):
        data = event.data
        if data["meeting_id"] != str(meeting.id):
            continue
        if "turns" in data:
            found.append(Drawn(event.at, data["seed"], tuple(data["turns"]), ()))
        elif found:  # a log that was brought may tell of the order alone
            last = found[-1]
            found[-1] = Drawn(last.announced_at, last.seed, last.turns, tuple(data["order"]))
    return found
