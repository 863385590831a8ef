"""Verbs of the desk: key a sheet, read it again, settle it, give it up. Two people stand behind every answer."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots import service as box
from participation.ballots.entries import AnonymousClaim, Entry, OpenText, Refusal, Source
from participation.ballots.questionnaires.drafts import Draft
from participation.counting.spec import Capture, RulingKind
from participation.errors import Conflict
from participation.files import Stored, drop_file, kept_file
from participation.i18n import lazy as _
from participation.paper.intake.envelopes import next_number
from participation.paper.models.questionnaires import QuestionnairePage, QuestionnaireSheet, SheetState
from participation.paper.questionnaires.queries import WAITING
from participation.paper.questionnaires.words import PICTURE_LIFE
from participation.processes.models import Place
from participation.processes.queries import WHOLE_STYLE, SpecRow, windows_of
from participation.processes.questionnaires.queries import keyed_twice
from participation.register.keys import Keys


@dataclass(frozen=True, slots=True)
class Read:
    """What one person read on a sheet, or heard on the phone."""

    language: str
    ticks: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]

    @property
    def stored(self) -> dict[str, list[str]]:
        """The ticks as a sheet keeps them."""
        return {question: list(options) for question, options in self.ticks.items()}


@dataclass(frozen=True, slots=True)
class Keyed:
    """A reading of what came in at that place on that day."""

    place: Place
    received: datetime
    read: Read


@dataclass(frozen=True, slots=True)
class SheetKeyed:
    sheet: int


@dataclass(frozen=True, slots=True)
class SheetRead:
    """A second or third person read it: it is in the box, or goes to a third one where ticks differ."""

    sheet: int
    differs: bool = False


@dataclass(frozen=True, slots=True)
class SheetWithdrawn:
    sheet: int


def key(
    session: Session, spec_row: SpecRow, keyed: Keyed, *, nonce: str, account_id: uuid.UUID, at: datetime
) -> QuestionnaireSheet:
    """The first reading. The same page sent twice is one sheet. Conflict outside the hours of the day it came."""
    number = next_number(session, spec_row, QuestionnaireSheet)
    query = select(QuestionnaireSheet).where(col(QuestionnaireSheet.form_nonce) == nonce)
    known: QuestionnaireSheet | None = session.execute(query).scalar_one_or_none()
    if known is not None:
        return known
    refuse_untimely(session, spec_row, keyed.place, keyed.received, at)
    sheet = QuestionnaireSheet(
        spec_id=spec_row.id,
        number=number,
        place_id=keyed.place.id,
        received=keyed.received,
        language=keyed.read.language,
        ticks=keyed.read.stored,
        text=dict(keyed.read.words),
        keyed_by=account_id,
        form_nonce=nonce,
    )
    session.add(sheet)
    session.flush()
    audit.record(session, SheetKeyed(sheet.number), at=at, account_id=account_id, scope=spec_row.scope)
    return sheet


def refuse_untimely(session: Session, spec_row: SpecRow, place: Place, received: datetime, at: datetime) -> None:
    """Conflict once intake is closed, and where nothing was received at that place on that day."""
    windows = windows_of(session, spec_row.id)
    if windows.intake_closed(at):
        raise Conflict(_("This questionnaire is closed for good. Nothing was saved."))
    if not windows.open_for(place.channel, received):
        raise Conflict(
            _("On that day no answer was received this way. Nothing was saved."),
            _("Check the day on which it came. What came too late is not keyed; tell who runs the consultation."),
        )


def key_scanned(
    session: Session,
    spec_row: SpecRow,
    sheet: QuestionnaireSheet,
    read: Read,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """The first reading of a sheet that came in a scan, with its pictures beside it."""
    _refuse_state(sheet, SheetState.SCANNED)
    sheet.ticks, sheet.text, sheet.language = read.stored, dict(read.words), read.language
    sheet.keyed_by, sheet.state = account_id, SheetState.KEYED
    session.flush()
    audit.record(session, SheetKeyed(sheet.number), at=at, account_id=account_id, scope=spec_row.scope)


def read_again(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    sheet: QuestionnaireSheet,
    place: Place,
    read: Read,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> SheetState:
    """The second reading, by somebody else: what they leave on the page goes into the box.

    Where ticks are keyed twice and the two are not the same, the sheet waits for a third person.
    """
    _refuse_state(sheet, SheetState.KEYED)
    _refuse_same(session, account_id, *filter(None, (sheet.keyed_by,)))
    sheet.text, sheet.language, sheet.read_by = dict(read.words), read.language, account_id
    if keyed_twice(session, spec_row.process_id) and read.stored != sheet.ticks:
        sheet.again, sheet.state = read.stored, SheetState.DIFFERS
        _record(session, spec_row, SheetRead(sheet.number, differs=True), account_id, at)
    else:
        sheet.ticks = read.stored
        _cast(session, keys, spec_row, sheet, place, account_id, at)
    session.add(sheet)
    session.flush()
    return sheet.state


def settled(sheet: QuestionnaireSheet, read: Read) -> Read:
    """The ticks on which two people agree, and a third person's where they do not; the words are read already."""
    asked = {key for key in {*sheet.ticks, *sheet.again} if sheet.ticks.get(key, []) != sheet.again.get(key, [])}
    agreed = {key: tuple(value) for key, value in sheet.ticks.items() if key not in asked}
    return Read(sheet.language, agreed | {key: value for key, value in read.ticks.items() if key in asked}, {})


def settle(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    sheet: QuestionnaireSheet,
    place: Place,
    read: Read,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """A third person says what is ticked on the sheet."""
    _refuse_state(sheet, SheetState.DIFFERS)
    _refuse_same(session, account_id, *filter(None, (sheet.keyed_by, sheet.read_by)))
    sheet.ticks = read.stored
    _cast(session, keys, spec_row, sheet, place, account_id, at)
    session.add(sheet)
    session.flush()


def withdraw(
    session: Session, spec_row: SpecRow, sheet: QuestionnaireSheet, *, reason: str, account_id: uuid.UUID, at: datetime
) -> None:
    """Takes out what was keyed by mistake; what it said is deleted, the number stays used."""
    if sheet.state is SheetState.CAST:
        raise Conflict(_("This sheet is in the box already. Nothing was changed."))
    _empty(session, sheet, SheetState.WITHDRAWN, at)
    session.add(sheet)
    session.flush()
    audit.record(
        session, SheetWithdrawn(sheet.number), at=at, account_id=account_id, scope=spec_row.scope, reason=reason
    )


def _refuse_state(sheet: QuestionnaireSheet, wanted: SheetState) -> None:
    if sheet.state is not wanted:
        raise Conflict(_("Somebody has read this sheet meanwhile. Nothing was changed."), _("Take the next one."))


def _refuse_same(session: Session, account_id: uuid.UUID, *others: uuid.UUID) -> None:
    if account_id in others:
        raise Conflict(
            _("You have read this sheet already: it wants another pair of eyes. Nothing was changed."),
            _("Take a sheet that somebody else keyed."),
        )
    refuse_one_hand(session, account_id, *others)


def _cast(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    sheet: QuestionnaireSheet,
    place: Place,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """Into the box, under a nonce that nobody keeps: nothing leads from the sheet to its ballot."""
    draft = Draft(spec_row.id, ticks={key: tuple(value) for key, value in sheet.ticks.items()}, words=sheet.text)
    texts = tuple(OpenText(key, said, sheet.language) for key, said in sorted(sheet.text.items()) if said)
    choices = tuple(sorted(draft.answers(spec_row.spec).items()))
    ruling = RulingKind.VALID if texts or any(answer for _key, answer in choices) else RulingKind.BLANK
    source = Source(place.channel, Capture.KEYED, place.id)
    nonce = secrets.token_urlsafe(18)
    entry = Entry(AnonymousClaim(), WHOLE_STYLE, choices, source, sheet.received, nonce, ruling, texts=texts)
    (answer,) = box.cast(session, keys, spec_row, [entry], at)
    if isinstance(answer, Refusal):
        raise Conflict(
            _("The box did not take this sheet: %(reason)s. It is kept as it was keyed.", reason=answer.reason.value)
        )
    _empty(session, sheet, SheetState.CAST, at)
    _record(session, spec_row, SheetRead(sheet.number), account_id, at)


def _empty(session: Session, sheet: QuestionnaireSheet, state: SheetState, at: datetime) -> None:
    """Of what it said nothing is left here, nor its pictures."""
    session.execute(delete(QuestionnairePage).where(col(QuestionnairePage.sheet_id) == sheet.id))
    if sheet.picture_id is not None:
        drop_file(session, sheet.picture_id, at)
    sheet.ticks, sheet.again, sheet.text, sheet.state, sheet.picture_id = {}, {}, {}, state, None


def add_picture(session: Session, sheet: QuestionnaireSheet, stored: Stored, at: datetime) -> None:
    """A picture of the sheet, in the place of an earlier one. Conflict once it is in the box."""
    if sheet.state not in WAITING:
        raise Conflict(_("Somebody has read this sheet meanwhile. Nothing was changed."), _("Take the next one."))
    if sheet.picture_id is not None:
        drop_file(session, sheet.picture_id, at)
    file = kept_file(stored, until=at.date() + PICTURE_LIFE)
    session.add(file)
    session.flush()
    sheet.picture_id = file.id
    session.add(sheet)
    session.flush()


def _record(session: Session, spec_row: SpecRow, event: object, account_id: uuid.UUID, at: datetime) -> None:
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
