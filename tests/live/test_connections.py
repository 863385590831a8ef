"""What no browser sends: fragments without end, pings nobody asked for, questions that are never finished."""

from __future__ import annotations

import base64
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from participation import connections
from participation.connections import Questions, Sockets

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n"
).encode()
CONTINUATION, TEXT, PING = 0x0, 0x1, 0x9


async def judge(scope: Scope, receive: Receive, send: Send) -> None:
    """Ends a socket that says anything, as the screens of a meeting do."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        if (await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.close", "code": 1008})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "ASKED_WITHIN", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(judge, http=Questions, ws=Sockets, lifespan="off", log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def frame(kind: int, data: bytes = b"", *, last: bool = True) -> bytes:
    return bytes([last << 7 | kind, 0x80 | len(data)]) + bytes(4) + data


def flood(client: socket.socket) -> None:
    while True:
        client.sendall(frame(PING, b"x") * 1000)
        time.sleep(0.01)


def opened(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    client.sendall(HANDSHAKE)
    assert b"101" in client.recv(1000)
    return client


def test_a_fragment_is_a_message_and_what_belongs_to_it_is_dropped(port: int) -> None:
    with opened(port) as client:
        client.sendall(frame(TEXT, last=False) + frame(CONTINUATION, last=False) * 1000)
        assert client.recv(100) == b"\x88\x02" + struct.pack(">H", 1008)


def test_few_pings_are_answered_and_a_flood_ends_the_connection(port: int) -> None:
    with opened(port) as client:
        client.sendall(frame(PING, b"x") * 3)
        assert client.recv(100) == b"\x8a\x01x" * 3
        with pytest.raises(ConnectionError):
            flood(client)


def test_a_question_is_finished_in_time_the_second_one_too(port: int) -> None:
    """One that is, keeps its connection; a socket that was opened in time stays."""
    question = b"GET / HTTP/1.1\r\nHost: x\r\n"
    with opened(port) as phone, socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(question)
        assert client.recv(100) == b""
        with socket.create_connection(("127.0.0.1", port), timeout=5) as second:
            second.sendall(question + b"\r\n")
            assert b"204" in second.recv(1000)
            second.sendall(question)
            assert second.recv(100) == b""
        phone.sendall(frame(PING, b"x"))
        assert phone.recv(100) == b"\x8a\x01x"
