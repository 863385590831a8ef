"""Batches over HTTP: the board, headers, signatures and closing.

The keying desk is `routes`, the third person's pages are in `settling`.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep
from participation.paper import queries
from participation.paper.custody import due
from participation.paper.desk import context, go, paper_places, published
from participation.paper.intake import boxes, pending
from participation.paper.keying import board, closing, estimate, forms, service
from participation.paper.keying.figures import LEAST, keying_figures
from participation.processes.access import open_process
from participation.processes.models import Profile
from participation.processes.navigation import shows
from participation.processes.queries import OpenProcess, SpecRow
from participation.templating import page
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches"
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Manage = Annotated[OpenProcess, open_process(Permission.BATCH_MANAGE)]


@router.get(BASE)
def list_batches(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: View) -> Response:
    """The board. In a small borough a batch is opened on it, so that a pile takes one screen less."""
    spec_row = published(session, process)
    rows = board.rows(session, spec_row, at)
    summary = board.summary(rows)
    may_open = actor.may(Permission.BATCH_MANAGE, process.organisation.id, process.id)
    more: dict[str, Any] = {
        "rows": rows,
        "names": board.place_names(session, process),
        "summary": summary,
        "left": estimate.time_left(session, spec_row.id, summary["to_key"]),
        "pending": pending.lines(session, spec_row, at) if shows(process, "/bags") else [],
        "paper_is_over": _is_paper_over(session, process, spec_row, summary, at),
        "may_custody": actor.may(Permission.CUSTODY_RECORD, process.organisation.id, process.id),
        "may_open": may_open,
        "actor_id": actor.account_id,
        "opens_here": may_open and process.process.profile is Profile.BOROUGH,
    }
    if more["opens_here"]:
        more |= _header_context(session, process, actor, _usual_header(session, process, at), {})
    else:
        more |= context(process, actor, "/batches", may_key=_may_key(process, actor))
    return page(request, "paper/batches.html", more)


def _is_paper_over(
    session: SessionDep, process: OpenProcess, spec_row: SpecRow, summary: dict[str, int], at: datetime
) -> bool:
    """Whether its paper may be destroyed. It is not asked while a batch is open: nothing is certified before."""
    open_batches = sum(summary[stage.value] for stage in board.Stage if stage is not board.Stage.CLOSED)
    return not open_batches and due(session, process, spec_row).is_over(at.astimezone(process.zone).date())


def _may_key(process: OpenProcess, actor: Actor) -> bool:
    return actor.may(Permission.BATCH_KEY, process.organisation.id, process.id)


def _usual_header(session: SessionDep, process: OpenProcess, at: datetime) -> dict[str, str]:
    numbered = queries.newest_is_numbered(session, published(session, process).id)
    return {"received_on": at.astimezone(process.zone).date().isoformat(), "numbered": "1" if numbered else ""}


@router.get(BASE + "/new")
def new_batch(
    request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Manage, box: str = ""
) -> Response:
    values = _usual_header(session, process, at) | {"box": box}
    return page(request, "paper/batch_new.html", _header_context(session, process, actor, values, {}))


def _header_context(
    session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Errors
) -> Any:
    spec_row = published(session, process)
    places = paper_places(session, process)
    box = boxes.box_to_batch(session, spec_row, values.get("box", ""))
    return context(
        process, actor, "/batches", values=values, errors=errors, places=places, spec=spec_row.spec,
        most=queries.MOST_FORMS, box=box, may_key=_may_key(process, actor),
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
    if text_of(form, "then") != "key" or not _may_key(process, actor):
        return go(request, process, f"/batches/{number}")
    batch = queries.batch_or_404(session, spec_row, number)
    service.start_keying(session, spec_row, batch, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}/key")


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
    typed = {"errors": {}, "reason": "", "reopen_reason": ""}
    return page(request, "paper/batch.html", context(process, actor, "/batches", **typed, **shown))


@router.post(BASE + "/{number:int}/sign")
def sign_gap(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    kind, reason, errors = forms.read_gap(form)
    if errors:
        shown = board.batch_page(session, process, spec_row, batch, actor)
        again = context(process, actor, "/batches", errors=errors, reason=reason, reopen_reason="", **shown)
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
