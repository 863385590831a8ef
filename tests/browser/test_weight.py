"""How much a page costs somebody who pays for every megabyte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page

from tests.browser.pages import GARE

LIST = "/fr/ville-fictive/quartiers-a-venir/projects"
CONSULTED = (
    GARE,
    f"{GARE}/comments",
    f"{GARE}/comments/1",
    f"{GARE}/questions",
    f"{GARE}/briefs",
    f"{GARE}/hearings",
    f"{GARE}/documents",
    f"{GARE}/search?q=parc",
    f"{GARE}/questionnaire",
    f"{GARE}/questionnaire/1",
    f"{GARE}-rapport",
    f"{GARE}-rapport/report",
    f"{GARE}-rapport/follow-up",
)
FIRST_LOAD, NEXT_PAGE = 60 * 1024, 15 * 1024
Open = Callable[..., BrowserContext]


@contextmanager
def counted(context: BrowserContext, page: Page) -> Iterator[dict[str, int]]:
    """Address → bytes over the wire: headers, pages, style, scripts, fonts; nothing for what the cache had."""
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on("Network.requestWillBeSent", lambda sent: addresses.update({sent["requestId"]: sent["request"]["url"]}))
    wire.on(
        "Network.loadingFinished",
        lambda done: sizes.update({addresses.get(done["requestId"], "?"): int(done["encodedDataLength"])}),
    )
    yield sizes
    wire.detach()


def test_the_first_page_and_the_next(open_context: Open) -> None:
    context = open_context()
    page = context.new_page()
    with counted(context, page) as first:
        page.goto(LIST, wait_until="networkidle")
    assert any(address.endswith(".woff2") for address in first), "the typeface is counted"
    assert sum(first.values()) <= FIRST_LOAD, first
    with counted(context, page) as following:
        page.locator("#projects a").first.click()
        page.wait_for_load_state("networkidle")
    assert sum(following.values()) <= NEXT_PAGE, following


def test_each_page_of_a_consultation_is_light_as_the_first_one(open_context: Open) -> None:
    """Whichever page somebody opens first: from a poster, a letter, a message of a neighbour."""
    found = {}
    for path in CONSULTED:
        context = open_context()
        page = context.new_page()
        with counted(context, page) as first:
            page.goto(f"/fr{path}", wait_until="networkidle")
        found[path] = sum(first.values())
        assert any(address.endswith(".woff2") for address in first), "the typeface is counted"
        context.close()
    assert max(found.values()) <= FIRST_LOAD, found


def test_no_page_waits_for_a_script(open_context: Open) -> None:
    """Scripts are deferred or modules: the page is read before they run."""
    page = open_context().new_page()
    page.goto(LIST)
    blocking = page.evaluate(
        "[...document.scripts].filter((each) => !each.defer && each.type !== 'module').map((each) => each.src)"
    )
    assert blocking == []
