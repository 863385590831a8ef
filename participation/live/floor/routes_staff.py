"""Questions from the floor for staff: the desk of the moderator, one question, slips keyed by a helper."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.routing import WebSocketRoute

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.consultations.words import REASONS, SPOTTED
from participation.db import SessionDep, new_id
from participation.errors import Conflict
from participation.live.desks import Desk, keeping, leading
from participation.live.floor import forms, queries, service
from participation.live.floor.models import FloorQuestion
from participation.live.models import WallView
from participation.live.routes import fragment
from participation.live.routes_staff import MEETING, finder, room_of
from participation.live.service import show_on_wall
from participation.live.sockets import Door, View
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.models import ProcessKind
from participation.processes.queries import OpenProcess
from participation.processes.words import choices
from participation.templating import locale_of
from participation.typed import Errors, as_typed

router = APIRouter()
DESK = f"{MEETING}/questions"
ONE = f"{DESK}/{{number:int}}"
Moderates = Annotated[OpenProcess, open_process(Permission.FLOOR_MODERATE)]


class Floor(Desk):
    """Somebody of the staff at the questions of a meeting."""

    __slots__ = ()
    place = "questions"
    view = View.FLOOR_DESK

    def question(self, number: int) -> FloorQuestion:
        return service.question_at(self.session, self.meeting, number)


def _moderating(
    request: Request, meeting_id: uuid.UUID, process: Moderates, session: SessionDep, actor: ActorDep, at: AtDep
) -> Floor:
    return Floor(request, room_of(session, process, meeting_id), Hand(process, actor.account_id, at), session)


def _keying(helper: Annotated[tuple[Any, ...], Depends(keeping, scope="function")]) -> Floor:
    return Floor(*helper)


def _running(leader: Annotated[tuple[Any, ...], Depends(leading, scope="function")]) -> Floor:
    return Floor(*leader)


ModeratingDep = Annotated[Floor, Depends(_moderating, scope="function")]
KeyingDep = Annotated[Floor, Depends(_keying, scope="function")]
RunsDep = Annotated[Floor, Depends(_running, scope="function")]


@router.get(DESK)
def desk(floor: ModeratingDep) -> Response:
    return _desk(floor, {}, {})


def _desk(floor: Floor, values: dict[str, str], errors: Errors) -> Response:
    return floor.answer("live/floor_desk.html", {"values": values}, errors)


@router.post(f"{DESK}/open")
def open_floor(floor: RunsDep, form: FormDep) -> Response:
    """Telephones may ask, or may not any more."""
    service.set_open(floor.session, floor.meeting, floor.hand, is_open=form.get("open") == "1")
    return floor.back()


@router.post(f"{DESK}/limit")
def limit(floor: RunsDep, form: FormDep) -> Response:
    per_device, errors = forms.read_limit(form)
    if errors:
        return _desk(floor, as_typed(form, ["per_device"]), errors)
    service.set_limit(floor.session, floor.meeting, per_device)
    return floor.back()


@router.post(f"{DESK}/wall")
def wall(floor: RunsDep, form: FormDep) -> Response:
    show_on_wall(floor.session, floor.meeting, WallView.QUESTIONS)
    return floor.back()


@router.get(f"{DESK}/now/{View.FLOOR_DESK}")
def now(floor: ModeratingDep) -> Response:
    return fragment(floor.request, floor.room, View.FLOOR_DESK)


@router.get(f"{DESK}/slip")
def slip(floor: KeyingDep) -> Response:
    return _slip(floor, {}, {})


def _slip(floor: Floor, values: dict[str, str], errors: Errors, status: int = 422) -> Response:
    kept = floor.request.query_params.get("kept", "")
    context = {
        "values": values,
        "nonce": values.get("nonce") or str(new_id()),
        "kept": kept if kept.isdigit() else "",
        "longest": forms.LONGEST,
    }
    return floor.answer("live/floor_slip.html", context, errors, status)


@router.post(f"{DESK}/slip")
def key_slip(floor: KeyingDep, form: FormDep) -> Response:
    draft, errors = forms.read_question(form, locale_of(floor.request))
    if errors:
        return _slip(floor, as_typed(form, forms.FIELDS), errors)
    try:
        row = service.key_slip(floor.session, floor.meeting, draft, floor.hand)
    except Conflict as error:
        return _slip(floor, as_typed(form, forms.FIELDS), {"": error.message}, error.status)
    return floor.back(f"/slip?kept={row.number}")


@router.get(ONE)
def one(floor: ModeratingDep, number: int) -> Response:
    return _one(floor, number, {}, {})


def _one(floor: Floor, number: int, values: dict[str, str], errors: Errors) -> Response:
    floor.question(number)
    now = queries.floor_now(floor.session, floor.meeting.id)
    context = {
        "asked": next(each for each in now.questions if each.number == number),
        "others": [each for each in (*now.shown, *now.answered) if each.number != number],
        "reasons": REASONS,
        "reason_choices": choices(REASONS, locale_of(floor.request)),
        "spotted_words": SPOTTED,
        "has_register": floor.room.process.process.kind is ProcessKind.CONSULTATION,
        "values": values,
    }
    return floor.answer("live/floor_one.html", context, errors)


@router.post(f"{ONE}/show")
def show(floor: ModeratingDep, number: int, form: FormDep) -> Response:
    service.show(floor.session, floor.meeting, floor.question(number), floor.hand, masked=form.get("masked") == "1")
    return floor.back()


@router.post(f"{ONE}/refuse")
def refuse(floor: ModeratingDep, number: int, form: FormDep) -> Response:
    reason, note, errors = forms.read_refusal(form)
    if errors:
        return _one(floor, number, as_typed(form, ["reason", "note"]), errors)
    service.refuse(floor.session, floor.meeting, floor.question(number), reason, note, floor.hand)
    return floor.back()


@router.post(f"{ONE}/merge")
def merge(floor: ModeratingDep, number: int, form: FormDep) -> Response:
    into = str(form.get("into") or "")
    service.merge(floor.session, floor.meeting, floor.question(number), int(into) if into.isdigit() else 0, floor.hand)
    return floor.back()


@router.post(f"{ONE}/answered")
def answered(floor: ModeratingDep, number: int, form: FormDep) -> Response:
    service.answer(floor.session, floor.meeting, floor.question(number), floor.hand)
    return floor.back()


@router.post(f"{ONE}/register")
def send_on(floor: ModeratingDep, number: int, form: FormDep) -> Response:
    """Brings it into the register of the consultation."""
    keys = floor.request.app.state.keys
    service.send_on(floor.session, keys, floor.meeting, floor.question(number), floor.hand)
    return floor.back(f"/{number}")


sockets = [
    WebSocketRoute(f"{DESK}/live/{{view}}", Door(frozenset({View.FLOOR_DESK}), finder(Permission.FLOOR_MODERATE)))
]
