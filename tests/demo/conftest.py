"""The scenario, loaded once for all tests of the demonstration on each database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import Session

from participation.db import Database
from participation.demo import content, scenario
from participation.processes.queries import SpecRow, current_spec, process_at
from participation.register.keys import Keys
from participation.settings import Settings
from tests import databases
from tests.builders import NOON
from tests.client import Site
from tests.demo.loaded import loaded


@dataclass(frozen=True, slots=True)
class Demo:
    """A loaded demonstration: noon of 24 February 2027 in Montréal."""

    settings: Settings
    database: Database
    keys: Keys
    said: list[str]

    def spec(self, session: Session, slug: str, organisation: str = content.CITY) -> SpecRow:
        found = process_at(session, organisation, slug)
        assert found is not None
        spec_row = current_spec(session, found.id)
        assert spec_row is not None
        return spec_row


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder: Path = tmp_path_factory.mktemp("demo")
    with _on_sqlite(folder) if request.param == "sqlite" else _on_postgresql(folder) as demo:
        yield demo


@contextmanager
def _on_sqlite(folder: Path) -> Iterator[Demo]:
    settings = loaded().copied_to(folder)
    database = Database(settings.database_url)
    yield Demo(settings, database, Keys(settings), list(loaded().said))
    database.dispose()


@contextmanager
def _on_postgresql(folder: Path) -> Iterator[Demo]:
    with databases.postgres_url() as url:
        settings = Settings(
            database_url=url, keys_dir=folder / "keys", files_dir=folder / "files", demo=True, log_level="ERROR"
        )
        database, keys, said = Database(url), Keys(settings), list[str]()
        assert scenario.load(database, keys, settings, NOON, said.append)
        yield Demo(settings, database, keys, said)
        database.dispose()


@pytest.fixture
def demo_site(demo: Demo) -> Iterator[Site]:
    with Site(demo.settings, demo.database, demo.keys) as site:
        yield site
