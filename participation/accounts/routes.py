"""Sign-in, sign-out, and the staff of an organisation."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts import forms, queries, service
from participation.accounts.access import (
    PUBLIC,
    SESSION_COOKIE,
    ActorDep,
    AtDep,
    FormDep,
    in_organisation,
    staff_only,
)
from participation.accounts.models import Organisation, Role
from participation.accounts.permissions import ROLE_NAMES, Permission
from participation.db import SessionDep
from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.templating import locale_of, page

router = APIRouter()
_hashing = asyncio.Semaphore(1)
SIGN_IN_LIMIT = 10
ManagedOrganisation = Annotated[Organisation, in_organisation(Permission.ACCOUNT_MANAGE)]


@router.get("/{locale}/staff/sign-in", dependencies=[PUBLIC])
def sign_in_page(request: Request, next: str = "") -> Response:
    return page(request, "accounts/sign_in.html", {"next": next, "email": "", "error": None})


@router.post("/{locale}/staff/sign-in", dependencies=[PUBLIC])
async def sign_in(request: Request, at: AtDep) -> Response:
    """Checks the password between two transactions: hashing takes 0.2 s and must hold no lock."""
    typed = forms.read_sign_in(await request.form())
    state = request.app.state
    address = request.client.host if request.client else ""
    bucket = service.bucket_of(state.settings.key("throttle"), "sign-in", address, typed.email)
    found = await asyncio.to_thread(_look_up, state.database, bucket, typed.email, at)
    async with _hashing:
        stored = found.password_hash if found else None
        right = await asyncio.to_thread(service.password_matches, typed.password, stored)
    if not right or found is None:
        await asyncio.to_thread(_note_failure, state.database, bucket, at)
        context = {
            "next": typed.next_path,
            "email": typed.email,
            "error": _("This e-mail address and password do not go together. Check both and try again."),
        }
        return page(request, "accounts/sign_in.html", context, status=422)
    token = await asyncio.to_thread(_open_session, state.database, found.account_id, at)
    answer = RedirectResponse(typed.next_path or f"/{locale_of(request)}/staff", 303)
    set_session_cookie(answer, token, secure=state.settings.cookie_secure)
    return answer


def set_session_cookie(answer: Response, token: str, *, secure: bool) -> None:
    answer.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")


def _look_up(database: Any, bucket: str, email: str, at: Any) -> queries.Credentials | None:
    with database.reading() as session:
        service.check_throttle(session, bucket, SIGN_IN_LIMIT, at)
        return queries.credentials(session, email)


def _note_failure(database: Any, bucket: str, at: Any) -> None:
    with database.writing() as session:
        service.note_failure(session, bucket, at)


def _open_session(database: Any, account_id: Any, at: Any) -> str:
    with database.writing() as session:
        return service.sign_in(session, account_id, at)


@router.post("/{locale}/staff/sign-out", dependencies=[staff_only()])
def sign_out(request: Request, session: SessionDep, form: FormDep) -> Response:
    service.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse(f"/{locale_of(request)}/", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def _staff_context(session: SessionDep, organisation: Organisation) -> dict[str, Any]:
    staff = queries.staff_of(session, organisation.id)
    return {"organisation": organisation, "staff": staff, "roles": list(Role), "role_names": ROLE_NAMES}


@router.get("/{locale}/staff/{organisation}/team")
def team(request: Request, organisation: ManagedOrganisation, session: SessionDep) -> Response:
    blank = forms.NewStaff("", "", "", ())
    context = {**_staff_context(session, organisation), "typed": blank, "errors": {}}
    return page(request, "accounts/team.html", context)


@router.post("/{locale}/staff/{organisation}/team")
async def add_to_team(
    request: Request, organisation: ManagedOrganisation, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    typed, errors = forms.read_new_staff(form)
    if not errors:
        async with _hashing:
            password_hash = await asyncio.to_thread(service.hash_password, typed.password)
        try:
            service.add_staff(
                session,
                email=typed.email,
                name=typed.name,
                password_hash=password_hash,
                roles=typed.roles,
                organisation_id=organisation.id,
                at=at,
                by=actor,
            )
        except Invalid as problem:
            errors["email"] = problem.message
        else:
            return RedirectResponse(request.url.path, 303)
    context = {**_staff_context(session, organisation), "typed": typed, "errors": errors}
    return page(request, "accounts/team.html", context, status=422)
