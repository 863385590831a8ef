"""The application in a process of its own, which ends when the replay that started it does."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from participation.app import create_app
from participation.replay.state import State

START_LIMIT = 60.0


@contextmanager
def running_site(state: State) -> Iterator[str]:
    """The address of a site on the replay's database, on loopback. RuntimeError when it does not start."""
    port = _free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": state.notes.database_url,
        "SECRET_KEY": state.secret_key,
        "KEYS_DIR": str(state.keys_dir),
        "LOG_LEVEL": "ERROR",
        "DEMO": "0",
    }
    command = [sys.executable, "-m", "participation.replay.server", str(port)]
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, base)
        yield base
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError("the site did not start")


def main(port: int) -> None:
    """Serves until standard input is closed: when the replay is killed, so is its site."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(), host="127.0.0.1", port=port, access_log=False, log_level="error")
    )

    def watch() -> None:
        sys.stdin.buffer.read()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    asyncio.run(server.serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
