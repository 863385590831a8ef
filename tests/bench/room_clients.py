"""Telephones in a process of their own: they keep a socket open, answer pings, and note when a message has arrived.

`python -m tests.bench.room_clients PORT PATH COUNT [deaf]` says `ready`, then answers each `arm` on its input with
`armed`, and, when every one of them has had a whole message since, with the instant of the last (the machine's
monotonic clock, which all processes share). Deaf ones never read again once they are connected.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator

TOGETHER = 50
"""Handshakes at a time: no more than the server's backlog."""
PING, TEXT = 0x9, 0x1
ENDED = "a connection ended"
BROWSER = (
    "User-Agent: Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile\r\n"
    "Accept-Language: fr-CA,fr;q=0.9,en;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nCache-Control: no-cache\r\n"
    "Pragma: no-cache\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: websocket\r\nSec-Fetch-Dest: empty\r\n"
    "Cookie: room=AbCdEfGhIjKlMnOpQrStUv.0123456789abcdef0123456789abcdef\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
)
"""What a telephone's browser says of itself: the server keeps it as long as the connection."""


class Phone:
    """One connection, and how far it has read."""

    __slots__ = ("heard", "left", "socket", "unread")

    def __init__(self, connection: socket.socket) -> None:
        self.socket, self.unread, self.left, self.heard = connection, b"", 0, False

    def read(self) -> bool:
        """Takes what has come; whether a whole message was in it."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError(ENDED)
        if self.left > len(data):
            self.left -= len(data)
            return False
        whole = bool(self.left)
        self.unread += data[self.left :]
        self.left = 0
        for kind, body in self._frames():
            whole = whole or (kind == TEXT and not self.left)
            if kind == PING:
                self.socket.send(b"\x8a" + bytes([0x80 | len(body)]) + b"\0\0\0\0" + body)
        return whole

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Frames that have begun; what is missing of the last one stays in `left`."""
        while len(self.unread) >= 2:
            size, start = self.unread[1] & 0x7F, 2
            if size > 125:
                start = 4 if size == 126 else 10
                if len(self.unread) < start:
                    return
                size = int(struct.unpack(">H" if start == 4 else ">Q", self.unread[2:start])[0])
            kind, body = self.unread[0] & 0xF, self.unread[start : start + size]
            if kind == PING and len(body) < size:
                return
            self.left = size - len(body)
            self.unread = self.unread[start + size :]
            yield kind, body


def connect(port: int, path: str, *, deaf: bool) -> socket.socket:
    """A connection whose handshake has been sent."""
    connection = socket.socket()
    if deaf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n{BROWSER}"
        f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    return connection


def accepted(connection: socket.socket) -> Phone:
    """Reads the answer to the handshake, and no more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        one = connection.recv(1)
        if not one:
            raise ConnectionError(ENDED)
        head += one
    assert head.startswith(b"HTTP/1.1 101"), head
    connection.setblocking(False)
    return Phone(connection)


class Crowd:
    """All of them, and who has had a message since it was armed."""

    def __init__(self) -> None:
        self.phones: dict[int, Phone] = {}
        self.waiting = 0
        self._poll = select.epoll()

    def join(self, port: int, path: str, count: int, *, deaf: bool) -> None:
        """So many connections, one group after the other; those who are there answer pings meanwhile."""
        for first in range(0, count, TOGETHER):
            begun = [connect(port, path, deaf=deaf) for _one in range(min(TOGETHER, count - first))]
            for connection in begun:
                phone = accepted(connection)
                self.phones[connection.fileno()] = phone
                if not deaf:
                    self._poll.register(connection, select.EPOLLIN)
            self._read(0)

    def _read(self, seconds: float | None) -> bool:
        """Takes what has come; whether something was said on the input."""
        said = False
        for number, _event in self._poll.poll(seconds):
            phone = self.phones.get(number)
            if phone is None:
                said = True
            elif phone.read() and self.waiting and not phone.heard:
                phone.heard = True
                self.waiting -= 1
                if not self.waiting:
                    print(time.monotonic(), flush=True)
        return said

    def attend(self) -> None:
        """Reads until its input ends."""
        self._poll.register(sys.stdin, select.EPOLLIN)
        while True:
            if self._read(None):
                if not sys.stdin.readline():
                    return
                for phone in self.phones.values():
                    phone.heard = False
                self.waiting = len(self.phones)
                print("armed", flush=True)


def main() -> None:
    port, path, count, *deaf = sys.argv[1:]
    crowd = Crowd()
    crowd.join(int(port), path, int(count), deaf=bool(deaf))
    print("ready", flush=True)
    if deaf:
        sys.stdin.read()
    else:
        crowd.attend()


if __name__ == "__main__":
    main()
