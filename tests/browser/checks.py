"""What every page must pass: axe, no sideways scrolling, no errors, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, ViewportSize

from participation.prepare import VENDOR

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@lru_cache
def _axe() -> str:
    return (VENDOR / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found: list[dict[str, Any]] = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then((all) => all.violations)",
        list(RULES),
    )
    return [f"{fault['id']}: {node['html'][:120]}" for fault in found for node in fault["nodes"]]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def check(page: Page) -> None:
    """No violation and nothing beside the window, on a phone by day and on a desk by night; in English the other way.

    A page is tried in both languages, so each width meets each colour scheme.
    """
    page.set_viewport_size(ViewportSize(width=768, height=800))
    assert overflow(page) <= 0, f"{page.url}: {overflow(page)} px too wide at 768"
    french = page.locator("html").get_attribute("lang") == "fr"
    for width, by_day in ((360, french), (1440, not french)):
        page.set_viewport_size(ViewportSize(width=width, height=800))
        page.emulate_media(color_scheme="light" if by_day else "dark")
        assert overflow(page) <= 0, f"{page.url}: {overflow(page)} px too wide at {width}"
        assert violations(page) == [], f"{page.url} at {width}, {'light' if by_day else 'dark'}"


@contextmanager
def watched(page: Page, base: str) -> Iterator[None]:
    """Fails on a message of the console, a script's error, or a request to another site.

    Chromium's hints to developers, which it calls verbose, are no message of the page.
    """
    wrong: list[str] = []
    hint = "verbose"
    page.on("console", lambda said: wrong.extend([f"{said.type}: {said.text}"] if said.type != hint else []))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda sent: None if _ours(sent.url, base) else wrong.append(f"asked {sent.url}"))
    yield
    assert wrong == [], wrong


def _ours(url: str, base: str) -> bool:
    return urlsplit(url).scheme == "data" or urlsplit(url).netloc == urlsplit(base).netloc
