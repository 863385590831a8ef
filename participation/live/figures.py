"""What meetings add to the figures of their process: who came, who answered by which way, who asked and who spoke.

Nobody is told apart from one poll to the next, so of each way it is the poll that most people answered that counts.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from participation.ballots.models import Ballot, HandCount
from participation.consultations.exports.figures import also_took_part
from participation.consultations.exports.tables import Row, Source
from participation.counting.room import RoomResult
from participation.counting.spec import Channel
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import translate, words_of
from participation.live import queries
from participation.live.floor.models import FloorState
from participation.live.floor.queries import floor_now
from participation.live.models import Meeting, MeetingState, Poll, PollState
from participation.live.speaking.models import TurnState
from participation.live.speaking.queries import speaking_now
from participation.live.words import SOURCES
from participation.processes.queries import specs_by_id


@dataclass(frozen=True, slots=True)
class Polled:
    """The polls of a meeting that are closed."""

    meeting: Meeting
    people: int
    """Who answered the one that most people answered, all ways together."""
    by_way: dict[str, int]
    """The same of each way."""
    answers: Counter[str]
    """Way → answers to all of them."""


def polled(session: Session, process_id: uuid.UUID) -> list[Polled]:
    """The meetings of a process that were held, the oldest first: five queries, and what changed in the box."""
    held = [each for each in queries.meetings_of(session, process_id) if each.state is not MeetingState.PREPARED]
    if not held:
        return []
    closed = (col(Poll.meeting_id).in_([each.id for each in held]), col(Poll.state) == PollState.CLOSED)
    polls = [poll for poll in session.execute(select(Poll).where(*closed)).scalars() if poll.spec_id]
    specs = specs_by_id(session, [poll.spec_id for poll in polls if poll.spec_id])
    ballots, totals = (queries.numbers_of(session, table, specs) for table in (Ballot, HandCount))
    results = queries.results_of(session, list(specs.values()), None, ballots, totals)
    return [
        _polled(meeting, [results[poll.spec_id] for poll in polls if poll.spec_id and poll.meeting_id == meeting.id])
        for meeting in held
    ]


def _polled(meeting: Meeting, results: list[RoomResult]) -> Polled:
    by_way: dict[str, int] = {}
    answers: Counter[str] = Counter()
    for source in (source for result in results for source in result.sources):
        by_way[source.name] = max(source.people, by_way.get(source.name, 0))
        answers[source.name] += source.people
    return Polled(meeting, max((result.people for result in results), default=0), by_way, answers)


def channel_of(way: str) -> Channel:
    """Telephones, cards and hands are in the room; what came from elsewhere is online."""
    return Channel.ONLINE if way == Channel.ONLINE else Channel.ROOM


def rows(source: Source) -> Iterator[Row]:
    """The meetings in the table of how people took part: each a row for who came, and one for each way of answering."""
    for each in polled(source.session, source.process.id):
        meeting = each.meeting
        event = f"{words_of(meeting.title, source.locale)}, {source.day(meeting.starts_at)}"
        said = meeting.place, event
        if meeting.present is not None:
            yield _word(source, _MEETING), _word(source, _ON_SITE), *said, meeting.present, "", "", "", ""
        for way, people in each.by_way.items():
            name = source.word(SOURCES, way)
            place = "" if channel_of(way) is Channel.ONLINE else meeting.place
            yield _word(source, _POLLS), name, place, event, people, each.answers[way], "", "", ""
        yield from _spoken(source, meeting, said)


def _spoken(source: Source, meeting: Meeting, said: tuple[str, str]) -> Iterator[Row]:
    """Questions of the room, without those that went on to the register and are counted there; and who was heard."""
    asked = [each.row for each in floor_now(source.session, meeting.id).questions if each.row.contribution_id is None]
    refused = sum(row.state is FloorState.REFUSED for row in asked)
    if asked:
        yield _word(source, _QUESTIONS), _word(source, _ROOM), *said, "", len(asked), refused, "", ""
    if heard := speaking_now(source.session, meeting.id).figures[TurnState.SPOKE]:
        yield _word(source, _TURNS), _word(source, _ROOM), *said, "", heard, "", "", ""


def _word(source: Source, words: Message) -> str:
    return translate(words, source.locale)


_MEETING, _ON_SITE, _ROOM = _("Meeting"), _("On site"), _("In the room")
_POLLS, _QUESTIONS, _TURNS = _("Polls in meetings"), _("Question from the room"), _("Turn to speak in a meeting")
also_took_part(rows)
