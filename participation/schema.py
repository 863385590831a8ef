"""Bringing a database to the newest schema, and telling whether it is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from participation.db import Database
from participation.search import FTS
from participation.settings import ROOT

PACKAGES_WITH_TABLES = (
    "accounts",
    "processes",
    "processes.questionnaires",
    "register",
    "ballots",
    "ballots.questionnaires",
    "counts",
    "consultations",
    "consultations.activities",
    "consultations.analysis",
    "consultations.follow_up",
    "consultations.documents",
    "consultations.questions",
    "consultations.subscriptions",
    "consultations.briefs",
    "consultations.hearings",
    "consultations.participants",
    "consultations.reminders",
    "paper",
    "live",
    "live.floor",
    "live.local",
    "live.speaking",
    "live.written",
    "publication",
)


def load_models() -> None:
    """Imports every table, so that the metadata is whole."""
    for module in ("audit", "files", "mail", "search"):
        import_module(f"participation.{module}")
    for package in PACKAGES_WITH_TABLES:
        import_module(f"participation.{package}.models")


def is_modelled(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
    """False for what migration 0003 makes in the words of each database, for which models have none: the index of the
    search column, on SQLite a table with its parts."""
    return not (kind in ("table", "index") and name is not None and re.fullmatch(rf"(ix_)?{FTS}(_\w+)?", name))


def config(url: str = "") -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return settings


def upgrade(database: Database) -> None:
    """Runs the migrations that this database has not had."""
    with database.engine.execution_options(participation_mode="write").connect() as connection:
        alembic = config(database.url)
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
        connection.commit()


def is_current(database: Database) -> bool:
    """Whether the database has every migration."""
    with database.engine.execution_options(participation_mode="read").connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == ScriptDirectory.from_config(config()).get_current_head()
