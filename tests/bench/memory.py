"""How much memory a process has held at most."""

from __future__ import annotations

import re
from pathlib import Path


def most_held() -> float:
    """The largest resident size of this program so far, in MB.

    Not `getrusage`: its figure outlives `exec`, so a small program that a large one started would look large.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError("the kernel does not say how much memory this process has held")
    return int(found[1]) / 1024
