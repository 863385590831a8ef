"""Whether a bundle fits together: what nobody may believe because a file says so is computed again."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from participation.audit import kind_of
from participation.ballots.service import TOTALS, commitment
from participation.counting.answers import decode, encode, problems
from participation.counting.canonical import dump_spec, load_spec, spec_digest
from participation.counting.opinions import text_digest
from participation.counting.spec import BallotSpec, Capture, Channel, Question, QuestionKind, RulingKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.live import events, service
from participation.live.bundle.events import MeetingBrought
from participation.live.bundle.packing import forged
from participation.live.bundle.shapes import Bundle
from participation.live.models import Door, MeetingState, PollKind, PollState
from participation.processes.models import WindowKind
from participation.processes.queries import WHOLE_STYLE

WINDOWS = frozenset(
    {
        WindowKind.ROOM_OPENS,
        WindowKind.ROOM_CLOSES,
        WindowKind.ONLINE_OPENS,
        WindowKind.ONLINE_CLOSES,
        WindowKind.INTAKE_CLOSED,
    }
)
CHANNELS = frozenset({Channel.ROOM, Channel.ONLINE})
ACTS = {kind_of(act): TypeAdapter(act) for act in events.ACTS if act is not MeetingBrought}
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
"""What reading a promise or choices that nobody wrote may raise."""


def check(bundle: Bundle) -> None:
    """Invalid, with the first thing that does not fit."""
    for look in (_meeting, _promises, _windows, _ballots, _cards, _words, _totals, _room, _log):
        look(bundle)


def _require(*, holds: bool, else_say: Message) -> None:
    if not holds:
        raise forged(else_say)


def _each_once(rows: Iterable[Hashable]) -> bool:
    return max(Counter(rows).values(), default=1) == 1


def _meeting(bundle: Bundle) -> None:
    polls, meeting = bundle.polls, bundle.meeting
    mine = all(poll.meeting_id == meeting.id and poll.state is PollState.CLOSED for poll in polls)
    once = _each_once(poll.id for poll in polls) and _each_once(poll.position for poll in polls)
    known = {poll.id for poll in polls}
    _require(holds=bundle.zone in available_timezones(), else_say=_("nobody knows its time zone"))
    _require(
        holds=meeting.state is MeetingState.ENDED and mine and once and {p.repeats for p in polls} <= {*known, None},
        else_say=_("the polls are not those of a meeting that has ended"),
    )


def _promises(bundle: Bundle) -> None:
    """Each poll has one promise, whose digest is that of its text, and which asks in a room."""
    asked = {poll.spec_id: poll for poll in bundle.polls}
    _require(
        holds=_each_once(spec.id for spec in bundle.specs)
        and len(asked) == len(bundle.polls)
        and {spec.id for spec in bundle.specs} == set(asked),
        else_say=_("polls and what they ask do not belong together"),
    )
    for row in bundle.specs:
        spec, poll = _promise(row), asked[row.id]
        _require(
            holds=_is_asked(spec, bundle.meeting, poll)
            and (row.version, row.series) == (spec.version, service.series_of(bundle.meeting.id, poll.id)),
            else_say=_("a question is not the one that its poll asked"),
        )


def _is_asked(spec: BallotSpec, meeting: Any, poll: Any) -> bool:
    """Whether this is what opening that poll freezes, to the word; but for those of yes and no, which are ours."""
    asked = service.frozen(meeting, poll)
    if poll.kind is PollKind.YES_NO and len(spec.questions) == 1:
        options = spec.questions[0].options
        sound = [option.id for option in options] == [option.id for option in asked.questions[0].options]
        asked = replace(asked, questions=(replace(asked.questions[0], options=options),))
        return sound and spec == asked
    return spec == asked


def _promise(row: Any) -> BallotSpec:
    try:
        spec = load_spec(row.content)
        sound = dump_spec(spec) == row.content and spec_digest(spec) == row.digest
    except UNREADABLE:
        sound = False
    _require(holds=sound, else_say=_("a question is not the one of which its digest was made"))
    return spec


def _windows(bundle: Bundle) -> None:
    """Every promise has taken its last ballot; nothing else is said of it than that."""
    closed = {window.spec_id for window in bundle.windows if window.kind is WindowKind.INTAKE_CLOSED}
    _require(
        holds=closed == {spec.id for spec in bundle.specs}
        and _each_once(window.id for window in bundle.windows)
        and all(window.kind in WINDOWS and window.spec_id in closed for window in bundle.windows),
        else_say=_("a poll is not settled"),
    )


def _questions(bundle: Bundle) -> dict[uuid.UUID, Question]:
    return {row.id: load_spec(row.content).questions[0] for row in bundle.specs}


def _ballots(bundle: Bundle) -> None:
    """A ballot answers its question and is the one that was sealed."""
    questions = _questions(bundle)
    _require(
        holds=_each_once(ballot.id for ballot in bundle.ballots)
        and _each_once(ballot.nonce_hash for ballot in bundle.ballots)
        and _each_once(ballot.receipt_hash for ballot in bundle.ballots),
        else_say=_("a ballot stands in it twice"),
    )
    for ballot in bundle.ballots:
        _require(
            holds=ballot.spec_id in questions and _is_ballot(ballot, questions[ballot.spec_id]),
            else_say=_("a ballot is not the one that was sealed"),
        )


def _is_ballot(ballot: Any, question: Question) -> bool:
    row = {"rejection": None, "batch_id": None, "batch_round": None} | ballot.model_dump()
    try:
        choices = decode(ballot.choices)
        answers = dict(choices)
        sound = encode(choices) == ballot.choices and set(answers) == {question.id}
        fits = question.kind is QuestionKind.OPEN_TEXT or not problems(question, answers[question.id])
    except UNREADABLE:
        return False
    by_telephone = ballot.channel in CHANNELS and ballot.capture is Capture.SELF and ballot.style == WHOLE_STYLE
    return (
        sound and fits and by_telephone and ballot.ruling is RulingKind.VALID and commitment(row) == ballot.commitment
    )


def _cards(bundle: Bundle) -> None:
    """Where a card of the door stands for one person, no poll has more ballots than cards were handed out."""
    most = max(Counter(ballot.spec_id for ballot in bundle.ballots).values(), default=0)
    _require(
        holds=bundle.meeting.door is not Door.CARD or most <= len(bundle.cards),
        else_say=_("a poll has more ballots than cards were handed out"),
    )


def _words(bundle: Bundle) -> None:
    """Words are those of which a ballot holds the salted digest: each ballot has them once."""
    questions = _questions(bundle)
    said: dict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    for ballot in bundle.ballots:
        if questions[ballot.spec_id].kind is QuestionKind.OPEN_TEXT:
            said[ballot.spec_id].update(
                digest for digest, _one in dict(decode(ballot.choices))[questions[ballot.spec_id].id]
            )
    given = {spec_id: digests.total() for spec_id, digests in said.items()}
    for row in bundle.words:
        erased = row.text is None and row.salt is None
        digest = "" if row.text is None or row.salt is None else text_digest(row.salt, row.text)
        kept = said[row.spec_id][digest] > 0
        said[row.spec_id][digest] -= 1
        _require(
            holds=row.spec_id in questions and row.question_id == questions[row.spec_id].id and (erased or kept),
            else_say=_("an answer in words is not the one that was given"),
        )
    _require(holds=_each_once(row.id for row in bundle.words), else_say=_("an answer in words stands in it twice"))
    _require(
        holds=Counter(row.spec_id for row in bundle.words) == given,
        else_say=_("an answer in words is not the one that was given"),
    )


def _totals(bundle: Bundle) -> None:
    """Revisions follow from 1, each names options of its question."""
    questions = _questions(bundle)
    revisions: dict[tuple[uuid.UUID, Capture], list[int]] = defaultdict(list)
    for row in bundle.totals:
        question = questions.get(row.spec_id)
        _require(
            holds=question is not None
            and question.kind is QuestionKind.CHOOSE_ONE
            and row.capture in TOTALS
            and set(row.totals) <= set(question.by_id),
            else_say=_("a count of hands or cards does not fit its question"),
        )
        revisions[row.spec_id, row.capture].append(row.revision)
    _require(
        holds=_each_once(row.id for row in bundle.totals)
        and all(sorted(found) == list(range(1, len(found) + 1)) for found in revisions.values()),
        else_say=_("a count of hands or cards is missing or stands in it twice"),
    )


def _room(bundle: Bundle) -> None:
    """What lies beside the polls belongs to this meeting."""
    meeting_id, polls = bundle.meeting.id, {poll.id for poll in bundle.polls}
    asked = {question.id for question in bundle.questions}
    parts: tuple[tuple[Iterable[Any], Callable[[Any], bool]], ...] = (
        ([bundle.floor, bundle.speaking], lambda row: row is None or row.meeting_id == meeting_id),
        (bundle.questions, lambda row: row.meeting_id == meeting_id and row.merged_into_id in {*asked, None}),
        (bundle.turns, lambda row: row.meeting_id == meeting_id),
        (bundle.sheets, lambda row: row.poll_id in polls and row.capture in TOTALS),
        (bundle.written, lambda row: row.poll_id in polls),
    )
    numbered: tuple[Iterable[Hashable], ...] = (
        [q.number for q in bundle.questions],
        [t.number for t in bundle.turns],
        bundle.cards,
    )
    _require(
        holds=all(all(map(fits, rows)) for rows, fits in parts) and all(_each_once(numbers) for numbers in numbered),
        else_say=_("something in it belongs to another meeting"),
    )


def _log(bundle: Bundle) -> None:
    """Only what is done in rooms, in its own words."""
    for event in bundle.log:
        act = ACTS.get(event.kind)
        try:
            known = act is not None and event.data.get("meeting_id") == str(bundle.meeting.id)
            if act is not None:
                act.validate_python(event.data)
        except ValidationError:
            known = False
        _require(holds=known, else_say=_("the log tells of something that is not done in a room"))
    _require(holds=_each_once(event.id for event in bundle.log), else_say=_("an event stands in it twice"))
