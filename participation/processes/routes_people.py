"""The people of one process: who has a role in it only, giving such a role and taking it back."""

import asyncio
import uuid
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts import forms, queries, service, team
from participation.accounts.access import ActorBeforeDep, ActorDep, AtDep, FormDep
from participation.accounts.models import Role
from participation.accounts.permissions import ROLE_NAMES, Actor, Permission
from participation.accounts.routes import hashing
from participation.db import Database, SessionDep
from participation.errors import Invalid, Message
from participation.i18n import lazy as _
from participation.processes.access import open_process, open_process_before
from participation.processes.models import ProcessKind
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.templating import locale_of, page
from participation.typed import Errors

router = APIRouter()
PEOPLE = "/{locale}/staff/{organisation}/{slug}/people"
PERSON = f"{PEOPLE}/{{account_id:uuid}}"
Managed = Annotated[OpenProcess, open_process(Permission.ACCOUNT_MANAGE)]
ManagedBefore = Annotated[OpenProcess, open_process_before(Permission.ACCOUNT_MANAGE)]
NOBODY = forms.NewStaff("", "", "", ())
TITLES: dict[ProcessKind, Message] = {
    ProcessKind.BUDGET: _("People of this vote"),
    ProcessKind.CONSULTATION: _("People of this consultation"),
    ProcessKind.MEETING: _("People of this meeting"),
}
OF_A_MEETING = (Role.ADMINISTRATOR, Role.FACILITATOR, Role.MODERATOR, Role.INTAKE_CLERK, Role.OBSERVER)
"""Who has something to do in a room: prepares it, runs it, reads questions, helps at the door and counts, watches."""


def _context(
    session: Session, process: OpenProcess, actor: Actor, typed: forms.NewStaff = NOBODY, errors: Errors | None = None
) -> dict[str, Any]:
    kind, staff = process.process.kind, queries.staff_of_process(session, process.id)
    listed = {person.account_id for person in staff}
    return {
        **staff_context(process, actor, "/people"),
        "staff": staff,
        "team": [each for each in queries.staff_of(session, process.organisation.id) if each.account_id not in listed],
        "roles": OF_A_MEETING if kind is ProcessKind.MEETING else tuple(Role),
        "title": TITLES[kind],
        "role_names": ROLE_NAMES,
        "typed": typed,
        "errors": errors or {},
        "kept": False,
    }


@router.get(PEOPLE)
def people(request: Request, process: Managed, session: SessionDep, actor: ActorDep, kept: str = "") -> Response:
    return page(request, "processes/people.html", {**_context(session, process, actor), "kept": bool(kept)})


@router.post(PEOPLE)
async def add_person(
    request: Request, process: ManagedBefore, actor: ActorBeforeDep, form: FormDep, at: AtDep
) -> Response:
    """The first password is hashed before the transaction that writes: it takes 0.2 s and must hold no lock."""
    typed, errors = forms.read_new_staff(form)
    database: Database = request.app.state.database
    had_account = False
    if not errors:
        async with hashing:
            password_hash = await asyncio.to_thread(service.hash_password, typed.password)
        try:
            had_account = await asyncio.to_thread(_join, database, process, actor, typed, password_hash, at)
        except Invalid as problem:
            errors["email"] = problem.message
    if errors:
        context = await asyncio.to_thread(_context_of, database, process, actor, typed, errors)
        return page(request, "processes/people.html", context, status=422)
    return _back(request, process, "?kept=1" if had_account else "")


def _join(
    database: Database, process: OpenProcess, actor: Actor, typed: forms.NewStaff, password_hash: str, at: datetime
) -> bool:
    with database.writing() as session:
        return team.join(
            session,
            email=typed.email,
            name=typed.name,
            password_hash=password_hash,
            roles=typed.roles,
            organisation_id=process.organisation.id,
            process_id=process.id,
            at=at,
            by=actor,
        )


def _context_of(
    database: Database, process: OpenProcess, actor: Actor, typed: forms.NewStaff, errors: Errors
) -> dict[str, Any]:
    with database.reading() as session:
        return _context(session, process, actor, typed, errors)


@router.post(f"{PEOPLE}/team")
def give_to_team(
    request: Request, process: Managed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """A role in this process for somebody of the organisation, chosen in a list."""
    account_id = _account(form)
    if account_id is None:
        context = _context(session, process, actor, errors={"account": _("Choose a person.")})
        return page(request, "processes/people.html", context, status=422)
    return _with_role(request, process, account_id, session, actor, form, at, team.give_role, "role")


@router.post(f"{PERSON}/give")
def give_role(
    request: Request, process: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    return _with_role(request, process, account_id, session, actor, form, at, team.give_role, f"role-{account_id}")


@router.post(f"{PERSON}/take")
def take_role(
    request: Request, process: Managed, account_id: UUID, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    verb = team.take_process_role
    return _with_role(request, process, account_id, session, actor, form, at, verb, f"role-{account_id}")


def _account(form: FormData) -> UUID | None:
    try:
        return uuid.UUID(str(form.get("account", "")))
    except ValueError:
        return None


def _with_role(
    request: Request, process: OpenProcess, account_id: UUID, session: Session, actor: Actor, form: FormData,
    at: datetime, verb: Any, field: str,
) -> Response:  # fmt: skip
    role = forms.read_role(form)
    if role is None:
        context = _context(session, process, actor, errors={field: _("Choose a role.")})
        return page(request, "processes/people.html", context, status=422)
    place = {"organisation_id": process.organisation.id, "process_id": process.id}
    verb(session, account_id, role, **place, at=at, by=actor)
    return _back(request, process)


def _back(request: Request, process: OpenProcess, query: str = "") -> Response:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/people{query}", 303)
