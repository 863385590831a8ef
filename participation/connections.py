"""Connections as uvicorn makes them, with bounds on what a client may do that no page and no browser of ours does.

What the server's own limits leave open: fragments of nothing that never end, and answers to pings that nobody reads,
lie in memory without bound; a connection that never finishes its question is kept for ever.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

ASKED_WITHIN = 20.0
"""Seconds for the address and the headers of a question, over the worst link of a hall."""
AT_ONCE = 10
"""Pings and pongs that may come together; later one a second. No browser sends any, as the server pings nobody."""
TOO_LARGE = 1009


class Questions(HttpToolsProtocol):
    """Ends a connection on which a question is not finished in time."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        self._rest()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(ASKED_WITHIN, self.transport.close)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Sockets(WebSocketsSansIOProtocol):
    """Takes the first fragment of a message for all of it, and few pings."""

    _calm_at = 0.0
    """When nobody remembers the pings that came so far."""

    def handle_text(self, event: Frame) -> None:
        event.fin = True
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        event.fin = True
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """What belongs to a fragment that was taken for all."""

    def handle_ping(self) -> None:
        if self._is_calm():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._is_calm():
            super().handle_pong(event)

    def _is_calm(self) -> bool:
        """False where more came than a connection is for: then it ends."""
        if self.transport.is_closing():
            return False
        now = self.loop.time()
        self._calm_at = max(now, self._calm_at) + 1
        if self._calm_at - now <= AT_ONCE:
            return True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_LARGE})
        self.transport.abort()
        return False
