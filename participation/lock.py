"""One web process on SQLite: a lock file makes a second one refuse to start."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from participation.settings import Settings


@contextmanager
def single_process_lock(settings: Settings) -> Iterator[None]:
    """Holds the lock while the site runs. RuntimeError when another site uses the same SQLite file."""
    if not settings.is_sqlite:
        yield
        return
    path = Path(settings.database_url.removeprefix("sqlite:///") + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RuntimeError(f"another site already serves {settings.database_url}") from error
        yield
