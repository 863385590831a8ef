"""What an organisation says of itself, the stylesheet of its colour, and the attestation before its English pages."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from participation import colour
from participation.accounts import forms, organisations, queries
from participation.accounts.access import PUBLIC, ActorDep, AtDep, FormDep, in_organisation
from participation.accounts.models import Organisation
from participation.accounts.navigation import organisation_context
from participation.accounts.organisations import Identity
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.middleware import MINUTE, YEAR
from participation.templating import ENGLISH, LANGUAGE, page
from participation.typed import Errors

router = APIRouter()
SETTINGS = "/{locale}/staff/{organisation}/settings"
A_YEAR = 365 * 24 * 3600
"""Seconds."""
Edited = Annotated[Organisation, in_organisation(Permission.ORGANISATION_EDIT)]


@router.get(SETTINGS)
def settings_page(request: Request, organisation: Edited, actor: ActorDep, saved: str = "") -> Response:
    context = _context(organisation, actor, organisations.identity_of(organisation), {})
    return page(request, "accounts/settings.html", {**context, "saved": bool(saved)})


@router.post(SETTINGS)
def save_settings(
    request: Request, organisation: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    typed, errors = forms.read_identity(form)
    if errors:
        return page(request, "accounts/settings.html", _context(organisation, actor, typed, errors), status=422)
    organisations.change_identity(session, organisation, typed, at=at, by=actor)
    return RedirectResponse(f"{request.url.path}?saved=1", 303)


def _context(organisation: Organisation, actor: Actor, typed: Identity, errors: Errors) -> dict[str, Any]:
    """`shades` are the colour by day and by night, where there is one that can be shown."""
    shown = typed.colour if colour.is_colour(typed.colour) and "colour" not in errors else ""
    return {
        **organisation_context(organisation, actor, "settings"),
        "typed": typed,
        "errors": errors,
        "saved": False,
        "shades": (shown, colour.for_the_dark(shown)) if shown else (),
    }


async def _sent(request: Request) -> FormData:
    """No token is asked for: the answer is nobody's, and the perimeter refuses what other sites send."""
    return await request.form(max_files=0, max_fields=1000)


@router.post("/{locale}/{organisation}/english", dependencies=[PUBLIC])
def attest(request: Request, organisation: str, form: Annotated[FormData, Depends(_sent)]) -> Response:
    """Remembers the attestation in the browser alone, and leads on to the page that was asked for.

    Where a form was changing its language it is sent on, with what was typed (307).
    """
    with request.app.state.database.reading() as session:
        found = queries.organisation_by_slug(session, organisation)
    if found is None:
        raise NotFound(_("There is no organisation at this address."))
    base = f"/en/{found.slug}"
    asked = forms.safe_path(str(form.get("next", "")))
    way_on = asked if re.match(rf"{re.escape(base)}(?:[/?]|$)", asked) else base
    answer = RedirectResponse(way_on, 307 if LANGUAGE in form else 303)
    secure = request.app.state.settings.is_https
    answer.set_cookie(ENGLISH, "1", A_YEAR, path=base, secure=secure, httponly=True, samesite="lax")
    return answer


@router.get("/{locale}/{organisation}/theme.css", dependencies=[PUBLIC])
def theme(organisation: str, session: SessionDep, v: str = "") -> Response:
    """Cached for a year under the address that carries its digest, for a minute under any other."""
    found = queries.organisation_by_slug(session, organisation)
    if found is None or not found.colour:
        raise NotFound(_("This organisation has no colour of its own."))
    cache = YEAR if v == colour.theme_version(found.colour) else MINUTE
    return Response(colour.theme(found.colour), media_type="text/css", headers={"Cache-Control": cache})
