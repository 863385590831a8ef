"""A full collection waits for a moment without ballots, and not for ever."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from participation import calm
from participation.ballots.writer import BallotWriter
from participation.db import Database
from participation.register.keys import Keys

HOURS = 10_000.0


class Old:
    """Refers to itself, so that only a collection finds it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def garbage() -> Iterator[weakref.ref[Any]]:
    """Something that has outlived the young generations, when a full collection is due."""
    usual = gc.get_threshold()
    gc.set_threshold(*usual[:2], calm.NEVER)
    gc.collect()
    old = Old()
    for _time in range(calm.DUE):
        gc.collect(1)
    gone = weakref.ref(old)
    del old
    yield gone
    gc.set_threshold(*usual)


@pytest.mark.parametrize(
    ("quiet", "at_most", "is_collected"),
    [(0.0, HOURS, True), (HOURS, HOURS, False), (HOURS, 0.0, True)],
    ids=["calm", "ballots come", "it is late"],
)
def test_old_garbage_goes_when_nobody_waits(
    database: Database,
    keys: Keys,
    garbage: weakref.ref[Any],
    monkeypatch: pytest.MonkeyPatch,
    quiet: float,
    at_most: float,
    is_collected: bool,
) -> None:
    monkeypatch.setattr(calm, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(calm, "QUIET", quiet)
    monkeypatch.setattr(calm, "AT_MOST", at_most)

    async def look() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await calm.collect_in_calm(BallotWriter(database, keys, 10))

    asyncio.run(look())
    assert (garbage() is None) is is_collected
