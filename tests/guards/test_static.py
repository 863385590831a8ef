"""What the browser loads: all of it ours, all of it there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from participation.prepare import BROWSER_FILES
from tests.guards.source import STATIC, template_name, templates

WRITTEN = sorted(path for folder in ("css", "js") for path in (STATIC / folder).rglob("*") if path.is_file())
FILE = re.compile(r"""static_url\(['"]([^'"]+)['"]\)|\bscript\(['"]([^'"]+)['"]\)|["']/static/([^"'?]+)["']""")
ELSEWHERE = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE)
NOT_LOADED = re.compile(r"http://www\.w3\.org/\S+")
"""Names of XML vocabularies: nothing is fetched from there."""


def asked_for() -> dict[str, str]:
    """Static file → a template that asks for it."""
    return {
        next(filter(None, found)): template_name(path)
        for path in templates()
        for found in FILE.findall(path.read_text(encoding="utf-8"))
    }


def test_every_file_that_a_template_asks_for_is_there() -> None:
    fetched = {f"vendor/{target}" for target in BROWSER_FILES.values()}
    missing = {name: by for name, by in asked_for().items() if name not in fetched and not (STATIC / name).is_file()}
    assert missing == {}


def test_what_set_up_fetches_is_there() -> None:
    missing = [target for target in BROWSER_FILES.values() if not (STATIC / "vendor" / target).is_file()]
    assert missing == [], "run `make setup-dev`"


def test_every_written_file_is_asked_for() -> None:
    served_by_a_route = {"js/keying-worker.js"}
    named = set(asked_for()) | served_by_a_route | {"icon.svg"}
    assert {path.relative_to(STATIC).as_posix() for path in WRITTEN} - named == set()


def test_style_sheets_name_files_that_exist() -> None:
    for sheet in (path for path in WRITTEN if path.suffix == ".css"):
        for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text(encoding="utf-8")):
            if address.startswith(("data:", "#")):
                continue
            target = STATIC / address.removeprefix("/static/") if address.startswith("/") else sheet.parent / address
            assert target.resolve().is_file(), f"{sheet.name}: {address}"


@pytest.mark.parametrize("path", [*WRITTEN, *templates()], ids=lambda path: path.name)
def test_nothing_comes_from_another_site(path: Path) -> None:
    text = NOT_LOADED.sub("", path.read_text(encoding="utf-8"))
    assert ELSEWHERE.findall(text) == []


def test_scripts_need_nothing_that_the_policy_forbids() -> None:
    for script in (path for path in WRITTEN if path.suffix == ".js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(
            r"\beval\(|new Function|innerHTML|document\.write|\.style\b|setAttribute\(\"style", text
        ), f"{script.name} goes round the content security policy"
