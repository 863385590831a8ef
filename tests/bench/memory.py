"""How much memory a process has held at most."""

from __future__ import annotations

import re
from pathlib import Path


def most_held() -> float:
    """The largest resident size of this program so far, in MB.

    Not `getrusage`: its figure outlives `exec`, so a small program that a large one started would look large.
    """
    return _megabytes("self", "VmHWM")


def held_by(pid: int) -> float:
    """The resident size of a program, in MB."""
    return _megabytes(str(pid), "VmRSS")


def _megabytes(process: str, figure: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(rf"{figure}:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError("the kernel does not say how much memory a process holds")
    return int(found[1]) / 1024
