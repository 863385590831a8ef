"""The verbs of the questions from the floor: ask, support, show, refuse, merge, answer, send on to the register.

What the staff do counts as a change of the meeting; what telephones do only wakes its screens, which look for
themselves whether anything is new.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from participation.consultations.entries import Author, Contributed, ContributionSource
from participation.consultations.models import ContributionChannel, ContributionKind, RefusalReason
from participation.consultations.service import contribute
from participation.counting.spec import Capture
from participation.db import insert_new
from participation.errors import Conflict, NotFound, TooMany
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.live.changes import changed
from participation.live.floor import queries
from participation.live.floor.events import FloorClosed, FloorDecided, FloorOpened, FloorSentOn, FloorSlipKeyed
from participation.live.floor.models import FloorQuestion, FloorSettings, FloorState, FloorVote
from participation.live.kept import MARKS_KEPT
from participation.live.models import Meeting, MeetingState
from participation.live.numbered import find, held, keep, known, next_number
from participation.processes.hand import Hand
from participation.processes.models import ProcessKind
from participation.register.keys import Keys

_OPEN_TO_SUPPORT = (FloorState.SHOWN,)


@dataclass(frozen=True, slots=True)
class AskDraft:
    """A question as somebody typed it."""

    text: str
    language: str
    nonce: str
    name: str = ""
    subject: str = ""


def set_open(session: Session, meeting: Meeting, by: Hand, *, is_open: bool) -> None:
    """Whether telephones may ask. Slips are keyed as long as the meeting lasts."""
    held(session, FloorSettings, meeting).is_open = is_open
    by.record(session, (FloorOpened if is_open else FloorClosed)(meeting.id))
    changed(session, meeting)


def set_limit(session: Session, meeting: Meeting, per_device: int) -> None:
    """How many questions one telephone may send."""
    held(session, FloorSettings, meeting).per_device = per_device
    changed(session, meeting)


def ask(session: Session, meeting: Meeting, draft: AskDraft, holder: str, at: datetime) -> FloorQuestion:
    """A question typed on a telephone; the same form sent twice is one. Conflict where none is taken, TooMany above
    what one telephone may send."""
    settings = held(session, FloorSettings, meeting)
    if before := known(session, FloorQuestion, meeting, draft.nonce):
        return before
    if meeting.state is MeetingState.ENDED or not settings.is_open:
        raise Conflict(_("No questions are taken at this moment. Yours was not sent; it is still in the field."))
    mine = (col(FloorQuestion.meeting_id) == meeting.id) & (col(FloorQuestion.device_hash) == holder)
    if session.execute(select(func.count()).where(mine)).scalar_one() >= settings.per_device:
        raise TooMany(
            ngettext(
                "This telephone has sent the %(num)s question that each may send. This one was not sent.",
                "This telephone has sent the %(num)s questions that each may send. This one was not sent.",
                settings.per_device,
            ),
            _("Your text is still in the field. Support a question that asks the same, or join the speaking queue."),
        )
    return _take(session, meeting, settings, draft, at, capture=Capture.SELF, device_hash=holder)


def key_slip(session: Session, meeting: Meeting, draft: AskDraft, by: Hand) -> FloorQuestion:
    """A question on a slip, keyed by a helper. Conflict once the meeting has ended."""
    settings = held(session, FloorSettings, meeting)
    if before := known(session, FloorQuestion, meeting, draft.nonce):
        return before
    if meeting.state is MeetingState.ENDED:
        raise Conflict(_("This meeting has ended. Nothing was changed."))
    row = _take(session, meeting, settings, draft, by.at, capture=Capture.KEYED, recorded_by=by.account_id)
    by.record(session, FloorSlipKeyed(meeting.id, row.number))
    return row


def _take(
    session: Session,
    meeting: Meeting,
    settings: FloorSettings,
    draft: AskDraft,
    at: datetime,
    *,
    capture: Capture,
    device_hash: str | None = None,
    recorded_by: uuid.UUID | None = None,
) -> FloorQuestion:
    row = FloorQuestion(
        meeting_id=meeting.id,
        number=next_number(settings),
        text=draft.text,
        name=draft.name,
        subject=draft.subject,
        language=draft.language,
        nonce=draft.nonce,
        capture=capture,
        device_hash=device_hash,
        recorded_by=recorded_by,
        received_at=at,
    )
    return keep(session, meeting, row)


def support(session: Session, meeting: Meeting, number: int, holder: str, *, wanted: bool) -> None:
    """One telephone supports a question once, or takes it back. Conflict where the question is not on the list."""
    row = question_at(session, meeting, number)
    if row.state not in _OPEN_TO_SUPPORT or meeting.state is MeetingState.ENDED:
        raise Conflict(_("This question is no longer on the list. Nothing was changed."))
    if wanted:
        insert_new(session, FloorVote, [{"question_id": row.id, "device_hash": holder}])
    else:
        mine = (col(FloorVote.question_id) == row.id) & (col(FloorVote.device_hash) == holder)
        session.execute(delete(FloorVote).where(mine))
    changed(session, meeting)


def show(session: Session, meeting: Meeting, row: FloorQuestion, by: Hand, *, masked: bool = False) -> None:
    """Everybody reads it under its own number, also after it was refused, merged or answered; `masked` leaves out what
    looks like personal data."""
    row.masked = masked
    _decide(session, meeting, row, FloorState.SHOWN, by)


def refuse(session: Session, meeting: Meeting, row: FloorQuestion, reason: RefusalReason, note: str, by: Hand) -> None:
    """Not shown, for a reason that whoever asked it reads. What was merged with it stands for itself again."""
    _part_followers(session, row)
    row.reason, row.note = reason, note
    _decide(session, meeting, row, FloorState.REFUSED, by)


def merge(session: Session, meeting: Meeting, row: FloorQuestion, number: int, by: Hand) -> None:
    """Question `number` goes on for both. Conflict where it is the same, or is not shown itself."""
    root = question_at(session, meeting, number)
    if root.id == row.id:
        raise Conflict(_("This is the same question. Nothing was changed."))
    if root.state not in (FloorState.SHOWN, FloorState.ANSWERED):
        raise Conflict(_("Question %(number)s is not shown. Show it first; nothing was changed.", number=number))
    followers = col(FloorQuestion.merged_into_id) == row.id
    session.execute(update(FloorQuestion).where(followers).values(merged_into_id=root.id))
    _decide(session, meeting, row, FloorState.MERGED, by, root)


def answer(session: Session, meeting: Meeting, row: FloorQuestion, by: Hand) -> None:
    """It was answered in the room. Conflict where nobody could read it."""
    if row.state is not FloorState.SHOWN:
        raise Conflict(_("Only a question that is shown can be marked as answered. Nothing was changed."))
    _decide(session, meeting, row, FloorState.ANSWERED, by)


def _part_followers(session: Session, row: FloorQuestion) -> None:
    followers = col(FloorQuestion.merged_into_id) == row.id
    session.execute(
        update(FloorQuestion).where(followers).values(merged_into_id=None, state=FloorState.PENDING),
        execution_options={"synchronize_session": "fetch"},
    )


def _decide(
    session: Session,
    meeting: Meeting,
    row: FloorQuestion,
    state: FloorState,
    by: Hand,
    root: FloorQuestion | None = None,
) -> None:
    row.state, row.merged_into_id = state, root.id if root else None
    if state is not FloorState.REFUSED:
        row.reason, row.note = None, ""
    session.add(row)
    by.record(session, FloorDecided(meeting.id, row.number, state, row.reason, root.number if root else None))
    changed(session, meeting)


def send_on(session: Session, keys: Keys, meeting: Meeting, row: FloorQuestion, by: Hand) -> int:
    """Brings a question that the room has read into the register of the consultation, once; its number there.

    A moderator of the consultation reads it before it is published there. Conflict where there is no such register.
    """
    if by.process.process.kind is not ProcessKind.CONSULTATION:
        raise Conflict(_("This meeting does not belong to a consultation, so there is no register. Nothing was sent."))
    if row.state not in (FloorState.SHOWN, FloorState.ANSWERED):
        raise Conflict(_("Only a question that is shown or answered goes on to the register. Nothing was sent."))
    entry = Contributed(
        kind=ContributionKind.QUESTION,
        text=row.text,
        language=row.language,
        received=row.received_at,
        nonce=f"floor-{row.id}",
        title=row.subject,
        source=ContributionSource(ContributionChannel.ROOM, Capture.KEYED, account_id=by.account_id),
        author=Author(name=row.name),
    )
    is_new = row.contribution_id is None
    receipt = contribute(session, keys, by.process, entry, at=by.at)
    row.contribution_id = receipt.contribution_id
    if is_new:
        by.record(session, FloorSentOn(meeting.id, row.number, receipt.number))
        changed(session, meeting)
    return receipt.number


def question_at(session: Session, meeting: Meeting, number: int) -> FloorQuestion:
    """A question of this meeting. NotFound where there is none."""
    row = find(session, FloorQuestion, meeting, number)
    if row is None:
        raise NotFound(_("There is no question with this number. Nothing was changed."))
    return row


def forget_marks(session: Session, at: datetime) -> None:
    """Names of who asked and the marks of telephones go some time after the meeting; the figures stay as they were."""
    past = select(col(Meeting.id)).where(col(Meeting.starts_at) <= at - MARKS_KEPT)
    due = select(col(FloorQuestion.meeting_id)).where(
        col(FloorQuestion.meeting_id).in_(past), col(FloorQuestion.support).is_(None)
    )
    for meeting_id in session.execute(due.distinct()).scalars().all():
        for each in queries.floor_now(session, meeting_id).questions:
            each.row.support, each.row.name, each.row.device_hash = each.support, "", None
        session.flush()
        ours = select(col(FloorQuestion.id)).where(col(FloorQuestion.meeting_id) == meeting_id)
        session.execute(delete(FloorVote).where(col(FloorVote.question_id).in_(ours)))
