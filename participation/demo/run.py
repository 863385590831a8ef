"""`participation demo`: loads the scenario where it is missing, then runs the site and the worker as one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

import typer

from participation import i18n, schema
from participation.db import Database
from participation.demo import content, scenario
from participation.demo.clock import demo_clock
from participation.register.keys import Keys
from participation.settings import ROOT, Settings

DEMO_DATABASE = ROOT / "var" / "demo.db"
START_LIMIT = 60.0
STOP_LIMIT = 20.0


def run_demo(settings: Settings, port: int) -> None:
    """Serves the demonstration on loopback until it is told to stop. Exit code 2 where it cannot start."""
    if not settings.demo:
        typer.echo("This loads fictional data and lets anybody step into any role: start it with DEMO=1.", err=True)
        raise typer.Exit(2)
    if "database_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"database_url": f"sqlite:///{DEMO_DATABASE}"})
    _refuse_busy(port)
    clock = demo_clock(settings)
    at = clock() if clock else i18n.now()
    try:
        _prepare(settings, at)
    except scenario.HalfLoaded as error:
        typer.echo(f"{error}. {_how_to_reset(settings)}", err=True)
        raise typer.Exit(2) from error
    raise typer.Exit(_serve(settings, port))


def _refuse_busy(port: int) -> None:
    """Says so before anything is loaded when another program has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            typer.echo(f"Port {port} is taken. Choose another one: PORT={port + 1}", err=True)
            raise typer.Exit(2) from error


def _prepare(settings: Settings, at: datetime) -> None:
    """Schema and scenario. A new SQLite file gets its name when it is whole, so a killed load leaves none."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if not settings.is_sqlite or path.exists():
        _load(settings, settings.database_url, at)
        return
    unfinished = path.with_suffix(".loading.db")
    for leftover in path.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()
    _load(settings, f"sqlite:///{unfinished}", at)
    unfinished.rename(path)


def _load(settings: Settings, url: str, at: datetime) -> None:
    database = Database(url)
    try:
        schema.upgrade(database)
        started = time.monotonic()
        if scenario.load(database, Keys(settings), settings, at, typer.echo):
            typer.echo(f"Fictional data loaded in {time.monotonic() - started:.0f} seconds.")
        with database.reading() as session:
            loaded = scenario.loaded_for(session)
        if loaded and loaded != content.calendar_of(at):
            day = loaded.on(content.OPEN_FOR, 12).date().isoformat()
            typer.echo(f"These fictional data were made for {day}. {_how_to_reset(settings)}")
    finally:
        database.dispose()


def _how_to_reset(settings: Settings) -> str:
    if settings.is_sqlite:
        path = settings.database_url.removeprefix("sqlite:///")
        return f"To start afresh, delete {path} and run this again."
    return "To start afresh, run this on an empty database."


class _Stopped(Exception):
    """SIGINT or SIGTERM reached the parent."""


def _serve(settings: Settings, port: int) -> int:
    """Site and worker under this parent; when one ends, so does the other. Returns the exit code."""
    base = f"http://127.0.0.1:{port}"
    with _stopping_on_signals(), _children(settings, port, base) as (site, worker):
        try:
            if not _wait_until_ready(site, base):
                typer.echo(f"The site did not start. Is port {port} free?", err=True)
                return 1
            typer.echo(_addresses(base))
            while site.poll() is None and worker.poll() is None:
                time.sleep(0.2)
        except _Stopped:
            return 0
        ended = "site" if site.poll() is not None else "worker"
        typer.echo(f"The {ended} ended by itself, so everything stops.", err=True)
        return 1


@contextmanager
def _stopping_on_signals() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _children(
    settings: Settings, port: int, base: str
) -> Iterator[tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]]:
    """Both processes in a session of their own, so that Ctrl-C reaches them through the parent alone."""
    environment = {
        **os.environ,
        "DEMO": "1",
        "DATABASE_URL": settings.database_url,
        "KEYS_DIR": str(settings.keys_dir),
        "BASE_URL": base,
        "LOG_LEVEL": settings.log_level if "log_level" in settings.model_fields_set else "WARNING",
    }
    site = _start(["serve", "--port", str(port)], environment)
    worker = _start(["worker"], environment)
    try:
        yield site, worker
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave a child behind
        for child in (site, worker):
            child.terminate()
        for child in (site, worker):
            _wait_or_kill(child)


def _start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from participation.cli import app; app()", *arguments]
    return subprocess.Popen(command, env=environment, start_new_session=True)


def _wait_or_kill(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _wait_until_ready(site: subprocess.Popen[bytes], base: str) -> bool:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and site.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):
                return site.poll() is None
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    return False


def _addresses(base: str) -> str:
    city = f"{base}/fr/{content.CITY}"
    lines = (
        ("Accueil, en français", f"{base}/fr/"),
        ("Home page, in English", f"{base}/en/"),
        ("Who do you want to be?", f"{base}/en/demo"),
        ("The vote that is open", f"{city}/{content.OPEN_SLUG}"),
        ("Last year’s results", f"{city}/{content.LAST_SLUG}/results"),
    )
    listed = "\n".join(f"  {label:24} {address}" for label, address in lines)
    return f"\nDONNÉES FICTIVES — FICTIONAL DATA\n{listed}\n\nCtrl-C stops both the site and the worker."
