"""Topics wake who listens to them, on this node and on the others, after the commit that they tell of.

A topic says that something changed, never what: whoever is woken reads the database. On PostgreSQL it travels as a
NOTIFY of the same transaction; on SQLite, where one process serves, it is handed over in this process. A wake may be
lost (a broken connection, another process on SQLite), so whoever listens also looks by itself, once a second.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import event, func, select
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session

from participation.db import Database

log = structlog.get_logger()
CHANNEL = "participation"
"""The channel of PostgreSQL, which keeps those of other databases apart by itself."""
BACK_OFF = (0.2, 10.0)
"""Seconds before a broken connection is made again: at first, and at most."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""A connection whose other end is gone without a word is noticed in half a minute."""
_ANNOUNCED = "announced topics"
_here: dict[str, set[Broadcast]] = {}
"""Who listens in this process, by the address of the database."""
_lock = threading.Lock()


def announce(session: Session, topic: str) -> None:
    """Wakes who listens to the topic once this transaction is committed; nobody where it is rolled back.

    From any thread. A topic has at most 7,000 bytes.
    """
    announced: set[str] = session.info.setdefault(_ANNOUNCED, set())
    if topic in announced:
        return
    announced.add(topic)
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(select(func.pg_notify(CHANNEL, topic)))


@event.listens_for(Session, "after_commit")
def _tell(session: Session) -> None:
    """Hands the topics over in this process. The release of a savepoint is no commit."""
    announced = session.info.get(_ANNOUNCED)
    if not announced or session.in_nested_transaction():
        return
    bind: Any = session.get_bind()
    if bind.dialect.name == "postgresql":
        return
    with _lock:
        listening = list(_here.get(str(bind.engine.url), ()))
    for broadcast in listening:
        broadcast.wake_from_thread(announced)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What a transaction announced ends with it, however it ended."""
    if transaction.parent is None:
        session.info.pop(_ANNOUNCED, None)


class Broadcast:
    """The listening end of one process. All but `wake_from_thread` belongs to the event loop that started it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._address = str(database.engine.url)
        self._listening: dict[str, set[asyncio.Event]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._notices: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to be woken; on PostgreSQL by one connection that makes itself again."""
        self._loop = asyncio.get_running_loop()
        if not self._database.is_sqlite:
            self._notices = asyncio.create_task(self._receive_notices())
            return
        with _lock:
            _here.setdefault(self._address, set()).add(self)

    async def stop(self) -> None:
        if self._notices is not None:
            self._notices.cancel()
            await asyncio.wait([self._notices])
        with _lock:
            _here.get(self._address, set()).discard(self)
            if not _here.get(self._address):
                _here.pop(self._address, None)

    @contextmanager
    def listening(self, topic: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the topic was announced; the listener clears it before it looks."""
        woken = asyncio.Event()
        self._listening.setdefault(topic, set()).add(woken)
        try:
            yield woken
        finally:
            self._listening[topic].discard(woken)
            if not self._listening[topic]:
                del self._listening[topic]

    def wake(self, topics: Iterable[str]) -> None:
        """Sets the events of these topics."""
        for topic in topics:
            for woken in self._listening.get(topic, ()):
                woken.set()

    def wake_from_thread(self, topics: Iterable[str]) -> None:
        """The same from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.wake, tuple(topics))

    async def _receive_notices(self) -> None:
        """Listens for ever. After each new connection everybody is woken: what was said meanwhile is not repeated."""
        delay, most = BACK_OFF
        while True:
            try:
                async with await self._connection() as connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    self.wake(tuple(self._listening))
                    delay = BACK_OFF[0]
                    async for notice in connection.notifies():
                        self.wake([notice.payload])
            except (psycopg.Error, OSError) as error:
                log.warning("notices interrupted", error=type(error).__name__, again_in=delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, most)

    async def _connection(self) -> psycopg.AsyncConnection[Any]:
        engine = self._database.engine
        _args, options = engine.dialect.create_connect_args(engine.url)
        return await psycopg.AsyncConnection.connect(**{**KEEPALIVE, **options}, autocommit=True)
