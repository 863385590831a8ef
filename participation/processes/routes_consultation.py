"""The set-up that only a consultation has: its usual calendar, and the opening of its public page."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep
from participation.i18n import lazy as _
from participation.processes import consultation, queries, words
from participation.processes.access import open_process
from participation.processes.editor import editor_page, onward
from participation.processes.models import ProcessState
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, day_of, text_of

router = APIRouter()
EDIT = "/{locale}/staff/{organisation}/{slug}/edit"
EditedProcess = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]
PublishedBy = Annotated[OpenProcess, open_process(Permission.PROCESS_PUBLISH)]


@router.get(EDIT + "/calendar")
def usual_calendar(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep) -> Response:
    return _calendar_page(request, process, actor, "", {})


@router.post(EDIT + "/calendar")
def lay_out_calendar(
    request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    typed = text_of(form, "notice")
    notice = day_of(typed)
    if notice is None:
        errors: Errors = {"notice": _("Give the day of the public notice.")}
        return _calendar_page(request, process, actor, typed, errors)
    consultation.lay_out_calendar(session, process.process, notice, at=at, by=actor)
    return onward(request, process, "/phases")


def _calendar_page(request: Request, found: OpenProcess, actor: Actor, typed: str, errors: Errors) -> Response:
    context: dict[str, Any] = {"values": {"notice": typed}, "errors": errors}
    return editor_page(request, found, actor, "/phases", "calendar.html", context, status=422 if errors else 200)


@router.post(EDIT + "/open")
def open_page(
    request: Request, process: PublishedBy, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    consultation.publish(session, process.process, at=at, by=actor)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/edit?saved=1", 303)


def overview_context(session: Session, found: OpenProcess) -> dict[str, Any]:
    """Where a consultation's set-up stands: what is missing, its calendar, its places."""
    draft = found.process.state is ProcessState.DRAFT
    return {
        "gaps": consultation.missing_for_publication(session, found.process) if draft else [],
        "phases": queries.phases_of(session, found.id),
        "places": queries.places_of(session, found.id),
        "phase_names": words.PHASES,
        "saved_words": _("Saved") if draft else _("The page is open"),
    }
