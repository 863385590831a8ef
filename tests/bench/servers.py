"""Starting the servers that are timed, and the line that tells of a ratio."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from participation.settings import Settings

SECRET = "a benchmark's secret that is long enough to be one"


def environment_of(settings: Settings) -> dict[str, str]:
    """What tells `participation serve` to serve the site that was built with these settings."""
    return {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": SECRET,
        "KEYS_DIR": str(settings.keys_dir),
        "LOG_LEVEL": "ERROR",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(command: list[str], port: int, path: str, environment: dict[str, str]) -> Iterator[int]:
    """Starts a server and gives its process id; ends that process and no other."""
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **environment})
    try:
        for _try in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2)
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def report(name: str, ratio: float, goal: str, detail: str) -> None:
    print(f"{name:<44} {ratio:>7.2f}   goal {goal:<10} {detail}")
