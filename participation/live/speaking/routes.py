"""The speaking queue on a telephone: join it, see one’s place, leave it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import PUBLIC, AtDep, FormDep
from participation.db import SessionDep, new_id
from participation.errors import DomainError
from participation.live.guard import find_room
from participation.live.routes import ROOM
from participation.live.sockets import View
from participation.live.speaking import forms, queries, service
from participation.live.speaking.draws import draws_of
from participation.live.speaking.models import SpeakingTurn
from participation.live.speaking.queries import SpeakingNow
from participation.live.speaking.words import SIDES, STATES
from participation.live.telephones import Telephone, note_one_more, telephone_of
from participation.processes.words import choices
from participation.templating import fragment, locale_of, page
from participation.typed import Errors, as_typed

router = APIRouter()
QUEUE = f"{ROOM}/queue"


@dataclass(frozen=True, slots=True)
class Own:
    """The places in the queue that belong to one telephone."""

    turns: tuple[SpeakingTurn, ...]

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(turn.number for turn in self.turns)


def _own(telephone: Telephone, speaking: SpeakingNow) -> Own:
    return Own(tuple(turn for turn in speaking.turns if turn.device_hash in telephone.marks))


def _own_context(telephone: Telephone, speaking: SpeakingNow) -> dict[str, Any]:
    return {
        "own": _own(telephone, speaking),
        "speaking": speaking,
        "here": telephone.here,
        "turn_states": STATES,
    }


@router.get(QUEUE, dependencies=[PUBLIC])
def queue(request: Request, code: int, session: SessionDep, at: AtDep) -> Response:
    return _page(telephone_of(request, session, code), session, at, {}, {})


def _page(
    telephone: Telephone, session: Session, at: datetime, values: dict[str, str], errors: Errors, status: int = 200
) -> Response:
    speaking = queries.speaking_now(session, telephone.meeting.id)
    context = {
        **_own_context(telephone, speaking),
        "sides": choices(SIDES, locale_of(telephone.request)),
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
    }
    return telephone.answer(session, at, View.SPEAKING, "live/speaking_phone.html", context, status)


@router.post(QUEUE, dependencies=[PUBLIC])
def join(request: Request, code: int, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    """A place in the queue. Whatever is refused, what was typed comes back."""
    telephone = telephone_of(request, session, code)
    draft, errors = forms.read_join(form)
    status = 422
    if not errors:
        try:
            note_one_more(request, session, telephone.meeting, at)
            service.join(session, telephone.meeting, draft, telephone.holder(), at)
        except DomainError as error:
            errors, status = {"": error.message}, error.status
        else:
            return _back(telephone)
    return _page(telephone, session, at, as_typed(form, forms.JOIN_FIELDS), errors, status)


def _back(telephone: Telephone) -> Response:
    return RedirectResponse(f"/{locale_of(telephone.request)}{telephone.here}/queue#speaking_own", 303)


@router.post(f"{QUEUE}/{{number:int}}/leave", dependencies=[PUBLIC])
def leave(request: Request, code: int, number: int, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    telephone = telephone_of(request, session, code)
    service.leave(session, telephone.meeting, number, telephone.marks, at)
    return _back(telephone)


@router.get(f"{QUEUE}/draws", dependencies=[PUBLIC])
def draws(request: Request, code: int, session: SessionDep) -> Response:
    """What anybody needs to make each draw again."""
    room = find_room(request, session, str(code))
    context = {
        "meeting": room.meeting,
        "organisation": room.process.organisation,
        "zone": room.process.zone,
        "here": f"/m/{code}",
        "draws": draws_of(session, room.meeting),
    }
    return page(request, "live/draws.html", context)


@router.get(f"{QUEUE}/own", dependencies=[PUBLIC])
def own(request: Request, code: int, session: SessionDep) -> Response:
    """The places of this telephone, for its page to put in place when one of them has moved."""
    telephone = telephone_of(request, session, code)
    context = _own_context(telephone, queries.speaking_now(session, telephone.meeting.id))
    return fragment(request, "live/_speaking_own.html", context)
