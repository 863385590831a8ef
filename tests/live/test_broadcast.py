"""A topic wakes its listeners after the commit, from any thread, on every node; a lost connection comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import text
from sqlmodel import Session

from participation import broadcast as module
from participation.broadcast import Broadcast, announce
from participation.db import Database
from tests import databases

TOPIC = "a meeting"


@asynccontextmanager
async def node(database: Database, topic: str = TOPIC) -> AsyncIterator[asyncio.Event]:
    """A process that listens to the topic, and does so by now."""
    broadcast = Broadcast(database)
    broadcast.start()
    with broadcast.listening(topic) as woken:
        if not database.is_sqlite:
            await asyncio.wait_for(woken.wait(), 10)  # every new connection wakes everybody
            woken.clear()
        yield woken
    await broadcast.stop()


async def is_woken(woken: asyncio.Event, seconds: float = 5) -> bool:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return False
    woken.clear()
    return True


def committed(session: Session) -> None:
    with session.begin_nested():
        announce(session, TOPIC)
    announce(session, TOPIC)


def rolled_back(session: Session) -> None:
    announce(session, TOPIC)
    session.rollback()


def of_another_topic(session: Session) -> None:
    announce(session, "another meeting")


@pytest.mark.parametrize(("act", "wakes"), [(committed, True), (rolled_back, False), (of_another_topic, False)])
def test_only_a_commit_wakes(database: Database, act: Callable[[Session], None], wakes: bool) -> None:
    async def story() -> None:
        async with node(database) as woken, node(database) as other:
            loop = asyncio.get_running_loop()

            def write() -> None:
                with database.writing() as session:
                    act(session)
                    early = asyncio.run_coroutine_threadsafe(is_woken(woken, 0.1), loop)
                    assert not early.result(10), "before the commit"

            await asyncio.to_thread(write)
            assert await is_woken(woken, 5 if wakes else 0.3) is wakes
            assert await is_woken(other, 5 if wakes else 0) is wakes

    asyncio.run(story())


def test_each_commit_of_a_session_tells_what_was_announced_in_it(database: Database) -> None:
    async def story() -> None:
        async with node(database) as woken:
            loop = asyncio.get_running_loop()

            def write() -> None:
                with database.write_session() as session:
                    for _time in range(2):
                        announce(session, TOPIC)
                        session.commit()
                        assert asyncio.run_coroutine_threadsafe(is_woken(woken), loop).result(10)
                    session.execute(text("SELECT 1"))
                    session.commit()

            await asyncio.to_thread(write)
            assert not await is_woken(woken, 0.2), "nothing was announced"

    asyncio.run(story())


@pytest.mark.postgres
def test_a_cut_connection_comes_back_and_wakes_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACK_OFF", (0.05, 0.1))
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'")

    async def story() -> None:
        async with AsyncExitStack() as stack:
            woken = await stack.enter_async_context(node(database))
            for _time in range(2):
                with database.writing() as session:
                    session.execute(cut)
                assert await is_woken(woken), "what was said meanwhile is not repeated"
            with database.writing() as session:
                announce(session, TOPIC)
            assert await is_woken(woken)

    with databases.postgres_url() as url:
        database = Database(url)
        asyncio.run(story())
        database.dispose()
