"""What happens before and at a hearing: sessions are set, people register, get a turn, are heard."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from participation.consultations import acts
from participation.consultations import queries as contributions
from participation.consultations.acts import Act
from participation.consultations.briefs import service as briefs
from participation.consultations.hearings import queries
from participation.consultations.hearings.forms import SessionDraft, SpeakerDraft
from participation.consultations.hearings.models import HearingSession, HearingTurn, Speaker, SpeakerState
from participation.consultations.models import ContributionChannel, ContributionKind
from participation.db import insert_new
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess, phases_of
from participation.register.keys import Keys


class TurnTaken(Conflict):
    """Somebody was quicker, or there is no such turn."""


class UnknownBrief(NotFound):
    """No brief has this register number."""


@dataclass(frozen=True, slots=True)
class HearingSet:
    hearing: int
    removed: bool = False


@dataclass(frozen=True, slots=True)
class SpeakerRegistered:
    """By staff, for somebody who called or came; who registers online leaves no event."""

    channel: str


@dataclass(frozen=True, slots=True)
class SpeakerPlaced:
    hearing: int
    turn: int


@dataclass(frozen=True, slots=True)
class SpeakerMarked:
    speaker_state: SpeakerState


def set_session(session: Session, hand: Hand, row: HearingSession | None, draft: SessionDraft) -> HearingSession:
    """A new session, or another place, hour or length. Conflict where somebody has a turn that would be no more."""
    if row is None:
        newest = select(func.max(col(HearingSession.number))).where(col(HearingSession.process_id) == hand.process.id)
        number = (session.execute(newest).scalar() or 0) + 1
        row = HearingSession(process_id=hand.process.id, number=number, **asdict(draft))
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    last = select(func.max(col(HearingTurn.position))).where(col(HearingTurn.session_id) == row.id)
    if (session.execute(last).scalar() or 0) > queries.turns_in(row):
        raise Conflict(
            _("Somebody has a turn that would fall after the end. Nothing was saved."),
            _("Give these people another turn first, or let it end later."),
        )
    session.add(row)
    session.flush()
    hand.record(session, HearingSet(row.number))
    return row


def remove_session(session: Session, hand: Hand, row: HearingSession) -> None:
    """Conflict where somebody has a turn in it."""
    used = select(func.count()).where(col(HearingTurn.session_id) == row.id)
    if session.execute(used).scalar_one():
        raise Conflict(_("People have turns in this session. Nothing was changed."), _("Give them another turn first."))
    session.delete(row)
    session.flush()
    hand.record(session, HearingSet(row.number, removed=True))


@dataclass(frozen=True, slots=True)
class Door:
    """How and when somebody registered, and who of the staff wrote it down."""

    at: datetime
    nonce: str
    channel: ContributionChannel = ContributionChannel.ONLINE
    account_id: uuid.UUID | None = None


def register(session: Session, keys: Keys, process: OpenProcess, draft: SpeakerDraft, door: Door) -> str:
    """Writes the registration and returns its code; sent twice it is one.

    Conflict where they register themselves and the stage is not open, TurnTaken, UnknownBrief.
    """
    code = keys.receipt_code(door.nonce)
    if queries.by_code(session, process.id, keys.plain_hash(code)):
        return code
    is_open = acts.opening(phases_of(session, process.id), Act.DEPOSIT, door.at).is_open
    if not is_open and door.account_id is None:
        raise Conflict(
            _("Registration to speak is not open. Nothing was sent."),
            _("What you typed is still here. You may call us."),
        )
    speaker = Speaker(
        process_id=process.id,
        name=draft.name,
        group_name=draft.group,
        subject=draft.subject,
        language=draft.language,
        email=draft.email,
        phone=draft.phone,
        needs=draft.needs,
        needs_note=draft.needs_note,
        brief_id=_brief(session, process, draft.brief),
        channel=door.channel,
        late=not is_open,
        registered_at=door.at,
        recorded_by=door.account_id,
        code_hash=keys.plain_hash(code),
    )
    session.add(speaker)
    session.flush()
    if draft.turn:
        _take(session, process, speaker, draft.turn)
    if door.account_id:
        Hand(process, door.account_id, door.at).record(session, SpeakerRegistered(door.channel.value))
    return code


def _brief(session: Session, process: OpenProcess, number: int | None) -> uuid.UUID | None:
    if number is None:
        return None
    row = contributions.by_number(session, process.id, number)
    if row is None or row.kind is not ContributionKind.BRIEF:
        raise UnknownBrief(_("No brief has this number. Check its receipt, or leave it empty and bring it later."))
    return row.id


def _take(session: Session, process: OpenProcess, speaker: Speaker, turn: tuple[int, int]) -> None:
    """TurnTaken where it is no longer free: the constraint of the database decides, also between two at once."""
    sitting = queries.sitting_at(session, process.id, turn[0])
    if sitting is None or not 1 <= turn[1] <= queries.turns_in(sitting.row):
        raise TurnTaken(_("There is no such turn. Choose another one."))
    row = {"session_id": sitting.row.id, "position": turn[1], "speaker_id": speaker.id}
    if not insert_new(session, HearingTurn, [row], "position"):
        raise TurnTaken(_("Somebody has taken this turn in the meantime. Choose another one."))


def place(session: Session, hand: Hand, speaker: Speaker, turn: tuple[int, int] | None) -> None:
    """Gives a turn, another one, or none. TurnTaken, Conflict where they have cancelled."""
    if speaker.state is not SpeakerState.REGISTERED:
        raise Conflict(_("This person has been heard, did not come or has cancelled. Nothing was changed."))
    _free(session, speaker)
    if turn:
        _take(session, hand.process, speaker, turn)
    hand.record(session, SpeakerPlaced(*(turn or (0, 0))))


def _free(session: Session, speaker: Speaker) -> None:
    session.execute(delete(HearingTurn).where(col(HearingTurn.speaker_id) == speaker.id))


def withdraw(session: Session, speaker: Speaker) -> None:
    """They cancel themselves; the turn is free again. Conflict once they were heard."""
    if speaker.state in (SpeakerState.HEARD, SpeakerState.ABSENT):
        raise Conflict(_("The session is over. Nothing was changed."))
    _free(session, speaker)
    speaker.state = SpeakerState.WITHDRAWN
    session.add(speaker)
    session.flush()


def mark(session: Session, hand: Hand, speaker: Speaker, state: SpeakerState) -> None:
    """Heard, did not come, cancelled by telephone, or as before."""
    if state is SpeakerState.WITHDRAWN:
        _free(session, speaker)
    speaker.state = state
    session.add(speaker)
    session.flush()
    hand.record(session, SpeakerMarked(state))


def link(session: Session, hand: Hand, speaker: Speaker, transcript: str, brief: int | None) -> None:
    """The brief that they speak to, and the document of what they said; the brief names it too. UnknownBrief."""
    speaker.brief_id, speaker.transcript = _brief(session, hand.process, brief), transcript
    session.add(speaker)
    session.flush()
    if speaker.brief_id:
        briefs.set_transcript(session, hand.process, speaker.brief_id, transcript)
