"""Before intake is closed nobody can see how the vote goes: every page that each role can reach is read."""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urljoin, urlsplit

import pypdfium2
import pytest

from participation.accounts.models import Role
from tests.builders import CLOSES, World, build_account, build_codes, build_world, online_entry, paper_entry
from tests.client import Browser, Page, Site
from tests.publication.stories import cast

ONLINE = {"1": 149, "2": 131}
PAPER = {"3": 113, "4": 9}
"""How many chose each project alone: numbers that stand for nothing else on any page (280 and 122 took part)."""
TALLY = re.compile(r"(?<!\d)(149|131|113)(?!\d)")
IDENTIFIERS = re.compile(r"[0-9a-f]{6,}(-[0-9a-f]{4,})*", re.IGNORECASE)
MOST_PAGES = 150


@pytest.fixture
def world(site: Site) -> World:
    world = build_world(site.database, site.keys)
    codes = build_codes(site.database, site.keys, world, sum(ONLINE.values()))
    chosen = [option for option, number in ONLINE.items() for _vote in range(number)]
    entries = [online_entry(site.keys, world, code, option) for code, option in zip(codes, chosen, strict=True)]
    piles = [option for option, number in PAPER.items() for _vote in range(number)]
    entries += [paper_entry(world, place, option) for place, option in enumerate(piles)]
    cast(site.database, site.keys, world, entries)
    return world


def reachable(browser: Browser, start: str, world: World) -> dict[str, str]:
    """Address → what it says, for every page and file that links lead to, in one language."""
    seen: dict[str, str] = {}
    waiting = deque([start, f"/fr{world.path}", "/fr/"])
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.popleft()
        if address in seen:
            continue
        answer = browser.client.get(address, follow_redirects=True)
        assert answer.status_code < 500, address
        kind = answer.headers.get("content-type", "")
        seen[address] = said(answer.content, kind)
        if kind.startswith("text/html"):
            waiting.extend(links(Page(answer.text), address))
    assert len(seen) < MOST_PAGES, "the crawl did not end"
    return seen


def links(page: Page, here: str) -> list[str]:
    targets = (
        urljoin(here, link).partition("#")[0] for link in page.links() if not link.startswith(("tel:", "mailto:"))
    )
    return [target for target in targets if urlsplit(target).path.startswith("/fr/") or target == "/fr"]


def said(content: bytes, kind: str) -> str:
    """The words of a page or file, without identifiers, in which any number may stand."""
    if kind.startswith("application/pdf"):
        document = pypdfium2.PdfDocument(content)
        text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    elif kind.startswith("text/html"):
        page = Page(content.decode())
        text = page.text + " " + " ".join(attrs.get("aria-label", "") for _tag, attrs in page.tags)
    else:
        assert "zip" not in kind, "no ballots leave before the count"
        text = content.decode()
    return IDENTIFIERS.sub("", text)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role.value if role else "anonymous")
def test_nobody_sees_a_tally(site: Site, world: World, role: Role | None) -> None:
    for moment in (site.at, CLOSES):
        site.at = moment
        browser, start = site.visitor(), "/fr/"
        if role:
            account = build_account(site.database, f"Only {role} {moment:%d}", [role], world.organisation_id)
            browser, start = site.signed_in(account), f"/fr/staff{world.path}"
        pages = reachable(browser, start, world)
        told = {address: found for address, text in pages.items() if (found := TALLY.findall(text))}
        assert told == {}
        assert len(pages) > 5


def test_the_crawl_would_see_a_tally(site: Site, world: World) -> None:
    page = site.visitor().get_page(f"/fr{world.path}/projects")
    shown = page.html.replace("</h1>", " 149 votes</h1>")
    assert TALLY.search(said(shown.encode(), "text/html"))
    assert not TALLY.search(said(page.html.encode(), "text/html"))
