"""What the routes of the paper desks share: the published spec, a place of the address, where to go next."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.counting.spec import SHEET_CHANNELS, Channel
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.paper.printed import Printed
from participation.processes.models import Place, ProcessKind
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess, SpecRow, current_spec, places_of
from participation.templating import locale_of


def published(session: Session, process: OpenProcess) -> SpecRow:
    """The spec that voters were promised. Conflict while the process is a draft."""
    spec_row = current_spec(session, process.id)
    if spec_row is None:
        raise _too_early(process.process.kind)
    return spec_row


def _too_early(kind: ProcessKind) -> Conflict:
    if kind is ProcessKind.CONSULTATION:
        return Conflict(
            _("This consultation is not published yet, so there is nothing to print or key."),
            _("Publish it first: its questionnaire is frozen then."),
        )
    return Conflict(
        _("This vote is not published yet, so there is nothing to print, accept or key."),
        _("Publish it first: what voters are promised is frozen then."),
    )


def paper_places(session: Session, process: OpenProcess) -> list[Place]:
    """The places that receive sheets of paper, in the order of their codes."""
    return [place for place in places_of(session, process.id) if place.channel in SHEET_CHANNELS]


def phone_places(session: Session, process: OpenProcess) -> list[Place]:
    """The telephone lines through which people vote, in the order of their codes."""
    return [place for place in places_of(session, process.id) if place.channel is Channel.PHONE]


def place_coded(places: Sequence[Place], code: str) -> Place:
    """The place of the address. NotFound when no paper place has that code."""
    found = next((place for place in places if place.code == code), None)
    if found is None:
        raise NotFound(_("There is no such place in this vote."))
    return found


def place_of(session: Session, process: OpenProcess, place_id: uuid.UUID) -> Place:
    """The paper place that a bag or box is of."""
    return next(each for each in paper_places(session, process) if each.id == place_id)


def context(process: OpenProcess, actor: Actor, desk: str, /, **more: Any) -> Mapping[str, Any]:
    """What every page of a desk needs, with a fresh nonce for its form."""
    return {**staff_context(process, actor, desk), "zone": process.zone, "nonce": new_nonce(), **more}


def new_nonce() -> str:
    """What makes a form sent twice one act."""
    return secrets.token_urlsafe(18)


def pdf(document: Printed, name: str, *, public: bool = False) -> Response:
    """A printed sheet under that file name; browsers keep it for some minutes where everybody may have it."""
    cache = "public, max-age=300" if public else "private, no-cache"
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": cache}
    return Response(document.pdf, media_type="application/pdf", headers=headers)


def go(request: Request, process: OpenProcess, path: str) -> RedirectResponse:
    """303 to an address below the process's staff page, in the language of the request."""
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}{path}", 303)
