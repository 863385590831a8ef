"""Telling: the worker's step that queues what is due, the button that tells of turns at once, a call that was made."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from participation import mail
from participation.consultations.reminders import plan, queries
from participation.consultations.reminders.models import Reminder, ReminderKind
from participation.consultations.reminders.plan import Planned
from participation.db import Database, insert_new
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.i18n import words_of
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess, process_by_id, published_consultations
from participation.settings import Settings

TEMPLATES = {
    ReminderKind.TURN: "hearing_reminder",
    ReminderKind.BRIEF: "brief_reminder",
    ReminderKind.ANSWER: "question_answered",
}
TO_BODIES = (ReminderKind.DUE, ReminderKind.OVERDUE)


@dataclass(frozen=True, slots=True)
class RemindersSet:
    """How early people are reminded was changed."""

    turn_days: int
    brief_days: int
    due_days: int


@dataclass(frozen=True, slots=True)
class ReminderCalled:
    """Somebody was told by telephone; `undone` where that was marked by mistake."""

    reminder: ReminderKind
    undone: bool = False


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    turn_days: int
    brief_days: int
    due_days: int


def save_settings(session: Session, hand: Hand, draft: SettingsDraft) -> None:
    row = plan.settings_of(session, hand.process.id)
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    hand.record(session, RemindersSet(**asdict(draft)))


def tell_all(database: Database, settings: Settings, at: datetime) -> int:
    """Queues every reminder that is due; how many letters. May run late, twice, or in two workers at once: the key of
    a reminder is taken in the transaction that queues its letter, and only whoever took it queues."""
    with database.reading() as session:
        ids = [each for each in published_consultations(session) if _has_work(session, each, at)]
    number = 0
    for process_id in ids:
        with database.writing() as session:
            process = process_by_id(session, process_id)
            if process is not None:
                _recall(session, process, at)
                number += tell(session, settings, process, _due(session, process, at), at)
    return number


def _has_work(session: Session, process_id: uuid.UUID, at: datetime) -> bool:
    process = process_by_id(session, process_id)
    return process is not None and bool(_due(session, process, at) or queries.letters_waiting(session, process_id))


def _due(session: Session, process: OpenProcess, at: datetime) -> list[Planned]:
    return [each for each in queries.waiting(session, process, at) if each.email and each.is_due(at)]


def tell_turns_now(session: Session, settings: Settings, process: OpenProcess, at: datetime) -> int:
    """Queues the reminders of every turn to come, before their day; how many letters."""
    turns = [each for each in queries.waiting(session, process, at) if each.kind is ReminderKind.TURN and each.email]
    return tell(session, settings, process, turns, at)


def _recall(session: Session, process: OpenProcess, at: datetime) -> None:
    """Takes letters back that still wait in the outbox and tell what no longer holds."""
    waiting = queries.letters_waiting(session, process.id)
    current = {each.key for each in plan.planned(session, process, at)} if waiting else set()
    stale = {row.letter for row in waiting if row.key not in current}
    mail.recall(session, stale)
    session.execute(delete(Reminder).where(col(Reminder.letter).in_(stale)))  # what else it told is told anew


def tell(session: Session, settings: Settings, process: OpenProcess, reminders: Sequence[Planned], at: datetime) -> int:
    """One letter for each person, one for each body with all its questions; how many letters."""
    base = settings.base_url.rstrip("/")
    piles: dict[str, list[Planned]] = defaultdict(list)
    for each in reminders:
        body = each.about.respondent_id
        piles[f"bodies/{body.hex}" if body and each.kind in TO_BODIES else each.key].append(each)
    return sum(_tell_pile(session, process, base, pile, at) for pile in piles.values())


def _tell_pile(session: Session, process: OpenProcess, base: str, pile: list[Planned], at: datetime) -> bool:
    first = pile[0]
    joined = hashlib.sha256("|".join(sorted(each.key for each in pile)).encode()).hexdigest()[:32]
    letter = first.key if first.kind in TEMPLATES else f"due/{joined}"
    again = first.kind is ReminderKind.TURN and queries.was_told_of_a_turn(session, first.about.speaker_id)
    taken = insert_new(session, Reminder, [_row(process, each, letter, at) for each in pile], "key")
    fresh = [each for each in pile if each.key in {row.key for row in taken}]
    return bool(fresh) and mail.queue(session, _letter(process, base, letter, fresh, again=again), at=at)


def _row(process: OpenProcess, each: Planned, letter: str, at: datetime, by: uuid.UUID | None = None) -> dict[str, Any]:
    return {
        "key": each.key,
        "process_id": process.id,
        "kind": each.kind,
        "speaker_id": each.about.speaker_id,
        "contribution_id": each.about.contribution_id,
        "respondent_id": each.about.respondent_id,
        "letter": letter,
        "at": at,
        "account_id": by,
    }


def _letter(process: OpenProcess, base: str, key: str, pile: list[Planned], *, again: bool) -> mail.Letter:
    first = pile[0]
    template, locale = TEMPLATES.get(first.kind, "answers_due"), first.locale
    context = {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"{base}/{locale}{process.path}",
        "zone": process.zone,
        "name": first.name,
        "about": first.about,
        "placed": first.about.placed,
        "questions": pile,
        "again": again,
    }
    subject, body = mail.worded(template, locale, context)
    sender = str(words_of(process.organisation.name, locale))
    return mail.Letter(key, template, sender, first.email, locale, subject, body)


def call(session: Session, hand: Hand, key: str) -> None:
    """They were told by telephone. NotFound where nobody is to be called under this key any more."""
    found = next((each for each in plan.planned(session, hand.process, hand.at) if each.key == key), None)
    if found is None or found.email:
        raise NotFound(
            _("There is nothing to call for any more: the turn was changed, or the day is over."),
            _("Reload the call list."),
        )
    if insert_new(session, Reminder, [_row(hand.process, found, "", hand.at, hand.account_id)], "key"):
        hand.record(session, ReminderCalled(found.kind))


def undo_call(session: Session, hand: Hand, key: str) -> None:
    """It was marked by mistake. Conflict where no call is noted under this key."""
    mine = (col(Reminder.key) == key) & (col(Reminder.process_id) == hand.process.id) & (col(Reminder.letter) == "")
    kind = session.execute(delete(Reminder).where(mine).returning(col(Reminder.kind))).scalar()
    if kind is None:
        raise Conflict(_("No call is noted here. Nothing was changed."))
    hand.record(session, ReminderCalled(kind, undone=True))
