"""The process that serves: uvicorn, and what a room full of telephones asks of the socket that it listens on.

A telephone that sleeps, or a client that never reads, is the kernel's matter before it is ours: what waits for it
lies in the kernel's memory, and a connection that cannot be flushed is never closed. Both are bounded here, for every
connection, as those inherit the options of the listening socket.
"""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from participation.connections import Questions, Sockets
from participation.settings import Settings

GRACE = 20
"""Seconds in which requests may finish when the site is told to stop; then what is queued is written all the same."""
LARGEST_MESSAGE = 1024
"""Bytes of a socket's message: no page of ours sends any."""
UNSENT = 64 * 1024
"""Bytes of a connection that the kernel holds and has not sent. What comes later waits here, where the newest replaces
it."""
UNANSWERED = 30_000
"""Milliseconds without a word from the other end while something waits for it, after which the connection ends."""
OPTIONS = (("TCP_NOTSENT_LOWAT", UNSENT), ("TCP_USER_TIMEOUT", UNANSWERED))
"""By name: not every system knows them."""
CONNECTIONS: dict[str, Any] = {
    "http": Questions,
    "ws": Sockets,
    "ws_max_size": LARGEST_MESSAGE,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,  # the rooms tell by themselves that the line is alive
}
"""Of uvicorn: what a connection is, and what it may do."""
STARTUP_FAILURE = 3

SITE = "participation.app:create_served_app"
"""By name: each worker makes its own from the environment."""


def run(settings: Settings, host: str, port: int, workers: int = 1, make_site: str | Callable[[], Any] = SITE) -> int:
    """Serves the site until it is told to stop; the exit code."""
    allow_open_files()
    config = uvicorn.Config(
        make_site,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        **CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )
    listener = listen(config)
    if workers > 1:
        Multiprocess(config, sockets=[listener]).run()
        return 0
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return 0 if server.started else STARTUP_FAILURE


def listen(config: uvicorn.Config) -> socket.socket:
    """The socket that the server listens on, with its limits; ends the process where the port is taken."""
    listener = config.bind_socket()
    for name, value in OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            listener.setsockopt(socket.IPPROTO_TCP, option, value)
    return listener


def allow_open_files() -> None:
    """As many open files as the system lets this process have: each telephone is one, and the usual limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard and hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
