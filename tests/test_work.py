"""What the worker does by the clock, and the worker itself as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from participation import i18n, work
from participation.accounts import throttle
from participation.ballots import service
from participation.db import Database
from participation.publication import ledger
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, build_codes, build_world, online_entry
from tests.conftest import SECRET


def test_sealing_covers_every_record_and_the_chain_verifies(database: Database, keys: Keys) -> None:
    """What was done, at once; the ballots of yesterday, after the rewriting. Twice, or late, seals nothing twice."""
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 3)
    with database.writing() as session:
        service.cast(session, keys, world.spec_row, [online_entry(keys, world, code, "1") for code in codes], NOON)
    ballots = "SELECT count(*) FROM ballot JOIN sealed_leaf ON digest = commitment"
    for work_of_the_hour, sealed_ballots in ((work.seal_all, 0), (work.rewrite_all, 3), (work.rewrite_all, 3)):
        work_of_the_hour(database, NOON + timedelta(days=1))
        with database.reading() as session:
            assert session.execute(text(ballots)).scalar_one() == sealed_ballots
    with database.reading() as session:
        assert ledger.verify_chain(session, world.process_id).holds
        leaves = session.execute(text("SELECT count(*) FROM sealed_leaf")).scalar_one()
        sealed = session.execute(text("SELECT sum(leaves) FROM seal")).scalar_one()
    assert leaves == sealed


def test_the_nightly_rewrite_takes_every_vote_that_is_open(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    with database.writing() as session:
        service.cast(session, keys, world.spec_row, [online_entry(keys, world, code, "1")], NOON)
    work.rewrite_all(database, NOON)
    with database.reading() as session:
        rewritten = session.execute(text("SELECT count(*) FROM event WHERE kind = 'box-rewritten'")).scalar_one()
    assert rewritten == 1


def test_every_action_has_a_name_of_its_own_and_can_run(settings: Settings) -> None:
    periodic = work.periodic_work(settings)
    assert len({action.name for action in periodic}) == len(periodic)
    for action in periodic:
        action.action()


def test_the_worker_lives_on_the_day_that_the_demo_holds(settings: Settings, database: Database) -> None:
    """A failure of the held day still counts when the worker sweeps by that day's clock, and not by ours."""
    held = settings.model_copy(update={"demo": True, "demo_today": date(2027, 2, 24)})
    at = datetime(2027, 2, 24, 12, tzinfo=i18n.DEFAULT_ZONE)
    moments = {"of the day": at, "of the day before": at - timedelta(days=1)}
    with database.writing() as session:
        for bucket, moment in moments.items():
            throttle.note_failure(session, bucket, moment)
    (sweep,) = [periodic for periodic in work.periodic_work(held) if periodic.name == "forget-expired"]
    sweep.action()
    with database.reading() as session:
        assert session.execute(text("SELECT bucket FROM failed_attempts")).scalars().all() == ["of the day"]


def test_the_worker_starts_does_its_work_and_stops_when_told(settings: Settings, tmp_path: Path) -> None:
    log = (tmp_path / "worker.log").open("w")
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": SECRET,
        "KEYS_DIR": str(settings.keys_dir),
        "DEMO": "0",
    }
    worker = subprocess.Popen([sys.executable, "-m", "participation", "worker"], env=environment, stderr=log)
    try:
        wait_for(tmp_path / "worker.log", "worker is ready")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0, (tmp_path / "worker.log").read_text()
    finally:
        if worker.poll() is None:
            worker.kill()


def wait_for(path: Path, words: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if words in path.read_text():
            return
        time.sleep(0.2)
    raise AssertionError(path.read_text())
