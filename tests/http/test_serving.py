"""A real server in a process of its own: told to stop, it loses no ballot; it believes named proxies alone."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlencode

import httpx2
import pytest
from sqlalchemy import text

from participation.accounts.throttle import LIMIT
from participation.db import Database
from participation.i18n import now
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import World, build_codes, build_world
from tests.client import Page
from tests.conftest import SECRET

VOTERS = 40


@contextmanager
def server(settings: Settings, **more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`participation serve` on a free port, ready; killed at the end where it still runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in ("DEMO", "DEMO_TODAY")} | {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": SECRET,
        "KEYS_DIR": str(settings.keys_dir),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "participation", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment | more)
    try:
        wait_until_ready(process, port)
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError("the server did not start")


@pytest.fixture
def vote(database: Database, keys: Keys) -> tuple[World, list[str]]:
    world = build_world(database, keys, at=now())
    return world, build_codes(database, keys, world, VOTERS)


def ready_to_confirm(base: str, world: World, code: str) -> str:
    """The cookies of a browser that has chosen and has one button left to press."""
    with httpx2.Client(base_url=base, timeout=60) as client:
        client.post(f"/fr{world.path}/vote/code", data={"code": code})
        answer = client.post(f"/fr{world.path}/vote/ballot/1", data={"c.ville.1": "1"})
        assert answer.headers["location"].endswith("/review"), Page(answer.text).text
        return "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar if each.path.startswith("/fr/"))


def press_the_button(port: int, world: World, cookies: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", f"/fr{world.path}/vote/confirm", headers={"Cookie": cookies, "Content-Length": "0"})
    return connection


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except ConnectionError:
        return False
    return True


def test_told_to_stop_it_writes_every_ballot_that_is_on_its_way(
    settings: Settings, database: Database, vote: tuple[World, list[str]]
) -> None:
    """The ballots wait behind another writer when the signal comes: all are stored, then all are acknowledged."""
    world, codes = vote
    with server(settings) as (process, port):
        base = f"http://127.0.0.1:{port}"
        with ThreadPoolExecutor(8) as pool:
            browsers = list(pool.map(lambda code: ready_to_confirm(base, world, code), codes))
        with database.writing() as session:
            if not settings.is_sqlite:
                session.execute(text("LOCK TABLE ballot IN ACCESS EXCLUSIVE MODE"))
            waiting = [press_the_button(port, world, cookies) for cookies in browsers]
            assert httpx2.get(f"{base}/healthz").status_code == 200  # read after all of theirs
            process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 30
            while is_listening(port):
                assert time.monotonic() < deadline, "it goes on listening"
        answers = [connection.getresponse() for connection in waiting]
        assert [answer.status for answer in answers] == [303] * VOTERS
        assert {answer.headers["location"] for answer in answers} == {f"/fr{world.path}/vote/receipt"}
        assert process.wait(60) in (0, -signal.SIGTERM)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM ballot")).scalar_one() == VOTERS


def guess(port: int, forwarded: str) -> int:
    form = urlencode({"email": "ada@ville.example", "password": "guess"})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": forwarded}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/fr/staff/sign-in", form, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("proxies", "forwarded", "last"),
    [
        pytest.param("", "203.0.113.{}", 429, id="nobody is believed"),
        pytest.param("192.0.2.1, 192.0.2.2", "203.0.113.{}", 429, id="we are no proxy"),
        pytest.param("192.0.2.1, 127.0.0.1", "203.0.113.{}", 422, id="a proxy tells who asks"),
        pytest.param("127.0.0.1", "203.0.113.{}, 198.51.100.1", 429, id="what a client wrote before the proxy"),
    ],
)
def test_an_address_is_believed_from_a_trusted_proxy_alone(
    settings: Settings, proxies: str, forwarded: str, last: int
) -> None:
    with server(settings, TRUSTED_PROXIES=proxies) as (_process, port):
        statuses = [guess(port, forwarded.format(number)) for number in range(LIMIT + 1)]
    assert statuses == [422] * LIMIT + [last]
