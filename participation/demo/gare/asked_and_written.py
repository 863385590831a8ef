"""The register of questions and the briefs of the fictional consultation."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlmodel import Session

from participation.consultations import queries as contributions
from participation.consultations import service as consultations
from participation.consultations.briefs import service as briefs
from participation.consultations.briefs.forms import Deposit
from participation.consultations.entries import Author, Contributed, ContributionReceipt, ContributionSource
from participation.consultations.models import Contribution, ContributionChannel, ContributionKind
from participation.consultations.questions import queries as questions_queries
from participation.consultations.questions import service as questions
from participation.counting.spec import Capture
from participation.db import Database
from participation.demo.gare import content, voices
from participation.demo.gare.content import Hands, Run
from participation.demo.samples import nonce
from participation.processes import queries
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys

HERE = Path(__file__).parent
BRIEFS = 24
"""Of the finished run; the one under way has those of its first days."""
GROUPS = (
    "Comité fictif logement du Canal", "Conseil fictif des aînés", "Coalition fictive piétonne",
    "Société fictive d’histoire", "Chambre de commerce fictive", "Association fictive des jardins",
    "Conseil d’établissement fictif", "Vélo fictif Sud-Ouest",
    "Regroupement fictif des personnes handicapées", "Atelier fictif d’architecture", "Table fictive de concertation",
)  # fmt: skip


def load(database: Database, keys: Keys, process_id: uuid.UUID, hands: Hands, run: Run) -> None:
    """Everything of this module, in the order of the calendar."""
    with database.writing() as session:
        process = queries.process_by_id(session, process_id)
        assert process is not None
        _questions(session, keys, process, hands, run)
        _briefs(session, keys, process, hands, run)


def _questions(session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run) -> None:
    found: dict[str, Any] = json.loads((HERE / "questions.json").read_text("utf-8"))
    bodies = [
        questions.RespondentDraft(name, f"reponses{number}@exemple.example")
        for number, name in enumerate(found["who"], 1)
    ]
    draft = questions.SettingsDraft(10, bodies)
    questions.save_settings(session, Hand(process, hands.admin.account_id, run.days.on(20, 9)), draft)
    who = questions_queries.respondents_of(session, process.id)
    rows: list[Contribution] = []
    for number, each in enumerate(found["asked"]):
        row = _asked(session, keys, process, hands, run, number, each["q"], each["theme"])
        rows.append(row)
        sent = run.days.on(29 + number * 11 // 17 + 1, 14)
        hand = Hand(process, hands.moderator.account_id, sent)
        questions.send(session, hand, row, who[each["who"]].id, (sent + timedelta(days=14)).date())
        if each["a"] and (run.finished or number < 11):
            answer = questions.AnswerDraft(each["a"], each["cites"], who[each["who"]].id)
            hand = Hand(process, hands.moderator.account_id, sent + timedelta(days=5))
            questions.answer(session, hand, row, answer, publish=True)
    for number, (other, words) in enumerate(found["again"], len(rows)):
        row = _asked(session, keys, process, hands, run, number, words, "")
        hand = Hand(process, hands.moderator.account_id, run.days.on(41, 9))
        questions.merge(session, hand, row, rows[other].number)


def _asked(
    session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run, number: int, words: str, theme: str
) -> Contribution:
    """Asked in one of five ways, read by a moderator the same day."""
    at = run.days.on(29 + number * 11 // 19, 10, number)
    way = (
        ContributionChannel.ONLINE, ContributionChannel.ROOM, ContributionChannel.PHONE,
        ContributionChannel.COUNTER, ContributionChannel.EMAIL,
    )[number % 5]  # fmt: skip
    online = way is ContributionChannel.ONLINE
    source = ContributionSource(
        way, Capture.SELF if online else Capture.KEYED, None, None if online else hands.clerk.account_id
    )
    rng = Random(f"{run.slug} question {number}")
    entry = Contributed(
        kind=ContributionKind.QUESTION,
        text=words,
        language="fr",
        received=at,
        nonce=nonce(f"{run.slug} question", number),
        source=source,
        author=Author(voices.name(rng), show_name=number % 3 == 0),
        theme=theme,
    )
    receipt = consultations.contribute(session, keys, process, entry, at=at)
    return _published(session, process, receipt, hands, run.days.on(29 + number * 11 // 19, 16))


def _published(
    session: Session, process: OpenProcess, receipt: ContributionReceipt, hands: Hands, at: Any
) -> Contribution:
    row = contributions.by_number(session, process.id, receipt.number)
    assert row is not None
    consultations.decide(session, process, row, None, "", at=at, by=hands.moderator.account_id)
    if row.kind is ContributionKind.QUESTION:
        questions.settle(session, process, row)
    if row.kind is ContributionKind.BRIEF:
        briefs.settle(session, process, row, at=at, by=hands.moderator.account_id)
    return row


def _briefs(session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run) -> None:
    first, last = 31, min(run.today, 63)
    number = BRIEFS if run.finished else BRIEFS * (last - first) // (63 - first) // 2
    for place in range(number):
        rng = Random(f"{run.slug} brief {place}")
        day = first + place * (last - first) // number
        at = run.days.on(day, 13, place)
        grouped = place % 2 == 0
        theme = content.THEMES[place % 5]
        author = Author(voices.name(rng), GROUPS[place // 2 % len(GROUPS)] if grouped else "", show_name=True)
        spoken = "en" if place % 9 == 4 else "fr"
        text = "\n\n".join(voices.paragraph(rng, code, spoken) for code, _title in content.THEMES)
        title = f"{dict(theme[1])[spoken]} : {author.group}" if grouped else dict(theme[1])[spoken]
        draft = Deposit(author, grouped, title, text, spoken, theme[0], False, "")
        by_post = place % 4 == 3
        source = ContributionSource(
            ContributionChannel.POST if by_post else ContributionChannel.ONLINE,
            Capture.KEYED if by_post else Capture.SELF,
            None,
            hands.clerk.account_id if by_post else None,
        )
        door = briefs.Door(at, nonce(f"{run.slug} brief", place), source)
        receipt = briefs.deposit(session, keys, process, draft, None, door, at=at)
        if run.finished or place < number - 2:
            _published(session, process, receipt, hands, at + timedelta(days=1))
