"""The intake desk over HTTP: accept or set aside, stock, cases. Names are on these pages, choices never."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of
from participation.ballots.acceptance import decide_case, note_verdict, open_cases
from participation.db import SessionDep, end_first_step
from participation.errors import DomainError
from participation.paper.balance import stock_entries, stock_of
from participation.paper.desk import context, go, paper_places, place_coded, published
from participation.paper.intake import (
    envelopes,
    forms,
    routes_bags,
    routes_boxes,
    routes_receipts,
    service,
    stock_figures,
)
from participation.paper.intake.service import Desk
from participation.paper.intake.stock_forms import read_stock
from participation.paper.models.stock import StockKind
from participation.paper.stock import record_stock
from participation.paper.words import SET_ASIDE, STOCK
from participation.processes.access import open_process
from participation.processes.eligibility import young_ages
from participation.processes.queries import OpenProcess
from participation.register import queries as register_queries
from participation.register.models import CaseState, DeclarationState
from participation.templating import page
from participation.typed import Errors, nonce_of, text_of, whole_number

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
Accept = Annotated[OpenProcess, open_process(Permission.DECLARATION_ACCEPT)]
Stock = Annotated[OpenProcess, open_process(Permission.STOCK_RECORD)]
Decide = Annotated[OpenProcess, open_process(Permission.DECLARATION_DECIDE)]


@router.get(STAFF + "/intake")
def choose_place(request: Request, session: SessionDep, actor: ActorDep, process: Accept) -> Response:
    published(session, process)
    places = paper_places(session, process)
    return page(request, "paper/intake.html", context(process, actor, "/intake", places=places))


# Stock comes before the places: `stock` is no place.


@router.get(STAFF + "/intake/stock")
def show_stock(request: Request, session: SessionDep, actor: ActorDep, process: Stock, place: str = "") -> Response:
    shown = _stock_context(session, process, actor, {"place": place}, {})
    return page(request, "paper/stock.html", shown)


def _stock_context(
    session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Errors
) -> dict[str, Any]:
    spec_row = published(session, process)
    places = paper_places(session, process)
    chosen = next((each for each in places if each.code == values.get("place")), None)
    entries = stock_entries(session, spec_row.id, chosen.id) if chosen else []
    return {
        **context(process, actor, "/intake"),
        "places": places,
        "chosen": chosen,
        "values": values,
        "errors": errors,
        "sums": stock_of(session, spec_row.id),
        "entries": entries,
        "equations": stock_figures.equations_of(session, spec_row, chosen) if chosen else [],
        "on_site": stock_figures.printed_on_site(session, spec_row, chosen) if chosen else 0,
        "names": names_of(session, {entry.account_id for entry in entries}),
        "kinds": [(kind, STOCK[kind]) for kind in StockKind],
    }


@router.post(STAFF + "/intake/stock")
def add_stock(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Stock
) -> Response:
    spec_row = published(session, process)
    typed, errors = read_stock(form, paper_places(session, process))
    nonce = nonce_of(form)
    if errors or typed.place is None:
        shown = _stock_context(session, process, actor, dict(typed.values), errors) | {"nonce": nonce}
        return page(request, "paper/stock.html", shown, status=422)
    record_stock(
        session, spec_row, typed.place, typed.kind, typed.amount, nonce=nonce, account_id=actor.account_id, at=at
    )
    return go(request, process, f"/intake/stock?place={typed.place.code}")


# Accepting.


def _desk(request: Request, session: SessionDep, process: OpenProcess, actor: Actor, place: str, bag: str = "") -> Desk:
    """Who works where, and on which bag. NotFound or Conflict where that bag is not to be checked in here."""
    spec_row = published(session, process)
    key = request.app.state.settings.key("intake-state")
    chosen, number = place_coded(paper_places(session, process), place), whole_number(bag)
    hold = request.method == "POST"
    held = envelopes.bag_to_check_in(session, spec_row, chosen, number, hold=hold) if number else None
    return Desk(spec_row, chosen, actor.account_id, key, held)


def _form(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: Actor,
    desk: Desk,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    """The desk's one page: the slip's form, the reasons to set aside, today's figures of the place."""
    shown = {
        "desk": desk,
        "spec": desk.spec_row.spec,
        "values": {},
        "errors": {},
        "first": "",
        "differing": [],
        "earlier": [],
        "figures": _figures(session, desk),
        "tally": envelopes.tally_of(session, desk.bag) if desk.bag else None,
        "reasons": SET_ASIDE,
        "young": young_ages(desk.spec_row.spec.minimum_age),
        **more,
    }
    return page(request, "paper/slip.html", {**context(process, actor, "/intake"), **shown}, status=status)


def _figures(session: SessionDep, desk: Desk) -> dict[str, int]:
    rows = register_queries.declaration_figures(session, desk.spec_row.id)
    return {
        state.value: sum(row.number for row in rows if row.place_id == desk.place.id and row.state is state)
        for state in DeclarationState
    }


@router.get(STAFF + "/intake/{place}")
def slip_form(
    request: Request,
    place: str,
    session: SessionDep,
    actor: ActorDep,
    at: AtDep,
    process: Accept,
    received_date: str = "",
    received_time: str = "",
    bag: str = "",
) -> Response:
    desk = _desk(request, session, process, actor, place, bag)
    day, hour = forms.local_moment(desk.bag.received_at if desk.bag else at, process.zone)
    values = {"received_date": received_date or day.isoformat(), "received_time": received_time or hour}
    return _form(request, session, process, actor, desk, values=values)


@router.post(STAFF + "/intake/{place}")
def accept_slip(
    request: Request, place: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    desk = _desk(request, session, process, actor, place, text_of(form, "bag"))
    keys, nonce = request.app.state.keys, nonce_of(form)
    if token := service.repeated(session, keys, desk, nonce):
        return _outcome(request, process, desk, service.read_answer(desk, token, at), token, form)
    typed, errors = forms.read_declaration(form, desk.spec_row.spec, desk.place, at, process.zone)
    first = text_of(form, "first", 20_000)
    again = {"values": dict(typed.values), "nonce": nonce, "first": first}
    if errors:
        return _form(request, session, process, actor, desk, errors=errors, status=422, **again)
    earlier = service.earlier_typings(desk, first, at)
    if not (typed.checks_itself or typed.read_back or service.agrees(typed, earlier)):
        return _second_typing(request, session, process, actor, desk, typed, earlier, nonce, at)
    try:
        service.note(session, keys, desk, typed, at)
        end_first_step(session)
        answer, token = service.accept(session, keys, desk, typed, nonce=nonce, at=at)
    except DomainError as refused:
        return _form(request, session, process, actor, desk, errors={"": refused.message}, status=422, **again)
    return _outcome(request, process, desk, answer, token, form)


KEPT_BETWEEN_TYPINGS = ("received_date", "received_time", "style", "kind", "slip_code", "second_slip", "loose")
"""What the second typing does not ask again: it compares who somebody is."""


def _second_typing(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: Actor,
    desk: Desk,
    typed: forms.TypedDeclaration,
    earlier: list[dict[str, Any]],
    nonce: str,
    at: Any,
) -> Response:
    """Asks for the slip again, blind. Where two typings differ, it names the fields and shows both."""
    differing = forms.differences(earlier[-1]["identity"], typed.identity) if earlier else []
    kept = {name: typed.values.get(name, "") for name in KEPT_BETWEEN_TYPINGS}
    return _form(
        request, session, process, actor, desk,
        values=kept, nonce=nonce, first=service.first_typing(desk, typed, earlier, at), differing=differing,
        earlier=[*(each["values"] for each in earlier[-1:]), typed.values] if differing else [],
        status=422 if differing else 200,
    )  # fmt: skip


def _outcome(
    request: Request, process: OpenProcess, desk: Desk, answer: service.Answer, token: str, form: FormDep
) -> RedirectResponse:
    moment = "".join(
        f"&{name}={value}" for name in ("received_date", "received_time", "bag") if (value := text_of(form, name, 10))
    )
    return go(request, process, f"/intake/{desk.place.code}/outcome?is={answer.result.value}&o={token}{moment}")


@router.post(STAFF + "/intake/{place}/refuse")
def refuse_slip(
    request: Request, place: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    desk = _desk(request, session, process, actor, place, text_of(form, "bag"))
    keys, nonce = request.app.state.keys, nonce_of(form)
    if token := service.repeated(session, keys, desk, nonce):
        return _outcome(request, process, desk, service.read_answer(desk, token, at), token, form)
    typed, errors = forms.read_refusal(form, desk.spec_row.spec, desk.place, at, process.zone)
    again = {name: text_of(form, name) for name in ("reason", "received_date", "received_time", "slip_code")}
    if errors:
        return _form(request, session, process, actor, desk, values=again, errors=errors, nonce=nonce, status=422)
    try:
        answer, token = service.refuse(session, keys, desk, typed, nonce=nonce, at=at)
    except DomainError as refused:
        errors = {"": refused.message}
        return _form(request, session, process, actor, desk, values=again, errors=errors, nonce=nonce, status=422)
    return _outcome(request, process, desk, answer, token, form)


@router.get(STAFF + "/intake/{place}/outcome")
def show_outcome(
    request: Request,
    place: str,
    session: SessionDep,
    actor: ActorDep,
    at: AtDep,
    process: Accept,
    o: str = "",
    received_date: str = "",
    received_time: str = "",
    bag: str = "",
) -> Response:
    desk = _desk(request, session, process, actor, place)
    moment = {"received_date": received_date[:10], "received_time": received_time[:5], "bag": bag[:7]}
    answer = service.read_answer(desk, o, at)
    more = {"desk": desk, "answer": answer, "moment": moment, "reasons": SET_ASIDE}
    return page(request, "paper/outcome.html", context(process, actor, "/intake", **more))


# Cases.


@router.get(STAFF + "/cases")
def list_cases(request: Request, session: SessionDep, actor: ActorDep, process: Decide) -> Response:
    spec_row = published(session, process)
    more = {
        "cases": open_cases(session, request.app.state.keys, spec_row),
        "spec": spec_row.spec,
        "places": {place.id: place for place in paper_places(session, process)},
    }
    return page(request, "paper/cases.html", context(process, actor, "/cases", **more))


@router.post(STAFF + "/cases/{case_id}")
def decide(
    request: Request,
    case_id: uuid.UUID,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Decide,
) -> Response:
    spec_row = published(session, process)
    same = text_of(form, "verdict") == CaseState.SAME_PERSON
    verdict = CaseState.SAME_PERSON if same else CaseState.TWO_PERSONS  # in doubt they are two persons
    note_verdict(session, spec_row, case_id, actor.account_id, at)
    end_first_step(session)
    seen = text_of(form, "document_seen") == "1"
    keys = request.app.state.keys
    decide_case(session, keys, spec_row, case_id, verdict, actor.account_id, document_seen=seen)
    return go(request, process, "/cases")


for part in (routes_bags, routes_boxes, routes_receipts):
    router.routes.extend(part.router.routes)
