"""What reaches the office day by day in the fictional consultation: e-mail, readers' reports, appeals, subscribers."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations import grouping
from participation.consultations import queries as contributions
from participation.consultations import service as consultations
from participation.consultations.entries import Author, Contributed, ContributionSource
from participation.consultations.mail_in import service as mail_in
from participation.consultations.models import (
    Contribution,
    ContributionKind,
    ContributionState,
    RefusalReason,
)
from participation.consultations.questions import queries as questions_queries
from participation.consultations.questions import service as questions
from participation.consultations.subscriptions import service as subscriptions
from participation.consultations.subscriptions.models import Subscription
from participation.db import Database
from participation.demo.gare.content import Hands, Run, opened
from participation.demo.samples import nonce
from participation.files import Files
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys
from participation.settings import Settings

HERE = Path(__file__).parent


def load(database: Database, keys: Keys, settings: Settings, process_id: uuid.UUID, hands: Hands, run: Run) -> None:
    """Everything of this module; of the finished run, everything has been read and decided."""
    found: dict[str, Any] = json.loads((HERE / "letters.json").read_text("utf-8"))
    letters = enumerate(found["letters"])
    arrived = [mail_in.arrive(Files(settings), "", _message(each, run, place)) for place, each in letters]
    with database.writing() as session:
        process = opened(session, process_id)
        _letters(session, settings, process, hands, run, list(zip(found["letters"], arrived, strict=True)))
        _private(session, keys, process, hands, run, found["private"])
        _flags(session, process, hands, run, found)
        _questions(session, keys, process, hands, run, found["questions"])
        _followers(session, subscriptions.Post(settings, process), run, found["followers"])


def _message(each: dict[str, Any], run: Run, place: int) -> bytes:
    message = EmailMessage()
    message["From"] = f"{each['from']} <personne@exemple.example>"
    message["Subject"] = each["subject"]
    message["Date"] = format_datetime(_day(run, each["day"], 8))
    message["Message-ID"] = f"<{run.slug}.{place}@exemple.example>"
    message.set_content(each["words"])
    return message.as_bytes()


def _day(run: Run, day: int, hour: int) -> datetime:
    """A day of the calendar, or the evening before for a run that has not come so far."""
    return run.days.on(min(day, run.today - 1), hour)


def _letters(
    session: Session,
    settings: Settings,
    process: OpenProcess,
    hands: Hands,
    run: Run,
    letters: list[tuple[dict[str, Any], mail_in.Arrived]],
) -> None:
    """Two with the same words stand together at once; a clerk puts a third with them; a fourth is still proposed."""
    taken: list[Contribution] = []
    for each, arrived in letters:
        choice = mail_in.Choice(ContributionKind.COMMENT, each["theme"], each.get("language", "fr"))
        at = _day(run, each["day"], 9)
        number = mail_in.take(session, settings, process, arrived, choice, at=at, by=hands.clerk).number
        row = _at(session, process, number)
        taken.append(row)
        if "joins" in each:
            head = taken[each["joins"]]
            grouping.join(session, process, row, head, at=at, by=hands.moderator.account_id)
        if row.same_as_id is None:
            _decide(session, process, row, None, hands, at + timedelta(hours=2))


def _at(session: Session, process: OpenProcess, number: int) -> Contribution:
    row = contributions.by_number(session, process.id, number)
    assert row is not None
    return row


def _decide(
    session: Session, process: OpenProcess, row: Contribution, reason: RefusalReason | None, hands: Hands, at: datetime
) -> None:
    if row.state is ContributionState.PENDING:
        consultations.decide(session, process, row, reason, "", at=at, by=hands.moderator.account_id)


def _private(session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run, found: dict[str, Any]) -> None:
    """Somebody typed a telephone number: it is pointed out to a moderator."""
    at = _day(run, 46, 17)
    row = _typed(session, keys, process, run, ContributionKind.COMMENT, found, at)
    if run.finished:
        _decide(session, process, row, RefusalReason.PERSONAL_DATA, hands, at + timedelta(days=1))


def _typed(
    session: Session,
    keys: Keys,
    process: OpenProcess,
    run: Run,
    kind: ContributionKind,
    found: dict[str, Any],
    at: datetime,
) -> Contribution:
    entry = Contributed(
        kind=kind,
        text=found["words"],
        language="fr",
        received=at,
        nonce=nonce(f"{run.slug} {found['words']}", 0),
        source=ContributionSource(),
        author=Author(),
        theme=found["theme"],
    )
    return _at(session, process, consultations.contribute(session, keys, process, entry, at=at).number)


def _flags(session: Session, process: OpenProcess, hands: Hands, run: Run, found: dict[str, Any]) -> None:
    """A reader reports what is published, an author appeals against a refusal; the finished run has answered both."""
    at = _day(run, 46, 12)
    shown, refused = (_newest(session, process, state) for state in
                      (ContributionState.PUBLISHED, ContributionState.REFUSED))  # fmt: skip
    consultations.flag(session, shown, RefusalReason.DEFAMATION, found["reported"], appeal=False, at=at)
    consultations.flag(session, refused, None, found["appeal"], appeal=True, at=at)
    if run.finished:
        hand = Hand(process, hands.moderator.account_id, at + timedelta(days=1))
        consultations.settle_flags(session, hand, shown)
        consultations.decide(session, process, refused, None, "", at=hand.at, by=hand.account_id)


def _newest(session: Session, process: OpenProcess, state: ContributionState) -> Contribution:
    query = select(Contribution).where(
        col(Contribution.process_id) == process.id,
        col(Contribution.kind) == ContributionKind.COMMENT,
        col(Contribution.state) == state,
        col(Contribution.official).is_(False),
        col(Contribution.same_as_id).is_(None),
    )
    newest: Contribution = session.execute(query.order_by(col(Contribution.number).desc()).limit(1)).scalar_one()
    return newest


def _questions(
    session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run, found: list[dict[str, Any]]
) -> None:
    """One unread, one not published, one that its author took back; in the end all that is asked is answered."""
    who = questions_queries.respondents_of(session, process.id)
    for place, each in enumerate(found):
        at = run.days.on(39, 15, place)
        row = _typed(session, keys, process, run, ContributionKind.QUESTION, each, at)
        if each["then"] == "withdrawn":
            consultations.take_back(session, row)
        elif each["then"] == "refused" or run.finished:
            reason = RefusalReason.OFF_TOPIC if each["then"] == "refused" else None
            _decide(session, process, row, reason, hands, at + timedelta(days=1))
        questions.settle(session, process, row)
        if run.finished and "a" in each:
            answer = questions.AnswerDraft(each["a"], [], who[each["who"]].id)
            hand = Hand(process, hands.moderator.account_id, at + timedelta(days=9))
            questions.answer(session, hand, row, answer, publish=True)


def _followers(session: Session, post: subscriptions.Post, run: Run, names: list[str]) -> None:
    """Addresses that follow it and have confirmed; the last one has not pressed the button yet."""
    for place, name in enumerate(names):
        at = run.days.on(min(run.today - 1, 31 + place), 20)
        address = f"{name}@exemple.example"
        subscriptions.subscribe(session, post, address, "en" if name == "june" else "fr", 0, at=at)
        row = session.execute(
            select(Subscription).where(
                col(Subscription.process_id) == post.process.id, col(Subscription.email) == address
            )
        ).scalar_one()
        if place < len(names) - 1 or run.finished:
            subscriptions.confirm(session, row, at=at + timedelta(minutes=5))
