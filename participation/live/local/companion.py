"""The worker beside a site that one command serves: polls are settled and keys destroyed on a laptop too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STOP_LIMIT = 20.0
"""Seconds that the worker has to finish what it does."""


@contextmanager
def worker_beside() -> Iterator[None]:
    """While entered, `participation worker` runs with the same environment; in a session of its own, so that Ctrl-C
    reaches it through this process alone."""
    command = [sys.executable, "-m", "participation", "worker"]
    worker = subprocess.Popen(command, start_new_session=True)
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
