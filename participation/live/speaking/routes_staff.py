"""The speaking queue for staff: the desk of the facilitator with the clock, the rules, slips keyed by a helper."""

import secrets
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.routing import WebSocketRoute

from participation.accounts.access import FormDep
from participation.accounts.permissions import Permission
from participation.db import new_id
from participation.errors import Conflict
from participation.live.desks import Desk, keeping, leading
from participation.live.models import WallView
from participation.live.routes import fragment
from participation.live.routes_staff import MEETING, finder
from participation.live.service import show_on_wall
from participation.live.sockets import Door, View
from participation.live.speaking import forms, queries, service
from participation.live.speaking.models import TurnState
from participation.live.speaking.words import ALTERNATIONS, ORDERS, SIDES
from participation.processes.words import choices
from participation.templating import locale_of
from participation.typed import Errors, as_typed

router = APIRouter()
DESK = f"{MEETING}/queue"
SEED_DIGITS = 12


class Queue(Desk):
    """Somebody of the staff at the speaking queue of a meeting."""

    __slots__ = ()
    place = "queue"
    view = View.SPEAKING_DESK


def _running(leader: Annotated[tuple[Any, ...], Depends(leading, scope="function")]) -> Queue:
    return Queue(*leader)


def _keying(helper: Annotated[tuple[Any, ...], Depends(keeping, scope="function")]) -> Queue:
    return Queue(*helper)


RunsDep = Annotated[Queue, Depends(_running, scope="function")]
KeysDep = Annotated[Queue, Depends(_keying, scope="function")]


@router.get(DESK)
def desk(queue: RunsDep) -> Response:
    return _desk(queue, {}, {})


def _desk(queue: Queue, values: dict[str, str], errors: Errors) -> Response:
    """With digits of the machine’s own for a draw, where nobody throws dice."""
    proposed = f"{secrets.randbelow(10**SEED_DIGITS):0{SEED_DIGITS}}"
    return queue.answer("live/speaking_desk.html", {"values": {"seed": proposed} | values}, errors)


@router.post(f"{DESK}/open")
def open_queue(queue: RunsDep, form: FormDep) -> Response:
    """Telephones may join, or may not any more."""
    service.set_open(queue.session, queue.meeting, queue.hand, is_open=form.get("open") == "1")
    return queue.back()


@router.get(f"{DESK}/rules")
def rules(queue: RunsDep) -> Response:
    settings = queries.settings_of(queue.session, queue.meeting.id)
    values = {name: str(getattr(settings, name)) for name in forms.RULES_FIELDS}
    return _rules(queue, values | {"subjects": "\n".join(settings.subjects)}, {})


def _rules(queue: Queue, values: dict[str, str], errors: Errors) -> Response:
    locale = locale_of(queue.request)
    context = {"values": values, "orders": choices(ORDERS, locale), "alternations": choices(ALTERNATIONS, locale)}
    return queue.answer("live/speaking_rules.html", context, errors)


@router.post(f"{DESK}/rules")
def set_rules(queue: RunsDep, form: FormDep) -> Response:
    draft, errors = forms.read_rules(form)
    if errors:
        return _rules(queue, as_typed(form, forms.RULES_FIELDS), errors)
    service.set_rules(queue.session, queue.meeting, draft, queue.hand)
    return queue.back()


@router.post(f"{DESK}/seed")
def announce_draw(queue: RunsDep, form: FormDep) -> Response:
    """Closes the list and shows the seed; the wall has it before anybody knows the order."""
    seed, errors = forms.read_seed(form)
    if errors:
        return _desk(queue, as_typed(form, ["seed"]), errors)
    service.announce_draw(queue.session, queue.meeting, seed, queue.hand)
    show_on_wall(queue.session, queue.meeting, WallView.QUEUE)
    return queue.back()


@router.post(f"{DESK}/draw")
def draw(queue: RunsDep, form: FormDep) -> Response:
    service.draw(queue.session, queue.meeting, queue.hand)
    return queue.back()


@router.post(f"{DESK}/next")
def give_next(queue: RunsDep, form: FormDep) -> Response:
    service.give_next(queue.session, queue.meeting, queue.hand)
    return queue.back()


@router.post(f"{DESK}/{{number:int}}/{{state}}")
def move(queue: RunsDep, number: int, state: TurnState, form: FormDep) -> Response:
    """Calls somebody, gives them the floor, ends their turn, puts them back."""
    turn = service.turn_at(queue.session, queue.meeting, number)
    service.move(queue.session, queue.meeting, turn, state, queue.hand)
    return queue.back()


def _start(queue: Queue) -> None:
    seconds = queries.settings_of(queue.session, queue.meeting.id).seconds
    service.start_clock(queue.session, queue.meeting, seconds, queue.hand)


CLOCK: dict[str, Callable[[Queue], None]] = {
    "start": _start,
    "pause": lambda queue: service.pause_clock(queue.session, queue.meeting, queue.hand),
    "more": lambda queue: service.one_minute_more(queue.session, queue.meeting),
    "stop": lambda queue: service.stop_clock(queue.session, queue.meeting),
}


@router.post(f"{DESK}/clock/{{act}}")
def clock(queue: RunsDep, act: str, form: FormDep) -> Response:
    """Starts, pauses or lengthens the clock of the room, or takes it away."""
    if act not in CLOCK:
        return Response(status_code=404)
    CLOCK[act](queue)
    return queue.back()


@router.post(f"{DESK}/wall/{{view}}")
def wall(queue: RunsDep, view: WallView, form: FormDep) -> Response:
    """Puts the queue or the clock on the wall."""
    if view not in (WallView.QUEUE, WallView.TIMER):
        return Response(status_code=404)
    show_on_wall(queue.session, queue.meeting, view)
    return queue.back()


@router.get(f"{DESK}/now/{View.SPEAKING_DESK}")
def now(queue: RunsDep) -> Response:
    return fragment(queue.request, queue.room, View.SPEAKING_DESK)


@router.get(f"{DESK}/slip")
def slip(queue: KeysDep) -> Response:
    return _slip(queue, {}, {})


def _slip(queue: Queue, values: dict[str, str], errors: Errors, status: int = 422) -> Response:
    kept = queue.request.query_params.get("kept", "")
    context = {
        "values": values,
        "sides": choices(SIDES, locale_of(queue.request)),
        "nonce": values.get("nonce") or str(new_id()),
        "kept": kept if kept.isdigit() else "",
    }
    return queue.answer("live/speaking_slip.html", context, errors, status)


@router.post(f"{DESK}/slip")
def key_slip(queue: KeysDep, form: FormDep) -> Response:
    draft, errors = forms.read_join(form)
    if errors:
        return _slip(queue, as_typed(form, forms.JOIN_FIELDS), errors)
    try:
        turn = service.key_slip(queue.session, queue.meeting, draft, queue.hand)
    except Conflict as error:
        return _slip(queue, as_typed(form, forms.JOIN_FIELDS), {"": error.message}, error.status)
    return queue.back(f"/slip?kept={turn.number}")


sockets = [WebSocketRoute(f"{DESK}/live/{{view}}", Door(frozenset({View.SPEAKING_DESK}), finder(Permission.POLL_RUN)))]
