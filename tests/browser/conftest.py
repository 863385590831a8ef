"""One Chromium and one running site for all browser tests; a fresh context for each.

They end with this package: Playwright keeps an event loop running in the main thread, where others start theirs.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from tests.browser.server import Live, running
from tests.databases import unavailable

HERE = Path(__file__).parent
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000
"""Milliseconds that an expectation waits; two busy cores are slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or the one that CHROMIUM names. Without one these tests say so."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        unavailable("no Chromium: install one, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("browser")) as live:
        yield live


@pytest.fixture
def open_context(chromium: Browser, live: Live) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a visitor's browser: `open_context(java_script_enabled=False)`, …; closed after the test."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = chromium.new_context(base_url=live.base, **{"reduced_motion": "reduce", **options})
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A visitor's page: nobody is signed in."""
    return open_context().new_page()


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, live: Live) -> Callable[[str], StorageState]:
    """The cookies of a fictional member of staff, by a part of the name; each steps in once."""
    kept: dict[str, StorageState] = {}

    def cookies(name: str) -> StorageState:
        if name not in kept:
            with chromium.new_context(base_url=live.base) as context:
                page = context.new_page()
                page.goto("/fr/demo")
                page.locator("li", has_text=re.compile(name)).get_by_role("button").first.click()
                page.wait_for_url("**/staff/**")
                kept[name] = context.storage_state()
        return kept[name]

    return cookies


@pytest.fixture(scope="package")
def page_of(chromium: Browser, live: Live, signed_in: Callable[[str], StorageState]) -> Iterator[Callable[[str], Page]]:
    """A new page in the browser that a person keeps for all tests that change nothing; nobody's name: a visitor's."""
    kept: dict[str, BrowserContext] = {}

    def open_page(name: str) -> Page:
        if name not in kept:
            cookies = signed_in(name) if name else None
            kept[name] = chromium.new_context(base_url=live.base, storage_state=cookies, reduced_motion="reduce")
            kept[name].set_default_timeout(PATIENCE)
        for page in kept[name].pages:
            page.close()
        return kept[name].new_page()

    yield open_page
    for context in kept.values():
        context.close()
