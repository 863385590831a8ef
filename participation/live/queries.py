"""Reads of the room: a meeting by its code, its polls, what was answered so far."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.ballots.models import Ballot, HandCount
from participation.counting.answers import decode
from participation.counting.room import RoomResult, RoomSource, merge
from participation.counting.spec import Capture, Channel, Question, RulingKind
from participation.counting.tally import profile_of_equals, tally
from participation.live.floor.queries import floor_now
from participation.live.models import Meeting, MeetingState, Poll, PollKind, PollState, RoomSheet
from participation.live.sockets import OVER
from participation.live.speaking.queries import speaking_now
from participation.processes.queries import ROOM_GRACE, OpenProcess, SpecRow, process_by_id, specs_by_id


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting with the process and the body that hold it."""

    meeting: Meeting
    process: OpenProcess

    @property
    def id(self) -> uuid.UUID:
        return self.meeting.id


def room_by_code(session: Session, code: str) -> Room | None:
    return _room(session, session.execute(select(Meeting).where(col(Meeting.code) == code)).scalar_one_or_none())


def room_by_id(session: Session, meeting_id: uuid.UUID) -> Room | None:
    return _room(session, session.get(Meeting, meeting_id))


def _room(session: Session, meeting: Meeting | None) -> Room | None:
    process = process_by_id(session, meeting.process_id) if meeting else None
    return Room(meeting, process) if meeting and process else None


def meetings_of(session: Session, process_id: uuid.UUID) -> list[Meeting]:
    """The meetings of a process, the next one last."""
    query = select(Meeting).where(col(Meeting.process_id) == process_id).order_by(col(Meeting.starts_at))
    return list(session.execute(query).scalars())


def polls_of(session: Session, meeting_id: uuid.UUID) -> list[Poll]:
    """In the order of the agenda."""
    query = select(Poll).where(col(Poll.meeting_id) == meeting_id).order_by(col(Poll.position))
    return list(session.execute(query).scalars())


def is_open(poll: Poll, at: datetime) -> bool:
    """Whether telephones may answer at this instant; what is on its way arrives a little later."""
    return poll.state is PollState.OPEN and (poll.closes_at is None or at < poll.closes_at)


@dataclass(frozen=True, slots=True)
class PollNow:
    """A poll as the screens show it: its question, whether it is open, what was answered."""

    poll: Poll
    spec_row: SpecRow | None
    is_open: bool
    result: RoomResult | None

    @property
    def question(self) -> Question | None:
        return self.spec_row.spec.questions[0] if self.spec_row else None

    @property
    def is_ranking(self) -> bool:
        return self.poll.kind is PollKind.RANKING


def polls_now(session: Session, meeting: Meeting, at: datetime) -> list[PollNow]:
    """Each poll with its figures as the box gives them at this moment."""
    polls = polls_of(session, meeting.id)
    specs = specs_by_id(session, [poll.spec_id for poll in polls if poll.spec_id])
    results = results_of(session, list(specs.values()), meeting.present)
    return [_now(poll, specs, results, at) for poll in polls]


def _now(
    poll: Poll, specs: Mapping[uuid.UUID, SpecRow], results: Mapping[uuid.UUID, RoomResult], at: datetime
) -> PollNow:
    if poll.spec_id is None:
        return PollNow(poll, None, False, None)
    return PollNow(poll, specs[poll.spec_id], is_open(poll, at), results[poll.spec_id])


_read: dict[uuid.UUID, tuple[tuple[int, int], tuple[RoomSource, ...]]] = {}
"""Poll → how many ballots and totals the box had when it was read, and what they said."""
MOST_READ = 200


def results_of(session: Session, spec_rows: Sequence[SpecRow], present: int | None) -> dict[uuid.UUID, RoomResult]:
    """What the box holds of each poll, telephones first.

    It is read anew only where something has come since: ballots and totals are append-only, so their number tells.
    """
    ids = [row.id for row in spec_rows]
    ballots, totals = _numbers(session, Ballot, ids), _numbers(session, HandCount, ids)
    found = {}
    for row in spec_rows:
        mark = ballots.get(row.id, 0), totals.get(row.id, 0)
        known = _read.get(row.id)
        if known is None or known[0] != mark:
            if len(_read) >= MOST_READ:
                _read.clear()
            known = _read[row.id] = (mark, _sources(session, row))
        found[row.id] = merge(known[1], present)
    return found


def _numbers(session: Session, table: type[Ballot | HandCount], spec_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    spec_id = col(table.spec_id)
    rows = session.execute(select(spec_id, func.count()).where(spec_id.in_(spec_ids)).group_by(spec_id))
    return {row[0]: row[1] for row in rows}


def _sources(session: Session, spec_row: SpecRow) -> tuple[RoomSource, ...]:
    question = spec_row.spec.questions[0]
    return (*_ballots(session, spec_row.id, question), *_totals(session, spec_row.id, question))


def _ballots(session: Session, spec_id: uuid.UUID, question: Question) -> Iterable[RoomSource]:
    """Ballots one by one, by channel. Those that say the same are read as one row with their number."""
    of_the_poll = (col(Ballot.spec_id) == spec_id, col(Ballot.ruling) != RulingKind.REJECTED)
    if not question.options:
        query = select(col(Ballot.channel), func.count()).where(*of_the_poll).group_by(col(Ballot.channel))
        yield from (RoomSource(channel, number, ()) for channel, number in session.execute(query))
        return
    equals = (
        select(col(Ballot.channel), col(Ballot.choices), func.count())
        .where(*of_the_poll)
        .group_by(col(Ballot.channel), col(Ballot.choices))
    )
    records = (
        ((str(channel),), dict(decode(choices)).get(question.id, ()), times)
        for channel, choices, times in session.execute(equals)
    )
    counted = tally(profile_of_equals(question, records))
    for column in counted.by_group:
        yield RoomSource(column.groups[0][0], column.ballots, column.points if counted.scored else column.votes)


def _totals(session: Session, spec_id: uuid.UUID, question: Question) -> Iterable[RoomSource]:
    for capture, row in standing_totals(session, spec_id).items():
        votes = tuple(row.totals.get(option.id, 0) for option in question.options)
        yield RoomSource(capture, sum(votes), votes, is_total=True)


def standing_totals(session: Session, spec_id: uuid.UUID) -> dict[Capture, HandCount]:
    """What counters of hands and cards agreed on, the newest of each."""
    query = select(HandCount).where(col(HandCount.spec_id) == spec_id).order_by(col(HandCount.revision))
    return {row.capture: row for row in session.execute(query).scalars()}


def sheets_of(session: Session, poll_ids: Sequence[uuid.UUID]) -> list[RoomSheet]:
    """What counters wrote down, in the order in which they did."""
    query = select(RoomSheet).where(col(RoomSheet.poll_id).in_(poll_ids)).order_by(col(RoomSheet.at))
    return list(session.execute(query).scalars())


def stamp(session: Session, meeting_id: uuid.UUID, at: datetime) -> str:
    """Changes when anything that a screen shows has changed: an act of the staff, a vote, a poll that ran out."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        return OVER
    polls = [poll for poll in polls_of(session, meeting_id) if poll.spec_id]
    last = max((poll.closes_at for poll in polls if poll.closes_at), default=meeting.starts_at)
    if meeting.state is MeetingState.ENDED and at >= last + ROOM_GRACE:
        return OVER
    query = select(func.count()).where(col(Ballot.spec_id).in_([poll.spec_id for poll in polls]))
    ballots = session.execute(query).scalar_one()
    running = ",".join(str(poll.position) for poll in polls if is_open(poll, at))
    voices = f"{floor_now(session, meeting_id).stamp}/{speaking_now(session, meeting_id).stamp}"
    return f"{meeting.changes}/{ballots}/{running}/{sha256(voices.encode()).hexdigest()[:12]}"


def phone_answers(result: RoomResult) -> int:
    """Ballots from telephones in the room."""
    return sum(source.people for source in result.sources if source.name == Channel.ROOM)
