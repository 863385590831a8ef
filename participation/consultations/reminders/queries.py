"""Reads of reminders: what will be told, who is called, what was told and what became of the letter."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from participation import mail
from participation.consultations.hearings.models import Speaker
from participation.consultations.models import Contribution
from participation.consultations.questions.models import Respondent
from participation.consultations.reminders.models import Reminder, ReminderKind
from participation.consultations.reminders.plan import Planned, planned
from participation.mail import MailState
from participation.processes.queries import OpenProcess

NEWEST = 200


def told(session: Session, keys: Collection[str]) -> dict[str, Reminder]:
    """Key → what was told under it."""
    rows = session.execute(select(Reminder).where(col(Reminder.key).in_(keys))).scalars()
    return {row.key: row for row in rows}


def waiting(session: Session, process: OpenProcess, at: datetime) -> list[Planned]:
    """What nobody was told yet, the soonest first."""
    plan = planned(session, process, at)
    known = told(session, [each.key for each in plan])
    return [each for each in plan if each.key not in known]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody without an e-mail address, and whether they were called."""

    planned: Planned
    called: Reminder | None


def calls(session: Session, process: OpenProcess, at: datetime) -> list[Call]:
    """Who is told by telephone: first whom to call, by when; then who was called. A speaker's turn stands there from
    the beginning, everything else from its day on."""
    plan = [each for each in planned(session, process, at) if not each.email]
    known = told(session, [each.key for each in plan])
    shown = [each for each in plan if each.kind is ReminderKind.TURN or each.is_due(at)]
    return sorted((Call(each, known.get(each.key)) for each in shown), key=lambda each: each.called is not None)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of what was told; `state` is that of the letter while the outbox keeps it."""

    row: Reminder
    name: dict[str, str] | str
    number: int
    state: MailState | None


def newest(session: Session, process_id: uuid.UUID) -> list[Told]:
    """What was told last, the newest first."""
    query = (
        select(Reminder, col(Speaker.name), col(Contribution.number), col(Respondent.name))
        .outerjoin(Speaker, col(Speaker.id) == col(Reminder.speaker_id))
        .outerjoin(Contribution, col(Contribution.id) == col(Reminder.contribution_id))
        .outerjoin(Respondent, col(Respondent.id) == col(Reminder.respondent_id))
        .where(col(Reminder.process_id) == process_id)
        .order_by(col(Reminder.at).desc(), col(Reminder.key))
        .limit(NEWEST)
    )
    rows = session.execute(query).all()
    states = mail.states(session, [row[0].letter for row in rows if row[0].letter])
    return [
        Told(row, respondent or speaker or "", number or 0, states.get(row.letter))
        for row, speaker, number, respondent in rows
    ]


def letters_waiting(session: Session, process_id: uuid.UUID) -> Sequence[Reminder]:
    """What was told by a letter that the mail server has not taken yet."""
    query = select(Reminder).where(col(Reminder.process_id) == process_id, col(Reminder.letter) != "")
    rows = session.execute(query).scalars().all()
    states = mail.states(session, [row.letter for row in rows])
    return [row for row in rows if states.get(row.letter) is MailState.WAITING]


def was_told_of_a_turn(session: Session, speaker_id: uuid.UUID | None) -> bool:
    """Whether a speaker knows of a turn already, so that the next letter says that it replaces the first."""
    query = select(col(Reminder.key)).where(
        col(Reminder.speaker_id) == speaker_id, col(Reminder.kind) == ReminderKind.TURN
    )
    return session.execute(query.limit(1)).first() is not None
