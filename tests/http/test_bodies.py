"""A form arrives as a whole before anything begins: a slow or endless one stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import text
from starlette.types import Message

from participation.accounts.access import SESSION_COOKIE
from participation.accounts.models import Role
from participation.middleware import MAX_BODY
from tests.builders import build_account, build_world
from tests.client import Site

Receive = Callable[[], Awaitable[Message]]
GONE: Message = {"type": "http.disconnect"}
MEBIBYTE = 2**20


def post(site: Site, path: str, receive: Receive, headers: dict[str, str]) -> int:
    """The status of a POST whose body `receive` brings piece by piece; 0 when nobody was answered."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(site.app(scope, receive, send))
    return int(sent[0]["status"]) if sent else 0


def test_a_body_without_an_announced_length_is_cut_off_at_the_limit(site: Site) -> None:
    taken = 0

    async def endless() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * MEBIBYTE, "more_body": True}

    assert post(site, "/fr/staff/sign-in", endless, {"transfer-encoding": "chunked"}) == 413
    assert taken == MAX_BODY // MEBIBYTE + 1


def test_whoever_goes_away_in_the_middle_of_a_form_is_no_error(site: Site) -> None:
    pieces = [{"type": "http.request", "body": b"email=", "more_body": True}]

    async def half() -> Message:
        return pieces.pop() if pieces else GONE

    assert post(site, "/fr/staff/sign-in", half, {"content-length": "100"}) == 0


def test_while_a_form_is_still_on_its_way_others_can_write(site: Site) -> None:
    """Else one clerk with a bad connection would hold the lock of the database, and the vote would stop."""
    world = build_world(site.database, site.keys)
    admin = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))
    cookie = f"{SESSION_COOKIE}={admin.client.cookies[SESSION_COOKIE]}"
    written = []

    def write() -> None:
        with site.database.writing() as session:
            session.execute(text("UPDATE organisation SET address = 'moved'"))
        written.append(True)

    async def slow() -> Message:
        await asyncio.to_thread(write)
        return GONE

    assert post(site, "/fr/staff/sign-out", slow, {"cookie": cookie, "content-length": "100"}) == 0
    assert written


NUL = {"address": "/fr/ville%00/budget", "form": "email=a%00%40ville.example&password=x"}


def test_a_character_that_no_database_stores_is_no_error_of_ours(site: Site) -> None:
    build_world(site.database, site.keys)
    visitor = site.visitor()
    visitor.get(NUL["address"], status=404)
    visitor.get("/fr/ville/budget/projects?q=%00", status=404)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.client.post("/fr/staff/sign-in", content=NUL["form"], headers=form).status_code == 400


def test_an_error_of_ours_tells_nothing_and_keeps_the_headers(site: Site) -> None:
    visitor = site.visitor()
    visitor.client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]

    def broken() -> None:
        raise RuntimeError("a secret of the inside")

    site.app.state.clock = broken
    answer = visitor.client.get("/fr/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
