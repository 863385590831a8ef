"""Batches over HTTP: the board, headers, two keyings, and closing. The third person's pages are `routes_settling`."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.paper import board, closing, forms, queries, service
from participation.paper.desk import context, go, new_nonce, paper_places, published
from participation.paper.keying_page import KeyingPage, keying_page
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import fragment, page, wants_fragment

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches"
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Manage = Annotated[OpenProcess, open_process(Permission.BATCH_MANAGE)]
Key = Annotated[OpenProcess, open_process(Permission.BATCH_KEY)]


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
def new_batch(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Manage) -> Response:
    numbered = queries.newest_is_numbered(session, published(session, process).id)
    values = {"received_on": at.astimezone(process.zone).date().isoformat(), "numbered": "1" if numbered else ""}
    return page(request, "paper/batch_new.html", _header_context(session, process, actor, values, {}))


def _header_context(
    session: SessionDep, process: OpenProcess, actor: ActorDep, values: dict[str, str], errors: forms.Errors
) -> Any:
    spec_row = published(session, process)
    places = paper_places(session, process)
    return context(
        process, actor, "/batches", values=values, errors=errors, places=places, spec=spec_row.spec,
        most=service.MOST_FORMS,
    )  # fmt: skip


@router.post(BASE)
def open_batch(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    typed, errors = forms.read_header(form, spec_row.spec, paper_places(session, process), at, process.zone)
    nonce = forms.nonce_of(form)
    if typed.header is None:
        shown = {**_header_context(session, process, actor, dict(typed.values), errors), "nonce": nonce}
        return page(request, "paper/batch_new.html", shown, status=422)
    number = service.open_batch(session, spec_row, typed.header, nonce=nonce, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")


@router.get(BASE + "/{number:int}")
def show_batch(request: Request, number: int, session: SessionDep, actor: ActorDep, process: View) -> Response:
    spec_row = published(session, process)
    batch = service.batch_or_404(session, spec_row, number)
    shown = board.batch_page(session, process, spec_row, batch, actor)
    return page(request, "paper/batch.html", context(process, actor, "/batches", errors={}, reason="", **shown))


@router.post(BASE + "/{number:int}/start")
def start_keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    batch = service.batch_or_404(session, spec_row, number)
    service.start_keying(session, spec_row, batch, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}/key")


@router.get(BASE + "/{number:int}/key")
def keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, process: Key, position: int = 0
) -> Response:
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id)
    shown = keying_page(session, spec_row, mine, position)
    return page(request, "paper/keying.html", context(process, actor, "/batches", shown=shown))


@router.post(BASE + "/{number:int}/key")
def key_form(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, process: Key
) -> Response:
    """Saves one form. A handful of queries: this is called once per form and clerk."""
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id, hold=True)
    questions = spec_row.spec.questions_of(mine.style)
    typed, errors = forms.read_keying(form, questions, numbered=mine.numbered)
    if errors:
        return _form(request, process, actor, KeyingPage.again(mine, questions, typed, errors), 422)
    if typed.reading is not None:
        try:
            service.key_form(
                session, mine, typed.position, typed.reading,
                nonce=typed.nonce, replaces=typed.replaces, seconds=typed.seconds,
            )  # fmt: skip
        except service.AlreadyKeyed as held:
            return _form(request, process, actor, KeyingPage.held(mine, questions, held.form), 409)
    if wants_fragment(request):
        return _form(request, process, actor, KeyingPage.after(session, mine, questions, typed), 200)
    return go(request, process, f"/batches/{number}/key?position={typed.next_position}")


def _form(request: Request, process: OpenProcess, actor: ActorDep, shown: KeyingPage, status: int) -> Response:
    if wants_fragment(request):
        part = {"shown": shown, "base": process.staff_path, "nonce": new_nonce()}
        return fragment(request, "paper/_keying.html", part, status=status)
    return page(request, "paper/keying.html", context(process, actor, "/batches", shown=shown), status=status)


@router.post(BASE + "/{number:int}/finish")
def finish_keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    mine = queries.my_pass(session, spec_row.id, number, actor.account_id)
    if mine is None or mine.finished_at is None:
        mine = service.my_open_pass(session, spec_row, number, actor.account_id)
        service.finish_keying(session, spec_row, mine, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")


@router.post(BASE + "/{number:int}/resume")
def resume_keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    batch = service.batch_or_404(session, spec_row, number)
    service.resume_keying(session, spec_row, batch, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}/key")


@router.post(BASE + "/{number:int}/sign")
def sign_gap(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Manage
) -> Response:
    spec_row = published(session, process)
    batch = service.batch_or_404(session, spec_row, number)
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
    batch = service.batch_or_404(session, spec_row, number)
    closing.close_batch(
        session, request.app.state.keys, spec_row, batch, zone=process.zone, account_id=actor.account_id, at=at
    )
    return go(request, process, f"/batches/{number}")
