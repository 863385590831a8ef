"""The operator's commands, as an operator runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from participation import schema
from participation.accounts import links, queries, service
from participation.accounts.models import Grant, Role
from participation.db import Database
from participation.i18n import now
from participation.settings import Settings
from tests.conftest import SECRET

PASSWORD = "a password that is long"


def run(settings: Settings | None, *arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DEMO", "SECRET_KEY")}
    if settings:
        environment |= {
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": SECRET,
            "KEYS_DIR": str(settings.keys_dir),
        }
    return subprocess.run(
        [sys.executable, "-m", "participation", *arguments],
        env=environment | more,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_migrate_brings_an_empty_database_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    answer = run(None, "migrate", DATABASE_URL=url, SECRET_KEY=SECRET, KEYS_DIR=str(tmp_path / "keys"))
    assert answer.returncode == 0, answer.stderr
    database = Database(url)
    assert schema.is_current(database)
    database.dispose()


def test_create_admin_can_sign_in_and_is_refused_twice(settings: Settings, database: Database) -> None:
    arguments = ("create-admin", "--email", "a@ville.example", "--name", "A", "--organisation", "ville")
    answer = run(settings, *arguments, "--password", PASSWORD)
    assert answer.returncode == 0, answer.stderr
    with database.reading() as session:
        found = queries.credentials(session, "A@ville.example")
        assert found is not None
        assert service.password_matches(PASSWORD, found.password_hash)
        roles = session.execute(select(Grant.role)).scalars().all()  # type: ignore[call-overload]
    assert list(roles) == [Role.ADMINISTRATOR]
    assert run(settings, *arguments, "--password", PASSWORD).returncode == 2


def test_new_password_prints_a_link_of_the_public_address(settings: Settings, database: Database) -> None:
    arguments = ("create-admin", "--email", "a@ville.example", "--name", "A", "--organisation", "ville")
    assert run(settings, *arguments, "--password", PASSWORD).returncode == 0
    answer = run(settings, "new-password", "--email", "A@ville.example", BASE_URL="https://ville.example/")
    assert answer.returncode == 0, answer.stderr
    token = answer.stdout.strip().partition("https://ville.example/fr/staff/new-password/")[2]
    with database.reading() as session:
        assert links.holder(session, token, now()) == "A"
    assert run(settings, "new-password", "--email", "b@ville.example").returncode == 2
    assert run(settings, *arguments, "--password", "short").returncode == 2


def test_outside_the_demo_a_secret_is_asked_for_in_one_line(tmp_path: Path) -> None:
    answer = run(None, "migrate", DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}")
    assert answer.returncode == 2
    assert "SECRET_KEY" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (tmp_path / "x.db").exists()


def test_a_new_secret_is_long_and_new() -> None:
    first, second = (run(None, "secret").stdout.strip() for _time in range(2))
    assert len(first) >= 64
    assert first != second


def test_sqlite_takes_one_web_worker(tmp_path: Path) -> None:
    answer = run(None, "serve", "--workers", "2", DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}", SECRET_KEY=SECRET)
    assert answer.returncode == 2
    assert "PostgreSQL" in answer.stderr
