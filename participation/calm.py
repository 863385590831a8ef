"""Full collections of a process that serves, at moments at which nobody waits.

A full collection visits all that lives. With two thousand telephones connected it holds the process for 90 ms,
and everybody who votes in that moment waits as long. So what start-up made is taken out of it for good, Python no
longer begins one by itself, and one that is due waits until no ballot has come for a while. Young objects, which are
nearly all garbage, are collected as ever.
"""

from __future__ import annotations

import asyncio
import gc
import time

from sqlalchemy.orm import configure_mappers

from participation.ballots.writer import BallotWriter

NEVER = 1_000_000_000
"""Collections of the middle generation after which Python would begin a full one."""
DUE = 10
"""Such collections after which one is due: Python's own number."""
LOOK_EVERY, QUIET = 5.0, 2.0
"""Seconds between two looks, and without a ballot, after which nobody is taken to wait."""
AT_MOST = 600.0
"""Seconds after which one that is due waits no longer."""


def settle() -> None:
    """Sets aside what start-up made; to be called once, when all of it is there.

    What the first request would make is made before: the first voter should not wait for all tables to be mapped.
    """
    configure_mappers()
    gc.set_threshold(*gc.get_threshold()[:2], NEVER)
    gc.collect()
    gc.freeze()


async def collect_in_calm(writer: BallotWriter) -> None:
    """For ever: a full collection where one is due, between ballots."""
    last = time.monotonic()
    while True:
        await asyncio.sleep(LOOK_EVERY)
        is_late = time.monotonic() - last > AT_MOST
        if gc.get_count()[2] >= DUE and (is_late or writer.quiet_for > QUIET):
            gc.collect()
            last = time.monotonic()
