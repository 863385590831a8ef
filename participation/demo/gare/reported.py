"""The analysis of the fictional consultation; of the finished run also its report, and what the City made of it."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.consultations.analysis import passages, queries, service
from participation.consultations.analysis.queries import Bench
from participation.consultations.analysis.service import Marked
from participation.consultations.analysis.units import Unit, Wanted
from participation.consultations.follow_up import service as follow_up
from participation.consultations.follow_up.models import Outcome
from participation.consultations.follow_up.service import ReportDraft, Said
from participation.db import Database
from participation.demo.content import both
from participation.demo.gare import papers
from participation.demo.gare.content import Hands, Run
from participation.files import Files
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess, process_by_id
from participation.settings import Settings

HERE = Path(__file__).parent
READ, READ_SO_FAR = 300, 60
"""Pieces that the commission has gone through: of the finished run, and while people still write."""
DELIVERED = 140
"""Days after the notice."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+")


def load(database: Database, settings: Settings, process_id: uuid.UUID, hands: Hands, run: Run) -> None:
    found: dict[str, Any] = json.loads((HERE / "reported.json").read_text("utf-8"))
    with database.writing() as session:
        process = process_by_id(session, process_id)
        assert process is not None
        _analyse(session, process, hands.admin, run, found["codes"])
        if run.finished:
            _report(session, settings, process, hands.admin, run, found)


def _analyse(session: Session, process: OpenProcess, by: Actor, run: Run, codes: list[dict[str, Any]]) -> None:
    at = run.days.on(100 if run.finished else run.today, 9)
    service.number_answers(session, process, queries.bench_of(session, process), at=at, by=by.account_id)
    bench = queries.bench_of(session, process)
    words: dict[uuid.UUID, tuple[str, ...]] = {}
    for code in codes:
        parent = service.make_code(session, process.id, code["title"], None)
        for each in code["below"]:
            words[service.make_code(session, process.id, each["title"], parent)] = tuple(each["words"])
    _code(session, process, bench, words, run, by)


def _code(
    session: Session, process: OpenProcess, bench: Bench, words: dict[uuid.UUID, tuple[str, ...]], run: Run, by: Actor
) -> None:
    """The first sentence that speaks of a code goes under it."""
    at = run.days.on(101 if run.finished else run.today, 10)
    read = queries.units(session, bench, Wanted(), most=READ if run.finished else READ_SO_FAR)
    for unit in read:
        for code_id, wanted in words.items():
            if sentence := _sentence(unit, wanted):
                marked = Marked(sentence, 0, "", (code_id,))
                service.code_passage(session, process, unit, marked, at=at, by=by.account_id)
    assert passages.codes_of(session, process.id)


def _sentence(unit: Unit, wanted: tuple[str, ...]) -> str:
    sentences = _SENTENCES.split(unit.text or "")
    return next((each for each in sentences if any(word in each.lower() for word in wanted)), "")


def _report(
    session: Session, settings: Settings, process: OpenProcess, by: Actor, run: Run, found: dict[str, Any]
) -> None:
    hand = Hand(process, by.account_id, run.days.on(DELIVERED, 10))
    each = {"title": found["title"], "author": "Office fictif de consultation publique", "number": "9.1"}
    stored = papers.printed(Files(settings), each, found["pages"], hand.at)
    follow_up.bring_report(session, hand, stored)
    day = hand.at.date()
    draft = ReportDraft(both(*found["title"]), both(*found["summary"]), day, day + timedelta(days=10))
    follow_up.set_report(session, hand, draft)
    for number, each in enumerate(found["recommendations"], 1):
        follow_up.add_recommendation(session, hand, both(*each["words"]))
        row = follow_up.recommendation_at(session, process.id, number)
        for said in each["said"]:
            then = Hand(process, by.account_id, run.days.on(said["day"], 14))
            outcome, source = Outcome(said["outcome"]), said["source"]
            answer = Said(outcome, both(*said["words"]), source, then.at.date())
            follow_up.note_answer(session, then, row, answer)
