"""The repository as a whole: it speaks of itself alone, and what it installs is pinned by hash."""

from __future__ import annotations

import json
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from participation.settings import ROOT

THIS = Path(__file__).relative_to(ROOT).as_posix()
BINARY = {".woff2", ".ttf", ".png", ".ico", ".pdf"}
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")


@lru_cache
def tracked() -> tuple[Path, ...]:
    """Files that belong to the repository; where there is no git, everything that is not made or fetched."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return tuple(ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file())
    made = {".venv", "node_modules", "var", "vendor", "__pycache__", ".git", "build"}
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and not made & set(path.parts))


def texts() -> dict[str, str]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in tracked()
        if path.suffix not in BINARY
    }


PLACES = {
    "the address of a package registry": rf"pypi\{'.'}org|python{'hosted'}|registry\.npm{'js'}|npm{'js'}\.(com|org)",
    "a path of one machine": rf"/{'home'}/\w+/|/{'Users'}/\w+/|/{'work'}/\w+|/{'root'}/\w+|/tmp/\w/",
    "a key": rf"-----BEGIN [A-Z ]*{'PRIVATE'} KEY|AKIA[0-9A-Z]{{16}}|gh[pousr]_\w{{30,}}",
    "unfinished work": rf"\b({'TO'}DO|{'FIX'}ME|X{'XX'})\b|pytest\.mark\.({'xfail'}|{'skip'})|{'NotImplemented'}Error",
}


@pytest.mark.parametrize("what", PLACES)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(PLACES[what])
    found = {name: hit.group() for name, text in texts().items() if name != THIS and (hit := pattern.search(text))}
    assert found == {}


def test_made_and_fetched_files_are_not_tracked() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    folders = ("static/vendor/", "node_modules/", "var/", ".venv/")
    assert [name for name in names if name.startswith(folders) or name.endswith((".mo", ".db", ".pyc"))] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_python_package_is_pinned_by_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = [block for block in re.split(r"\n(?=\w)", text.strip()) if not block.startswith("#")]
    assert packages
    for block in packages:
        assert re.match(r"[\w.\[\]-]+==\S+", block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert not re.search(r"https?://|--index-url|--find-links", text)


def test_every_browser_package_is_pinned_by_hash() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, f"{name}: an address in the lock"
        assert not entry.get("hasInstallScript"), f"{name} runs a program when it is installed"


def test_declared_and_locked_packages_are_the_same() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"][""]
    for group in ("dependencies", "devDependencies"):
        assert wanted[group] == locked[group]


def test_files_stay_readable() -> None:
    """Beyond 600 lines a file is two; data, catalogues and locks are lists."""
    lists = (".lock", ".po", ".pot", ".json")
    long = {name: n for name, text in texts().items() if (n := text.count("\n")) > 600 and not name.endswith(lists)}
    assert set(long) == {"migrations/versions/0001_initial.py"}, "the first migration makes every table"
