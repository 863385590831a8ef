"""Sign-in, sign-out, and one's own password. Hashing takes 0.2 s: it stands between transactions, never in one."""

import asyncio
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts import forms, queries, service
from participation.accounts.access import (
    PUBLIC,
    SESSION_COOKIE,
    ActorBeforeDep,
    AtDep,
    FormDep,
    staff_only,
)
from participation.db import Database, SessionDep
from participation.i18n import lazy as _
from participation.templating import locale_of, page

router = APIRouter()
PASSWORD = "/{locale}/staff/password"  # noqa: S105  an address
SIGN_IN_LIMIT = 10
"""Failures in a quarter of an hour, from one place for one e-mail address."""
SIGN_IN_LIMIT_ANYWHERE = 50
"""From all places for one e-mail address: many machines must not share out the guesses. Higher, so that a stranger
who guesses badly does not keep the person out at once."""
SIGN_IN_LIMIT_FROM = 60
"""Failures from one address, whoever was tried: a town hall behind one address mistypes less often."""
hashing = asyncio.Semaphore(1)
"""One at a time: 64 MiB each, and no attempt is checked before the failure of the one ahead of it is written."""


@router.get("/{locale}/staff/sign-in", dependencies=[PUBLIC])
def sign_in_page(request: Request, next: str = "", lost: str = "") -> Response:
    context = {"next": forms.safe_path(next), "email": "", "error": None, "lost": bool(lost)}
    return page(request, "accounts/sign_in.html", context)


@router.post("/{locale}/staff/sign-in", dependencies=[PUBLIC])
async def sign_in(request: Request, at: AtDep) -> Response:
    typed = forms.read_sign_in(await request.form())
    database: Database = request.app.state.database
    doors = _doors(request, typed.email)
    await asyncio.to_thread(_refuse_early, database, doors, at)
    async with hashing:
        account_id = await asyncio.to_thread(_who_signs_in, database, doors, typed, at)
    if account_id is None:
        context = {
            "next": typed.next_path,
            "email": typed.email,
            "error": _("This e-mail address and password do not go together. Check both and try again."),
            "lost": False,
        }
        return page(request, "accounts/sign_in.html", context, status=422)
    brought = request.cookies.get(SESSION_COOKIE, "")
    token = await asyncio.to_thread(_open_session, database, account_id, brought, at)
    answer = RedirectResponse(typed.next_path or f"/{locale_of(request)}/staff", 303)
    set_session_cookie(answer, token, secure=request.app.state.settings.cookie_secure)
    return answer


Doors = tuple[tuple[str, int], ...]
"""Throttle buckets, each with how many failures it bears."""


def _doors(request: Request, email: str) -> Doors:
    key = request.app.state.settings.key("throttle")
    address = request.client.host if request.client else ""
    return (
        (service.bucket_of(key, "sign-in", address, email), SIGN_IN_LIMIT),
        (service.bucket_of(key, "sign-in-anywhere", email), SIGN_IN_LIMIT_ANYWHERE),
        (service.bucket_of(key, "sign-in-from", address), SIGN_IN_LIMIT_FROM),
    )


def _refuse_early(database: Database, doors: Doors, at: datetime) -> None:
    """TooMany before anybody waits for the hash: a flood of guesses must not keep the others waiting."""
    with database.reading() as session:
        _check(session, doors, at)


def _who_signs_in(database: Database, doors: Doors, typed: forms.SignIn, at: datetime) -> UUID | None:
    """The account, when the password is right. TooMany when a door is shut."""
    with database.reading() as session:
        _check(session, doors, at)
        found = queries.credentials(session, typed.email)
    if service.password_matches(typed.password, found.password_hash if found else None):
        return found.account_id if found else None
    _note_failure(database, doors, at)
    return None


def _check(session: Session, doors: Doors, at: datetime) -> None:
    for bucket, limit in doors:
        service.check_throttle(session, bucket, limit, at)


def _note_failure(database: Database, doors: Doors, at: datetime) -> None:
    with database.writing() as session:
        for bucket, _limit in doors:
            service.note_failure(session, bucket, at)


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
    secure = request.app.state.settings.cookie_secure
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure)
    return answer


@router.get(PASSWORD, dependencies=[staff_only()])
def password_page(request: Request, changed: str = "") -> Response:
    return page(request, "accounts/password.html", {"errors": {}, "changed": bool(changed)})


@router.post(PASSWORD)
async def change_password(request: Request, actor: ActorBeforeDep, form: FormDep, at: AtDep) -> Response:
    typed, errors = forms.read_new_password(form)
    state = request.app.state
    doors = ((service.bucket_of(state.settings.key("throttle"), "password", str(actor.account_id)), SIGN_IN_LIMIT),)
    token = None
    if not errors:
        async with hashing:
            token = await asyncio.to_thread(_replace_password, state.database, doors, actor.account_id, typed, at)
    if token is None:
        errors = errors or {"old_password": _("This is not the password that you have now.")}
        return page(request, "accounts/password.html", {"errors": errors, "changed": False}, status=422)
    answer = RedirectResponse(f"{request.url.path}?changed=1", 303)
    set_session_cookie(answer, token, secure=state.settings.cookie_secure)
    return answer


def _replace_password(
    database: Database, doors: Doors, account_id: UUID, typed: forms.NewPassword, at: datetime
) -> str | None:
    """The token of the one session that is left; None when the old password is wrong."""
    with database.reading() as session:
        _check(session, doors, at)
        checked = queries.password_hash_of(session, account_id)
    if checked is None or not service.password_matches(typed.old, checked):
        _note_failure(database, doors, at)
        return None
    new_hash = service.hash_password(typed.new)
    with database.writing() as session:
        return service.change_password(session, account_id, checked_hash=checked, new_hash=new_hash, at=at)
