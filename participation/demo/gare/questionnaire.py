"""The questionnaire of the consultation: set up, published, answered online and on paper."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.ballots.entries import AnonymousClaim, Entry, OpenText, Refusal, Source
from participation.ballots.queries import box_is_empty
from participation.ballots.service import cast
from participation.counting.answers import Answer, canonical
from participation.counting.spec import Capture, Channel, Question, QuestionKind
from participation.db import Database
from participation.demo.gare import content, voices
from participation.demo.gare.content import Days, Hands, opened
from participation.demo.samples import nonce
from participation.paper.questionnaires import service as sheets
from participation.processes import queries
from participation.processes.models import WindowKind
from participation.processes.queries import OpenProcess, SpecRow
from participation.processes.questionnaires import service
from participation.processes.questionnaires.drafts import Assessment, QuestionDraft, Settings
from participation.register.keys import Keys

ONLINE, PAPER = 412, 138
FIRST_DAY, LAST_DAY = 30, 56
GROUP = 50
WAITING = 6
"""Sheets of the run under way that nobody has read again yet."""


def load(database: Database, keys: Keys, process_id: uuid.UUID, hands: Hands, days: Days, today: int) -> None:
    """Sets it up ten days before its stage, and answers it until `today`, a day counted from the notice."""
    with database.writing() as session:
        found = opened(session, process_id)
        _set_up(session, found, hands.admin, days)
        spec_row = service.publish(session, found, box_is_empty=box_is_empty, at=days.on(22, 9), by=hands.admin)
    share = (today - FIRST_DAY + 1) / (LAST_DAY - FIRST_DAY + 1)
    with database.writing() as session:
        _answer(session, keys, spec_row, days, today, round(ONLINE * share))
        waiting = 0 if today == LAST_DAY else WAITING
        _sheets(session, keys, spec_row, hands, days, today, round(PAPER * share), waiting)


def _set_up(session: Session, process: OpenProcess, by: Actor, days: Days) -> None:
    at, row = days.on(20, 9), process.process
    opens, closes = days.on(FIRST_DAY, 8), days.on(LAST_DAY, 20)
    windows = {
        WindowKind.ONLINE_OPENS: opens,
        WindowKind.ONLINE_CLOSES: closes,
        WindowKind.PAPER_OPENS: opens,
        WindowKind.PAPER_CLOSES: closes,
        WindowKind.POST_CLOSES: days.on(LAST_DAY + 3, 17),
    }
    service.save_settings(session, row, Settings(content.INTRODUCTION, windows, closed_twice=False), at=at, by=by)
    service.save_assessment(session, row, Assessment(*content.ASSESSMENT), at=at, by=by)
    themes = {code: service.save_theme(session, row, dict(title), at=at, by=by) for code, title in content.THEMES}
    for asked in content.QUESTIONS:
        draft = QuestionDraft(
            themes[asked.theme].id,
            asked.kind,
            dict(asked.title),
            dict(asked.why),
            options=tuple(dict(option) for option in asked.options),
            max_choices=asked.most,
            condition=(asked.when[0], (asked.when[1],)) if asked.when else None,
        )
        service.save_question(session, row, draft, at=at, by=by)


def _answer(session: Session, keys: Keys, spec_row: SpecRow, days: Days, today: int, number: int) -> None:
    rng = Random(f"{spec_row.spec.id} {Channel.ONLINE}")
    source, style = Source(Channel.ONLINE, Capture.SELF, None), spec_row.spec.styles[0].id
    entries = []
    for each in range(number):
        closed, texts = _choices(rng, spec_row)
        key = nonce(f"{spec_row.spec.id} {Channel.ONLINE}", each)
        received = _received(days, today, each, number)
        entries.append(Entry(AnonymousClaim(), style, closed, source, received, key, texts=texts))
    for start in range(0, len(entries), GROUP):
        group = entries[start : start + GROUP]
        for answer in cast(session, keys, spec_row, group, max(entry.received for entry in group)):
            if isinstance(answer, Refusal):
                raise RuntimeError(f"the box refused an answer of the demonstration: {answer}")


def _received(days: Days, today: int, each: int, number: int) -> datetime:
    """Spread over the stage until `today`, in the order of arrival."""
    return days.on(FIRST_DAY + each * (today - FIRST_DAY) // max(number, 1), 9 + each % 10, each * 13 % 60)


def _sheets(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    hands: Hands,
    days: Days,
    today: int,
    number: int,
    waiting: int,
) -> None:
    """One clerk keys what a counter received; another reads it again the same evening, the last few not yet."""
    rng = Random(f"{spec_row.spec.id} {Channel.COUNTER}")
    places = [place for place in queries.places_of(session, spec_row.process_id) if place.channel is Channel.COUNTER]
    for each in range(number + waiting):
        received, place = _received(days, today, each, number + waiting), rng.choice(places)
        closed, texts = _choices(rng, spec_row)
        ticks = {question: tuple(option for option, _value in answer) for question, answer in closed}
        spoken = texts[0].language if texts else "fr"
        read = sheets.Read(spoken, ticks, {text.question_id: text.text for text in texts})
        keyed = sheets.Keyed(place, received, read)
        at = received + timedelta(minutes=20)
        key = nonce(f"{spec_row.spec.id} {Channel.COUNTER}", each)
        sheet = sheets.key(session, spec_row, keyed, nonce=key, account_id=hands.clerk.account_id, at=at)
        if each < number:
            second = hands.second.account_id
            later = at + timedelta(minutes=30)
            sheets.read_again(session, keys, spec_row, sheet, place, read, account_id=second, at=later)


def _choices(rng: Random, spec_row: SpecRow) -> tuple[tuple[tuple[str, Answer], ...], tuple[OpenText, ...]]:
    """What one person ticks and writes; questions whose condition does not hold are passed over."""
    spoken = voices.language(rng)
    chosen: dict[str, Answer] = {}
    texts: list[OpenText] = []
    for question, asked in zip(spec_row.spec.questions, content.QUESTIONS, strict=True):
        if question.kind is QuestionKind.OPEN_TEXT:
            if rng.random() < 0.6:
                texts.append(OpenText(question.id, voices.say(rng, asked.theme, spoken), spoken))
            continue
        condition = question.shown_if
        if condition and not {option for option, _value in chosen.get(condition.question_id, ())} & set(
            condition.option_ids
        ):
            continue
        chosen[question.id] = _ticked(rng, question)
    return tuple(sorted(chosen.items())), tuple(texts)


def _ticked(rng: Random, question: Question) -> Answer:
    if rng.random() < 0.07:
        return ()
    weights = range(len(question.options), 0, -1)
    picked = rng.choices(question.options, weights, k=question.max_choices)
    return canonical(question, [(option.id, 1) for option in picked])
