"""Batches read anew, over HTTP: re-opened with a reason before they are cast, recounted by two certifiers after."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of
from participation.db import SessionDep
from participation.paper import queries
from participation.paper.custody import destroyed_batches
from participation.paper.desk import context, go, published
from participation.paper.keying import board, forms, recounts, rounds
from participation.paper.keying.choosing import AtPlace, by_place
from participation.paper.keying.told import told_difference
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, SpecRow, places_of, windows_of
from participation.templating import page
from participation.typed import Errors

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches"
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Manage = Annotated[OpenProcess, open_process(Permission.BATCH_MANAGE)]
Certify = Annotated[OpenProcess, open_process(Permission.COUNT_CERTIFY)]


@router.post(BASE + "/{number:int}/reopen")
def reopen(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    reason, errors = forms.read_reason(form, "reopen_reason")
    if errors:
        shown = board.batch_page(session, process, spec_row, batch, actor)
        again = context(process, actor, "/batches", errors=errors, reason="", reopen_reason=reason, **shown)
        return page(request, "paper/batch.html", again, status=422)
    rounds.reopen(session, spec_row, batch, reason, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")


@router.get(BASE + "/recounts")
def list_recounts(request: Request, session: SessionDep, actor: ActorDep, process: View) -> Response:
    rows, choice = _choice(session, process)
    return _list(request, session, process, actor, rows, choice, forms.TypedRecount(), {})


def _choice(session: Session, process: OpenProcess) -> tuple[list[recounts.RecountRow], list[AtPlace]]:
    """Every recount, and the batches that can be chosen for another."""
    spec_row = published(session, process)
    batches = queries.batches_of(session, spec_row.id)
    rows = recounts.recounts_of(session, spec_row, batches)
    gone = destroyed_batches(session, spec_row.id)
    return rows, by_place(recounts.can_be_chosen(batches, rows, gone), places_of(session, process.id))


def _list(
    request: Request,
    session: Session,
    process: OpenProcess,
    actor: Actor,
    rows: list[recounts.RecountRow],
    choice: list[AtPlace],
    typed: forms.TypedRecount,
    errors: Errors,
) -> Response:
    more: dict[str, Any] = {
        "rows": rows,
        "choice": choice,
        "names": names_of(session, {account for row in rows for account in row.people}),
        "may_certify": actor.may(Permission.COUNT_CERTIFY, process.organisation.id, process.id),
        "actor_id": actor.account_id,
        "typed": typed,
        "errors": errors,
    }
    shown = context(process, actor, "/batches", **more)
    return page(request, "paper/recounts.html", shown, status=422 if errors else 200)


@router.post(BASE + "/recounts")
def ask(request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Certify) -> Response:
    rows, choice = _choice(session, process)
    typed, errors = forms.read_recount(form, choice)
    if errors:
        return _list(request, session, process, actor, rows, choice, typed, errors)
    spec_row = published(session, process)
    number = recounts.ask(session, spec_row, typed.numbers, typed.reason, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/recounts/{number}")


@router.get(BASE + "/recounts/{number:int}")
def show_recount(
    request: Request, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: View
) -> Response:
    row = recounts.recount_or_404(session, published(session, process), number)
    return _one(request, session, process, actor, row, at, {}, {})


def _one(
    request: Request,
    session: Session,
    process: OpenProcess,
    actor: Actor,
    row: recounts.RecountRow,
    at: AtDep,
    typed: dict[str, str],
    errors: Any,
) -> Response:
    spec_row = published(session, process)
    found = recounts.found_in(session, spec_row, row)
    more: dict[str, Any] = {
        "row": row,
        "found": found,
        "done": {each.batch.id: len(each.differences) for each in found},
        "differing": sum(len(each.differences) for each in found),
        "told": _told(session, process, spec_row, actor, found, at),
        "names": names_of(session, row.people),
        "may_certify": actor.may(Permission.COUNT_CERTIFY, process.organisation.id, process.id),
        "actor_id": actor.account_id,
        "typed": {"reason": "", **typed},
        "errors": errors,
    }
    shown = context(process, actor, "/batches", **more)
    return page(request, "paper/recount.html", shown, status=422 if errors else 200)


@router.post(BASE + "/recounts/{number:int}/give-up")
def give_up(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Certify
) -> Response:
    """The first of two certifiers ends a recount that cannot be finished."""
    spec_row = published(session, process)
    row = recounts.recount_or_404(session, spec_row, number)
    reason, errors = forms.read_reason(form)
    if errors:
        return _one(request, session, process, actor, row, at, {"reason": reason}, errors)
    recounts.ask_to_end(session, spec_row, row, reason, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/recounts/{number}")


@router.post(BASE + "/recounts/{number:int}/end")
def end(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Certify
) -> Response:
    """The second of them."""
    spec_row = published(session, process)
    row = recounts.recount_or_404(session, spec_row, number)
    recounts.end(session, spec_row, row, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/recounts/{number}")


def _told(
    session: Session, process: OpenProcess, spec_row: SpecRow, actor: Actor, found: list[recounts.Found], at: AtDep
) -> list[Any] | None:
    """The differences ballot by ballot: for those who settle and certify, and for nobody before intake is closed."""
    seen_by = (Permission.COUNT_CERTIFY, Permission.BATCH_ADJUDICATE)
    if not any(actor.may(each, process.organisation.id, process.id) for each in seen_by):
        return None
    if not windows_of(session, spec_row.id).intake_closed(at):
        return None
    return [told_difference(spec_row, each.batch, one) for each in found for one in each.differences]


@router.post(BASE + "/recounts/{number:int}/confirm")
def confirm(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Certify
) -> Response:
    spec_row = published(session, process)
    row = recounts.recount_or_404(session, spec_row, number)
    recounts.confirm(session, spec_row, row, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/recounts/{number}")


@router.post(BASE + "/recounts/{number:int}/withdraw")
def withdraw(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Certify
) -> Response:
    spec_row = published(session, process)
    row = recounts.recount_or_404(session, spec_row, number)
    recounts.withdraw(session, spec_row, row, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/recounts/{number}")
