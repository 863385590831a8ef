"""Fixtures that everything shares: a fresh real database, a site on it, the clock of the story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from participation.db import Database
from participation.register.keys import Keys
from participation.settings import Settings
from tests import databases

if TYPE_CHECKING:
    from tests.client import Site

SECRET = "a test secret that is long enough to be one"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Every test that asks for a database runs on both."""
    source = databases.sqlite_url(tmp_path) if request.param == "sqlite" else databases.postgres_url()
    with source as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key=SecretStr(SECRET),
        keys_dir=tmp_path / "keys",
        files_dir=tmp_path / "files",
        log_level="ERROR",
        demo=False,
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    yield database
    database.dispose()


@pytest.fixture
def keys(settings: Settings) -> Keys:
    return Keys(settings)


@pytest.fixture
def site(settings: Settings, database: Database, keys: Keys) -> Iterator[Site]:
    """The running application. `site.at` is its clock; `site.visitor()` a browser without cookies."""
    from tests.client import Site  # the whole application: only tests that need it pay for it

    with Site(settings, database, keys) as site:
        yield site
