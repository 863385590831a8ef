"""“Who do you want to be?”: one click into each role. Mounted in the demo alone."""

import re
import uuid

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation import mail
from participation.accounts import service
from participation.accounts.access import PUBLIC, AtDep
from participation.accounts.routes import set_session_cookie
from participation.db import SessionDep
from participation.demo import cast_of_roles
from participation.demo.gare import content as gare
from participation.demo.samples import samples
from participation.templating import locale_of, page

router = APIRouter()
LETTERS = 40
CONSULTATION = f"/{gare.OFFICE}/{gare.OPEN_SLUG}"
_PIECES = re.compile(r"(https?://\S+)")


@router.get("/{locale}/demo", dependencies=[PUBLIC])
def who_do_you_want_to_be(request: Request, session: SessionDep) -> Response:
    state = request.app.state
    groups = cast_of_roles.by_group(cast_of_roles.people(session))
    tries = samples(session, state.keys, state.settings)
    return page(request, "demo/roles.html", {"groups": groups, "samples": tries, "consultation": CONSULTATION})


@router.get("/{locale}/demo/mail", dependencies=[PUBLIC])
def outbox(request: Request, session: SessionDep) -> Response:
    """What the site would send: the demonstration has no mail server."""
    letters = mail.newest(session, LETTERS)
    own = request.app.state.settings.base_url.rstrip("/")
    shown = [{**row.model_dump(), "parts": _parts(row.body, own)} for row in letters]
    return page(request, "demo/mail.html", {"letters": shown})


def _parts(body: str, own: str) -> list[list[tuple[str, str]]]:
    """The paragraphs, each in pieces: (words, where they lead). Links to this site stay on the host that was asked."""
    return [
        [(piece, piece.removeprefix(own) if piece.startswith(f"{own}/") else "") for piece in _PIECES.split(part)]
        for part in body.split("\n\n")
    ]


@router.post("/{locale}/demo/{account_id}", dependencies=[PUBLIC])
def step_in(request: Request, session: SessionDep, account_id: uuid.UUID, at: AtDep) -> Response:
    """Signs in as one of the fictional people; no other account can be entered this way."""
    person = cast_of_roles.person(session, account_id)
    answer = RedirectResponse(f"/{locale_of(request)}{person.start}", 303)
    token = service.sign_in(session, person.account_id, at)
    set_session_cookie(answer, token, secure=request.app.state.settings.is_https)
    return answer
