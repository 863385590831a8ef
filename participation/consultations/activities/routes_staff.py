"""Activities for staff over HTTP: their list, one of them to plan, and how many came."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import words
from participation.consultations.activities import forms, queries, service
from participation.consultations.activities.models import Activity, ActivityKind
from participation.consultations.activities.words import HOW_COUNTED, KINDS
from participation.consultations.pages import onward, staff_page
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess, phases_of
from participation.templating import locale_of
from participation.typed import Errors, as_typed

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/activities"
ONE = f"{DESK}/{{number:int}}"
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(DESK)
def desk(request: Request, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    phases = phases_of(session, process.id)
    rows = queries.activities_of(session, process.id)
    context = {
        "calendar": queries.calendar_of(session, process.id, at),
        "outside": {row.number for row in rows if queries.is_outside(row, phases)},
        "kinds": KINDS,
        "how_counted": HOW_COUNTED,
    }
    return staff_page(request, process, actor, "/activities", "activities_desk.html", context)


@router.get(f"{DESK}/new")
def new(request: Request, process: Edited, session: SessionDep, actor: ActorDep) -> Response:
    values = {"kind": ActivityKind.KIOSK, "languages": ["fr"]}
    return _plan_page(request, process, actor, None, values, {})


@router.post(f"{DESK}/new")
def add(request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep) -> Response:
    return _plan(request, process, session, actor, form, at, None)


@router.get(f"{ONE}/edit")
def edit(request: Request, process: Edited, number: int, session: SessionDep, actor: ActorDep) -> Response:
    row = _row_or_404(session, process, number)
    return _plan_page(request, process, actor, row, forms.activity_values(row, process.zone), {})


@router.post(f"{ONE}/edit")
def change(
    request: Request, process: Edited, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    return _plan(request, process, session, actor, form, at, _row_or_404(session, process, number))


@router.post(f"{ONE}/remove")
def remove(
    request: Request, process: Edited, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.remove(session, Hand(process, actor.account_id, at), _row_or_404(session, process, number))
    return onward(request, process, "/activities")


@router.get(ONE)
def one(request: Request, process: Recorded, number: int, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    row = _row_or_404(session, process, number)
    return _one_page(request, process, session, actor, row, at, forms.attendance_values(row), {})


@router.post(ONE)
def note(
    request: Request, process: Recorded, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = _row_or_404(session, process, number)
    service.require_begun(row, at)
    attendance, errors = forms.read_attendance(form, at.astimezone(process.zone).date())
    if errors:
        values = as_typed(form, forms.ATTENDANCE_FIELDS)
        return _one_page(request, process, session, actor, row, at, values, errors)
    service.note_attendance(session, Hand(process, actor.account_id, at), row, attendance)
    return onward(request, process, "/activities")


def _row_or_404(session: Session, process: OpenProcess, number: int) -> Activity:
    row = queries.by_number(session, process.id, number)
    if row is None:
        raise NotFound(_("There is no activity with this number."))
    return row


def _plan(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    form: FormData,
    at: datetime,
    row: Activity | None,
) -> Response:
    draft, errors = forms.read_activity(form, process.zone, at)
    if not errors:
        try:
            row = service.plan(session, Hand(process, actor.account_id, at), row, draft)
            return onward(request, process, f"/activities/{row.number}")
        except Conflict as error:
            errors = {"cancelled": error.message}
    return _plan_page(request, process, actor, row, forms.activity_as_typed(form), errors)


def _plan_page(
    request: Request,
    process: OpenProcess,
    actor: Actor,
    row: Activity | None,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    locale = locale_of(request)
    context = {
        "values": values,
        "errors": errors,
        "number": row.number if row else 0,
        "kinds": words.named(KINDS, locale),
        "languages": words.named({code: words.LANGUAGES[code] for code in forms.SPOKEN}, locale),
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/activities", "activity_edit.html", context, status=status)


def _one_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    row: Activity,
    at: datetime,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    context = {
        "row": row,
        "values": values,
        "errors": errors,
        "begun": queries.has_begun(row, at),
        "collected": queries.collected_at(session, row),
        "outside": queries.is_outside(row, phases_of(session, process.id)),
        "kinds": KINDS,
        "spoken": words.LANGUAGES,
        "ways": words.named(HOW_COUNTED, locale_of(request)),
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/activities", "activity.html", context, status=status)
