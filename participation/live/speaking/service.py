"""The verbs of the speaking queue: join, draw, call, give the floor, and the clock."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation.counting.spec import Capture
from participation.counting.ties import lot
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.live.changes import changed
from participation.live.kept import MARKS_KEPT
from participation.live.models import Meeting, MeetingState
from participation.live.numbered import find, held, keep, known, next_number
from participation.live.speaking import queries
from participation.live.speaking.events import (
    DrawAnnounced,
    QueueClosed,
    QueueDrawn,
    QueueOpened,
    QueueRulesSet,
    SpeakingSlipKeyed,
    TurnMoved,
)
from participation.live.speaking.models import (
    Alternation,
    QueueOrder,
    Side,
    SpeakingClock,
    SpeakingSettings,
    SpeakingTurn,
    TurnState,
)
from participation.live.speaking.order import plain
from participation.processes.hand import Hand

MINUTE = 60


@dataclass(frozen=True, slots=True)
class JoinDraft:
    """Somebody who wants to speak, as they typed it."""

    name: str
    nonce: str
    subject: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class RulesDraft:
    """How the floor is given."""

    order: QueueOrder = QueueOrder.ARRIVAL
    alternation: Alternation = Alternation.NONE
    per_person: int = 0
    per_subject: int = 0
    subjects: Sequence[str] = field(default_factory=list)
    seconds: int = 180


def set_open(session: Session, meeting: Meeting, by: Hand, *, is_open: bool) -> None:
    """Whether telephones may join. Conflict between the seed of a draw and the draw: the list stays as it is."""
    settings = held(session, SpeakingSettings, meeting)
    if is_open and settings.seed:
        raise Conflict(_("The seed of a draw is on the wall, so the list stays closed until the draw is made."))
    settings.is_open = is_open
    by.record(session, (QueueOpened if is_open else QueueClosed)(meeting.id))
    changed(session, meeting)


def set_rules(session: Session, meeting: Meeting, draft: RulesDraft, by: Hand) -> None:
    """Conflict between the seed of a draw and the draw."""
    settings = held(session, SpeakingSettings, meeting)
    if settings.seed:
        raise Conflict(_("The seed of a draw is on the wall: make the draw first. Nothing was changed."))
    settings.order, settings.alternation = draft.order, draft.alternation
    settings.per_person, settings.per_subject = draft.per_person, draft.per_subject
    settings.subjects, settings.seconds = list(draft.subjects), draft.seconds
    by.record(session, QueueRulesSet(meeting.id))
    changed(session, meeting)


def join(session: Session, meeting: Meeting, draft: JoinDraft, holder: str, at: datetime) -> SpeakingTurn:
    """Somebody joins on a telephone; the same form sent twice is one place. Conflict where the rules forbid it."""
    settings = held(session, SpeakingSettings, meeting)
    if before := known(session, SpeakingTurn, meeting, draft.nonce):
        return before
    if not settings.is_open:
        raise Conflict(_("The speaking queue is closed at this moment. You were not added."))
    return _add(session, meeting, settings, draft, at, capture=Capture.SELF, device_hash=holder)


def key_slip(session: Session, meeting: Meeting, draft: JoinDraft, by: Hand) -> SpeakingTurn:
    """Somebody joins by a slip, keyed by a helper; also while telephones cannot."""
    settings = held(session, SpeakingSettings, meeting)
    if before := known(session, SpeakingTurn, meeting, draft.nonce):
        return before
    if settings.seed:
        raise Conflict(_("The seed of a draw is on the wall: key this slip after the draw. Nothing was added."))
    row = _add(session, meeting, settings, draft, by.at, capture=Capture.KEYED, recorded_by=by.account_id)
    by.record(session, SpeakingSlipKeyed(meeting.id, row.number))
    return row


def _add(
    session: Session,
    meeting: Meeting,
    settings: SpeakingSettings,
    draft: JoinDraft,
    at: datetime,
    *,
    capture: Capture,
    device_hash: str | None = None,
    recorded_by: uuid.UUID | None = None,
) -> SpeakingTurn:
    if meeting.state is MeetingState.ENDED:
        raise Conflict(_("This meeting has ended. Nothing was changed."))
    _refuse_over_limits(session, meeting, settings, draft, device_hash)
    row = SpeakingTurn(
        meeting_id=meeting.id,
        number=next_number(settings),
        name=draft.name,
        subject=draft.subject,
        side=draft.side if settings.alternation is Alternation.SIDES else None,
        nonce=draft.nonce,
        capture=capture,
        device_hash=device_hash,
        recorded_by=recorded_by,
        joined_at=at,
    )
    return keep(session, meeting, row)


def _refuse_over_limits(
    session: Session, meeting: Meeting, settings: SpeakingSettings, draft: JoinDraft, holder: str | None
) -> None:
    """The limits of a borough’s question period: so many turns a person, so many people a subject."""
    turns = [turn for turn in queries.speaking_now(session, meeting.id).turns if turn.state is not TurnState.GONE]
    own = [turn for turn in turns if queries.is_of(turn, holder, draft.name)]
    if any(turn.state in queries.ON_THE_LIST for turn in own):
        raise Conflict(_("You are in the queue already. One place is enough; after your turn you may join again."))
    if settings.per_person and len(own) >= settings.per_person:
        raise Conflict(
            ngettext(
                "Each person may speak %(num)s time in this meeting. You were not added.",
                "Each person may speak %(num)s times in this meeting. You were not added.",
                settings.per_person,
            )
        )
    if settings.per_subject and draft.subject:
        others = [turn for turn in turns if turn not in own and plain(turn.subject) == plain(draft.subject)]
        if queries.people(others) >= settings.per_subject:
            raise Conflict(
                ngettext(
                    "%(num)s person speaks on this subject, which is all that the rules allow. Choose another one.",
                    "%(num)s people speak on this subject, which is all that the rules allow. Choose another one.",
                    settings.per_subject,
                )
            )


def announce_draw(session: Session, meeting: Meeting, seed: str, by: Hand) -> None:
    """Closes the list, then shows the seed of the draw: who is drawn is fixed before anybody knows the seed, and the
    seed before anybody knows the order. Conflict where nobody waits undrawn, or a seed is shown already."""
    settings = held(session, SpeakingSettings, meeting)
    numbers = [turn.number for turn in _undrawn(session, meeting)]
    if settings.order is not QueueOrder.DRAW or not numbers:
        raise Conflict(_("There is nobody to draw. Nothing was changed."))
    if settings.seed:
        raise Conflict(_("The seed is shown already. It cannot be changed; make the draw."))
    settings.is_open, settings.seed = False, seed
    by.record(session, DrawAnnounced(meeting.id, seed, numbers))
    changed(session, meeting)


def draw(session: Session, meeting: Meeting, by: Hand) -> list[int]:
    """The order of the draw: the numbers sorted by SHA-256 of "seed|number". Conflict before the seed was shown."""
    settings = held(session, SpeakingSettings, meeting)
    if not settings.seed:
        raise Conflict(_("Show the seed first: it is known before the order. Nothing was drawn."))
    lots = sorted(_undrawn(session, meeting), key=lambda turn: lot(settings.seed, str(turn.number)))
    first = 1 + sum(turn.drawn is not None for turn in queries.speaking_now(session, meeting.id).turns)
    for place, turn in enumerate(lots, first):
        turn.drawn = place
    order = [turn.number for turn in lots]
    by.record(session, QueueDrawn(meeting.id, settings.seed, order))
    settings.seed = ""
    changed(session, meeting)
    return order


def _undrawn(session: Session, meeting: Meeting) -> list[SpeakingTurn]:
    waiting = queries.speaking_now(session, meeting.id).of(TurnState.WAITING)
    return [turn for turn in waiting if turn.drawn is None]


_FROM: dict[TurnState, frozenset[TurnState]] = {
    TurnState.CALLED: frozenset({TurnState.WAITING}),
    TurnState.SPEAKING: frozenset({TurnState.WAITING, TurnState.CALLED}),
    TurnState.SPOKE: frozenset({TurnState.SPEAKING}),
    TurnState.GONE: frozenset({TurnState.WAITING, TurnState.CALLED}),
    TurnState.WAITING: frozenset({TurnState.CALLED, TurnState.SPEAKING, TurnState.GONE}),
}
"""From where a turn may move to each state; called by mistake, somebody goes back to their place."""


def move(session: Session, meeting: Meeting, turn: SpeakingTurn, state: TurnState, by: Hand) -> None:
    """Calls somebody, gives them the floor, ends their turn. Giving the floor ends the turn before and starts the
    clock. Conflict where the turn has gone on meanwhile."""
    if turn.state is state:
        return
    if turn.state not in _FROM[state]:
        raise Conflict(_("Number %(number)s has moved on meanwhile. Nothing was changed.", number=turn.number))
    if TurnState.SPEAKING in (turn.state, state):
        _clear(session, meeting, by, besides=turn)
    turn.state, turn.moved_at = state, by.at
    session.add(turn)
    by.record(session, TurnMoved(meeting.id, turn.number, state))
    if state is TurnState.SPEAKING:
        start_clock(session, meeting, queries.settings_of(session, meeting.id).seconds, by)
    changed(session, meeting)


def _clear(session: Session, meeting: Meeting, by: Hand, *, besides: SpeakingTurn) -> None:
    """Nobody has the floor, and the clock is put away."""
    speaking = queries.speaking_now(session, meeting.id).speaking
    if speaking and speaking.id != besides.id:
        speaking.state, speaking.moved_at = TurnState.SPOKE, by.at
        session.add(speaking)
        by.record(session, TurnMoved(meeting.id, speaking.number, TurnState.SPOKE))
    stop_clock(session, meeting)


def give_next(session: Session, meeting: Meeting, by: Hand) -> SpeakingTurn | None:
    """The floor to whoever was called first, else to the next by the rules; None where nobody waits."""
    held(session, SpeakingSettings, meeting)
    now = queries.speaking_now(session, meeting.id)
    if not now.following:
        if now.speaking:
            move(session, meeting, now.speaking, TurnState.SPOKE, by)
        return None
    move(session, meeting, now.following[0], TurnState.SPEAKING, by)
    return now.following[0]


def leave(session: Session, meeting: Meeting, number: int, marks: Collection[str], at: datetime) -> None:
    """Somebody leaves the queue on their telephone. NotFound where it is another's place."""
    turn = turn_at(session, meeting, number)
    if turn.device_hash not in marks:
        raise NotFound(_("There is no such place in the queue."))
    if turn.state in _FROM[TurnState.GONE]:
        turn.state, turn.moved_at = TurnState.GONE, at
        session.add(turn)
        changed(session, meeting)


def start_clock(session: Session, meeting: Meeting, seconds: int, by: Hand) -> None:
    """From the beginning, whatever ran before."""
    stop_clock(session, meeting)
    session.add(SpeakingClock(meeting_id=meeting.id, seconds=seconds, started_at=by.at))
    changed(session, meeting)


def pause_clock(session: Session, meeting: Meeting, by: Hand) -> None:
    """Stops it, or lets it run again from where it stood."""
    clock = _clock(session, meeting)
    if clock.started_at:
        clock.spent, clock.started_at = queries.spent(clock, by.at), None
    else:
        clock.started_at = by.at
    session.add(clock)
    changed(session, meeting)


def one_minute_more(session: Session, meeting: Meeting) -> None:
    clock = _clock(session, meeting)
    clock.seconds += MINUTE
    session.add(clock)
    changed(session, meeting)


def stop_clock(session: Session, meeting: Meeting) -> None:
    """Takes it off the screens; twice changes nothing."""
    if clock := session.get(SpeakingClock, meeting.id):
        session.delete(clock)
        changed(session, meeting)


def _clock(session: Session, meeting: Meeting) -> SpeakingClock:
    clock = session.get(SpeakingClock, meeting.id)
    if clock is None:
        raise Conflict(_("No clock is running. Nothing was changed."))
    return clock


def turn_at(session: Session, meeting: Meeting, number: int) -> SpeakingTurn:
    """A place in this queue. NotFound where there is none."""
    turn = find(session, SpeakingTurn, meeting, number)
    if turn is None:
        raise NotFound(_("There is no such place in the queue."))
    return turn


def forget_marks(session: Session, at: datetime) -> None:
    """Names and the marks of telephones go some time after the meeting; numbers and states stay."""
    past = select(col(Meeting.id)).where(col(Meeting.starts_at) <= at - MARKS_KEPT)
    session.execute(
        update(SpeakingTurn).where(col(SpeakingTurn.meeting_id).in_(past)).values(name="", device_hash=None)
    )
