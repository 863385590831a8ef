"""The database: one line of migrations, the same schema as the models, tables that only grow."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from participation import schema
from participation.db import Database, metadata
from participation.register.keys import Keys
from participation.search import FTS
from tests.builders import build_codes, build_world, online_entry
from tests.publication.stories import cast

schema.load_models()
APPEND_ONLY = (
    "ballot",
    "superseding",
    "event",
    "ballot_spec",
    "spec_window",
    "project_change",
    "key_destruction",
    "ballot_count",
    "certification",
    "identity_signature",
    "seal",
    "sealed_leaf",
    "stock_entry",
    "gap_signature",
    "box_content",
    "box_exception",
    "team_exception",
    "batch_round",
    "recount_batch",
    "recounted_round",
    "hand_count",
    "follow_up",
)
"""What may be added to and never changed. A new table of this kind is named here and in a migration."""
REWRITTEN = {"ballot", "superseding"}
"""Of these, rows may be taken out and put back while a permit exists."""


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(schema.config()).get_heads()) == 1


def test_models_and_schema_are_the_same(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": schema.is_modelled}
        )
        assert compare_metadata(context, metadata) == []


def test_what_models_cannot_say_is_there_and_is_only_the_search_index(database: Database) -> None:
    """One FTS5 table with its parts and three triggers, or one GIN index: nothing else escapes the comparison."""
    with database.reading() as session:
        found = inspect(session.connection())
        left_out = {name for name in found.get_table_names() if not schema.is_modelled(name, "table", {})}
        left_out |= {
            str(index["name"])
            for table in found.get_table_names()
            for index in found.get_indexes(table)
            if not schema.is_modelled(index["name"], "index", {})
        }
        triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'search_entry'"
        kept = session.execute(text(triggers)).scalar_one() if database.is_sqlite else 3
    parts = {f"{FTS}{part}" for part in ("", "_config", "_data", "_docsize", "_idx")}
    assert left_out == (parts if database.is_sqlite else {f"ix_{FTS}"})
    assert kept == 3


def test_an_empty_database_is_brought_up_and_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    assert not schema.is_current(database)
    schema.upgrade(database)
    assert schema.is_current(database)
    schema.upgrade(database)
    tables = {name for name in inspect(database.engine).get_table_names() if schema.is_modelled(name, "table", {})}
    assert tables == {*metadata.tables, "alembic_version"}


def test_every_migration_runs_on_both(database: Database) -> None:
    assert schema.is_current(database)


def test_constraints_have_names() -> None:
    """A constraint without a name cannot be changed by a later migration on both databases."""
    nameless = [
        (table.name, type(constraint).__name__)
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert nameless == []


def triggers(database: Database) -> set[tuple[str, str]]:
    """(table, UPDATE | DELETE | TRUNCATE) for every trigger that the database has."""
    query = (
        "SELECT tbl_name, upper(sql) FROM sqlite_master WHERE type = 'trigger'"
        if database.is_sqlite
        else "SELECT relname, upper(pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid "
        "WHERE NOT tgisinternal"
    )
    with database.reading() as session:
        rows = session.execute(text(query)).all()
    return {
        (table, action)
        for table, definition in rows
        for action in ("UPDATE", "DELETE", "TRUNCATE")
        if f"BEFORE {action}" in definition
    }


def test_append_only_tables_are_guarded(database: Database) -> None:
    actions = {"UPDATE", "DELETE"} | (set() if database.is_sqlite else {"TRUNCATE"})
    assert triggers(database) == {(table, action) for table in APPEND_ONLY for action in actions}


@pytest.mark.parametrize("table", sorted(REWRITTEN))
def test_the_box_refuses_change(database: Database, keys: Keys, table: str) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    cast(database, keys, world, [online_entry(keys, world, code, "1")])
    with database.writing() as session:
        row = {"tag": "t" * 64, "spec": world.spec_row.id.hex if database.is_sqlite else str(world.spec_row.id)}
        session.execute(text("INSERT INTO superseding VALUES (:tag, 1, :spec, 'paper')"), row)
    attempts = [f"UPDATE {table} SET spec_id = spec_id", f"DELETE FROM {table}"]
    if database.is_sqlite:
        attempts.append(f"REPLACE INTO {table} SELECT * FROM {table}")
    else:
        attempts.append(f"TRUNCATE {table} CASCADE")
    for statement in attempts:
        with pytest.raises((IntegrityError, DatabaseError), match="append-only"), database.writing() as session:
            session.execute(text(statement))
