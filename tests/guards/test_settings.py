"""A site that anybody can reach never runs on a secret that anybody can know."""

from __future__ import annotations

import ast

import pytest
from pydantic import SecretStr, ValidationError

from participation.settings import DEMO_SECRET, Settings, new_secret
from tests.guards.source import called, calls, modules, name_of, tree


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DEMO", "DATABASE_URL", "DEMO_TODAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("secret", ["", "short", "x" * 31, DEMO_SECRET])
def test_weak_secrets_are_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match="SECRET_KEY"):
        Settings(secret_key=SecretStr(secret))


def test_the_demo_runs_without_one() -> None:
    assert Settings(demo=True).secret_key.get_secret_value() == DEMO_SECRET
    with pytest.raises(ValidationError, match="SECRET_KEY"):
        Settings()


def test_a_secret_never_shows_in_a_log() -> None:
    secret = new_secret()
    assert len(secret) >= 32
    assert secret not in repr(Settings(secret_key=SecretStr(secret)))


def test_each_purpose_has_its_own_key() -> None:
    settings = Settings(secret_key=SecretStr("s" * 40))
    assert settings.key("codes") != settings.key("receipts")
    assert settings.key("codes") == Settings(secret_key=SecretStr("s" * 40)).key("codes")
    assert settings.key("codes") != Settings(secret_key=SecretStr("t" * 40)).key("codes")


ENVIRONMENT = {"os.environ", "environ.get", "os.getenv", "getenv"}
EXCEPTIONS = {
    "demo/run.py": "hands the environment on to its children",
    "confined.py": "hands the least of the environment on to a limited child",
    "replay/server.py": "hands the environment on to its child",
    "replay/state.py": "asks the desktop where commands keep their state",
}


def test_one_module_reads_the_environment() -> None:
    readers = set()
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and node.attr == "environ":
                readers.add(name_of(path))
        readers |= {name_of(path) for call in calls(tree(path)) if called(call) in ENVIRONMENT}
    assert readers - set(EXCEPTIONS) <= {"settings.py"}
