"""What a replay notes outside the database, so that it can be stopped and taken up again.

One folder per file and database: `state.json` (seed, database, ids, how far it is) and `done.log`, one line
per acknowledged act. An act that was done and not noted is done again, which the site answers with the same
receipt or "already received".
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from participation.register.identity import CODE_LENGTH, with_check
from participation.register.keys import RECEIPT_ALPHABET as ALPHABET


@dataclass(slots=True)
class Notes:
    """The content of `state.json`."""

    seed: str
    database_url: str
    stage: str = "new"
    """new → built → cast → finished."""
    slug: str = ""
    spec_id: str = ""
    place_code: str = ""
    accounts: dict[str, str] = field(default_factory=dict)


class State:
    """The folder of one replay."""

    def __init__(self, folder: Path, notes: Notes) -> None:
        self.folder = folder
        self.notes = notes
        self.done: set[str] = set()
        log = folder / "done.log"
        if log.exists():
            self.done = set(log.read_text().split())
        self._log = log.open("a")

    def save(self) -> None:
        """Writes `state.json` whole or not at all."""
        target = self.folder / "state.json"
        draft = target.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self.notes)))
        os.replace(draft, target)

    def note(self, act: str) -> None:
        """An act is acknowledged. Losing the last lines in a crash is harmless: they are done again."""
        self.done.add(act)
        self._log.write(act + "\n")

    def flush(self) -> None:
        self._log.flush()

    def derived(self, purpose: str) -> str:
        """Thirty-two hexadecimal signs that only this replay's seed gives for the purpose."""
        return hmac.digest(self.notes.seed.encode(), purpose.encode(), "sha256").hex()[:32]

    def code(self, register_number: str) -> str:
        """The personal code of a voter: always the same for this replay."""
        raw = hmac.digest(self.notes.seed.encode(), f"code|{register_number}".encode(), "sha256")
        return with_check("".join(ALPHABET[byte & 31] for byte in raw[: CODE_LENGTH - 1]))

    def forget(self) -> None:
        """Removes the folder: nothing of this replay is to be taken up again."""
        self._log.close()
        shutil.rmtree(self.folder)

    @property
    def secret_key(self) -> str:
        return self.derived("secret key, first half") + self.derived("secret key, second half")

    @property
    def keys_dir(self) -> Path:
        return self.folder / "keys"


def open_state(content: bytes, database_url: str) -> State:
    """The unfinished replay of this file on this database, or a new one. A finished one is not reused."""
    name = hashlib.sha256(content + b"\0" + database_url.encode()).hexdigest()[:16]
    folder = _base() / name
    path = folder / "state.json"
    if path.exists():
        notes = Notes(**json.loads(path.read_text()))
        if notes.stage != "finished":
            return State(folder, notes)
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    url = database_url or f"sqlite:///{folder / 'replay.db'}"
    state = State(folder, Notes(secrets.token_hex(32), url))
    state.save()
    return state


def _base() -> Path:
    root = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(root) / "participation" / "replay"
