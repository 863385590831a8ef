"""Reminders for staff over HTTP: what was told and what will be, how early, and the call list."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations.hearings.words import NEEDS
from participation.consultations.pages import onward, staff_page
from participation.consultations.reminders import plan, queries, service
from participation.consultations.reminders.models import ReminderKind
from participation.consultations.reminders.words import KINDS, MAIL_STATES, MAIL_TONES
from participation.db import SessionDep
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.typed import Errors, Typed, as_typed, text_of

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
DESK = f"{STAFF}/reminders"
CALLS = f"{STAFF}/hearings/calls"
FIELDS = ("turn_days", "brief_days", "due_days")
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Decided = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]
Called = Annotated[OpenProcess, open_process(Permission.NEED_VIEW)]


@router.get(DESK)
def desk(request: Request, process: Viewed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    settings = plan.settings_of(session, process.id)
    values = {name: getattr(settings, name) for name in FIELDS}
    return _page(request, process, session, actor, at, values, {})


@router.post(DESK)
def change(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    typed = Typed(form)
    draft = service.SettingsDraft(*(typed.integer(name, 0, 30) for name in FIELDS))
    if typed.errors:
        return _page(request, process, session, actor, at, as_typed(form, FIELDS), typed.errors)
    service.save_settings(session, Hand(process, actor.account_id, at), draft)
    return onward(request, process, "/reminders?saved=1")


@router.post(f"{DESK}/turns")
def tell_turns(request: Request, process: Decided, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    number = service.tell_turns_now(session, request.app.state.settings, process, at)
    return onward(request, process, f"/reminders?told={number}")


def _page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    at: Any,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    told = request.query_params.get("told", "")
    context = {
        "waiting": queries.waiting(session, process, at),
        "told_rows": queries.newest(session, process.id),
        "to_call": sum(each.called is None for each in queries.calls(session, process, at)),
        "kinds": KINDS,
        "mail_states": MAIL_STATES,
        "mail_tones": MAIL_TONES,
        "sends_mail": request.app.state.settings.sends_mail,
        "to_bodies": service.TO_BODIES,
        "at": at,
        "told": int(told) if told.isdecimal() and len(told) < 6 else None,
        "saved": "saved" in request.query_params and not errors,
        "values": values,
        "errors": errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/reminders", "reminders.html", context, status=status)


@router.get(CALLS)
def calls(request: Request, process: Called, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    context = {
        "calls": queries.calls(session, process, at),
        "need_names": NEEDS,
        "kinds": KINDS,
        "turn": ReminderKind.TURN,
        "at": at,
    }
    return staff_page(request, process, actor, "/hearings/calls", "hearings_calls.html", context)


@router.post(CALLS)
def called(
    request: Request, process: Called, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """Somebody was called, or that was marked by mistake."""
    hand, key = Hand(process, actor.account_id, at), text_of(form, "key", 200)
    if text_of(form, "act") == "undo":
        service.undo_call(session, hand, key)
    else:
        service.call(session, hand, key)
    return onward(request, process, "/hearings/calls")
