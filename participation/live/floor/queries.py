"""Reads of the questions from the floor: each with its support, and what the screens show of all."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import func, select, union
from sqlmodel import Session, col

from participation.consultations.spotting import Span, Spotted, masked, pieces, spot
from participation.counting.spec import Capture
from participation.live.floor.models import FloorQuestion, FloorSettings, FloorState, FloorVote

_OFF_THE_LIST = (FloorState.PENDING, FloorState.REFUSED)


@dataclass(frozen=True)
class Asked:
    """A question with what hangs on it. `support` counts whoever asked it or the same, and whoever supports either."""

    row: FloorQuestion
    support: int
    into: int | None
    """The number of the question that goes on for both."""

    @property
    def number(self) -> int:
        return self.row.number

    @cached_property
    def spotted(self) -> list[Span]:
        """What looks like personal data in its words."""
        return spot(self.row.text)

    @property
    def words(self) -> str:
        """What everybody may read."""
        return masked(self.row.text, self.spotted) if self.row.masked else self.row.text

    @property
    def pieces(self) -> list[tuple[str, Spotted | None]]:
        """Its words cut where something was spotted."""
        return pieces(self.row.text, self.spotted)

    @property
    def token(self) -> str:
        """Its number and what became of it, such as 2:merged:1."""
        return ":".join(filter(None, (str(self.number), self.row.state, str(self.into or ""))))

    @property
    def is_slip(self) -> bool:
        return self.row.capture is Capture.KEYED


@dataclass(frozen=True)
class FloorNow:
    """All questions of a meeting as they stand."""

    settings: FloorSettings
    questions: tuple[Asked, ...]
    """In the order in which they came."""

    def of(self, *states: FloorState) -> list[Asked]:
        return [each for each in self.questions if each.row.state in states]

    @cached_property
    def pending(self) -> list[Asked]:
        return self.of(FloorState.PENDING)

    @cached_property
    def shown(self) -> list[Asked]:
        """What the room wants to hear most comes first; what has the same support, in the order of its coming."""
        return sorted(self.of(FloorState.SHOWN), key=lambda each: (-each.support, each.number))

    @cached_property
    def answered(self) -> list[Asked]:
        return self.of(FloorState.ANSWERED)

    @cached_property
    def figures(self) -> Counter[FloorState]:
        """How many stand in each state."""
        return Counter(each.row.state for each in self.questions)

    @cached_property
    def was_shown(self) -> int:
        """Those that the room could read under their own number: shown, or answered since."""
        return self.figures[FloorState.SHOWN] + self.figures[FloorState.ANSWERED]

    @cached_property
    def states(self) -> str:
        """What became of each number, for a telephone that knows which are its own: "1:shown 2:merged:1"."""
        return " ".join(each.token for each in self.questions)


def settings_of(session: Session, meeting_id: uuid.UUID) -> FloorSettings:
    """Those of the meeting, else the defaults in an unsaved row."""
    return session.get(FloorSettings, meeting_id) or FloorSettings(meeting_id=meeting_id)


def floor_now(session: Session, meeting_id: uuid.UUID) -> FloorNow:
    query = select(FloorQuestion).where(col(FloorQuestion.meeting_id) == meeting_id)
    rows = list(session.execute(query.order_by(col(FloorQuestion.number))).scalars())
    numbers = {row.id: row.number for row in rows}
    support = _support(session, meeting_id) if rows else {}
    questions = tuple(
        Asked(
            row,
            row.support if row.support is not None else support.get(row.id, 0),
            numbers[row.merged_into_id] if row.merged_into_id else None,
        )
        for row in rows
    )
    return FloorNow(settings_of(session, meeting_id), questions)


def _support(session: Session, meeting_id: uuid.UUID) -> Counter[uuid.UUID]:
    """Question → telephones or cards that asked or support it or one merged with it, each once, and its slips."""
    root = func.coalesce(col(FloorQuestion.merged_into_id), col(FloorQuestion.id)).label("root")
    here = (col(FloorQuestion.meeting_id) == meeting_id) & col(FloorQuestion.state).not_in(_OFF_THE_LIST)
    device = col(FloorQuestion.device_hash)
    asked: Any = select(root, device.label("device")).where(here, device.is_not(None))
    supporting = select(root, col(FloorVote.device_hash)).where(
        here, col(FloorVote.question_id) == col(FloorQuestion.id)
    )
    devices = union(asked, supporting).subquery()
    slips = select(root, func.count()).where(here, device.is_(None)).group_by(root)
    found: Counter[uuid.UUID] = Counter()
    for query in (select(devices.c.root, func.count()).group_by(devices.c.root), slips):
        for question, people in session.execute(query):
            found[question] += people
    return found


def supported_by(session: Session, meeting_id: uuid.UUID, marks: Collection[str]) -> frozenset[int]:
    """The numbers that this telephone or its card supports."""
    query = (
        select(col(FloorQuestion.number))
        .join(FloorVote, col(FloorVote.question_id) == col(FloorQuestion.id))
        .where(col(FloorQuestion.meeting_id) == meeting_id, col(FloorVote.device_hash).in_(marks))
    )
    return frozenset(session.execute(query).scalars())
