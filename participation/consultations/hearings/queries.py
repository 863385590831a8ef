"""Reads of hearings: sessions with their turns, speakers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations.briefs import queries as briefs
from participation.consultations.briefs.queries import BriefRow
from participation.consultations.hearings.models import HearingSession, HearingTurn, Speaker, SpeakerState
from participation.consultations.models import ContributionState


def turns_in(sitting: HearingSession) -> int:
    """How many turns fit between its beginning and its end."""
    return int((sitting.ends_at - sitting.starts_at) / turn_length(sitting))


def turn_length(sitting: HearingSession) -> timedelta:
    return timedelta(minutes=max(1, sitting.speak_minutes + sitting.exchange_minutes))


def starts_at(sitting: HearingSession, position: int) -> datetime:
    return sitting.starts_at + (position - 1) * turn_length(sitting)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a session and who has it; nobody where it is free."""

    position: int
    starts_at: datetime
    speaker: Speaker | None
    brief: BriefRow | None


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session with its turns, in order."""

    row: HearingSession
    turns: list[Turn]

    @property
    def free(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.speaker is None]

    @property
    def taken(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.speaker is not None]


def sitting_rows(session: Session, process_id: uuid.UUID) -> list[HearingSession]:
    query = select(HearingSession).where(col(HearingSession.process_id) == process_id)
    order = (col(HearingSession.starts_at), col(HearingSession.number))
    return list(session.execute(query.order_by(*order)).scalars())


def sittings(session: Session, process_id: uuid.UUID) -> list[Sitting]:
    """Every session with who speaks, in three queries."""
    rows = sitting_rows(session, process_id)
    query = (
        select(HearingTurn, Speaker)
        .join(Speaker, col(Speaker.id) == col(HearingTurn.speaker_id))
        .where(col(HearingTurn.session_id).in_([row.id for row in rows]))
    )
    taken = {(turn.session_id, turn.position): speaker for turn, speaker in session.execute(query)}
    found = briefs_of(session, list(taken.values()))
    return [_sitting(row, taken, found) for row in rows]


def _sitting(
    row: HearingSession, taken: dict[tuple[uuid.UUID, int], Speaker], found: dict[uuid.UUID, BriefRow]
) -> Sitting:
    turns = []
    last = max((position for owner, position in taken if owner == row.id), default=0)
    for position in range(1, max(turns_in(row), last) + 1):
        speaker = taken.get((row.id, position))
        brief = found.get(speaker.brief_id) if speaker and speaker.brief_id else None
        turns.append(Turn(position, starts_at(row, position), speaker, brief))
    return Sitting(row, turns)


def sitting_at(session: Session, process_id: uuid.UUID, number: int) -> Sitting | None:
    return next((each for each in sittings(session, process_id) if each.row.number == number), None)


def briefs_of(session: Session, speakers: Sequence[Speaker]) -> dict[uuid.UUID, BriefRow]:
    """Contribution → the brief that a speaker brought."""
    ids = list({speaker.brief_id for speaker in speakers if speaker.brief_id})
    return {row.shown.id: row for row in briefs.some(session, ids, named=True)}


def is_public(brief: BriefRow | None) -> bool:
    """Whether everybody may follow a link to it."""
    return brief is not None and brief.shown.state is ContributionState.PUBLISHED and bool(brief.reference)


def speaker_at(session: Session, process_id: uuid.UUID, speaker_id: uuid.UUID) -> Speaker | None:
    row = session.get(Speaker, speaker_id)
    return row if row and row.process_id == process_id else None


def by_code(session: Session, process_id: uuid.UUID, code_hash: str) -> Speaker | None:
    query = select(Speaker).where(col(Speaker.code_hash) == code_hash, col(Speaker.process_id) == process_id)
    return session.execute(query).scalar()


@dataclass(frozen=True, slots=True)
class Placed:
    """A speaker with the turn that was given, if one was."""

    speaker: Speaker
    sitting: HearingSession | None
    position: int

    @property
    def starts_at(self) -> datetime | None:
        return starts_at(self.sitting, self.position) if self.sitting else None


def placed(session: Session, process_id: uuid.UUID, speaker_id: uuid.UUID | None = None) -> list[Placed]:
    """Speakers by their turn, then those without one in the order in which they registered."""
    query = (
        select(Speaker, HearingSession, col(HearingTurn.position))
        .outerjoin(HearingTurn, col(HearingTurn.speaker_id) == col(Speaker.id))
        .outerjoin(HearingSession, col(HearingSession.id) == col(HearingTurn.session_id))
        .where(col(Speaker.process_id) == process_id)
        .order_by(col(Speaker.registered_at), col(Speaker.id))
    )
    if speaker_id:
        query = query.where(col(Speaker.id) == speaker_id)
    rows = [Placed(speaker, sitting, position or 0) for speaker, sitting, position in session.execute(query)]
    return sorted(rows, key=lambda each: (each.sitting is None, each.starts_at or each.speaker.registered_at))


def waiting(session: Session, process_id: uuid.UUID) -> list[Speaker]:
    """Who registered and has no turn yet."""
    return [
        each.speaker
        for each in placed(session, process_id)
        if each.sitting is None and each.speaker.state is SpeakerState.REGISTERED
    ]
