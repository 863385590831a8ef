"""Sign-in, sign-out, and one's own password. Hashing takes 0.2 s: it stands between transactions, never in one."""

import asyncio
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts import forms, queries, service
from participation.accounts.access import (
    PUBLIC,
    SESSION_COOKIE,
    ActorBeforeDep,
    AtDep,
    FormDep,
    staff_only,
)
from participation.accounts.throttle import (
    LIMIT,
    DeviceCookie,
    Doors,
    bucket_of,
    check_doors,
    client_network,
    note_failure_at,
    pause,
    sign_in_doors,
)
from participation.db import Database, SessionDep
from participation.i18n import lazy as _
from participation.templating import locale_of, page

router = APIRouter()
PASSWORD = "/{locale}/staff/password"  # noqa: S105  an address
hashing = asyncio.Semaphore(1)
"""One at a time: 64 MiB each, and no attempt is checked before the failure of the one ahead of it is written."""


@router.get("/{locale}/staff/sign-in", dependencies=[PUBLIC])
def sign_in_page(request: Request, next: str = "", lost: str = "", chosen: str = "") -> Response:
    context = {"next": forms.safe_path(next), "email": "", "error": None, "lost": bool(lost), "chosen": bool(chosen)}
    return page(request, "accounts/sign_in.html", context)


@router.post("/{locale}/staff/sign-in", dependencies=[PUBLIC])
async def sign_in(request: Request, at: AtDep) -> Response:
    typed = forms.read_sign_in(await request.form())
    state = request.app.state
    cookie = DeviceCookie(state.settings.key("device"), typed.email)
    device = cookie.read(request.cookies, at)
    doors = sign_in_doors(state.settings.key("throttle"), client_network(request), typed.email, device)
    await pause(await asyncio.to_thread(_seconds_to_wait, state.database, doors, at))
    async with hashing:
        account_id = await asyncio.to_thread(_who_signs_in, state.database, doors, typed, at)
    if account_id is None:
        return _not_signed_in(request, typed)
    brought = request.cookies.get(SESSION_COOKIE, "")
    token = await asyncio.to_thread(_open_session, state.database, account_id, brought, at)
    answer = RedirectResponse(typed.next_path or f"/{locale_of(request)}/staff", 303)
    set_session_cookie(answer, token, secure=state.settings.is_https)
    cookie.write(answer, device, at, secure=state.settings.is_https)
    return answer


def _not_signed_in(request: Request, typed: forms.SignIn) -> Response:
    context = {
        "next": typed.next_path,
        "email": typed.email,
        "error": _("This e-mail address and password do not go together. Check both and try again."),
        "lost": False,
        "chosen": False,
    }
    return page(request, "accounts/sign_in.html", context, status=422)


def _seconds_to_wait(database: Database, doors: Doors, at: datetime) -> float:
    """TooMany before anybody waits for the hash: a flood of guesses must not keep the others waiting."""
    with database.reading() as session:
        return check_doors(session, doors, at)


def _who_signs_in(database: Database, doors: Doors, typed: forms.SignIn, at: datetime) -> UUID | None:
    """The account, when the password is right. TooMany when a door is shut."""
    with database.reading() as session:
        check_doors(session, doors, at)
        found = queries.credentials(session, typed.email)
    if service.password_matches(typed.password, found.password_hash if found else None):
        return found.account_id if found else None
    _note_failure(database, doors, at)
    return None


def _note_failure(database: Database, doors: Doors, at: datetime) -> None:
    with database.writing() as session:
        note_failure_at(session, doors, at)


def _open_session(database: Database, account_id: UUID, brought: str, at: datetime) -> str:
    """A new token; the session that the browser brought, whosever it was, ends."""
    with database.writing() as session:
        service.sign_out(session, brought)
        return service.sign_in(session, account_id, at)


def set_session_cookie(answer: Response, token: str, *, secure: bool) -> None:
    answer.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")


@router.post("/{locale}/staff/sign-out", dependencies=[staff_only()])
def sign_out(request: Request, session: SessionDep, form: FormDep) -> Response:
    service.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse(f"/{locale_of(request)}/", 303)
    secure = request.app.state.settings.is_https
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure)
    return answer


@router.get(PASSWORD, dependencies=[staff_only()])
def password_page(request: Request, changed: str = "") -> Response:
    return page(request, "accounts/password.html", {"errors": {}, "changed": bool(changed)})


@router.post(PASSWORD)
async def change_password(request: Request, actor: ActorBeforeDep, form: FormDep, at: AtDep) -> Response:
    typed, errors = forms.read_new_password(form)
    state = request.app.state
    doors = Doors(((bucket_of(state.settings.key("throttle"), "password", str(actor.account_id)), LIMIT),))
    token = None
    if not errors:
        async with hashing:
            token = await asyncio.to_thread(_replace_password, state.database, doors, actor.account_id, typed, at)
    if token is None:
        errors = errors or {"old_password": _("This is not the password that you have now.")}
        return page(request, "accounts/password.html", {"errors": errors, "changed": False}, status=422)
    answer = RedirectResponse(f"{request.url.path}?changed=1", 303)
    set_session_cookie(answer, token, secure=state.settings.is_https)
    return answer


def _replace_password(
    database: Database, doors: Doors, account_id: UUID, typed: forms.NewPassword, at: datetime
) -> str | None:
    """The token of the one session that is left; None when the old password is wrong."""
    with database.reading() as session:
        check_doors(session, doors, at)
        checked = queries.password_hash_of(session, account_id)
    if checked is None or not service.password_matches(typed.old, checked):
        _note_failure(database, doors, at)
        return None
    new_hash = service.hash_password(typed.new)
    with database.writing() as session:
        return service.change_password(session, account_id, checked_hash=checked, new_hash=new_hash, at=at)
