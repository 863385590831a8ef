"""Durable background work: what `participation worker` runs, never a web process. Knows no domain.

dbos keeps its own tables, in a file beside the SQLite database or in a schema of their own on PostgreSQL,
and resumes what a killed process left. Work at a boundary may run late or twice: every action must allow it.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from participation.db import Database
from participation.errors import DomainError
from participation.settings import Settings

log = structlog.get_logger()
ATTEMPTS = 3
"""How often a piece of work is tried before a person is asked."""
LOOK_EVERY = 1.0
"""Seconds between two looks for rows that ask for work."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """An action and when it runs: five fields of cron, on the clock of America/Toronto."""

    name: str
    schedule: str
    action: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Chunked:
    """Work that rows of the domain ask for, done piece by piece.

    Each row's work is one workflow, whose name is the row's: started twice it runs once, and what a killed worker left
    goes on where it was. `next_step` must allow being called again for a piece that is done.
    """

    name: str
    waiting: Callable[[], Sequence[str]]
    """The names of rows that ask for work now; a row that asks once more needs another name."""
    next_step: Callable[[str], bool]
    """Does the next piece of a row's work; False when there is none left."""
    failed: Callable[[str], object]
    """Told when a piece could not be done, so that the row can say so to people."""


class Row(Protocol):
    """A row that asks for work, and how often it has."""

    @property
    def id(self) -> UUID: ...

    @property
    def attempt(self) -> int: ...


def row_work(
    name: str,
    database: Database,
    waiting: Callable[[Session], Iterable[Row]],
    next_step: Callable[[UUID], bool],
    stopped: Callable[[Session, UUID], None],
) -> Chunked:
    """Work on rows that a person may ask for once more: each is named by its id and its attempt."""

    def names() -> list[str]:
        with database.reading() as session:
            return [f"{row.id}.{row.attempt}" for row in waiting(session)]

    def id_of(named: str) -> UUID:
        return UUID(named.partition(".")[0])

    def failed(named: str) -> None:
        with database.writing() as session:
            stopped(session, id_of(named))

    return Chunked(name, names, lambda named: next_step(id_of(named)), failed)


def system_database_url(settings: Settings) -> str:
    """Where dbos keeps its tables: outside our models, so that models = schema stays checkable."""
    if settings.is_sqlite:
        return settings.database_url.removesuffix(".db") + ".jobs.db"
    return settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def run_worker(settings: Settings, work: Sequence[Periodic], chunked: Sequence[Chunked] = ()) -> None:
    """Runs until it is told to stop. dbos is imported here: it takes two seconds that pages need not pay."""
    from dbos import DBOS

    DBOS(
        config={
            "name": "participation",
            "system_database_url": system_database_url(settings),
            "dbos_system_schema": "jobs",
            "application_version": "1",
            "log_level": "WARNING",
        }
    )
    starters = [_starter(DBOS, each) for each in chunked]
    workflows = {periodic.name: _workflow(DBOS, periodic) for periodic in work}
    DBOS.launch()
    DBOS.apply_schedules(
        [
            {
                "schedule_name": periodic.name,
                "workflow_fn": workflows[periodic.name],
                "schedule": periodic.schedule,
                "context": None,
                "cron_timezone": "America/Toronto",
            }
            for periodic in work
        ]
    )
    log.info("worker is ready", jobs=[each.name for each in work] + [each.name for each in chunked])
    _until_stopped(starters)
    DBOS.destroy()


def _workflow(engine: Any, periodic: Periodic) -> Callable[[datetime, Any], None]:
    step: Callable[[], object] = engine.step(name=f"{periodic.name}-step")(periodic.action)

    def workflow(scheduled_at: datetime, _context: Any) -> None:
        step()
        log.info("job done", job=periodic.name, scheduled=scheduled_at.isoformat())

    registered: Callable[[datetime, Any], None] = engine.workflow(name=periodic.name)(workflow)
    return registered


def _starter(engine: Any, chunked: Chunked) -> Callable[[], None]:
    """What starts a workflow for each row that has none yet."""
    from dbos import SetWorkflowID

    step: Callable[[str], str] = engine.step(name=f"{chunked.name}-step")(lambda row: _attempted(chunked, row))

    def workflow(row: str) -> None:
        outcome = _MORE
        while outcome == _MORE:
            outcome = step(row)
        log.info("job ended", job=chunked.name, row=row, outcome=outcome)

    registered = engine.workflow(name=chunked.name)(workflow)
    started: set[str] = set()

    def start() -> None:
        for row in set(chunked.waiting()) - started:
            with SetWorkflowID(f"{chunked.name}-{row}"):
                engine.start_workflow(registered, row)
            started.add(row)

    return start


_MORE, _DONE, _FAILED = "more", "done", "failed"


def _attempted(chunked: Chunked, row: str) -> str:
    """One piece of a row's work, tried several times: a full disk or a busy database may pass."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _MORE if chunked.next_step(row) else _DONE
        except (OSError, RuntimeError, SQLAlchemyError, DomainError):
            log.exception("a piece of work failed", job=chunked.name, row=row, attempt=attempt)
            time.sleep(attempt)
    chunked.failed(row)
    return _FAILED


def _until_stopped(starters: Sequence[Callable[[], None]]) -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    while True:
        for start in starters:
            try:
                start()
            except SQLAlchemyError:
                log.exception("could not look for work")
        if stopped.wait(LOOK_EVERY):
            return
