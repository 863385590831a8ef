"""`participation demo` as a newcomer starts it: one parent, a site and a worker, one Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from participation.demo import scenario
from participation.demo.run import run_demo
from participation.settings import Settings
from tests.demo.conftest import Demo

LIMIT = 90.0
COMMAND = [sys.executable, "-u", "-c", "from participation.cli import app; app()", "demo"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(demo: Demo, port: int, day: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The demonstration on data that are loaded already, with the lines it printed until it was ready."""
    environment = {
        **os.environ,
        "DEMO": "1",
        "DEMO_TODAY": day,
        "PORT": str(port),
        "DATABASE_URL": demo.settings.database_url,
        "KEYS_DIR": str(demo.settings.keys_dir),
        "LOG_LEVEL": "ERROR",
    }
    process = subprocess.Popen(COMMAND, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        yield process, lines
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def children_of(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.1)
    return False


def test_it_prints_addresses_serves_them_and_one_signal_ends_all(demo: Demo) -> None:
    port = free_port()
    with running(demo, port, "2027-02-24") as (process, lines):
        printed = "\n".join(lines)
        for path in ("/fr/", "/en/", "/en/demo", "/quartiers-a-venir\n", "/quartiers-a-venir-precedent/results"):
            assert f"http://127.0.0.1:{port}" in printed
            assert path in printed
        assert "were made for" not in printed
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/fr/ville-fictive/quartiers-a-venir") as answer:
            assert "FICTIONAL DATA" in answer.read().decode()
        children = children_of(process.pid)
        assert len(children) == 2

        process.send_signal(signal.SIGTERM)

        assert process.wait(LIMIT) == 0
        assert gone(children)


def test_when_one_of_the_two_dies_the_other_ends_too(demo: Demo) -> None:
    with running(demo, free_port(), "2027-02-25") as (process, lines):
        assert any("2027-02-24" in line for line in lines), "it says for which day the data were made"
        children = children_of(process.pid)

        os.kill(children[1], signal.SIGKILL)

        assert process.wait(LIMIT) == 1
        assert gone(children)


def test_it_needs_the_word_that_this_is_a_demonstration(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    settings = demo.settings.model_copy(update={"demo": False})

    with pytest.raises(Exception) as stopped:  # noqa: PT011  typer.Exit has no message
        run_demo(settings, free_port())

    assert getattr(stopped.value, "exit_code", None) == 2
    assert "DEMO=1" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'new.db'}", keys_dir=tmp_path, demo=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Exception) as stopped:  # noqa: PT011
            run_demo(settings, taken.getsockname()[1])

    assert getattr(stopped.value, "exit_code", None) == 2
    assert "taken" in capsys.readouterr().err
    assert not (tmp_path / "new.db").exists()


def test_a_load_that_is_cut_leaves_no_database_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_arguments: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(scenario, "load", cut)
    path = tmp_path / "demo.db"
    settings = Settings(database_url=f"sqlite:///{path}", keys_dir=tmp_path, demo=True)

    with pytest.raises(KeyboardInterrupt):
        run_demo(settings, free_port())

    assert not path.exists()
