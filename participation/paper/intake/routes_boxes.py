"""Boxes over HTTP: made, filled, merged, opened by two people who checked in nothing that is inside."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of
from participation.db import SessionDep
from participation.errors import DomainError
from participation.paper.desk import context, go, paper_places, pdf, place_of, published
from participation.paper.intake import bag_forms, box_acts, boxes, prints
from participation.paper.intake.boxes import BoxView
from participation.paper.models.custody import BoxState
from participation.paper.printed import Edition, matter_of
from participation.paper.queries import batches_of
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, SpecRow
from participation.templating import locale_of, page
from participation.typed import Errors, nonce_of, text_of, whole_number

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/boxes"
Custody = Annotated[OpenProcess, open_process(Permission.CUSTODY_RECORD)]


@router.get(BASE + "/new")
def new_box(request: Request, session: SessionDep, actor: ActorDep, process: Custody, place: str = "") -> Response:
    return page(request, "paper/boxes_new.html", _new_context(session, process, actor, {"place": place}, {}))


def _new_context(
    session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Errors
) -> dict[str, Any]:
    spec = published(session, process).spec
    places = paper_places(session, process)
    return dict(context(process, actor, "/bags", places=places, spec=spec, values=values, errors=errors))


@router.post(BASE)
def make_box(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Custody
) -> Response:
    spec_row, nonce = published(session, process), nonce_of(form)
    values, place, style, errors = bag_forms.read_box(form, spec_row.spec, paper_places(session, process))
    if errors or place is None:
        shown = _new_context(session, process, actor, dict(values), errors) | {"nonce": nonce}
        return page(request, "paper/boxes_new.html", shown, status=422)
    number = box_acts.make_box(session, spec_row, place, style, nonce=nonce, account_id=actor.account_id, at=at)
    return go(request, process, f"/boxes/{number}")


@router.get(BASE + "/{number:int}")
def show_box(request: Request, number: int, session: SessionDep, actor: ActorDep, process: Custody) -> Response:
    spec_row = published(session, process)
    return _box_page(request, session, process, actor, spec_row, boxes.box_or_404(session, spec_row, number))


def _box_page(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: Actor,
    spec_row: SpecRow,
    box: BoxView,
    *,
    errors: Errors | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    others = boxes.boxes_of(session, spec_row)
    people = {signer for signer, _reason in box.exceptions}
    people |= {who for who in (box.opening.first, box.opening.second) if who} if box.opening else set()
    shown: dict[str, Any] = {
        "box": box,
        "place": place_of(session, process, box.row.place_id),
        "spec": spec_row.spec,
        "filling": box.row.state is BoxState.FILLING,
        "obstacle": boxes.obstacle(box, others),
        "partners": boxes.partners(box, others),
        "knows_names": actor.account_id in boxes.names_known_to(session, spec_row, box),
        "batches": [batch for batch in batches_of(session, spec_row.id)[::-1] if batch.box_id == box.row.id],
        "may_open_batch": actor.may(Permission.BATCH_MANAGE, process.organisation.id, process.id),
        "names": names_of(session, people),
        "fewest": boxes.FEWEST,
        "errors": errors or {},
        "values": values or {},
        **more,
    }
    return page(request, "paper/boxes_box.html", context(process, actor, "/bags", **shown), status=status)


@router.post(BASE + "/{number:int}/put")
def put_into_box(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    spec_row, nonce = published(session, process), nonce_of(form)
    box = boxes.box_or_404(session, spec_row, number)
    errors: Errors = {}
    amount = bag_forms.read_amount(form, errors)
    if not errors:
        try:
            box_acts.put(session, spec_row, box, amount, nonce=nonce, account_id=actor.account_id, at=at)
            return go(request, process, f"/boxes/{number}")
        except DomainError as refused:
            errors["amount"] = refused.message
    values = {"amount": text_of(form, "amount")}
    return _box_page(
        request, session, process, actor, spec_row, box, errors=errors, values=values, status=422, nonce=nonce
    )


@router.post(BASE + "/{number:int}/merge")
def merge_box(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    """Answers with the page of the box into which everything went."""
    spec_row = published(session, process)
    box = boxes.box_or_404(session, spec_row, number)
    into = boxes.box_or_404(session, spec_row, whole_number(text_of(form, "into")) or 0)
    box_acts.merge(session, spec_row, box, into, account_id=actor.account_id, at=at)
    return go(request, process, f"/boxes/{into.row.number}")


@router.post(BASE + "/{number:int}/except")
def sign_exception(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    spec_row = published(session, process)
    box = boxes.box_or_404(session, spec_row, number)
    errors: Errors = {}
    reason = bag_forms.read_reason(form, errors)
    if errors:
        values = {"reason": reason}
        return _box_page(request, session, process, actor, spec_row, box, errors=errors, values=values, status=422)
    box_acts.sign_exception(session, spec_row, box, reason, account_id=actor.account_id, at=at)
    return go(request, process, f"/boxes/{number}")


@router.post(BASE + "/{number:int}/open")
def open_box(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    spec_row = published(session, process)
    box = boxes.box_or_404(session, spec_row, number)
    errors: Errors = {}
    found = bag_forms.read_found(form, errors, envelopes=box.envelopes)
    if errors:
        names = ("inner_opened", "empty", "extra", "ballots")
        values = {name: text_of(form, name) for name in names}
        return _box_page(request, session, process, actor, spec_row, box, errors=errors, values=values, status=422)
    box_acts.open_box(session, spec_row, box, found, account_id=actor.account_id, at=at)
    return go(request, process, f"/boxes/{number}")


@router.post(BASE + "/{number:int}/agree")
def agree(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Custody,
) -> Response:
    """The second person's own count of the ballots."""
    spec_row = published(session, process)
    box = boxes.box_or_404(session, spec_row, number)
    place = place_of(session, process, box.row.place_id)
    errors: Errors = {}
    ballots = bag_forms.read_count(form, "ballots", errors)
    if not errors:
        try:
            box_acts.agree(session, spec_row, box, place, ballots, account_id=actor.account_id, at=at)
            return go(request, process, f"/boxes/{number}")
        except DomainError as refused:
            errors["ballots"] = refused.message
    values = {"ballots": text_of(form, "ballots")}
    return _box_page(request, session, process, actor, spec_row, box, errors=errors, values=values, status=422)


@router.get(BASE + "/{number:int}/header.pdf")
def header_pdf(request: Request, number: int, session: SessionDep, process: Custody) -> Response:
    """What hangs on the box; large=1 for 18 points."""
    spec_row = published(session, process)
    box = boxes.box_or_404(session, spec_row, number)
    people = {who for who in (box.opening.first, box.opening.second) if who} if box.opening else set()
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    edition = Edition(locale_of(request), large=request.query_params.get("large") == "1")
    return pdf(prints.box_header(matter, box, names_of(session, people), edition), f"box-{number:03d}")
