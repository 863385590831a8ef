"""The verbs: choose what is asked, add a slip to the sums, take a slip away that was keyed wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, select, update
from sqlmodel import Session, col

from participation.consultations.models import ContributionChannel
from participation.consultations.participants.models import ParticipantNonce, ParticipantQuestions, ParticipantTally
from participation.db import insert_new
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys


@dataclass(frozen=True, slots=True)
class ParticipantQuestionsSet:
    """Event: what the slip asks was chosen."""

    asked: list[str]


@dataclass(frozen=True, slots=True)
class ParticipantSlipTakenAway:
    """Event: a slip that was keyed wrongly left the sums. It does not say what was on it."""

    channel: ContributionChannel


def choose(session: Session, hand: Hand, codes: list[str]) -> None:
    session.merge(ParticipantQuestions(process_id=hand.process.id, codes=codes))
    session.flush()
    hand.record(session, ParticipantQuestionsSet(codes))


def add(
    session: Session,
    keys: Keys,
    process: OpenProcess,
    channel: ContributionChannel,
    answers: Mapping[str, str],
    nonce: str,
) -> None:
    """Adds a slip to the sums and forgets it; the same page sent twice is one slip."""
    row: dict[str, object] = {"nonce_hash": keys.plain_hash(f"participants|{process.id}|{nonce}")}
    if not insert_new(session, ParticipantNonce, [row], "nonce_hash"):
        return
    cells = _cells(answers)
    place = {"process_id": process.id, "channel": channel, "number": 0}
    insert_new(session, ParticipantTally, [{**place, "question": each[0], "answer": each[1]} for each in cells])
    for cell in cells:
        _change(session, process, channel, cell, 1)


def take_away(session: Session, hand: Hand, channel: ContributionChannel, answers: Mapping[str, str]) -> None:
    """Conflict where the sums hold no such slip."""
    cells = _cells(answers)
    held = select(col(ParticipantTally.question), col(ParticipantTally.answer)).where(
        col(ParticipantTally.process_id) == hand.process.id, col(ParticipantTally.channel) == channel,
        col(ParticipantTally.number) > 0,
    )  # fmt: skip
    if not set(cells) <= {(row[0], row[1]) for row in session.execute(held)}:
        raise Conflict(
            _("No slip with these answers was keyed for this way. Nothing was changed."),
            _("Tick what was keyed by mistake, as it was keyed."),
        )
    for cell in cells:
        _change(session, hand.process, channel, cell, -1)
    hand.record(session, ParticipantSlipTakenAway(channel))


def _cells(answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """The slip itself and its answers, always in one order: two at once never wait for each other."""
    return [("", ""), *sorted(answers.items())]


def _change(
    session: Session, process: OpenProcess, channel: ContributionChannel, cell: tuple[str, str], by: int
) -> None:
    here = and_(
        col(ParticipantTally.process_id) == process.id, col(ParticipantTally.channel) == channel,
        col(ParticipantTally.question) == cell[0], col(ParticipantTally.answer) == cell[1],
    )  # fmt: skip
    session.execute(update(ParticipantTally).where(here).values(number=col(ParticipantTally.number) + by))
