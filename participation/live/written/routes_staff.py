"""Answers in words for staff: the desk where a person reads them before the wall shows them."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.routing import WebSocketRoute

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations.models import RefusalReason
from participation.db import SessionDep
from participation.i18n import lazy as _
from participation.live.desks import Desk
from participation.live.models import Poll
from participation.live.routes import fragment
from participation.live.routes_prepare import here_of, staff_room
from participation.live.routes_staff import MEETING, POLL, finder, room_of
from participation.live.service import poll_at
from participation.live.sockets import Door, View
from participation.live.written import service
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, Typed, text_of

router = APIRouter()
DESK = f"{MEETING}/answers"
ONE = f"{POLL}/answers/{{answer_id:uuid}}"
Moderates = Annotated[OpenProcess, open_process(Permission.FLOOR_MODERATE)]


class Words(Desk):
    """Somebody of the staff at the answers in words of a meeting."""

    __slots__ = ()
    place = "answers"
    view = View.WRITTEN_DESK

    def poll(self, poll_id: uuid.UUID) -> Poll:
        return poll_at(self.session, self.meeting, poll_id)

    def page(self, errors: Errors) -> Response:
        return self.answer("live/written_desk.html", {}, errors)


def _reading(
    request: Request, meeting_id: uuid.UUID, process: Moderates, session: SessionDep, actor: ActorDep, at: AtDep
) -> Words:
    return Words(request, room_of(session, process, meeting_id), Hand(process, actor.account_id, at), session)


ReadingDep = Annotated[Words, Depends(_reading, scope="function")]


@router.get(DESK)
def desk(words: ReadingDep) -> Response:
    return words.page({})


@router.get(f"{DESK}/now/{View.WRITTEN_DESK}")
def now(words: ReadingDep) -> Response:
    return fragment(words.request, words.room, View.WRITTEN_DESK)


@router.post(f"{ONE}/show")
def show(words: ReadingDep, poll_id: uuid.UUID, answer_id: uuid.UUID, form: FormDep) -> Response:
    poll, masked = words.poll(poll_id), form.get("masked") == "1"
    service.show(words.session, words.meeting, poll, answer_id, words.hand, masked=masked)
    return words.back()


@router.post(f"{ONE}/refuse")
def refuse(words: ReadingDep, poll_id: uuid.UUID, answer_id: uuid.UUID, form: FormDep) -> Response:
    typed = Typed(form)
    reason = typed.one("reason", RefusalReason, RefusalReason.OFF_TOPIC)
    if typed.errors:
        return words.page({"": _("Choose the reason why it is not shown: the minutes count it. Nothing was changed.")})
    service.refuse(words.session, words.meeting, words.poll(poll_id), answer_id, reason, words.hand)
    return words.back()


@router.post(f"{ONE}/back")
def take_back(words: ReadingDep, poll_id: uuid.UUID, answer_id: uuid.UUID, form: FormDep) -> Response:
    service.take_back(words.session, words.meeting, words.poll(poll_id), answer_id, words.hand)
    return words.back()


@router.get(f"{ONE}/erase")
def ask_to_erase(words: ReadingDep, actor: ActorDep, poll_id: uuid.UUID, answer_id: uuid.UUID) -> Response:
    return _erase_page(words, actor, poll_id, answer_id, {})


def _erase_page(words: Words, actor: Actor, poll_id: uuid.UUID, answer_id: uuid.UUID, errors: Errors) -> Response:
    poll = words.poll(poll_id)
    context = {
        "question": poll,
        "answer": service.said_at(words.session, poll, answer_id),
        "reason": "",
        "here": f"/{locale_of(words.request)}{here_of(words.room)}",
    }
    return staff_room(words.request, words.room, actor, "ballots/erase_words.html", context, errors)


@router.post(f"{ONE}/erase")
def erase(words: ReadingDep, actor: ActorDep, poll_id: uuid.UUID, answer_id: uuid.UUID, form: FormDep) -> Response:
    reason = text_of(form, "reason", 500)
    if not reason:
        errors: Errors = {"reason": _("Say in a few words why the words are erased.")}
        return _erase_page(words, actor, poll_id, answer_id, errors)
    service.erase(words.session, words.meeting, words.poll(poll_id), answer_id, reason, words.hand)
    return words.back()


sockets = [
    WebSocketRoute(f"{DESK}/live/{{view}}", Door(frozenset({View.WRITTEN_DESK}), finder(Permission.FLOOR_MODERATE)))
]
