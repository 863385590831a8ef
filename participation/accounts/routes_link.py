"""The page behind a one-time link, where somebody who forgot their password chooses a new one."""

import asyncio
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts import forms, links, service
from participation.accounts.access import PUBLIC, AtDep
from participation.accounts.routes import hashing
from participation.db import Database
from participation.templating import locale_of, page

router = APIRouter()
NEW_PASSWORD = "/{locale}/staff/new-password/{token}"  # noqa: S105  an address


def address_of(base_url: str, locale: str, token: str) -> str:
    """The whole link, as a person opens it."""
    return base_url.rstrip("/") + NEW_PASSWORD.format(locale=locale, token=token)


@router.get(NEW_PASSWORD, dependencies=[PUBLIC])
def new_password_page(request: Request, token: str, at: AtDep) -> Response:
    name = _holder(request.app.state.database, token, at)
    return page(request, "accounts/new_password.html", {"errors": {}, "name": name})


@router.post(NEW_PASSWORD, dependencies=[PUBLIC])
async def choose_new_password(request: Request, token: str, at: AtDep) -> Response:
    """The link is looked at before anything is hashed, and used up in the transaction that writes."""
    typed, errors = forms.read_first_password(await request.form())
    database: Database = request.app.state.database
    name = await asyncio.to_thread(_holder, database, token, at)
    if errors:
        return page(request, "accounts/new_password.html", {"errors": errors, "name": name}, status=422)
    async with hashing:
        new_hash = await asyncio.to_thread(service.hash_password, typed)
    await asyncio.to_thread(_redeem, database, token, new_hash, at)
    return RedirectResponse(f"/{locale_of(request)}/staff/sign-in?chosen=1", 303)


def _holder(database: Database, token: str, at: datetime) -> str:
    with database.reading() as session:
        return links.holder(session, token, at)


def _redeem(database: Database, token: str, new_hash: str, at: datetime) -> None:
    with database.writing() as session:
        links.redeem(session, token, new_hash=new_hash, at=at)
