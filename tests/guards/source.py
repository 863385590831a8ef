"""The program as text: what guards read it for. Nothing here runs it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from participation.settings import ROOT

PROGRAM = ROOT / "participation"
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"


@cache
def modules() -> list[Path]:
    """Every module of the program."""
    return sorted(PROGRAM.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """`ballots/service.py`, `db.py`: as people say it."""
    return path.relative_to(PROGRAM).as_posix()


def calls(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def called(call: ast.Call) -> str:
    """`session.commit` for a method, `insert` for a function; the last two names at most."""
    function = call.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        return f"{owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, 'id', '')}.{function.attr}"
    return getattr(function, "id", "")


def method(call: ast.Call) -> str:
    """The last name alone: `commit` for `self.database.session.commit`."""
    return called(call).rpartition(".")[2]


def names_in(node: ast.AST) -> set[str]:
    """Every name that is spoken inside."""
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


def functions(module: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@cache
def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def template_name(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()
