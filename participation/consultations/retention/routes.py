"""Retention for staff over HTTP: what will go, when, and after how many months."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation import audit
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations.pages import onward, staff_page
from participation.consultations.retention import queries, service
from participation.db import SessionDep
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.typed import Errors, Typed, as_typed

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/retention"
LONGEST = 120
"""Months."""
MOST = 200
"""Of each part so many are counted for the page; the log has the whole number once they are gone."""
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(DESK)
def desk(request: Request, process: Viewed, session: SessionDep, actor: ActorDep) -> Response:
    return _page(request, process, session, actor, {"months": process.process.contact_months}, {})


@router.post(DESK)
def change(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    typed = Typed(form)
    months = typed.integer("months", 1, LONGEST)
    if typed.errors:
        return _page(request, process, session, actor, as_typed(form, ("months",)), typed.errors)
    service.set_delay(session, Hand(process, actor.account_id, at), months)
    return onward(request, process, "/retention?saved=1")


def _page(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    context = {
        "parts": queries.listed(queries.held(session, process.id, MOST + 1)),
        "most": MOST,
        "erased_on": queries.erased_on(session, process),
        "erasures": audit.list_events(session, process.id, (service.ContactsErased,)),
        "longest": LONGEST,
        "saved": "saved" in request.query_params and not errors,
        "values": values,
        "errors": errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/retention", "retention.html", context, status=status)
