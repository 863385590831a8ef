"""Plays the assembly through the ordinary verbs: polls, telephones, cards, hands, questions; then prepares the next."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.ballots.entries import Entry, OpenText, Receipt, RoomClaim, Source
from participation.ballots.service import cast
from participation.consultations.models import RefusalReason
from participation.counting.answers import Answer
from participation.counting.spec import Capture
from participation.db import Database
from participation.demo.content import OPEN_FOR, Calendar, both
from participation.demo.rive_claire import content
from participation.demo.rive_claire.content import Act
from participation.demo.samples import BODY, BODY_PROCESS, nonce
from participation.live import alone, service, starting_points
from participation.live.alone import AloneDraft
from participation.live.floor import service as floor
from participation.live.intake import ELSEWHERE, IN_THE_ROOM
from participation.live.models import Meeting, Poll
from participation.live.service import QUESTION, MeetingDraft
from participation.live.settling import settle_all
from participation.live.speaking import service as speaking
from participation.live.speaking.models import QueueOrder, TurnState
from participation.live.speaking.queries import speaking_now
from participation.live.written import service as written
from participation.live.written.queries import written_now
from participation.processes.hand import Hand
from participation.processes.queries import WHOLE_STYLE, OpenProcess, SpecRow, process_at
from participation.register.keys import Keys

HELD = OPEN_FOR - 3
"""The day of the vote on which the assembly was held: three days before the one that the demo shows."""


@dataclass(frozen=True, slots=True)
class Evening:
    """Who runs it, who counts, when it begins."""

    keys: Keys
    process: OpenProcess
    facilitator: Actor
    counters: tuple[Actor, Actor]
    begins: datetime

    def hand(self, minute: float, who: Actor | None = None) -> Hand:
        at = self.begins + timedelta(minutes=minute)
        return Hand(self.process, (who or self.facilitator).account_id, at)


def load(database: Database, keys: Keys, staff: Mapping[str, Actor], calendar: Calendar) -> None:
    """The assembly that is over, with its minutes, and the one of this evening, prepared."""
    with database.writing() as session:
        process = _opened(session)
        evening = Evening(
            keys, process, staff["animation"], (staff["porte"], staff["secretariat"]), calendar.on(HELD, 19)
        )
        meeting_id = _hold(session, evening)
        _prepare_next(session, process, calendar)
        _announce_coffee(session, process, staff["animation"], calendar)
    settle_all(database, keys, evening.begins + timedelta(minutes=130))
    with database.writing() as session:
        meeting = session.get(Meeting, meeting_id)
        assert meeting is not None, "it was kept a moment ago"
        evening = replace(evening, process=_opened(session))
        service.publish_minutes(session, meeting, evening.hand(15 * 60))


def _announce_coffee(session: Session, borough: OpenProcess, by: Actor, calendar: Calendar) -> None:
    """A meeting of its own, ten days later."""
    draft = MeetingDraft(content.COFFEE, calendar.on(OPEN_FOR + 10, 10), content.PLACE, expected=40)
    made = AloneDraft(draft, content.COFFEE_ABOUT, "514 555-0188")
    at, zone = calendar.on(HELD, 9), borough.process.zone
    process, meeting = alone.create_alone(session, borough.organisation.id, made, zone, at=at, by=by)
    starting_points.begin_from(session, process, meeting, "information")
    alone.announce(session, meeting, Hand(process, by.account_id, at))


def _opened(session: Session) -> OpenProcess:
    process = process_at(session, BODY, BODY_PROCESS)
    assert process is not None, "the process of the borough is loaded first"
    return process


def _hold(session: Session, evening: Evening) -> uuid.UUID:
    draft = MeetingDraft(content.TITLE, evening.begins, content.PLACE, expected=100)
    meeting = service.create_meeting(session, evening.process.id, draft)
    agenda = [{"hour": hour, "title": title, "url": ""} for hour, title in content.AGENDA]
    service.set_agenda(session, meeting, agenda)
    polls = [service.add_poll(session, meeting, act.draft) for act in content.ACTS]
    service.count_present(session, meeting, content.PRESENT, evening.hand(6))
    floor.set_open(session, meeting, evening.hand(20), is_open=True)
    for act, poll in zip(content.ACTS, polls, strict=True):
        if act.site:
            _ask_on_site(session, evening, meeting, poll, act)
    service.open_doors(session, meeting, evening.hand(-10))
    for act, poll in zip(content.ACTS, polls, strict=True):
        _play(session, evening, meeting, poll, act)
        if act is content.ACTS[2]:
            _questions(session, evening, meeting)
            _queue(session, evening, meeting)
    service.end_meeting(session, meeting, evening.hand(125))
    return meeting.id


def _play(session: Session, evening: Evening, meeting: Meeting, poll: Poll, act: Act) -> None:
    """Opens, takes the answers, closes, takes those that waited for the network; counters write their sheets."""
    opened = service.open_poll(session, evening.keys, meeting, poll, evening.hand(act.opens))
    answers = [answer for answer, number in act.phones for _one in range(number)]
    Random(f"rive-claire {poll.position}").shuffle(answers)
    in_time = len(answers) - act.late
    _cast(session, evening, opened, answers[:in_time], 0, evening.hand(act.closes - 1).at)
    if act.words:
        _write(session, evening, meeting, poll, opened, act)
    close = service.close_in_room if act.site else service.close_poll
    close(session, meeting, poll, evening.hand(act.closes))
    _cast(session, evening, opened, answers[in_time:], in_time, evening.hand(act.closes + 0.6).at)
    sheets = [(Capture.CARD_COUNT, totals) for totals in (act.cards, act.cards) if totals]
    sheets += [(Capture.HAND_COUNT, totals) for totals in _both_counters(act.hands)]
    for number, (capture, totals) in enumerate(sheets):
        by = evening.hand(act.closes + 1 + number / 2, evening.counters[number % 2])
        service.count_totals(session, meeting, poll, capture, dict(zip("abcd", totals, strict=False)), by)
    service.show_results(session, meeting, poll, shown=True)


def _ask_on_site(session: Session, evening: Evening, meeting: Meeting, poll: Poll, act: Act) -> None:
    """A week before, until some days after; whoever answers there is another telephone than those of the evening."""
    ahead = evening.hand(-content.ON_SITE_BEFORE * 24 * 60)
    until = evening.begins + timedelta(days=content.ON_SITE_AFTER)
    service.ask_on_site(session, evening.keys, meeting, poll, until, ahead)
    answers = [answer for answer, number in act.site for _one in range(number)]
    _cast(session, evening, service.asked(session, poll), answers, 500, evening.hand(-60).at, ELSEWHERE)


def _write(session: Session, evening: Evening, meeting: Meeting, poll: Poll, spec_row: SpecRow, act: Act) -> None:
    """What people wrote, and what a moderator let through to the wall."""
    texts = [(text, place) for text, number in act.words for place in range(number)]
    at = evening.hand(act.opens + 1).at
    entries = [
        Entry(
            RoomClaim(f"device|rive-claire-{number}"), WHOLE_STYLE, (), IN_THE_ROOM, at,
            nonce(f"rive-claire {spec_row.series}", number), texts=(OpenText(QUESTION, text, _language(text)),),
        )
        for number, (text, _place) in enumerate(texts)
    ]  # fmt: skip
    cast(session, evening.keys, spec_row, entries, at)
    for place, (text, _number) in enumerate(act.words):
        said = next(read.said for read in written_now(session, [poll])[poll.id].answers if read.said.text == text)
        by = evening.hand(act.opens + 2 + place / 8)
        if place < content.WORDS_SHOWN or content.WORDS_MASKED in text:
            written.show(session, meeting, poll, said.id, by, masked=content.WORDS_MASKED in text)
        elif content.WORDS_REFUSED in text:
            written.refuse(session, meeting, poll, said.id, RefusalReason.ADVERTISING, by)


def _language(text: str) -> str:
    return "en" if text.startswith("More") else "fr"


def _both_counters(hands: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The two sheets that differed, then the two that agree."""
    return [*hands, hands[-1]] if hands else []


def _cast(
    session: Session, evening: Evening, spec_row: SpecRow, answers: Sequence[Answer], first: int, at: datetime,
    source: Source = IN_THE_ROOM,
) -> None:  # fmt: skip
    """One ballot for each telephone, as the form of the room or of the site sends it."""
    entries = [
        Entry(
            RoomClaim(f"device|rive-claire-{number}"),
            WHOLE_STYLE,
            ((QUESTION, answer),),
            source,
            at,
            nonce(f"rive-claire {spec_row.series}", number),
        )
        for number, answer in enumerate(answers, first)
    ]
    taken = cast(session, evening.keys, spec_row, entries, at)
    assert all(isinstance(answer, Receipt) for answer in taken), "every vote of the story is counted"


def _questions(session: Session, evening: Evening, meeting: Meeting) -> None:
    """Nineteen come in: fourteen are shown, three go on with another, two are refused with a reason."""
    for number, text in enumerate(content.QUESTIONS, 1):
        by = evening.hand(70 + number / 2)
        draft = floor.AskDraft(
            text, "en" if text.isascii() and "the" in text else "fr", nonce("rive-claire question", number)
        )
        if number % 4:
            floor.ask(session, meeting, draft, f"{number:064x}", by.at)
        else:
            floor.key_slip(session, meeting, draft, replace(by, account_id=evening.counters[0].account_id))
    for number in range(1, len(content.QUESTIONS) + 1):
        by, row = evening.hand(81 + number / 4), floor.question_at(session, meeting, number)
        if number <= content.SHOWN:
            floor.show(session, meeting, row, by)
        elif number in content.MERGED_INTO:
            floor.merge(session, meeting, row, content.MERGED_INTO[number], by)
        else:
            advertising = number == len(content.QUESTIONS) - 1
            reason = RefusalReason.ADVERTISING if advertising else RefusalReason.OFF_TOPIC
            floor.refuse(session, meeting, row, reason, "", by)
    for number in range(1, content.ANSWERED + 1):
        floor.answer(session, meeting, floor.question_at(session, meeting, number), evening.hand(90 + number))


def _queue(session: Session, evening: Evening, meeting: Meeting) -> None:
    """By a draw, whose seed is shown before it; six of eight are heard, one does not come, one waits until the end."""
    rules = speaking.RulesDraft(order=QueueOrder.DRAW, per_person=2, per_subject=3, seconds=120)
    speaking.set_rules(session, meeting, rules, evening.hand(72))
    for number, subject in enumerate(content.SPEAKERS, 1):
        draft = speaking.JoinDraft(f"Personne fictive {number}", nonce("rive-claire queue", number), subject)
        speaking.key_slip(session, meeting, draft, evening.hand(73 + number / 4, evening.counters[0]))
    speaking.announce_draw(session, meeting, content.SEED, evening.hand(77))
    speaking.draw(session, meeting, evening.hand(78))
    absent = speaking_now(session, meeting.id).waiting[2]
    speaking.move(session, meeting, absent, TurnState.GONE, evening.hand(85))
    for place in range(6):
        speaking.give_next(session, meeting, evening.hand(86 + 2 * place))
    last = speaking_now(session, meeting.id).speaking
    assert last is not None, "somebody has the floor"
    speaking.move(session, meeting, last, TurnState.SPOKE, evening.hand(99))


def _prepare_next(session: Session, process: OpenProcess, calendar: Calendar) -> None:
    """This evening’s, from a template, ready to run."""
    title = both("Séance fictive sur le parc du Lavoir", "Fictional session on Parc du Lavoir")
    draft = MeetingDraft(title, calendar.on(OPEN_FOR, 19), content.PLACE, expected=90)
    meeting = service.create_meeting(session, process.id, draft)
    starting_points.begin_from(session, process, meeting, "information")
