"""The live box checked: by the operator with one command, by the worker every night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs

from participation import work
from participation.ballots import service as box
from participation.db import Database
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, build_world, paper_entry
from tests.conftest import SECRET
from tests.test_cli import run


def sealed_box(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    with database.writing() as session:
        box.cast(session, keys, world.spec_row, [paper_entry(world, place, "1") for place in range(3)], NOON)
    work.rewrite_all(database, NOON + timedelta(days=1))


def lose_a_ballot(database: Database) -> None:
    with database.writing() as session:
        permit = "INSERT INTO rewrite_permit (table_name, spec_id) SELECT 'ballot', spec_id FROM ballot LIMIT 1"
        session.execute(text(permit))
        session.execute(text("DELETE FROM ballot WHERE id = (SELECT id FROM ballot LIMIT 1)"))


def test_one_command_checks_the_live_box(settings: Settings, database: Database, keys: Keys) -> None:
    sealed_box(database, keys)
    answer = run(settings, "verify-box")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "ville/budget: 4 sealed records" in answer.stdout
    lose_a_ballot(database)
    answer = run(settings, "verify-box")
    assert answer.returncode == 1
    assert "DIFFERS  ville/budget: 4 sealed records are as they were; changed or gone: 1" in answer.stdout


def test_a_database_without_tables_is_told_in_one_line(tmp_path: Path) -> None:
    answer = run(None, "verify-box", DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}", SECRET_KEY=SECRET)
    assert answer.returncode == 2
    assert "migrate" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_what_differs_is_an_error_in_the_log_of_the_night(
    database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "log", structlog.get_logger())  # a logger keeps the settings of its first line
    sealed_box(database, keys)
    assert errors_of_the_check(database) == []
    lose_a_ballot(database)
    assert errors_of_the_check(database) == ["ville/budget: 4 sealed records are as they were; changed or gone: 1"]


def errors_of_the_check(database: Database) -> list[str]:
    with capture_logs() as lines:
        work.verify_boxes(database)
    return [line["what"] for line in lines if line["log_level"] == "error"]
