"""What staff do in a room: prepare polls, open and close them, count hands, say what the wall shows.

Each act counts up `Meeting.changes` and wakes the screens. A poll is frozen into a ballot spec when it opens; what
telephones send goes through `ballots.service.cast` like every ballot.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.ballots.service import cast_hand_count
from participation.counting.canonical import dump_spec, spec_digest
from participation.counting.room import SINGLE_COUNTER
from participation.counting.spec import (
    BallotSpec,
    Capture,
    Option,
    Precedence,
    Question,
    QuestionKind,
    RegisterKind,
    Style,
    Text,
)
from participation.db import new_id
from participation.errors import Conflict, NotFound
from participation.i18n import LOCALES, translate
from participation.i18n import lazy as _
from participation.live import queries
from participation.live.changes import changed
from participation.live.events import (
    DoorsOpened,
    MeetingEnded,
    MeetingMinutesPublished,
    MeetingMinutesWithdrawn,
    PollAskedOnSite,
    PollClosed,
    PollClosedInRoom,
    PollOpened,
    PresentCounted,
    TotalsCounted,
)
from participation.live.models import Door, Meeting, MeetingState, Poll, PollKind, PollState, RoomSheet, WallView
from participation.processes.hand import Hand
from participation.processes.models import LocalText, Spec, Window, WindowKind
from participation.processes.queries import WHOLE_STYLE, SpecRow, spec_by_id
from participation.register import service as register
from participation.register.keys import Keys

QUESTION = "q"
"""The one question of a poll."""
_KINDS = {
    PollKind.SINGLE: QuestionKind.CHOOSE_ONE,
    PollKind.YES_NO: QuestionKind.CHOOSE_ONE,
    PollKind.MULTIPLE: QuestionKind.APPROVAL,
    PollKind.RANKING: QuestionKind.RANKING,
    PollKind.TEXT: QuestionKind.OPEN_TEXT,
}
FOR_AGAINST = (_("For"), _("Against"), _("Abstention"))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A meeting as somebody typed it."""

    title: LocalText
    starts_at: datetime
    place: str = ""
    door: Door = Door.DEVICE
    expected: int = 150
    captions_url: str = ""


@dataclass(frozen=True, slots=True)
class PollDraft:
    """A poll as somebody typed it. `options` stays empty for yes/no and for answers in words."""

    title: LocalText
    kind: PollKind = PollKind.SINGLE
    options: Sequence[LocalText] = field(default_factory=list)
    max_choices: int = 1
    seconds: int | None = None


def create_meeting(session: Session, process_id: uuid.UUID, draft: MeetingDraft) -> Meeting:
    """A meeting with a code of its own."""
    meeting = Meeting(process_id=process_id, code=new_code(session), title=draft.title, starts_at=draft.starts_at)
    _fill(meeting, draft)
    session.add(meeting)
    session.flush()
    return meeting


def change_meeting(session: Session, meeting: Meeting, draft: MeetingDraft) -> None:
    """What it is called, where and when. Who stands for one person is fixed by its first poll."""
    if draft.door is not meeting.door and any(poll.spec_id for poll in queries.polls_of(session, meeting.id)):
        raise Conflict(_("A poll was opened already: what stands for one person cannot change any more."))
    _fill(meeting, draft)
    changed(session, meeting)


def _fill(meeting: Meeting, draft: MeetingDraft) -> None:
    meeting.title, meeting.starts_at, meeting.place = draft.title, draft.starts_at, draft.place
    meeting.door, meeting.expected, meeting.captions_url = draft.door, draft.expected, draft.captions_url


def set_agenda(session: Session, meeting: Meeting, lines: Sequence[Mapping[str, Any]]) -> None:
    """What happens beside the polls: `hour`, `title` in each language, `url`."""
    meeting.agenda = [dict(line) for line in lines]
    changed(session, meeting)


def publish_minutes(session: Session, meeting: Meeting, by: Hand, *, public: bool = True) -> None:
    """Everybody may read what came of a meeting that is over, or no longer. Twice changes nothing."""
    if meeting.state is not MeetingState.ENDED:
        raise Conflict(_("End the meeting first: its minutes are published once it is over. Nothing was changed."))
    if public != (meeting.minutes_at is not None):
        meeting.minutes_at = by.at if public else None
        by.record(session, MeetingMinutesPublished(meeting.id) if public else MeetingMinutesWithdrawn(meeting.id))
        changed(session, meeting)


def new_code(session: Session) -> str:
    """Six digits that no other meeting has: half a million attempts for one guess in two."""
    while True:
        code = f"{secrets.randbelow(900_000) + 100_000}"
        if queries.room_by_code(session, code) is None:
            return code


def add_poll(session: Session, meeting: Meeting, draft: PollDraft, *, repeats: uuid.UUID | None = None) -> Poll:
    """The last of the agenda, prepared or written on the fly."""
    _refuse_ended(meeting)
    last = session.execute(select(func.max(col(Poll.position))).where(col(Poll.meeting_id) == meeting.id)).scalar()
    poll = Poll(
        meeting_id=meeting.id,
        position=(last or 0) + 1,
        kind=draft.kind,
        title=draft.title,
        options=list(draft.options),
        max_choices=_limit(draft),
        seconds=draft.seconds,
        repeats=repeats,
    )
    session.add(poll)
    session.flush()
    changed(session, meeting)
    return poll


def add_once(session: Session, meeting: Meeting, draft: PollDraft) -> Poll:
    """The same, unless the same question waits to be opened already: it was sent twice, or from two remotes."""
    for poll in queries.polls_of(session, meeting.id):
        if poll.state is PollState.PREPARED and (poll.kind, poll.title) == (draft.kind, draft.title):
            return poll
    return add_poll(session, meeting, draft)


def _limit(draft: PollDraft) -> int:
    if draft.kind in (PollKind.MULTIPLE, PollKind.RANKING):
        return min(draft.max_choices, len(draft.options)) if draft.max_choices > 1 else len(draft.options)
    return 1


def change_poll(session: Session, meeting: Meeting, poll: Poll, draft: PollDraft) -> None:
    """Conflict once it was opened: people have read it."""
    _refuse_frozen(poll)
    poll.title, poll.kind, poll.options = draft.title, draft.kind, list(draft.options)
    poll.max_choices, poll.seconds = _limit(draft), draft.seconds
    changed(session, meeting)


def remove_poll(session: Session, meeting: Meeting, poll: Poll) -> None:
    """Takes a poll that was never opened off the agenda."""
    _refuse_frozen(poll)
    session.delete(poll)
    changed(session, meeting)


def move_poll(session: Session, meeting: Meeting, poll: Poll, *, down: bool) -> None:
    """One place up or down; at the end of the list it stays where it is."""
    polls = queries.polls_of(session, meeting.id)
    place = polls.index(poll)
    other = place + 1 if down else place - 1
    if not 0 <= other < len(polls):
        return
    mine, theirs = poll.position, polls[other].position
    poll.position = 0
    session.flush()
    polls[other].position = mine
    session.flush()
    poll.position = theirs
    changed(session, meeting)


def repeat_poll(session: Session, meeting: Meeting, poll: Poll) -> Poll:
    """The same question once more, as a poll of its own; one that waits to be opened already is that poll."""
    for other in queries.polls_of(session, meeting.id):
        if other.repeats == poll.id and other.state is PollState.PREPARED:
            return other
    draft = PollDraft(poll.title, poll.kind, poll.options, poll.max_choices, poll.seconds)
    return add_poll(session, meeting, draft, repeats=poll.id)


def open_doors(session: Session, meeting: Meeting, by: Hand) -> None:
    """Questions that are open on the site are answered in the room too from now on. Twice changes nothing."""
    _refuse_ended(meeting)
    if meeting.state is not MeetingState.PREPARED:
        return
    meeting.state = MeetingState.RUNNING
    for poll in queries.polls_of(session, meeting.id):
        if queries.is_open(poll, by.at):
            _ask_in_room(session, poll, by)
    by.record(session, DoorsOpened(meeting.id))
    changed(session, meeting)


def open_poll(session: Session, keys: Keys, meeting: Meeting, poll: Poll, by: Hand) -> SpecRow:
    """Freezes the question and lets telephones answer; the wall shows it. Opening it twice changes nothing."""
    _refuse_closed(poll)
    open_doors(session, meeting, by)
    if poll.spec_id is None:
        _freeze(session, keys, meeting, poll, by)
        _ask_in_room(session, poll, by)
        put_on_wall(session, meeting, poll)
    found = spec_by_id(session, poll.spec_id) if poll.spec_id else None
    assert found is not None, "a poll that is open has its spec"
    return found


def _freeze(session: Session, keys: Keys, meeting: Meeting, poll: Poll, by: Hand) -> None:
    spec = frozen(meeting, poll)
    row = Spec(
        process_id=meeting.process_id,
        series=series_of(meeting.id, poll.id),
        version=spec.version,
        content=dump_spec(spec),
        digest=spec_digest(spec),
        published_at=by.at,
    )
    session.add(row)
    session.flush()
    keys.create(row.id)
    poll.spec_id, poll.state, poll.opened_at = row.id, PollState.OPEN, by.at
    poll.results_shown = poll.kind is PollKind.TEXT
    by.record(session, PollOpened(meeting.id, poll.id, row.digest))


def _ask_in_room(session: Session, poll: Poll, by: Hand) -> None:
    """Telephones in the room answer from now on; by the clock, where it has one and the site does not end it."""
    poll.in_room_from = by.at
    _window(session, poll, WindowKind.ROOM_OPENS, by.at, by)
    if poll.seconds and not poll.on_site:
        poll.closes_at = by.at + timedelta(seconds=poll.seconds)
        _window(session, poll, WindowKind.ROOM_CLOSES, poll.closes_at, by)


def ask_on_site(session: Session, keys: Keys, meeting: Meeting, poll: Poll, until: datetime, by: Hand) -> None:
    """Lets everybody answer on the site from now on until then, and in the room while its doors are open.

    What is frozen is the question alone: a poll that is open in the room may go on on the site, and its end there may
    be moved. Conflict once it was closed.
    """
    _refuse_closed(poll)
    if poll.spec_id is None:
        _refuse_ended(meeting)
        _freeze(session, keys, meeting, poll, by)
        if meeting.state is MeetingState.RUNNING:
            _ask_in_room(session, poll, by)
    if not poll.on_site:
        poll.on_site, poll.in_room_until = True, poll.closes_at
        _window(session, poll, WindowKind.ONLINE_OPENS, by.at, by)
        by.record(session, PollAskedOnSite(meeting.id, poll.id))
    poll.closes_at = until
    _window(session, poll, WindowKind.ONLINE_CLOSES, until, by)
    changed(session, meeting)


def series_of(meeting_id: uuid.UUID, poll_id: uuid.UUID) -> str:
    """What keeps the promise of a poll apart from those of its process; the meeting comes first, for its screens."""
    return f"{meeting_id.hex}-{poll_id.hex[:6]}"


def frozen(meeting: Meeting, poll: Poll) -> BallotSpec:
    """The promise of a poll: one question, one ballot for each device or card, nothing that replaces anything."""
    options = tuple(
        Option(letter.lower(), letter, _pairs(words), 0)
        for letter, words in zip(LETTERS, options_of(poll), strict=False)
    )
    question = Question(
        id=QUESTION,
        title=_pairs(poll.title),
        kind=_KINDS[poll.kind],
        options=options,
        envelope=0,
        min_choices=1,
        max_choices=poll.max_choices,
    )
    register_kind = RegisterKind.CARD if meeting.door is Door.CARD else RegisterKind.DEVICE
    return BallotSpec(
        id=str(poll.id),
        version=1,
        questions=(question,),
        styles=(Style(WHOLE_STYLE, (), (QUESTION,)),),
        register=register_kind,
        precedence=Precedence.FIRST_RECEIVED,
    )


def options_of(poll: Poll) -> list[LocalText]:
    """The answers to choose from, in their order; those of yes/no are always the same."""
    if poll.kind is PollKind.YES_NO:
        return [{locale: translate(words, locale) for locale in LOCALES} for words in FOR_AGAINST]
    return list(poll.options)


def _pairs(words: LocalText) -> Text:
    return tuple((locale, words[locale]) for locale in LOCALES if words.get(locale))


def close_poll(session: Session, meeting: Meeting, poll: Poll, by: Hand) -> None:
    """Nobody answers any more, anywhere; what was sent before still arrives for a minute. Twice changes nothing."""
    if poll.state is not PollState.OPEN:
        return
    _end_in_room(session, poll, by)
    poll.state = PollState.CLOSED
    if poll.closes_at is None or by.at < poll.closes_at:
        poll.closes_at = by.at
        if poll.on_site:
            _window(session, poll, WindowKind.ONLINE_CLOSES, by.at, by)
    by.record(session, PollClosed(meeting.id, poll.id))
    changed(session, meeting)


def close_in_room(session: Session, meeting: Meeting, poll: Poll, by: Hand) -> None:
    """On the site it goes on: what telephones in the room send from now on stands with that. Twice changes nothing."""
    if poll.on_site and queries.is_open_in_room(poll, by.at):
        _end_in_room(session, poll, by)
        by.record(session, PollClosedInRoom(meeting.id, poll.id))
        changed(session, meeting)


def _end_in_room(session: Session, poll: Poll, by: Hand) -> None:
    if queries.is_open_in_room(poll, by.at):
        poll.in_room_until = by.at
        _window(session, poll, WindowKind.ROOM_CLOSES, by.at, by)


def extend_poll(session: Session, meeting: Meeting, poll: Poll, seconds: int, by: Hand) -> None:
    """More time for a poll that runs by the clock: nobody is hurried out of an answer."""
    if not queries.is_open(poll, by.at) or poll.closes_at is None or poll.on_site:
        raise Conflict(_("This poll is not running by the clock. Nothing was changed."))
    poll.closes_at += timedelta(seconds=seconds)
    _window(session, poll, WindowKind.ROOM_CLOSES, poll.closes_at, by)
    changed(session, meeting)


def show_results(session: Session, meeting: Meeting, poll: Poll, *, shown: bool) -> None:
    poll.results_shown = shown
    changed(session, meeting)


def put_on_wall(session: Session, meeting: Meeting, poll: Poll | None) -> None:
    """The poll that the projector shows, or how to join."""
    meeting.on_wall, meeting.wall = (poll.id, WallView.POLL) if poll else (None, WallView.JOIN)
    changed(session, meeting)


def show_on_wall(session: Session, meeting: Meeting, view: WallView) -> None:
    """Something else than a poll; the poll that was on the wall leaves it."""
    meeting.on_wall, meeting.wall = None, view
    changed(session, meeting)


def count_present(session: Session, meeting: Meeting, present: int | None, by: Hand) -> None:
    """How many people are in the room; what stood before stays in the log."""
    before, meeting.present = meeting.present, present
    by.record(session, PresentCounted(meeting.id, present, before))
    changed(session, meeting)


def check_in(session: Session, meeting: Meeting, number: str) -> bool:
    """Hands out a card at the door; False where it was handed out before."""
    new = register.check_in(session, meeting.id, number)
    changed(session, meeting)
    return new


def end_meeting(session: Session, meeting: Meeting, by: Hand) -> None:
    """Closes what is open in the room; the screens say that it is over. What is asked on the site goes on there.
    Twice changes nothing."""
    if meeting.state is MeetingState.ENDED:
        return
    for poll in queries.polls_of(session, meeting.id):
        close = close_in_room if poll.on_site else close_poll
        close(session, meeting, poll, by)
    meeting.state = MeetingState.ENDED
    by.record(session, MeetingEnded(meeting.id))
    put_on_wall(session, meeting, None)


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of a counter's sheet: agreed (totals stand), alone (the other is awaited) or different."""

    revision: int = 0
    differs: bool = False


def count_totals(
    session: Session, meeting: Meeting, poll: Poll, capture: Capture, totals: Mapping[str, int], by: Hand
) -> Counted:
    """One counter's sheet of hands or cards. Two that agree stand; two that differ are counted again.

    In a room of fewer than forty people counted, one sheet stands by itself, and the result says so.
    """
    spec_row = asked(session, poll)
    sheets = [sheet for sheet in queries.sheets_of(session, [poll.id]) if sheet.capture is capture]
    latest = max((sheet.round for sheet in sheets), default=0)
    waiting = [sheet for sheet in sheets if sheet.round == latest]
    alone = len(waiting) == 1
    if alone and waiting[0].account_id == by.account_id:
        if not _one_is_enough(meeting):
            raise Conflict(_("Your sheet is kept. The second counter is another person, who does not look at it."))
        alone = False  # it stood by itself, and whoever wrote it puts it right
    sheet = RoomSheet(
        poll_id=poll.id,
        capture=capture,
        round=latest if alone else latest + 1,
        account_id=by.account_id,
        totals=dict(totals),
        at=by.at,
    )
    session.add(sheet)
    session.flush()
    first, second = (waiting[0], sheet) if alone else (sheet, None)
    return _settled(session, meeting, spec_row, poll, first, second, by)


def _one_is_enough(meeting: Meeting) -> bool:
    return meeting.present is not None and meeting.present < SINGLE_COUNTER


def _settled(
    session: Session,
    meeting: Meeting,
    spec_row: SpecRow,
    poll: Poll,
    first: RoomSheet,
    second: RoomSheet | None,
    by: Hand,
) -> Counted:
    """Whether what is there stands: two sheets that agree, or one in a small room."""
    changed(session, meeting)
    if second is None and not _one_is_enough(meeting):
        return Counted()
    if second is not None and first.totals != second.totals:
        return Counted(differs=True)
    counters = (first.account_id, second.account_id if second else None)
    revision = cast_hand_count(session, spec_row, first.capture, first.totals, counters, by.at)
    by.record(session, TotalsCounted(meeting.id, poll.id, first.capture, revision))
    return Counted(revision)


def asked(session: Session, poll: Poll) -> SpecRow:
    """What the poll asks, as it was frozen. Conflict before it was opened."""
    spec_row = spec_by_id(session, poll.spec_id) if poll.spec_id else None
    if spec_row is None:
        raise Conflict(_("Open the poll first: its question is fixed then. Nothing was kept."))
    return spec_row


def poll_at(session: Session, meeting: Meeting, poll_id: uuid.UUID) -> Poll:
    """A poll of this meeting. NotFound where it is another's."""
    poll = session.get(Poll, poll_id)
    if poll is None or poll.meeting_id != meeting.id:
        raise NotFound(_("There is no such poll in this meeting."))
    return poll


def _refuse_frozen(poll: Poll) -> None:
    if poll.spec_id is not None:
        raise Conflict(_("This poll was opened: people have read it, so it cannot change. Repeat it instead."))


def _refuse_closed(poll: Poll) -> None:
    if poll.state is PollState.CLOSED:
        raise Conflict(_("This poll was closed. Repeat it to ask once more."))


def _refuse_ended(meeting: Meeting) -> None:
    if meeting.state is MeetingState.ENDED:
        raise Conflict(_("This meeting has ended. Nothing was changed."))


def _window(session: Session, poll: Poll, kind: WindowKind, moment: datetime, by: Hand) -> None:
    assert poll.spec_id is not None, "only what was opened has windows"
    row = Window(
        id=new_id(),
        spec_id=poll.spec_id,
        kind=kind,
        effective_at=moment,
        recorded_at=by.at,
        first_account_id=by.account_id,
    )
    session.add(row)
