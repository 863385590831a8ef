"""Speakers for staff over HTTP: registering who calls or comes, their turn, what became of them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import words
from participation.consultations.hearings import forms, queries, service
from participation.consultations.hearings.models import Speaker, SpeakerState
from participation.consultations.hearings.routes import registration_context, turn_choices
from participation.consultations.hearings.routes_staff import DESK
from participation.consultations.hearings.words import NEEDS, STATES
from participation.consultations.pages import onward, staff_page
from participation.db import SessionDep
from participation.errors import DomainError, NotFound
from participation.i18n import lazy as _
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.identity import grouped, normalise_code
from participation.templating import locale_of
from participation.typed import Errors, Typed, as_typed, nonce_of

router = APIRouter()
SPEAKER = f"{DESK}/speakers/{{speaker_id:uuid}}"
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]


@router.get(f"{DESK}/register")
def registration(request: Request, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    values = {"language": "fr", "channel": "phone", "needs": []}
    return _register_page(request, process, session, actor, at, values, {})


@router.post(f"{DESK}/register")
def register(
    request: Request, process: Recorded, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """For somebody who calls or comes: kept whenever it is, and said to be late."""
    draft, errors = forms.read_speaker(form, by_staff=True)
    channel, more = forms.read_channel(form)
    errors |= more
    if not errors:
        try:
            with session.begin_nested():
                door = service.Door(at, nonce_of(form), channel, actor.account_id)
                code = service.register(session, request.app.state.keys, process, draft, door)
            return onward(request, process, f"/hearings/register/{code}")
        except service.TurnTaken as error:
            errors = {"turn": error.message}
        except service.UnknownBrief as error:
            errors = {"brief": error.message}
    return _register_page(request, process, session, actor, at, forms.speaker_as_typed(form), errors)


def _register_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    at: datetime,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    locale = locale_of(request)
    context = registration_context(session, process, at, values, errors, locale) | {
        "channels": words.named({each: words.CHANNELS[each] for each in forms.BY_STAFF}, locale)
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/hearings/register", "hearings_counter.html", context, status=status)


@router.get(f"{DESK}/register/{{code}}")
def registered(request: Request, process: Recorded, code: str, session: SessionDep, actor: ActorDep) -> Response:
    """What is said on the telephone or handed over: the hour and the code."""
    bare = normalise_code(code)
    speaker = queries.by_code(session, process.id, request.app.state.keys.plain_hash(bare))
    if speaker is None:
        raise NotFound(_("No registration to speak has this code."))
    (found,) = queries.placed(session, process.id, speaker.id)
    context = {"placed": found, "code": grouped(bare)}
    return staff_page(request, process, actor, "/hearings/register", "hearings_registered.html", context)


@dataclass(frozen=True, slots=True)
class OneSpeaker:
    """A request about one speaker: who asks, when, and their page, which comes back with what is wrong."""

    request: Request
    session: Session
    process: OpenProcess
    actor: Actor
    at: datetime
    row: Speaker

    @property
    def hand(self) -> Hand:
        return Hand(self.process, self.actor.account_id, self.at)

    def saved(self) -> Response:
        return onward(self.request, self.process, f"/hearings/speakers/{self.row.id}?saved=1")

    def page(self, typed: dict[str, str], errors: Errors) -> Response:
        locale, session, process, row = locale_of(self.request), self.session, self.process, self.row
        (found,) = queries.placed(session, process.id, row.id)
        brief = queries.briefs_of(session, [row]).get(row.brief_id) if row.brief_id else None
        context = {
            "placed": found,
            "brief": brief,
            "turns": turn_choices(queries.sittings(session, process.id), process, self.at, locale),
            "states": words.named(STATES, locale),
            "speaker_states": STATES,
            "need_names": NEEDS,
            "spoken": words.LANGUAGES,
            "values": {"transcript": row.transcript, "brief": brief.shown.reference if brief else "", **typed},
            "errors": errors,
            "saved": "saved" in self.request.query_params and not errors,
        }
        status = 422 if errors else 200
        return staff_page(
            self.request, process, self.actor, "/hearings", "hearings_speaker.html", context, status=status
        )


def _speaker(session: Session, process: OpenProcess, speaker_id: uuid.UUID) -> Speaker:
    row = queries.speaker_at(session, process.id, speaker_id)
    if row is None:
        raise NotFound(_("Nobody has registered under this address."))
    return row


def _one_speaker(permission: Permission) -> Any:
    def opened(
        request: Request,
        process: Annotated[OpenProcess, open_process(permission)],
        speaker_id: uuid.UUID,
        session: SessionDep,
        actor: ActorDep,
        at: AtDep,
    ) -> OneSpeaker:
        return OneSpeaker(request, session, process, actor, at, _speaker(session, process, speaker_id))

    return Depends(opened, scope="function")


ViewedOne = Annotated[OneSpeaker, _one_speaker(Permission.CONTRIBUTION_VIEW)]
DecidedOne = Annotated[OneSpeaker, _one_speaker(Permission.CONTRIBUTION_MODERATE)]


@router.get(SPEAKER)
def speaker(one: ViewedOne) -> Response:
    return one.page({}, {})


@router.post(f"{SPEAKER}/place")
def place(one: DecidedOne, form: FormDep) -> Response:
    typed = Typed(form)
    turn, errors = forms.read_turn(typed), typed.errors
    if not errors:
        try:
            with one.session.begin_nested():
                service.place(one.session, one.hand, one.row, turn)
            return one.saved()
        except DomainError as error:
            errors = {"turn": error.message}
    return one.page(as_typed(form, ("turn",)), errors)


@router.post(f"{SPEAKER}/mark")
def mark(one: DecidedOne, form: FormDep) -> Response:
    typed = Typed(form)
    state = typed.one("state", SpeakerState, SpeakerState.REGISTERED)
    if typed.errors:
        return one.page({}, typed.errors)
    service.mark(one.session, one.hand, one.row, state)
    return one.saved()


@router.post(f"{SPEAKER}/link")
def link(one: DecidedOne, form: FormDep) -> Response:
    transcript, errors = forms.read_transcript(form)
    brief, more = forms.read_brief(form)
    errors |= more
    if not errors:
        try:
            service.link(one.session, one.hand, one.row, transcript, brief)
            return one.saved()
        except service.UnknownBrief as error:
            errors = {"brief": error.message}
    return one.page(as_typed(form, ("transcript", "brief")), errors)
