"""The hub of the sockets on a real server: what is sent when, to whom, and who is let go."""

from __future__ import annotations

import base64
import os
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from participation import serving
from participation.broadcast import Broadcast, announce
from participation.db import Database
from participation.live import sockets
from participation.live.sockets import OVER, Door, Rooms, Stamp, View, topic_of
from participation.middleware import Perimeter
from participation.serving import CONNECTIONS, listen
from tests import databases

MEETING = uuid.UUID(int=5)


class Node:
    """A server of one meeting. Its screen is a number, and what `filler` adds to make it long."""

    def __init__(self, database: Database, **limits: int) -> None:
        self.number, self.votes, self.filler, self.fails = 0, 0, "", False
        self.rendered: list[View] = []
        self.database = database
        broadcast = Broadcast(database)
        self.rooms = Rooms(broadcast, lambda meeting_id, before=None: nullcontext(self), **limits)

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncIterator[None]:
            broadcast.start()
            self.rooms.start()
            yield
            await self.rooms.stop()
            await broadcast.stop()

        app = Starlette(lifespan=lifespan)
        app.state.rooms = self.rooms
        door = WebSocketRoute("/{locale}/{view}", Door(frozenset(View), lambda asked: MEETING))
        app.add_middleware(Perimeter, sockets=[door])
        config = uvicorn.Config(app, port=0, log_level="error", **CONNECTIONS)
        self._server, self._listener = uvicorn.Server(config), listen(config)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))

    @property
    def stamp(self) -> Stamp:
        return OVER if self.number < 0 else Stamp(str(self.number), str(self.votes))

    def render(self, view: View, locale: str) -> str:
        if self.fails:
            raise ValueError("a screen that cannot be made")
        self.rendered.append(view)
        return f"{view} {locale} {self.number}{self.filler}"

    def change(self, number: int) -> None:
        """Something is written, and announced."""
        self.number = number
        with self.database.writing() as session:
            announce(session, topic_of(MEETING))

    def connect(self, view: str = "phone", **more: Any) -> ClientConnection:
        client: ClientConnection = connect(f"ws://127.0.0.1:{self.port}/fr/{view}", compression=None, **more)
        return client

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self._server.started)

    @property
    def held(self) -> int:
        """Connections for which the server still holds something."""
        return len(self._server.server_state.connections)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()


@contextmanager
def served(database: Database, **limits: int) -> Iterator[Node]:
    node = Node(database, **limits)
    node.start()
    try:
        yield node
    finally:
        node.stop()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    yield database
    database.dispose()


@pytest.fixture
def node(sqlite: Database) -> Iterator[Node]:
    with served(sqlite) as node:
        yield node


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def received(client: ClientConnection, seconds: float) -> list[str]:
    """All that comes in so many seconds."""
    deadline, found = time.monotonic() + seconds, []
    while (left := deadline - time.monotonic()) > 0:
        try:
            found.append(str(client.recv(left)))
        except TimeoutError:
            break
    return found


def close_code(client: ClientConnection) -> int:
    """The code with which the server ends it, after whatever it still sends."""
    with suppress(ConnectionClosed):
        while True:
            client.recv(10)
    assert client.close_code is not None
    return client.close_code


def test_everybody_has_the_screen_at_once_and_changes_come_together(node: Node) -> None:
    with node.connect() as phone, node.connect("wall") as wall:
        assert [phone.recv(5), wall.recv(5)] == ["phone fr 0", "wall fr 0"]
        for number in range(1, 41):
            node.change(number)
            time.sleep(0.025)
        seen = received(phone, 1.5)
        assert seen[-1] == "phone fr 40"
        assert 3 <= len(seen) <= 8, "a second and a half, at most four times a second"
        with node.connect() as late:
            assert late.recv(5) == "phone fr 40"
        node.number = 41  # without a word: found by looking
        assert phone.recv(5) == "phone fr 41"


def test_a_vote_moves_the_wall_and_no_telephone(node: Node) -> None:
    with node.connect("phone") as phone, node.connect("wall") as wall:
        assert phone.recv(5) == "phone fr 0"
        assert wall.recv(5) == "wall fr 0"
        node.rendered.clear()
        node.votes = 1
        node.change(0)
        wait_until(lambda: node.rendered == [View.WALL])
        node.change(1)
        assert [phone.recv(5), wall.recv(5)] == ["phone fr 1", "wall fr 1"]


def test_who_hears_nothing_new_hears_that_the_line_is_alive(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "BEAT_EVERY", 0.5)
    with node.connect() as phone:
        assert [phone.recv(5), phone.recv(5)] == ["phone fr 0", "{}"]
        node.change(1)
        assert "phone fr 1" in received(phone, 1), "the screen stays the newest thing to be sent"


def test_a_client_that_never_reads_harms_nobody(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "STALLED", 1.5)
    monkeypatch.setattr(serving, "OPTIONS", (("TCP_NOTSENT_LOWAT", serving.UNSENT), ("TCP_USER_TIMEOUT", 2_000)))
    with ExitStack() as stack:
        node = stack.enter_context(served(sqlite))
        node.filler = " " * 300_000
        for _one in range(5):
            stack.enter_context(never_reading(node.port))
        phone = stack.enter_context(node.connect(max_size=None))
        wait_until(lambda: node.rooms.connections == 6)
        phone.recv(5)
        for number in range(1, 11):
            began = time.monotonic()
            node.change(number)
            assert str(phone.recv(5)).startswith(f"phone fr {number} ")
            assert time.monotonic() - began < 2
            time.sleep(0.1)
        wait_until(lambda: node.rooms.connections == 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # only the kernel can end a connection that is never flushed
            wait_until(lambda: node.held == 1)
        assert phone.ping().wait(5), "who reads stays"


def narrow(port: int) -> socket.socket:
    """A connection whose kernel keeps little of what is not read."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    return client


@contextmanager
def never_reading(port: int) -> Iterator[None]:
    with narrow(port) as client:
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(
            f"GET /fr/phone HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        yield


def test_a_slow_client_is_sent_the_newest_and_no_queue(node: Node) -> None:
    node.filler = " " * 300_000
    with node.connect(max_size=None, max_queue=1, sock=narrow(node.port)) as slow:
        slow.recv(5)
        for number in range(1, 11):
            node.change(number)
            time.sleep(0.3)
        seen = [int(text.split()[2]) for text in received(slow, 1)]
        assert seen[-1] == 10
        assert len(seen) < 10, "what was out of date by then was never sent"


@pytest.mark.parametrize(
    ("message", "code"),
    [("vote=1", 1008), (b"\x00\x01", 1008), ("x" * 2_000, 1009), ("", 1008)],
)
def test_a_socket_takes_no_input(node: Node, message: str | bytes, code: int) -> None:
    with node.connect() as forger, node.connect() as phone:
        forger.recv(5)
        phone.recv(5)
        forger.send(message)
        assert close_code(forger) == code
        node.change(1)
        assert phone.recv(5) == "phone fr 1"


def test_another_site_is_refused_before_the_handshake(node: Node) -> None:
    with pytest.raises(InvalidStatus, match="403"), node.connect(origin="https://elsewhere.example"):
        pass
    with pytest.raises(InvalidStatus, match="403"), node.connect(additional_headers={"Sec-Fetch-Site": "cross-site"}):
        pass
    with node.connect(origin=f"http://127.0.0.1:{node.port}") as phone:
        assert phone.recv(5) == "phone fr 0"


def test_a_full_house_is_refused_before_the_handshake(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SPARE", 1)
    with served(sqlite, meeting_limit=2) as node, node.connect() as first, node.connect() as second:
        first.recv(5)
        second.recv(5)
        with pytest.raises(InvalidStatus, match="503"), node.connect():
            pass
        with node.connect("wall") as wall:
            assert wall.recv(5) == "wall fr 0", "a meeting cannot do without its wall"
        second.close()
        wait_until(lambda: node.rooms.connections == 1)
        with node.connect() as third:
            assert third.recv(5) == "phone fr 0"


def test_a_screen_of_the_staff_is_asked_again_who_it_is(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "STAFF_AGAIN", 0.5)
    with node.connect("remote") as remote, node.connect() as phone:
        assert close_code(remote) == 1012, "it comes back by itself"
        assert phone.ping().wait(5)


def test_after_the_last_screen_nobody_is_to_come_back(node: Node) -> None:
    with node.connect() as phone:
        phone.recv(5)
        node.change(-1)
        assert phone.recv(5) == "phone fr -1"
        assert close_code(phone) == 1000


def test_a_screen_that_cannot_be_made_is_tried_again(node: Node) -> None:
    with node.connect() as phone:
        phone.recv(5)
        node.fails = True
        node.change(1)
        assert received(phone, 0.5) == []
        node.fails = False
        assert phone.recv(5) == "phone fr 1"


def test_who_is_told_of_a_restart_comes_back(sqlite: Database) -> None:
    with served(sqlite) as node, node.connect() as phone:
        phone.recv(5)
        node.stop()
        assert close_code(phone) == 1012


@pytest.mark.postgres
def test_two_nodes_agree_within_a_second() -> None:
    with databases.postgres_url() as url, ExitStack() as stack:
        here, there = (stack.enter_context(served(Database(url))) for _node in range(2))
        with here.connect() as phone, there.connect("wall") as wall:
            phone.recv(5)
            wall.recv(5)
            time.sleep(1)
            there.number = 1
            here.change(1)
            assert [phone.recv(1), wall.recv(1)] == ["phone fr 1", "wall fr 1"]
        for node in (here, there):
            node.database.dispose()
