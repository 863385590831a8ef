"""Durable background work: what `participation worker` runs, never a web process. Knows no domain.

dbos keeps its own tables, in a file beside the SQLite database or in a schema of their own on PostgreSQL,
and resumes what a killed process left. Work at a boundary may run late or twice: every action must allow it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from participation.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Periodic:
    """An action and when it runs: five fields of cron, on the clock of America/Toronto."""

    name: str
    schedule: str
    action: Callable[[], object]


def system_database_url(settings: Settings) -> str:
    """Where dbos keeps its tables: outside our models, so that models = schema stays checkable."""
    if settings.is_sqlite:
        return settings.database_url.removesuffix(".db") + ".jobs.db"
    return settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)


def run_worker(settings: Settings, work: Sequence[Periodic]) -> None:
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
    log.info("worker is ready", jobs=[periodic.name for periodic in work])
    _wait_for_stop()
    DBOS.destroy()


def _workflow(engine: Any, periodic: Periodic) -> Callable[[datetime, Any], None]:
    step: Callable[[], object] = engine.step(name=f"{periodic.name}-step")(periodic.action)

    def workflow(scheduled_at: datetime, _context: Any) -> None:
        step()
        log.info("job done", job=periodic.name, scheduled=scheduled_at.isoformat())

    registered: Callable[[datetime, Any], None] = engine.workflow(name=periodic.name)(workflow)
    return registered


def _wait_for_stop() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
