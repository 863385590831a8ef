"""One writer per process: it collects ballots that arrive together, casts them in one transaction, commits.

A commit that is safe on disk costs a tenth of a millisecond, so fifty ballots in one are fifty times
cheaper than fifty commits. A ballot is acknowledged only after its commit. The queue is bounded: when it is
full people are told to try again, and their retry is harmless.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from participation.ballots import service
from participation.ballots.entries import Entry, Receipt, Refusal
from participation.broadcast import announce
from participation.db import Database
from participation.errors import DomainError, NotFound, Unavailable
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow, spec_by_id
from participation.register.keys import Keys

log = structlog.get_logger()
GROUP = 200
"""Ballots per transaction at most: SQLite binds 32,766 values in one statement, and a group has 15 each."""
LINGER, CROWD = 0.003, 4
"""Seconds for which a group waits for more where so many came together before: a busy hour costs half the work, and
whoever votes in a quiet one is answered at once."""
GIVE_WAY = 0.005
"""Seconds for which something that can wait lets a group be written first."""

Answer = Receipt | Refusal
Result = Answer | BaseException


@dataclass(slots=True)
class _Waiting:
    spec_id: uuid.UUID
    entry: Entry
    at: datetime
    future: asyncio.Future[Answer]
    result: Result | None = None


class BallotWriter:
    """The queue in front of the ballot box. `cast` is called on the event loop; a thread does the writing."""

    def __init__(self, database: Database, keys: Keys, limit: int) -> None:
        self._database = database
        self._keys = keys
        self._limit = limit
        self._queue: deque[_Waiting] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._crowded = False
        self._written_at = time.monotonic()
        self._idle = threading.Event()
        self._idle.set()
        self._thread: threading.Thread | None = None
        self._specs: dict[uuid.UUID, SpecRow] = {}

    @property
    def is_ready(self) -> bool:
        return self._thread is not None and self._thread.is_alive() and len(self._queue) < self._limit

    @property
    def quiet_for(self) -> float:
        """Seconds since the last ballot; none while one waits or is being written."""
        return 0.0 if self._queue or not self._idle.is_set() else time.monotonic() - self._written_at

    def give_way(self) -> None:
        """Returns when no ballot is being written, or in a moment. For whoever reads in a thread of its own, between
        two statements: Python runs one thread at a time, and would go to and fro between the two dozens of times.
        """
        self._idle.wait(GIVE_WAY)

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="ballot-writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Takes nothing more, writes what is queued, and returns when all of it is answered."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def cast(self, spec_id: uuid.UUID, entry: Entry, at: datetime) -> Answer:
        """The receipt or refusal of one entry, after its commit. Unavailable when the queue is full."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._stopping or len(self._queue) >= self._limit:
                raise Unavailable(
                    _("Too many ballots are arriving at this moment. Yours was not received yet."),
                    _("Your choices are kept: press the button again in a few seconds."),
                    retry_after=5,
                )
            self._queue.append(_Waiting(spec_id, entry, at, future))
            self._wake.notify()
        return await future

    def _run(self) -> None:
        while group := self._next_group():
            self._idle.clear()
            for spec_id in {waiting.spec_id for waiting in group}:
                self._write([waiting for waiting in group if waiting.spec_id == spec_id])
            self._acknowledge(group)
            self._written_at = time.monotonic()
            self._idle.set()

    def _next_group(self) -> list[_Waiting]:
        """What has queued up, at least one; empty only when the writer stops with nothing left."""
        with self._wake:
            while not self._queue and not self._stopping:
                self._wake.wait()
            if self._crowded:
                self._wake.wait_for(lambda: len(self._queue) >= GROUP or self._stopping, LINGER)
            group = [self._queue.popleft() for _number in range(min(GROUP, len(self._queue)))]
            self._crowded = len(group) >= CROWD
            return group

    def _write(self, group: Sequence[_Waiting]) -> None:
        """One transaction for the group; if the database refuses it, each ballot gets its own."""
        try:
            with self._database.writing() as session:
                answers = self._cast(session, group)
        except (DBAPIError, DomainError) as error:
            if len(group) == 1:
                group[0].result = error
                log.error("ballot not written", error=type(error).__name__)
                return
            for waiting in group:
                self._write([waiting])
            return
        for waiting, answer in zip(group, answers, strict=True):
            waiting.result = answer

    def _cast(self, session: Session, group: Sequence[_Waiting]) -> list[Answer]:
        spec_row = self._spec(session, group[0].spec_id)
        at = max(waiting.at for waiting in group)
        if spec_row.topic:
            announce(session, spec_row.topic)
        return service.cast(session, self._keys, spec_row, [waiting.entry for waiting in group], at)

    def _spec(self, session: Session, spec_id: uuid.UUID) -> SpecRow:
        found = self._specs.get(spec_id) or spec_by_id(session, spec_id)
        if found is None:
            raise NotFound(_("This vote does not exist."))
        self._specs[spec_id] = found
        return found

    def _acknowledge(self, group: Sequence[_Waiting]) -> None:
        """Answers every waiting request in one call to its event loop."""
        loop = group[0].future.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(_answer_all, group)


def _answer_all(group: Sequence[_Waiting]) -> None:
    for waiting in group:
        if waiting.future.done():
            continue
        if isinstance(waiting.result, BaseException):
            waiting.future.set_exception(waiting.result)
        elif waiting.result is not None:
            waiting.future.set_result(waiting.result)
