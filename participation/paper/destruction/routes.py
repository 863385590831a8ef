"""The destruction of paper over HTTP: one person records it, a second signs, and the certificate is printed."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of
from participation.db import SessionDep
from participation.paper.custody import due
from participation.paper.desk import context, go, paper_places, pdf, published
from participation.paper.destruction import forms, prints, service
from participation.paper.destruction.words import KINDS
from participation.paper.keying.choosing import by_place
from participation.paper.models.destruction import Destruction, PaperKind
from participation.paper.printed import matter_of
from participation.paper.sheets.routes_forms import edition_of
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import page
from participation.typed import Errors, nonce_of

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/destruction"
Custody = Annotated[OpenProcess, open_process(Permission.CUSTODY_RECORD)]


@router.get(BASE)
def show_acts(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Custody) -> Response:
    return _acts(request, session, process, actor, at, None, {})


def _acts(
    request: Request,
    session: Session,
    process: OpenProcess,
    actor: Actor,
    at: AtDep,
    typed: forms.TypedDestruction | None,
    errors: Errors,
) -> Response:
    spec_row = published(session, process)
    acts, standing = service.acts_of(session, spec_row.id), due(session, process, spec_row)
    places = paper_places(session, process)
    left = service.places_left(session, spec_row, [place.code for place in places])
    more: dict[str, Any] = {
        "acts": acts,
        "due": standing,
        "is_over": standing.is_over(at.astimezone(process.zone).date()),
        "kinds": KINDS,
        "proposed": {kind: standing.kept_until(kind) for kind in PaperKind},
        "choice": by_place(service.batches_left(session, spec_row), places),
        "places": [place for place in places if place.code in left],
        "place_names": {place.code: place.name for place in places},
        "names": names_of(session, _people(acts)),
        "today": at.astimezone(process.zone).date(),
        "actor_id": actor.account_id,
        "typed": typed,
        "errors": errors,
    }
    shown = context(process, actor, "/bags", **more)
    return page(request, "paper/destruction.html", shown, status=422 if errors else 200)


def _people(acts: list[Destruction]) -> set[Any]:
    return {who for act in acts for who in (act.first_account_id, act.second_account_id) if who}


@router.post(BASE)
def record(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Custody
) -> Response:
    spec_row, nonce = published(session, process), nonce_of(form)
    if service.is_recorded(session, spec_row, nonce):
        return go(request, process, "/destruction")
    choice = by_place(service.batches_left(session, spec_row), paper_places(session, process))
    standing = due(session, process, spec_row)
    typed, errors = forms.read_destruction(form, choice, standing, at, process.zone)
    if typed.wanted is None:
        return _acts(request, session, process, actor, at, typed, errors)
    service.record(session, process, spec_row, typed.wanted, nonce=nonce, account_id=actor.account_id, at=at)
    return go(request, process, "/destruction")


@router.post(BASE + "/{number:int}/confirm")
def confirm(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Custody
) -> Response:
    spec_row = published(session, process)
    act = service.act_or_404(session, spec_row, number)
    service.confirm(session, spec_row, act, account_id=actor.account_id, at=at)
    return go(request, process, "/destruction")


@router.post(BASE + "/{number:int}/withdraw")
def withdraw(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Custody
) -> Response:
    spec_row = published(session, process)
    act = service.act_or_404(session, spec_row, number)
    service.withdraw(session, spec_row, act, account_id=actor.account_id, at=at)
    return go(request, process, "/destruction")


@router.get(BASE + "/{number:int}/certificate.pdf")
def certificate_pdf(request: Request, number: int, session: SessionDep, process: Custody) -> Response:
    """To be signed by both, and by whoever carried it out; large=1 for 18 points."""
    spec_row = published(session, process)
    act = service.act_or_404(session, spec_row, number)
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    sheet = prints.certificate(matter, act, names_of(session, _people([act])), edition_of(request))
    return pdf(sheet, f"destruction-{number:03d}")
