"""Who may write what: one door into the ballot box, one place that commits, one clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from participation.accounts.models import Organisation
from participation.ballots.models import Ballot, RecountedRound, Superseding
from participation.db import Database
from tests.guards.source import called, calls, functions, method, modules, name_of, names_in, tree

BOX = {name for table in (Ballot, Superseding, RecountedRound) for name in (table.__name__, str(table.__tablename__))}
DOOR = "ballots/service.py"
BY_NAME = {
    ("ballots/closing.py", "rewrite"): "puts the very same rows back, under permit, and compares their digests",
    ("db.py", "_insert_new"): "the words of the database at hand; its callers name the table",
}
"""Where an insert does not say its table, each with why."""
INSERTS = {"insert", "insert_new", "bulk_insert_mappings", "bulk_save_objects"}


def inserts_into_the_box(module: ast.AST) -> Iterator[ast.Call]:
    return (call for call in calls(module) if _inserts(call))


def _inserts(call: ast.Call) -> bool:
    words = {str(node.value) for node in ast.walk(call) if isinstance(node, ast.Constant)}
    if method(call) == "text":
        return any("insert into" in word.lower() for word in words)
    return called(call) in ("Ballot", "Superseding", "RecountedRound") or (
        method(call) in INSERTS and bool((names_in(call) | words) & BOX)
    )


def test_ballots_enter_the_box_through_one_door() -> None:
    assert {name_of(path) for path in modules() if any(inserts_into_the_box(tree(path)))} == {DOOR}


def test_what_inserts_into_a_table_given_by_name_is_known() -> None:
    """`insert(core_table(x))` could be any table, the box too."""
    found = {
        (name_of(path), function.name)
        for path in modules()
        for function in functions(tree(path))
        for call in calls(function)
        if method(call) == "insert" and call.args and not _named_table(call.args[0])
    }
    assert found == set(BY_NAME)


def _named_table(node: ast.expr) -> bool:
    """A model, or core_table(model): capitalised, so that one sees which."""
    if isinstance(node, ast.Call) and called(node) == "core_table":
        node = node.args[0]
    return isinstance(node, ast.Name) and node.id[0].isupper()


@pytest.mark.parametrize(
    "words",
    [
        "session.execute(insert(Ballot).values(rows))",
        "insert_new(session, Superseding, rows)",
        "session.add(Ballot(spec_id=spec_id))",
        "session.execute(insert(core_table(Ballot)), rows)",
    ],
)
def test_the_guard_sees_another_door(words: str) -> None:
    assert list(inserts_into_the_box(ast.parse(words)))


def callers(name: str) -> set[str]:
    """Modules in which something of that name is called or handed over."""
    return {
        name_of(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == name
    }


def test_one_place_commits() -> None:
    """Requests in db.py; migrations, which run without a session, in schema.py."""
    assert callers("commit") <= {"db.py", "schema.py"}


TRANSACTIONS = {
    "db.py": "opens them",
    "cli.py": "commands",
    "consultations/exports/routes.py": "a file is written from a snapshot that holds nobody up, and then its event",
    "jobs.py": "job steps",
    "files.py": "the daily step that sweeps files",
    "consultations/documents/reading.py": "job steps",
    "consultations/follow_up/finding.py": "job steps",
    "consultations/participants/routes.py": "counts who sends a slip, apart from the slip",
    "consultations/reminders/service.py": "job steps",
    "consultations/retention/service.py": "the daily step that forgets",
    "consultations/subscriptions/service.py": "job steps",
    "live/settling.py": "job steps",
    "mail.py": "job steps",
    "work.py": "job steps",
    "ballots/writer.py": "the ballot writer",
    "ballots/closing.py": "closing, which destroys the key after the commit",
    "ballots/booth.py": "failed codes are noted after the answer",
    "ballots/questionnaires/routes.py": "the receipt is noted in the draft after the ballot writer’s commit",
    "paper/sheets/print_job.py": "job steps",
    "paper/sheets/print_commands.py": "a command",
    "paper/remote/letter_job.py": "job steps",
    "paper/questionnaires/scan_job.py": "job steps",
    "paper/scans/scan_job.py": "job steps",
    "paper/scans/retention.py": "job steps",
    "publication/service.py": "the job that closes what two people confirmed",
    "accounts/routes.py": "passwords are hashed between two transactions",
    "accounts/routes_team.py": "the first password is hashed before the transaction",
    "processes/routes_people.py": "the first password is hashed before the transaction",
    "accounts/routes_link.py": "the new password is hashed before the transaction",
}
"""Who begins a write transaction of their own, beside the demo and replay, which are commands."""


def test_write_transactions_begin_where_expected() -> None:
    found = {
        name for name in callers("writing") | callers("write_session") if not name.startswith(("demo/", "replay/"))
    }
    assert found <= set(TRANSACTIONS)


def test_time_comes_from_outside() -> None:
    """`at` is passed; only i18n.now asks the machine's clock, and the demo's clock asks i18n.now."""
    clocks = {"now", "utcnow", "today"}
    raw = {
        (name_of(path), call.lineno)
        for path in modules()
        for call in calls(tree(path))
        if method(call) in clocks and called(call).startswith(("datetime.", "date.", "dt."))
    }
    assert {module for module, _line in raw} <= {"i18n.py"}, sorted(raw)


EDGES = {"app.py", "cli.py", "jobs.py", "work.py", "accounts/access.py", "counting_commands.py"}
"""Where `at` may be asked for; everything below is told."""


def test_only_the_edge_asks_the_clock() -> None:
    askers = {
        name_of(path)
        for path in modules()
        for call in calls(tree(path))
        if called(call) in ("i18n.now", "now") and not name_of(path).startswith(("demo/", "replay/"))
    }
    assert askers <= EDGES


def _broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(names_in(handler.type) & {"Exception", "BaseException"})


def test_nothing_swallows_every_error() -> None:
    found = [
        (name_of(path), node.lineno)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and _broad(node)
    ]
    assert found == []


def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with database.reading() as session:
        session.add(Organisation(slug="sly", name={"fr": "Ruse"}))
        with pytest.raises(DatabaseError, match=r"readonly|read-only"):
            session.flush()
    with database.reading() as session, pytest.raises(DatabaseError, match=r"readonly|read-only"):
        session.execute(text("DELETE FROM organisation"))


def test_modules_stay_readable() -> None:
    """House rule: a module of more than 600 lines is two."""
    long = {name_of(path): n for path in modules() if (n := _lines(path)) > 600}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
