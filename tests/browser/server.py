"""The site on a free port of this machine, with the fictional scenario, a draft and a vote of each kind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import uvicorn
from sqlalchemy import select
from sqlmodel import Session, col

from participation.app import create_app
from participation.counting.spec import QuestionKind
from participation.db import Database
from participation.demo.content import CITY, OPEN_SLUG
from participation.demo.samples import BODY, BODY_PROCESS
from participation.live.models import PollKind
from participation.live.queries import meetings_of, polls_of
from participation.paper.keying.adjudication import compared
from participation.paper.queries import batch_or_404
from participation.processes.models import Phase, Place, Process, ProcessKind, Project
from participation.processes.queries import current_spec, process_at
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, World, build_codes, build_question, build_spec, build_world
from tests.demo.loaded import loaded
from tests.processes.drafts import build_draft

KINDS = {
    "one": {"kind": QuestionKind.CHOOSE_ONE, "max_choices": 1},
    "approval": {"kind": QuestionKind.APPROVAL, "max_choices": 2},
    "knapsack": {"kind": QuestionKind.KNAPSACK, "max_choices": 4},
    "points": {"kind": QuestionKind.CUMULATIVE, "max_choices": 4, "max_points": 10, "max_points_each": 6},
    "ranking": {"kind": QuestionKind.RANKING, "max_choices": 3},
}
CODES_EACH = 12


@dataclass
class Live:
    """The running site. `at` is its clock, which a test may move for a while."""

    base: str
    database: Database
    settings: Settings
    at: datetime = NOON
    worlds: dict[str, World] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """What addresses of pages.py hold in braces."""

    def code(self, kind: str) -> str:
        """A personal code that nobody has used."""
        return self.codes[kind].pop()


@contextmanager
def running(folder: Path) -> Iterator[Live]:
    settings = loaded().copied_to(folder)
    database = Database(settings.database_url)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        live = Live(f"http://127.0.0.1:{listener.getsockname()[1]}", database, settings)
        _add_votes(live, Keys(settings))
        live.names = _add_draft(database) | _rooms(database)
        with serving(settings, lambda: live.at, [listener]):
            yield live
    database.dispose()


def _add_votes(live: Live, keys: Keys) -> None:
    for name, limits in KINDS.items():
        spec = build_spec(build_question(**limits))  # type: ignore[arg-type]
        live.worlds[name] = build_world(live.database, keys, spec, slug=name)
        live.codes[name] = build_codes(live.database, keys, live.worlds[name], CODES_EACH)


def _add_draft(database: Database) -> dict[str, str]:
    """A vote in preparation, and a form that waits for the adjudicator."""
    with database.writing() as session:
        city = process_at(session, CITY, OPEN_SLUG)
        assert city is not None
        draft = build_draft(session, city.organisation.id)
        of_draft = {"process_id": draft.process.id}
        names = {
            "contest": str(draft.contest.id),
            "project": str(_first(session, Project, contest_id=draft.contest.id)),
            "place": str(_first(session, Place, **of_draft)),
            "phase": str(_first(session, Phase, **of_draft)),
        }
        spec_row = current_spec(session, city.id)
        assert spec_row is not None
        waiting = compared(session, spec_row, batch_or_404(session, spec_row, 6)).waiting
        return {**names, "form": str(waiting[0].position)}


def _rooms(database: Database) -> dict[str, str]:
    """The assembly that was held, and the one that is ready."""
    with database.reading() as session:
        borough = process_at(session, BODY, BODY_PROCESS)
        assert borough is not None
        held, evening = meetings_of(session, borough.id)
        counted = next(poll for poll in polls_of(session, held.id) if poll.kind is PollKind.YES_NO)
        return {
            "held": str(held.id),
            "held_code": held.code,
            "held_poll": str(counted.id),
            "evening": str(evening.id),
            "evening_code": evening.code,
            "poll": str(polls_of(session, evening.id)[0].id),
            **_coffee(session),
        }


def _coffee(session: Session) -> dict[str, str]:
    """The meeting of its own that the demo announces."""
    process = session.execute(select(Process).where(col(Process.kind) == ProcessKind.MEETING)).scalar_one()
    return {"coffee": process.slug, "coffee_meeting": str(meetings_of(session, process.id)[0].id)}


def _first(session: Session, table: type[Project | Place | Phase], **where: uuid.UUID) -> uuid.UUID:
    found: uuid.UUID = session.execute(select(table).filter_by(**where).limit(1)).scalar_one().id
    return found


@contextmanager
def serving(settings: Settings, clock: Callable[[], datetime], sockets: Sequence[socket.socket]) -> Iterator[None]:
    """The site on these sockets, in a thread of its own, until it is left."""
    app = create_app(settings, clock=clock)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning"))
    thread = threading.Thread(target=server.run, args=[list(sockets)], daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "the site did not start"
        assert time.monotonic() < deadline, "the site did not start in time"
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join(20)


@dataclass
class Killable:
    """The site in a process of its own, which may be killed at any instant and started again on the same data."""

    settings: Settings
    port: int
    holds_day: bool = True
    """Each start begins at noon of the story's day; else the clock is the real one, which goes on meanwhile."""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns as soon as it answers."""
        command = [sys.executable, "-m", "participation", "serve", "--port", str(self.port)]
        environment = os.environ | {
            "DEMO": "1",
            **({"DEMO_TODAY": NOON.date().isoformat()} if self.holds_day else {}),
            "DATABASE_URL": self.settings.database_url,
            "KEYS_DIR": str(self.settings.keys_dir),
            "LOG_LEVEL": "ERROR",
        }
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 40
        while not self._answers():
            assert self._process.poll() is None, "the site did not start"
            assert time.monotonic() < deadline, "the site did not start in time"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.base}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def killable(folder: Path, *, holds_day: bool = True) -> Iterator[Killable]:
    """The fictional scenario on a free port, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site = Killable(loaded().copied_to(folder), port, holds_day)
    site.start()
    try:
        yield site
    finally:
        site.kill()
