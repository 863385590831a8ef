"""Hearings for staff over HTTP: sessions, who speaks when, registering who calls or comes, reminders, prints."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import words
from participation.consultations.hearings import forms, prints, queries, service
from participation.consultations.hearings.models import HearingSession, Speaker, SpeakerState
from participation.consultations.hearings.routes import pdf_of, sitting_or_404, turn_choices
from participation.consultations.hearings.words import NEEDS, STATES
from participation.consultations.pages import staff_page
from participation.db import SessionDep, new_id
from participation.errors import Conflict, DomainError, NotFound
from participation.i18n import lazy as _
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.register.identity import grouped, normalise_code
from participation.templating import locale_of
from participation.typed import Errors, Typed, nonce_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/hearings"
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]
Decided = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(DESK)
def desk(request: Request, process: Viewed, session: SessionDep, actor: ActorDep) -> Response:
    placed = queries.placed(session, process.id)
    context = {
        "sittings": queries.sittings(session, process.id),
        "waiting": queries.waiting(session, process.id),
        "gone": [each.speaker for each in placed if each.speaker.state is SpeakerState.WITHDRAWN],
        "calls": len(queries.calls(session, process.id)),
        "need_names": NEEDS,
        "reminded": request.query_params.get("reminded", "")[:4],
    }
    return staff_page(request, process, actor, "/hearings", "hearings_desk.html", context)


@router.get(f"{DESK}/new")
def new(request: Request, process: Edited, actor: ActorDep) -> Response:
    return _session_page(request, process, actor, None, {"speak_minutes": 10, "exchange_minutes": 10}, {})


@router.post(f"{DESK}/new")
def add(request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep) -> Response:
    return _set(request, process, session, actor, form, at, None)


@router.get(f"{DESK}/{{number:int}}/edit")
def edit(request: Request, process: Edited, number: int, session: SessionDep, actor: ActorDep) -> Response:
    row = sitting_or_404(session, process, number).row
    return _session_page(request, process, actor, row, forms.session_values(row, process.zone), {})


@router.post(f"{DESK}/{{number:int}}/edit")
def change(
    request: Request, process: Edited, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    return _set(request, process, session, actor, form, at, sitting_or_404(session, process, number).row)


@router.post(f"{DESK}/{{number:int}}/remove")
def remove(
    request: Request, process: Edited, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    hand = service.Hand(process, actor.account_id, at)
    service.remove_session(session, hand, sitting_or_404(session, process, number).row)
    return _to(request, process, "")


def _set(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    form: Any,
    at: Any,
    row: HearingSession | None,
) -> Response:
    draft, errors = forms.read_session(form, process.zone, at)
    if not errors:
        try:
            with session.begin_nested():
                row = service.set_session(session, service.Hand(process, actor.account_id, at), row, draft)
            return _to(request, process, f"/{row.number}")
        except Conflict as error:
            errors = {"ends_at": error.message}
    return _session_page(request, process, actor, row, forms.typed_values(form, forms.SESSION_FIELDS), errors)


def _session_page(
    request: Request,
    process: OpenProcess,
    actor: Actor,
    row: HearingSession | None,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    context = {"values": values, "errors": errors, "number": row.number if row else 0}
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/hearings", "hearings_session.html", context, status=status)


@router.get(f"{DESK}/{{number:int}}")
def one(request: Request, process: Viewed, number: int, session: SessionDep, actor: ActorDep) -> Response:
    context = {
        "sitting": sitting_or_404(session, process, number),
        "need_names": NEEDS,
        "speaker_states": STATES,
    }
    return staff_page(request, process, actor, "/hearings", "hearings_sitting.html", context)


@router.get(f"{DESK}/{{number:int}}/run-sheet.pdf")
def run_sheet(request: Request, process: Viewed, number: int, session: SessionDep, at: AtDep) -> Response:
    sitting, demo = sitting_or_404(session, process, number), request.app.state.settings.demo
    pdf = prints.running_order(process, sitting, locale_of(request), at, private=True, demo=demo)
    return pdf_of(pdf, f"run-sheet-{number}")


@router.get(f"{DESK}/{{number:int}}/name-cards.pdf")
def name_cards(request: Request, process: Viewed, number: int, session: SessionDep, at: AtDep) -> Response:
    sitting, demo = sitting_or_404(session, process, number), request.app.state.settings.demo
    if not sitting.taken:
        raise NotFound(_("Nobody has a turn in this session yet."))
    return pdf_of(prints.name_cards(process, sitting, locale_of(request), at, demo=demo), f"name-cards-{number}")


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
            return _to(request, process, f"/register/{code}")
        except service.TurnTaken as error:
            errors = {"turn": error.message}
        except service.UnknownBrief as error:
            errors = {"brief": error.message}
    values = forms.typed_values(form, forms.SPEAKER_FIELDS)
    return _register_page(request, process, session, actor, at, values, errors)


def _register_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    at: Any,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    locale = locale_of(request)
    context = {
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "turns": turn_choices(queries.sittings(session, process.id), process, at, locale),
        "needs": words.named(NEEDS, locale),
        "languages": words.named(words.LANGUAGES, locale),
        "channels": words.named({each: words.CHANNELS[each] for each in forms.BY_STAFF}, locale),
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


@router.get(f"{DESK}/calls")
def calls(request: Request, process: Recorded, session: SessionDep, actor: ActorDep) -> Response:
    context = {"calls": queries.calls(session, process.id), "need_names": NEEDS}
    return staff_page(request, process, actor, "/hearings/register", "hearings_calls.html", context)


@router.post(f"{DESK}/calls/{{speaker_id:uuid}}")
def called(
    request: Request, process: Recorded, speaker_id: uuid.UUID, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    service.called(session, _speaker(session, process, speaker_id), at)
    return _to(request, process, "/calls")


@router.post(f"{DESK}/remind")
def remind(request: Request, process: Decided, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    number = service.remind(session, process, queries.placed(session, process.id), at)
    return _to(request, process, f"?reminded={number}")


@router.get(f"{DESK}/speakers/{{speaker_id:uuid}}")
def speaker(
    request: Request, process: Viewed, speaker_id: uuid.UUID, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    return _speaker_page(request, process, session, actor, _speaker(session, process, speaker_id), at, {}, {})


@router.post(f"{DESK}/speakers/{{speaker_id:uuid}}/place")
def place(
    request: Request,
    process: Decided,
    speaker_id: uuid.UUID,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    row, typed = _speaker(session, process, speaker_id), Typed(form)
    turn, errors = forms.read_turn(typed), typed.errors
    if not errors:
        try:
            with session.begin_nested():
                service.place(session, service.Hand(process, actor.account_id, at), row, turn)
            return _to(request, process, f"/speakers/{row.id}?saved=1")
        except DomainError as error:
            errors = {"turn": error.message}
    return _speaker_page(request, process, session, actor, row, at, {"turn": typed.raw("turn")}, errors)


@router.post(f"{DESK}/speakers/{{speaker_id:uuid}}/mark")
def mark(
    request: Request,
    process: Decided,
    speaker_id: uuid.UUID,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    row, typed = _speaker(session, process, speaker_id), Typed(form)
    state = typed.one("state", SpeakerState, SpeakerState.REGISTERED)
    if typed.errors:
        return _speaker_page(request, process, session, actor, row, at, {}, typed.errors)
    service.mark(session, service.Hand(process, actor.account_id, at), row, state)
    return _to(request, process, f"/speakers/{row.id}?saved=1")


@router.post(f"{DESK}/speakers/{{speaker_id:uuid}}/link")
def link(
    request: Request,
    process: Decided,
    speaker_id: uuid.UUID,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    row = _speaker(session, process, speaker_id)
    transcript, errors = forms.read_transcript(form)
    brief, more = forms.read_brief(form)
    errors |= more
    if not errors:
        try:
            service.link(session, service.Hand(process, actor.account_id, at), row, transcript, brief)
            return _to(request, process, f"/speakers/{row.id}?saved=1")
        except service.UnknownBrief as error:
            errors = {"brief": error.message}
    values = forms.typed_values(form, ("transcript", "brief"))
    return _speaker_page(request, process, session, actor, row, at, values, errors)


def _speaker(session: Session, process: OpenProcess, speaker_id: uuid.UUID) -> Speaker:
    row = queries.speaker_at(session, process.id, speaker_id)
    if row is None:
        raise NotFound(_("Nobody has registered under this address."))
    return row


def _speaker_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    row: Speaker,
    at: Any,
    typed: dict[str, Any],
    errors: Errors,
) -> Response:
    locale = locale_of(request)
    (found,) = queries.placed(session, process.id, row.id)
    brief = queries.briefs_of(session, [row]).get(row.brief_id) if row.brief_id else None
    context = {
        "placed": found,
        "brief": brief,
        "turns": turn_choices(queries.sittings(session, process.id), process, at, locale),
        "states": words.named(STATES, locale),
        "speaker_states": STATES,
        "need_names": NEEDS,
        "spoken": words.LANGUAGES,
        "values": {"transcript": row.transcript, "brief": brief.shown.reference if brief else "", **typed},
        "errors": errors,
        "saved": "saved" in request.query_params and not errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/hearings", "hearings_speaker.html", context, status=status)


def _to(request: Request, process: OpenProcess, there: str) -> Response:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/hearings{there}", 303)
