"""Printing from the command line, and the worker that prints, as processes that may be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from participation.counting.spec import Style
from participation.db import Database
from participation.errors import DomainError
from participation.i18n import translate
from participation.paper.models.prints import PrintState
from participation.paper.printed import Edition
from participation.paper.sheets import print_commands, print_runs
from participation.paper.sheets.print_commands import Asked
from participation.paper.sheets.print_runs import Order, RunRow
from participation.processes.queries import places_of
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, World, build_question, build_spec, build_world, text
from tests.conftest import SECRET
from tests.paper.test_print_runs import printed_serials, stored


def environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DEMO", "SECRET_KEY")}
    return kept | {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": SECRET,
        "KEYS_DIR": str(settings.keys_dir),
        "FILES_DIR": str(settings.files_dir),
    }


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "participation", *arguments],
        env=environment(settings), capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def test_a_run_is_printed_and_described(settings: Settings, database: Database, keys: Keys, tmp_path: Path) -> None:
    world = build_world(database, keys)
    out = tmp_path / "ballots.pdf"
    answer = run(settings, "print-run", "budget", "--copies", "7", "--out", str(out), "--json")
    assert answer.returncode == 0, answer.stderr
    made = json.loads(answer.stdout)
    assert made["pdf"] == str(out)
    assert made["serials"] == printed_serials(out)
    assert set(made["serials"]) == set(stored(database))
    with database.reading() as session:
        (row,) = print_runs.runs_of(session, world.spec_row.id)
    assert (row.state, row.copies, row.place_id) == (PrintState.DELIVERED, 7, None)
    assert not list((settings.files_dir / "print-runs").iterdir()), "nothing is left behind"

    answer = run(settings, "form-layout", "ville/budget", "--language", "en", "--json")
    layout = json.loads(answer.stdout)
    assert (layout["width_mm"], layout["height_mm"]) == (215.9, 279.4)
    (page,) = layout["pages"]
    assert [mark["option"] for mark in page["marks"]] == ["1", "2", "3", "4"]
    assert {mark["question"] for mark in page["marks"]} == {"ville"}
    assert min(mark["w_mm"] for mark in page["marks"]) >= 4.5


@pytest.mark.parametrize(
    ("asked", "copies", "words"),
    [
        (Asked("nothing"), 1, "no process named nothing"),
        (Asked("budget", style="sud"), 0, "1 to 10,000 copies"),
        (Asked("budget", language="de"), 1, "fr, en"),
        (Asked("budget", edition="tiny"), 1, "standard, large"),
        (Asked("budget", paper="a3"), 1, "letter, legal, a4"),
        (Asked("budget", spec="9"), 1, "no version 9. Published: 1"),
        (Asked("budget"), 1, "sud (Sud (en)), nord (Nord (en))"),
    ],
)
def test_what_cannot_be_done_says_what_can(
    asked: Asked, copies: int, words: str, settings: Settings, database: Database, keys: Keys, tmp_path: Path
) -> None:
    styles = (Style("sud", text("Sud"), ("ville",)), Style("nord", text("Nord"), ("ville",)))
    build_world(database, keys, replace(build_spec(build_question()), styles=styles))
    with pytest.raises(DomainError) as refused:
        print_commands.print_run(settings, asked, copies, tmp_path / "x.pdf", lambda: NOON)
    assert words in translate(refused.value.message, "en")
    assert stored(database) == {}


def test_a_refusal_is_one_line_and_exit_code_2(settings: Settings, database: Database, keys: Keys) -> None:
    build_world(database, keys)
    answer = run(settings, "print-run", "budget", "--copies", "1", "--out", "/no/such/folder/x.pdf")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "/no/such/folder" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_a_database_without_tables_says_what_to_run(settings: Settings, tmp_path: Path) -> None:
    empty = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'empty.db'}"})
    answer = run(empty, "form-layout", "budget")
    assert answer.returncode == 2
    assert "participation migrate" in answer.stderr


def test_a_name_that_two_organisations_have_asks_which(
    settings: Settings, database: Database, keys: Keys, tmp_path: Path
) -> None:
    from participation.processes.models import Process

    first, second = build_world(database, keys), build_world(database, keys, slug="other")
    with database.writing() as session:
        process = session.get_one(Process, second.process_id)
        process.slug = "budget"
    answer = run(settings, "form-layout", "budget")
    assert "ville/budget, ville-other/budget" in answer.stderr
    assert run(settings, "form-layout", first.path.strip("/")).returncode == 0


COPIES = 2_500


def order_many(database: Database, world: World) -> uuid.UUID:
    with database.writing() as session:
        place = places_of(session, world.process_id)[0]
        order = Order(place, "ville", Edition("fr", numbered=True), COPIES)
        return print_runs.order(session, world.spec_row, order, nonce="n", account_id=None, at=NOON)


def wait_until(database: Database, run_id: uuid.UUID, reached: int, state: PrintState | None = None) -> RunRow:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with database.reading() as session:
            found = print_runs.run_by_id(session, run_id)
        if found is not None and found.printed >= reached and state in (None, found.state):
            return found
        time.sleep(0.02)
    raise AssertionError(found)


def worker(settings: Settings, log: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "participation", "worker"], env=environment(settings), stderr=log.open("ab")
    )


def test_a_worker_that_is_killed_goes_on_where_it_was(
    settings: Settings, database: Database, keys: Keys, tmp_path: Path
) -> None:
    """Killed twice in the middle: no copy twice, none missing, and what was whole is not made again."""
    world = build_world(database, keys)
    run_id, folder, log = order_many(database, world), settings.files_dir / "print-runs", tmp_path / "worker.log"
    made: dict[str, float] = {}
    for reached in (500, 1_500):
        process = worker(settings, log)
        try:
            wait_until(database, run_id, reached)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
        whole = wait_until(database, run_id, reached).printed // 500
        times = {path.name: path.stat().st_mtime for path in sorted((folder / str(run_id)).glob("part-????"))[:whole]}
        assert made.items() <= times.items(), "a whole part is not made again"
        made = times
    process = worker(settings, log)
    try:
        wait_until(database, run_id, COPIES, PrintState.READY)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    path = folder / str(run_id) / "ballots.pdf"
    assert len(pypdfium2.PdfDocument(path)) == COPIES
    serials = printed_serials(path)
    assert len(set(serials)) == COPIES
    assert set(serials) == set(stored(database))
