"""Reads of the speaking queue: who has the floor, who is next by the rules, what the clock says."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlmodel import Session, col

from participation.live.speaking.models import Side, SpeakingClock, SpeakingSettings, SpeakingTurn, TurnState
from participation.live.speaking.order import Place, in_order, plain

ON_THE_LIST = (TurnState.WAITING, TurnState.CALLED, TurnState.SPEAKING)


@dataclass(frozen=True)
class SpeakingNow:
    """The queue of a meeting as it stands."""

    settings: SpeakingSettings
    turns: tuple[SpeakingTurn, ...]
    """In the order in which they came."""
    clock: SpeakingClock | None

    def of(self, *states: TurnState) -> list[SpeakingTurn]:
        return [turn for turn in self.turns if turn.state in states]

    @cached_property
    def speaking(self) -> SpeakingTurn | None:
        return next(iter(self.of(TurnState.SPEAKING)), None)

    @cached_property
    def called(self) -> list[SpeakingTurn]:
        return sorted(self.of(TurnState.CALLED), key=_when)

    @cached_property
    def waiting(self) -> list[SpeakingTurn]:
        """In the order in which the rules call them."""
        waiting = {turn.number: turn for turn in self.of(TurnState.WAITING)}
        spoke = [turn for turn in self.turns if turn.state in (TurnState.SPOKE, TurnState.SPEAKING)]
        places = [
            Place(turn.number, turn.drawn, turn.side, any(same_person(turn, other) for other in spoke))
            for turn in waiting.values()
        ]
        return [waiting[number] for number in in_order(places, self.settings.alternation, self._last_side)]

    @property
    def _last_side(self) -> Side | None:
        before = sorted(self.of(TurnState.CALLED, TurnState.SPEAKING, TurnState.SPOKE), key=_when)
        return next((turn.side for turn in reversed(before) if turn.side), None)

    @cached_property
    def following(self) -> list[SpeakingTurn]:
        """Whoever comes after the one who speaks: called first, then waiting."""
        return [*self.called, *self.waiting]

    def subject(self, turn: SpeakingTurn) -> str:
        """Of what somebody speaks, as the room reads it: nobody has read first what was not chosen from the list."""
        return turn.subject if turn.subject in self.settings.subjects else ""

    @cached_property
    def figures(self) -> Counter[TurnState]:
        return Counter(turn.state for turn in self.turns)

    @cached_property
    def states(self) -> str:
        """Where each number stands, for a telephone that knows which is its own."""
        return " ".join(self.token(turn) for turn in self.turns)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {turn.number: place for place, turn in enumerate(self.following, 1)}

    def place(self, turn: SpeakingTurn) -> int:
        """From 1 among those who follow; 0 for whoever does not."""
        return self._places.get(turn.number, 0)

    def token(self, turn: SpeakingTurn) -> str:
        """Its number, how it stands, and its place, such as 12:waiting:3."""
        return ":".join(filter(None, (str(turn.number), turn.state, str(self.place(turn) or ""))))


def _when(turn: SpeakingTurn) -> tuple[datetime, int]:
    return turn.moved_at or turn.joined_at, turn.number


def same_person(turn: SpeakingTurn, other: SpeakingTurn) -> bool:
    """By the telephone, or by the name or card that both gave."""
    return is_of(other, turn.device_hash, turn.name)


def is_of(turn: SpeakingTurn, holder: str | None, name: str) -> bool:
    return bool((holder and turn.device_hash == holder) or (name and plain(turn.name) == plain(name)))


def people(turns: Sequence[SpeakingTurn]) -> int:
    """How many people these turns belong to."""
    return sum(not any(same_person(turn, before) for before in turns[:place]) for place, turn in enumerate(turns))


def settings_of(session: Session, meeting_id: uuid.UUID) -> SpeakingSettings:
    """Those of the meeting, else the defaults in an unsaved row."""
    return session.get(SpeakingSettings, meeting_id) or SpeakingSettings(meeting_id=meeting_id)


def speaking_now(session: Session, meeting_id: uuid.UUID) -> SpeakingNow:
    query = select(SpeakingTurn).where(col(SpeakingTurn.meeting_id) == meeting_id)
    turns = tuple(session.execute(query.order_by(col(SpeakingTurn.number))).scalars())
    return SpeakingNow(settings_of(session, meeting_id), turns, session.get(SpeakingClock, meeting_id))


def spent(clock: SpeakingClock, at: datetime) -> int:
    """Whole seconds that have run."""
    running = (at - clock.started_at) // timedelta(seconds=1) if clock.started_at else 0
    return clock.spent + max(0, running)


def ends_at(clock: SpeakingClock) -> datetime | None:
    """When the time given is over; None while the clock stands."""
    return clock.started_at + timedelta(seconds=clock.seconds - clock.spent) if clock.started_at else None
