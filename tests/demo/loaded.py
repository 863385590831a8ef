"""The scenario, loaded once for everything that looks at it on SQLite."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from participation import schema
from participation.db import Database
from participation.demo import scenario
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON


@dataclass(frozen=True, slots=True)
class Loaded:
    """A folder with `demo.db` and `keys`, and what the load said."""

    folder: Path
    said: tuple[str, ...]

    def copied_to(self, folder: Path) -> Settings:
        """The settings of a copy that a test may change."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return _settings(folder)


def _settings(folder: Path) -> Settings:
    url = f"sqlite:///{folder / 'demo.db'}"
    return Settings(
        database_url=url, keys_dir=folder / "keys", files_dir=folder / "files", demo=True, log_level="ERROR"
    )


@lru_cache
def loaded() -> Loaded:
    """Loads it around noon of 24 February 2027; seconds the first time, nothing afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="participation-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings, said = _settings(folder), list[str]()
    database = Database(settings.database_url)
    schema.upgrade(database)
    assert scenario.load(database, Keys(settings), settings, NOON, said.append)
    database.vacuum([])
    database.dispose()
    return Loaded(folder, tuple(said))
