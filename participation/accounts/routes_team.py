"""The people of an organisation: who is in the team, with which roles; joining, leaving."""

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts import forms, links, queries, service
from participation.accounts import team as people
from participation.accounts.access import (
    ActorBeforeDep,
    ActorDep,
    AtDep,
    FormDep,
    in_organisation,
    in_organisation_before,
)
from participation.accounts.models import Organisation, Role
from participation.accounts.navigation import organisation_context
from participation.accounts.permissions import ROLE_NAMES, Actor, Permission
from participation.accounts.routes import hashing
from participation.accounts.routes_link import address_of
from participation.db import Database, SessionDep
from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.templating import locale_of, page
from participation.typed import Errors

router = APIRouter()
TEAM = "/{locale}/staff/{organisation}/team"
PERSON = f"{TEAM}/{{account_id:uuid}}"
Managed = Annotated[Organisation, in_organisation(Permission.ACCOUNT_MANAGE)]
ManagedBefore = Annotated[Organisation, in_organisation_before(Permission.ACCOUNT_MANAGE)]
NOBODY = forms.NewStaff("", "", "", ())


def _context(
    session: Session,
    organisation: Organisation,
    actor: Actor,
    typed: forms.NewStaff = NOBODY,
    errors: Errors | None = None,
) -> dict[str, Any]:
    return {
        **organisation_context(organisation, actor, "team"),
        "staff": queries.staff_of(session, organisation.id),
        "guests": queries.guests_of(session, organisation.id),
        "roles": list(Role),
        "role_names": ROLE_NAMES,
        "typed": typed,
        "errors": errors or {},
        "kept": False,
    }


@router.get(TEAM)
def team(request: Request, organisation: Managed, session: SessionDep, actor: ActorDep, kept: str = "") -> Response:
    context = {**_context(session, organisation, actor), "kept": bool(kept)}
    return page(request, "accounts/team.html", context)


@router.post(TEAM)
async def add_to_team(
    request: Request, organisation: ManagedBefore, actor: ActorBeforeDep, form: FormDep, at: AtDep
) -> Response:
    """The first password is hashed before the transaction that writes: it takes 0.2 s and must hold no lock."""
    typed, errors = forms.read_new_staff(form)
    database: Database = request.app.state.database
    had_account = False
    if not errors:
        async with hashing:
            password_hash = await asyncio.to_thread(service.hash_password, typed.password)
        try:
            had_account = await asyncio.to_thread(_join, database, organisation.id, actor, typed, password_hash, at)
        except Invalid as problem:
            errors["email"] = problem.message
    if errors:
        context = await asyncio.to_thread(_context_of, database, organisation, actor, typed, errors)
        return page(request, "accounts/team.html", context, status=422)
    return _back(request, organisation, "?kept=1" if had_account else "")


def _join(
    database: Database, organisation_id: UUID, actor: Actor, typed: forms.NewStaff, password_hash: str, at: datetime
) -> bool:
    with database.writing() as session:
        return people.join(
            session,
            email=typed.email,
            name=typed.name,
            password_hash=password_hash,
            roles=typed.roles,
            organisation_id=organisation_id,
            at=at,
            by=actor,
        )


def _context_of(
    database: Database, organisation: Organisation, actor: Actor, typed: forms.NewStaff, errors: Errors
) -> dict[str, Any]:
    with database.reading() as session:
        return _context(session, organisation, actor, typed, errors)


@router.post(f"{PERSON}/give")
def give_role(
    request: Request, organisation: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep,
    at: AtDep,
) -> Response:  # fmt: skip
    return _with_role(request, organisation, account_id, session, actor, form, at, people.give_role)


@router.post(f"{PERSON}/take")
def take_role(
    request: Request, organisation: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep,
    at: AtDep,
) -> Response:  # fmt: skip
    return _with_role(request, organisation, account_id, session, actor, form, at, people.take_role)


def _with_role(
    request: Request, organisation: Organisation, account_id: UUID, session: Session, actor: Actor, form: Any,
    at: datetime, verb: Any,
) -> Response:  # fmt: skip
    role = forms.read_role(form)
    if role is None:
        errors = {f"role-{account_id}": _("Choose a role.")}
        context = _context(session, organisation, actor, errors=errors)
        return page(request, "accounts/team.html", context, status=422)
    verb(session, account_id, role, organisation_id=organisation.id, at=at, by=actor)
    return _back(request, organisation)


@router.post(f"{PERSON}/close")
def close_account(
    request: Request, organisation: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep,
    at: AtDep,
) -> Response:  # fmt: skip
    people.close_account(session, account_id, organisation_id=organisation.id, at=at, by=actor)
    return _back(request, organisation)


@router.post(f"{PERSON}/reopen")
def reopen_account(
    request: Request, organisation: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep,
    at: AtDep,
) -> Response:  # fmt: skip
    people.reopen_account(session, account_id, organisation_id=organisation.id, at=at, by=actor)
    return _back(request, organisation)


@router.post(f"{PERSON}/link")
def issue_link(
    request: Request, organisation: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep,
    at: AtDep,
) -> Response:  # fmt: skip
    """The one answer that shows the link: no address leads to it again."""
    token = links.issue(session, account_id, organisation_id=organisation.id, at=at, by=actor)
    context = {
        **organisation_context(organisation, actor, "team"),
        "name": queries.names_of(session, {account_id})[account_id],
        "link": address_of(request.app.state.settings.base_url, locale_of(request), token),
        "until": at + links.LINK_LIFE,
    }
    return page(request, "accounts/link.html", context)


def _back(request: Request, organisation: Organisation, query: str = "") -> Response:
    return RedirectResponse(f"/{locale_of(request)}/staff/{organisation.slug}/team{query}", 303)
