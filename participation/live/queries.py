"""Reads of the room: a meeting by its code, its polls, what was answered so far."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation import audit
from participation.ballots.models import Ballot, HandCount
from participation.counting.answers import decode
from participation.counting.room import RoomResult, RoomSource, merge
from participation.counting.spec import Capture, Channel, Question, RegisterKind, RulingKind
from participation.counting.tally import profile_of_equals, tally
from participation.live.events import ACTS
from participation.live.floor.queries import FloorNow, floor_now
from participation.live.local.rehearsal import RehearsalNow, rehearsal_now
from participation.live.log import Line, lines_of
from participation.live.models import Door, Meeting, MeetingState, Poll, PollKind, PollState, RoomSheet
from participation.live.remotes import Holder, at_remote
from participation.live.sockets import OVER, Stamp
from participation.live.speaking.queries import SpeakingNow, speaking_now
from participation.live.written.queries import WrittenNow, written_now
from participation.processes.queries import ROOM_GRACE, OpenProcess, SpecRow, process_by_id, specs_by_id
from participation.register.queries import checked_in


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


def log_of(session: Session, meeting: Meeting) -> list[audit.EventRow]:
    """What was done in this meeting, the newest first."""
    found = audit.list_events(session, meeting.process_id, ACTS)
    return [event for event in reversed(found) if event.data["meeting_id"] == str(meeting.id)]


def is_open(poll: Poll, at: datetime) -> bool:
    """Whether telephones may answer at this instant; what is on its way arrives a little later."""
    return poll.state is PollState.OPEN and (poll.closes_at is None or at < poll.closes_at)


def is_open_in_room(poll: Poll, at: datetime) -> bool:
    """Whether what telephones answer at this instant is answered in the room."""
    if not poll.on_site:
        return is_open(poll, at)
    began = poll.in_room_from is not None and poll.in_room_from <= at
    return began and is_open(poll, at) and (poll.in_room_until is None or at < poll.in_room_until)


@dataclass(frozen=True, slots=True)
class PollNow:
    """A poll as the screens show it: its question, whether it is open, what was answered."""

    poll: Poll
    spec_row: SpecRow | None
    is_open: bool
    """Anywhere: in the room, or on the site."""
    in_room: bool
    result: RoomResult | None

    @property
    def question(self) -> Question | None:
        return self.spec_row.spec.questions[0] if self.spec_row else None

    @property
    def is_ranking(self) -> bool:
        return self.poll.kind is PollKind.RANKING


MOVED_BY_VOTES = frozenset({"ballots", "polls", "written"})
"""The parts of a meeting that change with a vote."""
KEPT_FOR = timedelta(seconds=10)
"""What changes by itself, such as who still has the remote in hand, is seen so much later."""


@dataclass
class MeetingNow:
    """A meeting at one moment, read in one session. Each part is read when it is first asked for, and once: all
    screens of a look show the same."""

    session: Session
    meeting: Meeting
    at: datetime

    def __post_init__(self) -> None:
        self.read_at = self.at

    def keep(self, before: MeetingNow) -> None:
        """Takes over what nobody has changed since an earlier moment; votes change nothing of it."""
        if self.meeting.changes == before.meeting.changes and self.at - before.read_at < KEPT_FOR:
            kept = vars(before).keys() - vars(self).keys() - MOVED_BY_VOTES
            vars(self).update({name: vars(before)[name] for name in kept})
            self.read_at = before.read_at

    @cached_property
    def room(self) -> Room | None:
        return _room(self.session, self.meeting)

    @cached_property
    def agenda(self) -> list[Poll]:
        return polls_of(self.session, self.meeting.id)

    @cached_property
    def specs(self) -> dict[uuid.UUID, SpecRow]:
        return specs_by_id(self.session, self._spec_ids)

    @property
    def _spec_ids(self) -> list[uuid.UUID]:
        return [poll.spec_id for poll in self.agenda if poll.spec_id]

    @cached_property
    def ballots(self) -> dict[uuid.UUID, int]:
        """Spec → ballots in its box."""
        return numbers_of(self.session, Ballot, self._spec_ids)

    @cached_property
    def totals(self) -> dict[uuid.UUID, int]:
        """Spec → totals in its box."""
        return numbers_of(self.session, HandCount, self._spec_ids)

    @cached_property
    def polls(self) -> list[PollNow]:
        """Each poll with its figures as the box gives them at this moment."""
        specs = self.specs
        results = results_of(self.session, list(specs.values()), self.meeting.present, self.ballots, self.totals)
        return [_now(poll, specs, results, self.at) for poll in self.agenda]

    @cached_property
    def written(self) -> dict[uuid.UUID, WrittenNow]:
        """Poll → its answers in words."""
        return written_now(self.session, self.agenda)

    @cached_property
    def rehearsal(self) -> RehearsalNow | None:
        return rehearsal_now(self.session, self.meeting)

    @cached_property
    def checked_in(self) -> int | None:
        """Cards handed out at the door; None where none are."""
        return checked_in(self.session, self.meeting.id) if self.meeting.door is Door.CARD else None

    @cached_property
    def floor(self) -> FloorNow:
        return floor_now(self.session, self.meeting.id)

    @cached_property
    def speaking(self) -> SpeakingNow:
        return speaking_now(self.session, self.meeting.id)

    @cached_property
    def holders(self) -> list[Holder]:
        """Who has the remote in hand."""
        return at_remote(self.session, self.meeting.id, self.at)

    @cached_property
    def log(self) -> list[Line]:
        """What was done, the newest first."""
        return lines_of(log_of(self.session, self.meeting), self.agenda)

    @property
    def stamp(self) -> Stamp:
        """Changes when anything that a screen shows has changed: an act of the staff, a vote, a poll that ran out.

        Votes of a question that is still open move it only for those who see figures before the end.
        """
        polls = [poll for poll in self.agenda if poll.spec_id]
        last = max((poll.closes_at for poll in polls if poll.closes_at), default=self.meeting.starts_at)
        if self.meeting.state is MeetingState.ENDED and self.at >= last + ROOM_GRACE:
            return OVER
        still_open = {poll.spec_id: poll for poll in polls if is_open(poll, self.at)}
        running = ",".join(f"{poll.position}{'r' * is_open_in_room(poll, self.at)}" for poll in still_open.values())
        settled = sum(number for spec_id, number in self.ballots.items() if spec_id not in still_open)
        hands = ",".join(holder.account_id.hex[:6] for holder in self.holders)
        still = f"{self.meeting.changes}/{settled}/{running}/{hands}"
        return Stamp(still, str(sum(self.ballots.values())))


def polls_now(session: Session, meeting: Meeting, at: datetime) -> list[PollNow]:
    """Each poll with its figures as the box gives them at this moment."""
    return MeetingNow(session, meeting, at).polls


def _now(
    poll: Poll, specs: Mapping[uuid.UUID, SpecRow], results: Mapping[uuid.UUID, RoomResult], at: datetime
) -> PollNow:
    if poll.spec_id is None:
        return PollNow(poll, None, False, False, None)
    return PollNow(poll, specs[poll.spec_id], is_open(poll, at), is_open_in_room(poll, at), results.get(poll.spec_id))


def number_on_site(session: Session, process_id: uuid.UUID, at: datetime) -> int:
    """How many questions of its meetings everybody may answer on the site at this instant."""
    query = (
        select(func.count())
        .join(Meeting, col(Meeting.id) == col(Poll.meeting_id))
        .where(
            col(Meeting.process_id) == process_id,
            col(Poll.on_site),
            col(Poll.state) == PollState.OPEN,
            col(Poll.closes_at) > at,
        )
    )
    return int(session.execute(query.select_from(Poll)).scalar_one())


@dataclass(frozen=True, slots=True)
class AskedOnSite:
    """A question that everybody may answer on the site now, without what was answered so far."""

    meeting: Meeting
    polls: list[PollNow]


def asked_on_site(session: Session, process_id: uuid.UUID, at: datetime) -> list[AskedOnSite]:
    """What the meetings of a process ask on the site at this instant."""
    found = []
    for meeting in meetings_of(session, process_id):
        polls = [poll for poll in polls_of(session, meeting.id) if poll.on_site and is_open(poll, at)]
        specs = specs_by_id(session, [poll.spec_id for poll in polls if poll.spec_id])
        if polls:
            found.append(AskedOnSite(meeting, [_now(poll, specs, {}, at) for poll in polls]))
    return found


_read: dict[uuid.UUID, tuple[tuple[int, int], tuple[RoomSource, ...]]] = {}
"""Poll → how many ballots and totals the box had when it was read, and what they said."""
MOST_READ = 200


def results_of(
    session: Session,
    spec_rows: Sequence[SpecRow],
    present: int | None,
    ballots: Mapping[uuid.UUID, int],
    totals: Mapping[uuid.UUID, int],
) -> dict[uuid.UUID, RoomResult]:
    """What the box holds of each poll, telephones first.

    It is read anew only where something has come since: ballots and totals are append-only, so their number tells.
    """
    found = {}
    for row in spec_rows:
        mark = ballots.get(row.id, 0), totals.get(row.id, 0)
        known = _read.get(row.id)
        if known is None or known[0] != mark:
            if len(_read) >= MOST_READ:
                _read.clear()
            known = _read[row.id] = (mark, (*_ballots(session, row), *(_totals(session, row) if mark[1] else ())))
        found[row.id] = merge(known[1], present, one_card_each=row.spec.register is RegisterKind.CARD)
    return found


def forget_results(spec_ids: Iterable[uuid.UUID]) -> None:
    """What these polls hold is read anew: for whoever has read it in a transaction that may be rolled back."""
    for spec_id in spec_ids:
        _read.pop(spec_id, None)


def numbers_of(
    session: Session, table: type[Ballot | HandCount], spec_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Spec → rows of it in this table."""
    spec_id = col(table.spec_id)
    rows = session.execute(select(spec_id, func.count()).where(spec_id.in_(spec_ids)).group_by(spec_id))
    return {row[0]: row[1] for row in rows}


def _ballots(session: Session, spec_row: SpecRow) -> Iterable[RoomSource]:
    """Ballots one by one, by channel. Those that say the same are read as one row with their number."""
    question = spec_row.spec.questions[0]
    of_the_poll = (col(Ballot.spec_id) == spec_row.id, col(Ballot.ruling) != RulingKind.REJECTED)
    if not question.options:
        query = select(col(Ballot.channel), func.count()).where(*of_the_poll).group_by(col(Ballot.channel))
        yield from (_source(channel, number, ()) for channel, number in session.execute(query))
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
        yield _source(column.groups[0][0], column.ballots, column.points if counted.scored else column.votes)


def _source(channel: str, people: int, votes: tuple[int, ...]) -> RoomSource:
    return RoomSource(channel, people, votes, elsewhere=channel == Channel.ONLINE)


def _totals(session: Session, spec_row: SpecRow) -> Iterable[RoomSource]:
    options = spec_row.spec.questions[0].options
    for capture, row in standing_totals(session, spec_row.id).items():
        votes = tuple(row.totals.get(option.id, 0) for option in options)
        yield RoomSource(capture, sum(votes), votes, is_total=True)


def standing_totals(session: Session, spec_id: uuid.UUID) -> dict[Capture, HandCount]:
    """What counters of hands and cards agreed on, the newest of each."""
    query = select(HandCount).where(col(HandCount.spec_id) == spec_id).order_by(col(HandCount.revision))
    return {row.capture: row for row in session.execute(query).scalars()}


def sheets_of(session: Session, poll_ids: Sequence[uuid.UUID]) -> list[RoomSheet]:
    """What counters wrote down, in the order in which they did."""
    query = select(RoomSheet).where(col(RoomSheet.poll_id).in_(poll_ids)).order_by(col(RoomSheet.at))
    return list(session.execute(query).scalars())


def phone_answers(result: RoomResult) -> int:
    """Ballots from telephones in the room."""
    return sum(source.people for source in result.sources if source.name == Channel.ROOM)
