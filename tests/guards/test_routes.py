"""Every address says who may use it, and is written in the one way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from starlette.routing import Route

from participation import app as site
from participation.accounts.access import PUBLIC, access_of, unguarded
from participation.accounts.permissions import Permission
from participation.ballots import routes as ballots_routes
from participation.demo import routes as demo_routes
from participation.middleware import WITHOUT_LANGUAGE
from participation.settings import Settings
from tests.guards.source import called, calls, functions, modules, name_of, tree

ROUTERS = [ballots_routes.intake_router, demo_routes.router, *site.ROUTERS]
SEGMENT = re.compile(r"^([a-z0-9]+(-[a-z0-9]+)*(\.(pdf|csv|zip|json|css|atom|ics))?|\{[a-z_]+(:[a-z]+)?\})?$")


def routes() -> Iterator[Route]:
    return (route for router in ROUTERS for route in router.routes if isinstance(route, Route))


def test_every_route_declares_its_access() -> None:
    assert unguarded(ROUTERS) == []


def test_what_is_declared_exists() -> None:
    known = {permission.value for permission in Permission} | {"public", "signed-in"}
    for route in routes():
        assert access_of(route) <= known, route.path
        assert len(access_of(route) - {"signed-in"}) <= 1, f"{route.path} declares two kinds of access"


def test_every_permission_opens_something() -> None:
    used = set().union(*(access_of(route) for route in routes()))
    assert {permission.value for permission in Permission} <= used


def test_the_site_refuses_to_start_on_a_route_that_forgot(monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter()

    @router.get("/{locale}/forgotten")
    def forgotten() -> None:
        """Declares nothing."""

    @router.get("/{locale}/remembered", dependencies=[PUBLIC])
    def remembered() -> None:
        """Declares that anybody may."""

    monkeypatch.setattr(site, "ROUTERS", [*site.ROUTERS, router])
    settings = Settings(database_url="sqlite:////dev/null/nowhere.db", secret_key=SecretStr("x" * 40))
    with pytest.raises(RuntimeError, match="forgotten") as refusal:
        site.create_app(settings)
    assert "remembered" not in str(refusal.value)


def test_addresses_are_kebab_case_in_lower_case() -> None:
    for route in routes():
        wrong = [segment for segment in route.path.split("/") if not SEGMENT.match(segment)]
        assert not wrong, f"{route.path}: {wrong}"


def test_an_address_begins_with_its_language() -> None:
    assert sorted(route.path for route in routes() if not route.path.startswith("/{locale}/")) == [
        "/m/{code:int}",
        "/v/{slug}",
    ]


def test_no_address_but_a_home_page_ends_with_a_stroke() -> None:
    assert [route.path for route in routes() if route.path.endswith("/")] == ["/{locale}/"]


def test_first_words_without_language_are_those_of_the_routes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nothing.db'}"
    app = site.create_app(Settings(database_url=url, secret_key=SecretStr("x" * 40), keys_dir=tmp_path))
    paths = {getattr(route, "path", "") for route in app.routes} | {route.path for route in routes()}
    assert {path.split("/")[1] for path in paths if path} - {"", "{locale}"} == WITHOUT_LANGUAGE


def test_addresses_are_taken_once() -> None:
    taken = [(method, re.sub(r"\{[^}]+\}", "{}", route.path)) for route in routes() for method in route.methods or ()]
    assert len(taken) == len(set(taken)), sorted({each for each in taken if taken.count(each) > 1})


def test_staff_addresses_are_never_public() -> None:
    public = {route.path for route in routes() if "/staff" in route.path and access_of(route) == {"public"}}
    assert public == {"/{locale}/staff/sign-in", "/{locale}/staff/new-password/{token}"}


def test_reading_requests_open_no_write_transaction() -> None:
    """The session of a GET cannot write (tests/guards/test_writing.py tries); nor may a handler get another."""
    for path in modules():
        for handler in functions(tree(path)):
            verbs = {called(call) for decorator in handler.decorator_list for call in calls(decorator)}
            if any(verb.endswith(".get") for verb in verbs):
                opened = {called(call) for call in calls(handler)}
                wrong = [name for name in opened if name.endswith((".writing", ".write_session"))]
                assert not wrong, f"{name_of(path)}: {handler.name}"
