"""The worker beside a site that one command serves: polls are settled and keys destroyed on a laptop too."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_LIMIT = 20.0
"""Seconds that the worker has to finish what it does."""
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process is sent when its parent dies, however it dies."""


@contextmanager
def worker_beside() -> Iterator[None]:
    """While entered, `participation worker` runs with the same environment; in a session of its own, so that Ctrl-C
    reaches it through this process alone. SIGTERM ends both."""
    before = signal.signal(signal.SIGTERM, _leave)  # uvicorn sends it once more when it has finished
    command = [sys.executable, "-m", "participation", "worker"]
    worker = subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        worker.terminate()
        try:
            worker.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end_with_parent() -> None:
    """A site that was killed leaves no worker behind, where the system can say so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
