"""A limited child process, in which strangers' files are opened: both ends of its line.

The child has no database, no secret and no network to speak of; its memory, its processor time and the files it may
write are limited by the system. Both ends speak lines of JSON. Whoever holds the other end must expect the child to die
at any moment: no byte of a stranger's file is looked at in the process that uses this.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

SILENCE = 90.0
"""Seconds without a word from the child before it is ended."""
MOST_SAID = 16 * 1024**2
"""Bytes of one message: no page, nor the pictures of one, are as long."""
Message = dict[str, Any]


class ChildDied(Exception):
    """The child is gone, or says nothing."""


class Child:
    """The outer end. The child is started when it is first told something, and again after it died."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.process: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def ask(
        self, asked: Message, until: float, answer: Callable[[Message], Message] | None = None
    ) -> Generator[Message, None, None]:
        """What the child says to what it is asked, until the monotonic second `until`; its own questions, which `want`
        something, are answered here. Raises ChildDied.

        A child that is not heard to the end is ended: what it still says would be taken for the next answer.
        """
        done = False
        try:
            self._tell(asked)
            while not done:
                message = self._hear(until)
                done = "done" in message
                if "want" in message and answer is not None:
                    self._tell(answer(message))
                elif not done:
                    yield message
        finally:
            if not done:
                self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            self._buffer = b""
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_environment(), cwd=Path(__file__).resolve().parents[1],
            )  # fmt: skip
        return self.process

    def _tell(self, message: Message) -> None:
        child = self._running()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(message).encode() + b"\n")
            child.stdin.flush()
        except OSError as error:
            raise ChildDied from error

    def _hear(self, until: float) -> Message:
        child = self._running()
        assert child.stdout is not None
        while b"\n" not in self._buffer:
            wait = min(SILENCE, until - time.monotonic())
            ready, _write, _bad = select.select([child.stdout], [], [], max(0.0, wait))
            piece = os.read(child.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise ChildDied
            self._buffer += piece
            if len(self._buffer) > MOST_SAID:
                raise ChildDied
        line, _newline, self._buffer = self._buffer.partition(b"\n")
        try:
            found: Message = json.loads(line)
        except ValueError as error:
            raise ChildDied from error
        return found


def _environment() -> dict[str, str]:
    """No secret of ours goes along: only what a program needs to start."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def limit(memory: int) -> None:
    """In the child, for good: so many bytes on top of what the program itself takes, no written files, no dumps."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow(seconds: int) -> None:
    """In the child: so much more processor time; beyond it the system ends the process."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, hard))


def tell(message: Message) -> None:
    """In the child: one line to the other end."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hear() -> Message:
    """In the child: the next line; the program ends where there is none."""
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    found: Message = json.loads(line)
    return found
