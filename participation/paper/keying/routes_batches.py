"""Batches over HTTP: the board, headers, signatures and closing.

The keying desk is `routes_keying`, the third person's pages are `routes_settling`.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.paper import queries
from participation.paper.desk import context, go, paper_places, published
from participation.paper.intake import boxes
from participation.paper.keying import board, closing, forms, service
from participation.paper.keying.figures import LEAST, keying_figures
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import page
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches"
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Manage = Annotated[OpenProcess, open_process(Permission.BATCH_MANAGE)]


@router.get(BASE)
def list_batches(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: View) -> Response:
    rows = board.rows(session, published(session, process), at)
    more: dict[str, Any] = {
        "rows": rows,
        "places": board.place_names(session, process),
        "summary": board.summary(rows),
        "may_open": actor.may(Permission.BATCH_MANAGE, process.organisation.id, process.id),
    }
    return page(request, "paper/batches.html", context(process, actor, "/batches", **more))


@router.get(BASE + "/new")
def new_batch(
    request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Manage, box: str = ""
) -> Response:
    numbered = queries.newest_is_numbered(session, published(session, process).id)
    values = {"received_on": at.astimezone(process.zone).date().isoformat(), "numbered": "1" if numbered else ""}
    return page(request, "paper/batch_new.html", _header_context(session, process, actor, values | {"box": box}, {}))


def _header_context(
    session: SessionDep, process: OpenProcess, actor: ActorDep, values: dict[str, str], errors: Errors
) -> Any:
    spec_row = published(session, process)
    places = paper_places(session, process)
    box = boxes.box_to_batch(session, spec_row, values.get("box", ""))
    return context(
        process, actor, "/batches", values=values, errors=errors, places=places, spec=spec_row.spec,
        most=queries.MOST_FORMS, box=box,
    )  # fmt: skip


@router.post(BASE)
def open_batch(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    box = boxes.box_to_batch(session, spec_row, text_of(form, "box"))
    typed, errors = forms.read_header(form, spec_row.spec, paper_places(session, process), at, process.zone, box)
    nonce = nonce_of(form)
    if typed.header is None:
        shown = {**_header_context(session, process, actor, dict(typed.values), errors), "nonce": nonce}
        return page(request, "paper/batch_new.html", shown, status=422)
    number = service.open_batch(session, spec_row, typed.header, nonce=nonce, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")


@router.get(BASE + "/figures")
def figures(request: Request, session: SessionDep, actor: ActorDep, process: View) -> Response:
    """Seconds per ballot and disagreements, by form version and by project: nothing about a person."""
    spec_row = published(session, process)
    more = {"figures": keying_figures(session, spec_row), "spec": spec_row.spec, "least": LEAST}
    return page(request, "paper/keying_figures.html", context(process, actor, "/batches", **more))


@router.get(BASE + "/{number:int}")
def show_batch(request: Request, number: int, session: SessionDep, actor: ActorDep, process: View) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    shown = board.batch_page(session, process, spec_row, batch, actor)
    return page(request, "paper/batch.html", context(process, actor, "/batches", errors={}, reason="", **shown))


@router.post(BASE + "/{number:int}/sign")
def sign_gap(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    kind, reason, errors = forms.read_gap(form)
    if errors:
        shown = board.batch_page(session, process, spec_row, batch, actor)
        again = context(process, actor, "/batches", errors=errors, reason=reason, **shown)
        return page(request, "paper/batch.html", again, status=422)
    closing.sign_gap(session, spec_row, batch, kind, reason, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")


@router.post(BASE + "/{number:int}/close")
def close_batch(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    closing.close_batch(
        session, request.app.state.keys, spec_row, batch, zone=process.zone, account_id=actor.account_id, at=at
    )
    return go(request, process, f"/batches/{number}")
