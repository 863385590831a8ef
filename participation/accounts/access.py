"""Who is asking, and whether they may: dependencies that every route declares.

A route names a `Permission` (through `staff` here or `open_process` in processes) or says `PUBLIC`.
Start-up walks all routers and refuses a route that declares nothing.
"""

import hmac
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.routing import APIRoute, APIRouter
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.routing import Route

from participation import uploads
from participation.accounts import queries
from participation.accounts.models import Organisation
from participation.accounts.permissions import Actor, Permission
from participation.accounts.service import token_digest
from participation.db import SessionDep
from participation.errors import Forbidden, NotFound
from participation.i18n import lazy as _
from participation.middleware import SAFE_METHODS

SESSION_COOKIE = "staff_session"


class SignInNeeded(Exception):
    """Nobody is signed in; the handler sends the person to the sign-in page and back."""


def way_back(request: Request) -> str:
    """Where to go after signing in: the page that was asked for, or the one whose form was sent; else nothing."""
    if request.method in SAFE_METHODS:
        return f"{request.url.path}?{request.url.query}".removesuffix("?")
    page = urlsplit(request.headers.get("referer", ""))
    return f"{page.path}?{page.query}".removesuffix("?") if page.netloc == request.headers.get("host") else ""


def clock(request: Request) -> datetime:
    """The instant of the request; the demo and tests may hold it at a day."""
    moment: Callable[[], datetime] = request.app.state.clock
    return moment()


AtDep = Annotated[datetime, Depends(clock)]


def current_actor(request: Request, session: SessionDep, at: AtDep) -> Actor | None:
    """The signed-in person, also put on the request for templates, with the token that forms carry."""
    return _identify(request, session, at)


def _identify(request: Request, session: Session, at: datetime) -> Actor | None:
    token = request.cookies.get(SESSION_COOKIE)
    actor = queries.actor_by_token(session, token_digest(token), at) if token else None
    request.state.actor = actor
    if actor and token:
        request.state.csrf_token = csrf_token(request.app.state.settings.key("csrf"), token)
    return actor


MaybeActorDep = Annotated[Actor | None, Depends(current_actor, scope="function")]


def signed_in(actor: MaybeActorDep) -> Actor:
    if actor is None:
        raise SignInNeeded
    return actor


ActorDep = Annotated[Actor, Depends(signed_in, scope="function")]


def _signed_in_before(request: Request, at: AtDep) -> Actor:
    """Who asks, read in a snapshot that has ended when the route begins.

    For acts that hash a password: with `ActorDep` the write transaction of the request would already be open.
    """
    with request.app.state.database.reading() as session:
        return signed_in(_identify(request, session, at))


_signed_in_before.access = "signed-in"  # type: ignore[attr-defined]
ActorBeforeDep = Annotated[Actor, Depends(_signed_in_before, scope="function")]


def csrf_token(key: bytes, session_token: str) -> str:
    return hmac.digest(key, session_token.encode(), "sha256").hex()


async def read_form(request: Request) -> FormData:
    """The posted form, also put on the request for pages. Where a session exists, its hidden token must be right."""
    form = await request.form(max_files=4, max_fields=5000)
    check_token(request, str(form.get("csrf_token") or request.headers.get("x-csrf-token") or ""))
    request.state.form = form
    return form


@asynccontextmanager
async def receive_files(request: Request, folder: Path, limits: uploads.Limits) -> AsyncIterator[uploads.Received]:
    """The posted form whose files lie below `folder`, before any transaction of the request begins; whatever nobody
    took is removed at the end. Where it brings no files, it is refused as any form that did not arrive whole."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        await read_form(request)
        raise uploads.unreadable()
    received = await uploads.receive(request, folder, limits)
    try:
        check_token(request, str(received.fields.get("csrf_token", "")))
        request.state.form = received.fields
        yield received
    finally:
        await run_in_threadpool(received.discard)


def check_token(request: Request, sent: str) -> None:
    """Forbidden where a session exists and the form did not carry its hidden token."""
    token = request.cookies.get(SESSION_COOKIE)
    if token and not hmac.compare_digest(sent, csrf_token(request.app.state.settings.key("csrf"), token)):
        raise Forbidden(
            _("This form was opened before you signed in, or in another session. Nothing was saved."),
            _("Go back, reload the page and send it again."),
        )


FormDep = Annotated[FormData, Depends(read_form)]


def require(
    actor: Actor, permission: Permission, organisation_id: uuid.UUID | None, process_id: uuid.UUID | None = None
) -> None:
    """Forbidden unless the actor holds the permission there."""
    if not actor.may(permission, organisation_id, process_id):
        raise Forbidden(
            _("Your roles do not allow this. Nothing was changed."),
            _("If you need it for your work, ask an administrator of your organisation."),
        )


def declares(permission: Permission | None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a dependency as one that decides access; None is for everybody."""

    def mark(dependency: Callable[..., Any]) -> Callable[..., Any]:
        dependency.access = permission.value if permission else "public"  # type: ignore[attr-defined]
        return dependency

    return mark


@declares(None)
def _public() -> None:
    """Anybody may."""


PUBLIC = Depends(_public)


def staff_only() -> Any:
    """A dependency for pages that any signed-in person may see, whatever their roles."""

    def check(actor: ActorDep) -> Actor:
        return actor

    check.access = "signed-in"  # type: ignore[attr-defined]
    return Depends(check, scope="function")


def in_organisation(permission: Permission) -> Any:
    """A dependency that loads `{organisation}` from the address and checks the permission in it."""

    @declares(permission)
    def check(organisation: str, actor: ActorDep, session: SessionDep) -> Any:
        return _organisation_for(session, organisation, actor, permission)

    return Depends(check, scope="function")


def in_organisation_before(permission: Permission) -> Any:
    """The same, checked in a snapshot that has ended when the route begins: for acts that hash a password."""

    @declares(permission)
    def check(organisation: str, request: Request, actor: ActorBeforeDep) -> Any:
        with request.app.state.database.reading() as session:
            return _organisation_for(session, organisation, actor, permission)

    return Depends(check, scope="function")


def _organisation_for(session: Session, slug: str, actor: Actor, permission: Permission) -> Organisation:
    found = queries.organisation_by_slug(session, slug)
    if found is None or not actor.roles(found.id):
        raise NotFound(_("There is no organisation at this address."))
    require(actor, permission, found.id)
    return found


def access_of(route: Route) -> set[str]:
    """What the route declares: permission names, `public`, `signed-in`; empty when it forgot."""
    found = {str(access) for access in [getattr(route.endpoint, "access", None)] if access}
    pending = [route.dependant] if isinstance(route, APIRoute) else []
    while pending:
        dependant = pending.pop()
        found.update(filter(None, [getattr(dependant.call, "access", None)]))
        pending.extend(dependant.dependencies)
    return found


def unguarded(routers: list[APIRouter]) -> list[str]:
    """The routes that declare no access; must be empty for the site to start."""
    return [
        f"{route.endpoint.__module__}.{route.endpoint.__name__}"
        for router in routers
        for route in router.routes
        if isinstance(route, Route) and not access_of(route)
    ]
