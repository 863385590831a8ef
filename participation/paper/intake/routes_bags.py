"""Bags over HTTP: received by two people, checked in, their inner envelopes put into boxes unopened."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of
from participation.db import SessionDep
from participation.errors import DomainError
from participation.paper.desk import context, go, paper_places, pdf, place_of, published
from participation.paper.intake import bag_forms, box_acts, boxes, envelopes, forms, prints
from participation.paper.intake.envelopes import BagRow
from participation.paper.printed import Edition, matter_of
from participation.processes.access import open_process
from participation.processes.models import Place, PlaceKind
from participation.processes.queries import OpenProcess, SpecRow, windows_of
from participation.templating import locale_of, page
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/bags"
Custody = Annotated[OpenProcess, open_process(Permission.CUSTODY_RECORD)]
Accept = Annotated[OpenProcess, open_process(Permission.DECLARATION_ACCEPT)]


@router.get(BASE)
def list_bags(request: Request, session: SessionDep, actor: ActorDep, process: Custody) -> Response:
    """Bags and boxes side by side: what waits for whom."""
    spec_row = published(session, process)
    places = paper_places(session, process)
    shown: dict[str, Any] = {
        "bags": envelopes.bags_of(session, spec_row.id),
        "tallies": envelopes.tallies_of(session, spec_row.id),
        "boxes": boxes.boxes_of(session, spec_row),
        "places": {place.id: place for place in places},
        "receives": any(place.kind is PlaceKind.ENVELOPE for place in places),
        "spec": spec_row.spec,
    }
    return page(request, "paper/envelopes.html", context(process, actor, "/bags", **shown))


@router.get(BASE + "/new")
def new_bag(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Custody) -> Response:
    day, hour = forms.local_moment(at, process.zone)
    values = {"received_date": day.isoformat(), "received_time": hour}
    return page(request, "paper/envelopes_new.html", _new_context(session, process, actor, values, {}))


def _new_context(
    session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Errors
) -> dict[str, Any]:
    published(session, process)
    places = _envelope_places(session, process)
    return dict(context(process, actor, "/bags", places=places, values=values, errors=errors))


def _envelope_places(session: SessionDep, process: OpenProcess) -> list[Place]:
    return [place for place in paper_places(session, process) if place.kind is PlaceKind.ENVELOPE]


@router.post(BASE)
def receive_bag(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Custody
) -> Response:
    spec_row, nonce = published(session, process), nonce_of(form)
    places = _envelope_places(session, process)
    values, arrival, errors = bag_forms.read_arrival(form, places, at, process.zone)
    if arrival is None:
        shown = _new_context(session, process, actor, dict(values), errors) | {"nonce": nonce}
        return page(request, "paper/envelopes_new.html", shown, status=422)
    number = envelopes.receive_bag(session, spec_row, arrival, nonce=nonce, account_id=actor.account_id, at=at)
    return go(request, process, f"/bags/{number}")


# One bag.


@router.get(BASE + "/{number:int}")
def show_bag(
    request: Request, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: Custody
) -> Response:
    spec_row = published(session, process)
    bag = envelopes.bag_or_404(session, spec_row, number)
    return _bag_page(request, session, process, actor, spec_row, bag, at)


def _bag_page(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: Actor,
    spec_row: SpecRow,
    bag: BagRow,
    at: datetime,
    *,
    errors: Errors | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    tally = envelopes.tally_of(session, bag)
    place = place_of(session, process, bag.place_id)
    every_box = boxes.boxes_of(session, spec_row)
    late = not windows_of(session, spec_row.id).open_for(place.channel, bag.received_at)
    people = {who for who in (bag.received_by, bag.witnessed_by, bag.checked_by) if who}
    shown: dict[str, Any] = {
        "bag": bag,
        "tally": tally,
        "place": place,
        "spec": spec_row.spec,
        "choices": {style: boxes.boxes_for(every_box, place.id, style) for style in tally.accepted},
        "late": late and bag.checked_at is None,
        "names": names_of(session, people),
        "may_check_in": actor.may(Permission.DECLARATION_ACCEPT, process.organisation.id, process.id),
        "checked_here": actor.account_id in envelopes.checkers(session, place.id, bag.number),
        "errors": errors or {},
        "values": values or {},
    }
    return page(request, "paper/envelopes_bag.html", context(process, actor, "/bags", **shown), status=status)


@router.post(BASE + "/{number:int}/witness")
def witness_bag(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    """The second person's count, or the first one's put right."""
    spec_row = published(session, process)
    bag = envelopes.bag_or_404(session, spec_row, number)
    errors: Errors = {}
    counted = bag_forms.read_count(form, "counted", errors, most=envelopes.MOST_ENVELOPES)
    sign = envelopes.recount_bag if actor.account_id == bag.received_by else envelopes.witness_bag
    if not errors:
        try:
            sign(session, spec_row, bag, counted, account_id=actor.account_id, at=at)
            return go(request, process, f"/bags/{number}")
        except DomainError as refused:
            errors["counted"] = refused.message
    values = {"counted": text_of(form, "counted")}
    return _bag_page(
        request, session, process, actor, spec_row, bag, at, errors=errors, values=values, status=422
    )  # fmt: skip


@router.post(BASE + "/{number:int}/fold")
def fold_loose(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    spec_row = published(session, process)
    bag = envelopes.bag_or_404(session, spec_row, number)
    envelopes.fold_loose(session, spec_row, bag, account_id=actor.account_id, at=at)
    return go(request, process, f"/bags/{number}")


@router.post(BASE + "/{number:int}/finish")
def finish_bag(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Accept,
) -> Response:
    """Every envelope is checked in; the accepted ones' inner envelopes go into the boxes that were chosen."""
    spec_row, nonce = published(session, process), nonce_of(form)
    bag = envelopes.bag_or_404(session, spec_row, number)
    reason = text_of(form, "reason", 500)
    try:
        with session.begin_nested():
            tally = envelopes.finish_bag(session, spec_row, bag, reason, account_id=actor.account_id, at=at)
            _fill_boxes(session, process, spec_row, bag, tally, form, nonce, actor, at)
    except DomainError as refused:
        values = {"reason": reason}
        return _bag_page(
            request, session, process, actor, spec_row, bag, at,
            errors={"reason": refused.message}, values=values, status=refused.status,
        )  # fmt: skip
    return go(request, process, f"/bags/{number}")


def _fill_boxes(
    session: SessionDep,
    process: OpenProcess,
    spec_row: SpecRow,
    bag: BagRow,
    tally: envelopes.Tally,
    form: FormDep,
    nonce: str,
    actor: Actor,
    at: datetime,
) -> None:
    place = place_of(session, process, bag.place_id)
    for style, number in bag_forms.read_boxes(form, tally.accepted).items():
        box_acts.put_from_bag(
            session, spec_row, place, style, tally.accepted[style], bag.number, number,
            nonce=nonce, account_id=actor.account_id, at=at,
        )  # fmt: skip


@router.post(BASE + "/{number:int}/late")
def set_aside_late(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Accept,
) -> Response:
    """The whole bag came after the last hour: every envelope of it stays unopened, and is published as late."""
    spec_row = published(session, process)
    bag = envelopes.bag_or_404(session, spec_row, number)
    place = place_of(session, process, bag.place_id)
    envelopes.set_aside_late(session, request.app.state.keys, spec_row, place, bag, account_id=actor.account_id, at=at)
    return go(request, process, f"/bags/{number}")


@router.get(BASE + "/{number:int}/receipt.pdf")
def receipt_pdf(request: Request, number: int, session: SessionDep, process: Custody) -> Response:
    """For whoever delivered the bag; large=1 for 18 points."""
    spec_row = published(session, process)
    bag = envelopes.bag_or_404(session, spec_row, number)
    names = names_of(session, {who for who in (bag.received_by, bag.witnessed_by) if who})
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    edition = Edition(locale_of(request), large=request.query_params.get("large") == "1")
    return pdf(prints.bag_receipt(matter, bag, names, edition), f"bag-{number:03d}")
