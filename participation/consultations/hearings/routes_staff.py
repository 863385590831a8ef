"""Hearings for staff over HTTP: the desk, its sessions, what is printed for them."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations.hearings import forms, prints, queries, service
from participation.consultations.hearings.models import HearingSession, SpeakerState
from participation.consultations.hearings.routes import pdf_of, sitting_or_404
from participation.consultations.hearings.words import NEEDS, STATES
from participation.consultations.pages import onward, staff_page
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, as_typed

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/hearings"
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]
Prepared = Annotated[OpenProcess, open_process(Permission.NEED_VIEW)]


@router.get(DESK)
def desk(request: Request, process: Viewed, session: SessionDep, actor: ActorDep) -> Response:
    placed = queries.placed(session, process.id)
    context = {
        "sittings": queries.sittings(session, process.id),
        "waiting": queries.waiting(session, process.id),
        "gone": [each.speaker for each in placed if each.speaker.state is SpeakerState.WITHDRAWN],
        "need_names": NEEDS,
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
    hand = Hand(process, actor.account_id, at)
    service.remove_session(session, hand, sitting_or_404(session, process, number).row)
    return onward(request, process, "/hearings")


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
                row = service.set_session(session, Hand(process, actor.account_id, at), row, draft)
            return onward(request, process, f"/hearings/{row.number}")
        except Conflict as error:
            errors = {"ends_at": error.message}
    return _session_page(request, process, actor, row, as_typed(form, forms.SESSION_FIELDS), errors)


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
def run_sheet(request: Request, process: Prepared, number: int, session: SessionDep, at: AtDep) -> Response:
    sitting, demo = sitting_or_404(session, process, number), request.app.state.settings.demo
    pdf = prints.running_order(process, sitting, locale_of(request), at, private=True, demo=demo)
    return pdf_of(pdf, f"run-sheet-{number}")


@router.get(f"{DESK}/{{number:int}}/name-cards.pdf")
def name_cards(request: Request, process: Viewed, number: int, session: SessionDep, at: AtDep) -> Response:
    sitting, demo = sitting_or_404(session, process, number), request.app.state.settings.demo
    if not sitting.taken:
        raise NotFound(_("Nobody has a turn in this session yet."))
    return pdf_of(prints.name_cards(process, sitting, locale_of(request), at, demo=demo), f"name-cards-{number}")
