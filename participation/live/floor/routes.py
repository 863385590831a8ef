"""Questions from the floor on a telephone: ask, support what others ask, see what became of one's own."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import PUBLIC, AtDep, FormDep
from participation.consultations.words import REASONS
from participation.db import SessionDep, new_id
from participation.errors import DomainError
from participation.live.floor import forms, queries, service
from participation.live.floor.queries import Asked, FloorNow
from participation.live.floor.words import STATES
from participation.live.routes import ROOM
from participation.live.sockets import View
from participation.live.telephones import CLICKED_FROM_ONE_NETWORK, Telephone, note_one_more, telephone_of
from participation.templating import fragment, locale_of
from participation.typed import Errors, as_typed

router = APIRouter()
QUESTIONS = f"{ROOM}/questions"


@dataclass(frozen=True, slots=True)
class Own:
    """What belongs to one telephone: the questions that it sent, and those that it supports."""

    asked: tuple[Asked, ...]
    supported: frozenset[int]

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(each.number for each in self.asked)


def _own(session: Session, telephone: Telephone, floor: FloorNow) -> Own:
    mine = tuple(each for each in floor.questions if each.row.device_hash in telephone.marks)
    return Own(mine, queries.supported_by(session, telephone.meeting.id, telephone.marks))


@router.get(QUESTIONS, dependencies=[PUBLIC])
def questions(request: Request, code: int, session: SessionDep, at: AtDep) -> Response:
    telephone = telephone_of(request, session, code)
    return _page(telephone, session, at, {}, {})


def _page(
    telephone: Telephone, session: Session, at: datetime, values: dict[str, str], errors: Errors, status: int = 200
) -> Response:
    floor = queries.floor_now(session, telephone.meeting.id)
    context = {
        "own": _own(session, telephone, floor),
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "longest": forms.LONGEST,
        "reasons": REASONS,
        "wants_card": telephone.wants_card,
    }
    return telephone.answer(session, at, View.FLOOR, "live/floor_phone.html", context, status)


@router.post(QUESTIONS, dependencies=[PUBLIC])
def ask(request: Request, code: int, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    """A question. Whatever is refused, its text comes back."""
    telephone = telephone_of(request, session, code)
    draft, errors = forms.read_question(form, locale_of(request))
    status = 422
    if not errors:
        try:
            note_one_more(request, session, telephone.meeting, at)
            service.ask(session, telephone.meeting, draft, telephone.holder(), at)
        except DomainError as error:
            errors, status = {"text": error.message, **({"": error.todo} if error.todo else {})}, error.status
        else:
            return RedirectResponse(f"/{locale_of(request)}{telephone.here}/questions#floor_own", 303)
    return _page(telephone, session, at, as_typed(form, forms.FIELDS), errors, status)


@router.post(f"{QUESTIONS}/{{number:int}}/support", dependencies=[PUBLIC])
def support(request: Request, code: int, number: int, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    """This telephone supports a question, or takes it back; for a script only whether it does now."""
    telephone = telephone_of(request, session, code)
    wanted = form.get("wanted") != "0"
    try:
        note_one_more(request, session, telephone.meeting, at, CLICKED_FROM_ONE_NETWORK)
        service.support(session, telephone.meeting, number, telephone.person(), wanted=wanted)
    except DomainError as error:
        return _page(telephone, session, at, {}, {"card" if telephone.wants_card else "": error.message}, error.status)
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"supported": wanted})
    return RedirectResponse(f"/{locale_of(request)}{telephone.here}/questions#question-{number}", 303)


@router.get(f"{QUESTIONS}/own", dependencies=[PUBLIC])
def own(request: Request, code: int, session: SessionDep) -> Response:
    """What became of this telephone’s questions, for its page to put in place when one of them has moved."""
    telephone = telephone_of(request, session, code)
    floor = queries.floor_now(session, telephone.meeting.id)
    context = {
        "own": _own(session, telephone, floor),
        "floor": floor,
        "here": telephone.here,
        "floor_states": STATES,
        "reasons": REASONS,
    }
    return fragment(request, "live/_floor_own.html", context)
