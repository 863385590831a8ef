"""What an operator sets, from the environment. Every value has a name, a type and a default that is safe.

Elsewhere the environment is only passed on to a process that is started.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import PrivateAttr, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECRET = "demonstration-only-not-a-secret"  # noqa: S105  refused outside the demo


class Settings(BaseSettings):
    """One process's configuration, read once at start."""

    model_config = SettingsConfigDict(env_prefix="", env_file=None, extra="ignore", frozen=False)

    database_url: str = f"sqlite:///{ROOT / 'var' / 'participation.db'}"
    secret_key: SecretStr = SecretStr("")
    """At least 32 characters. Keys for codes, receipts, cookies and sessions are derived from it."""
    keys_dir: Path = ROOT / "var" / "keys"
    """Voting keys, one file per spec: outside the database and outside its ordinary backup."""
    files_dir: Path = ROOT / "var" / "files"
    """Files that are made or received and deleted again (print runs, letters, scans), and what people brought that is
    kept (`stored`): back it up with the database. Shared by site and worker."""
    demo: bool = False
    demo_today: date | None = None
    base_url: str = "http://127.0.0.1:8000"
    """The public address. Under https, cookies are sent over https only."""
    trusted_proxies: str = ""
    """Addresses whose X-Forwarded-For is believed, separated by commas."""
    thread_limit: int = 2
    """Threads that render pages; near the number of cores (more only fight for the interpreter lock)."""
    writer_queue: int = 4096
    """Ballots that may wait for the writer before new ones are answered with 503."""
    socket_limit: int = 12_000
    """Screens of meetings that one process keeps up to date at a time; the others ask for news every few seconds."""
    room_limit: int = 10_000
    """The same of one meeting."""
    log_level: str = "INFO"
    wifi_name: str = ""
    """The access point of a room in local mode, for the poster."""
    wifi_password: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")
    """The mail server: smtp://name:password@host:587, smtps:// for TLS from the first byte. Without one, mail waits."""
    mail_from: str = ""
    """The address that mail comes from; no-reply at the host of the public address where none is set."""
    _local_mode: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _refuse_weak_secret(self) -> Settings:
        secret = self.secret_key.get_secret_value()
        if self.demo and not secret:
            self.secret_key = SecretStr(DEMO_SECRET)
        elif not self.demo and (len(secret) < 32 or secret == DEMO_SECRET):
            raise ValueError("SECRET_KEY must be set to at least 32 characters (DEMO=1 runs without one)")
        return self

    @model_validator(mode="after")
    def _refuse_wrong_server(self) -> Settings:
        url = urlsplit(self.smtp_url.get_secret_value())
        if url.geturl() and (url.scheme not in ("smtp", "smtps") or not url.hostname):
            raise ValueError("SMTP_URL is smtp://[name:password@]host[:port] or smtps://…")
        return self

    def in_local_mode(self, **instead: Any) -> Self:
        """The same for one laptop that serves a room over plain http, with other values where they are given. No
        variable of the environment says it: `participation serve --local` checks first what belongs to it."""
        local = self.model_copy(update=instead)
        local._local_mode = True
        return local

    @property
    def local_mode(self) -> bool:
        return self._local_mode

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is set."""
        return bool(self.smtp_url.get_secret_value())

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @cached_property
    def _derived(self) -> dict[str, bytes]:
        return {}

    def key(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, derived from the secret; purposes never share a key."""
        found = self._derived.get(purpose)
        if found is None:
            secret = self.secret_key.get_secret_value().encode()
            found = hmac.digest(hashlib.sha256(secret).digest(), purpose.encode(), "sha256")
            self._derived[purpose] = found
        return found


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process-wide settings; commands and tests that need others build their own."""
    return Settings()


def new_secret() -> str:
    """A secret key for a new installation."""
    return secrets.token_urlsafe(48)
