"""The floor of the room: bare ASGI that keeps sockets, sends a text to each in one loop, and inserts a row for a vote.

Both `POST /change` and `POST /vote` answer after their commit by the floor's group-commit writer; the first then sends
to all, what the second changed is sent so many seconds apart.
`python -m tests.bench.room_floor PORT DATABASE SIZE PACE`.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import uuid

import uvicorn
from starlette.types import Message, Receive, Scope, Send

from tests.bench.floor import GroupCommit


class Floor:
    """The whole application."""

    def __init__(self, path: str, size: int, pace: float) -> None:
        self._writer = GroupCommit(path)
        self._size, self._pace = size, pace
        self._clients: set[Send] = set()
        self._numbers = itertools.count()
        self._changed = asyncio.Event()
        self._pacing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._attend(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope["path"], receive, send)

    async def _attend(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self._clients.add(send)
        await receive()
        self._clients.discard(send)

    async def _answer(self, path: str, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        if body:
            await self._writer.insert(uuid.uuid4().hex, body.decode())
        if path == "/vote":
            self._changed.set()
            self._pacing = self._pacing or asyncio.create_task(self._keep_pace())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        if path == "/change":
            await self._broadcast()

    async def _keep_pace(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._broadcast()
            await asyncio.sleep(self._pace)

    async def _broadcast(self) -> None:
        text = f"{next(self._numbers):>{self._size}}"
        message: Message = {"type": "websocket.send", "text": text}
        for send in list(self._clients):
            await send(message)


if __name__ == "__main__":
    port, path, size, pace = sys.argv[1:]
    uvicorn.run(
        Floor(path, int(size), float(pace)),
        host="127.0.0.1",
        port=int(port),
        access_log=False,
        log_level="error",
        ws_per_message_deflate=False,
    )
