"""The keying station: eyes on the paper, the network comes and goes, and every form arrives once, in order."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlmodel import col

from participation.db import Database
from participation.demo.content import CITY, OPEN_SLUG
from participation.paper.marks import Marks, loaded
from participation.paper.models.batches import Batch, Keying, KeyingSession
from participation.processes.queries import current_spec, process_at
from tests.browser.conftest import PATIENCE
from tests.browser.pages import CLERK, DESK
from tests.browser.server import Killable, killable

FORMS, BATCHES = 50, 4
PROJECTS = 20
WAIT = 60_000
IN_THE_STORE = """async () => {
    const queue = await import(document.querySelector("[data-station]").dataset.queue);
    return (await queue.waiting()).length;
}"""
"""Forms that wait at this station."""


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killable]:
    with killable(tmp_path_factory.mktemp("killable")) as site:
        yield site


@pytest.fixture
def desk(chromium: Browser, site: Killable) -> Iterator[Page]:
    """A clerk's browser, signed in."""
    with chromium.new_context(base_url=site.base, reduced_motion="reduce") as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.goto("/fr/demo")
        page.locator("li", has_text=re.compile(CLERK)).get_by_role("button").first.click()
        page.wait_for_url("**/staff/**")
        yield page


def open_batch(page: Page, forms: int, *, numbered: bool = False) -> int:
    """A new batch, its first keying begun and its station ready for a cut; returns its number."""
    page.goto(f"/fr{DESK}/batches/new")
    page.locator("[name=place]").select_option("C3")
    page.locator("[name=header_count]").fill(str(forms))
    page.locator("[name=numbered]").set_checked(numbered)
    page.locator("[name=header_count]").press("Enter")
    page.wait_for_url(re.compile(r"/batches/\d+$"))
    number = int(page.url.rpartition("/")[2])
    page.get_by_role("button", name="Commencer la première saisie").click()
    ready(page)
    return number


def ready(page: Page) -> None:
    expect(page.locator("[data-when=ready]")).to_be_visible(timeout=WAIT)


def key(page: Page, position: int, numbers: list[int]) -> int:
    """Keys one form as a clerk does, and returns how many keys that took."""
    expect(page.locator("[data-heading]")).to_have_text(f"Bulletin {position}")
    typed = "".join(f"{number:02d}" for number in numbers)
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    return len(typed) + 1


def saved(site: Killable, number: int) -> list[tuple[int, Marks]]:
    """What the first keying of a batch holds, in the order of its forms."""
    database = Database(site.settings.database_url)
    with database.reading() as session:
        city = process_at(session, CITY, OPEN_SLUG)
        assert city is not None
        spec = current_spec(session, city.id)
        assert spec is not None
        rows = session.execute(
            select(col(Keying.position), col(Keying.marks))
            .join(KeyingSession, col(Keying.session_id) == col(KeyingSession.id))
            .join(Batch, col(KeyingSession.batch_id) == col(Batch.id))
            .where(col(Batch.number) == number, col(Batch.spec_id) == spec.id)
            .order_by(col(Keying.position))
        ).all()
    database.dispose()
    return [(row.position, loaded(row.marks)) for row in rows]


def keyed_numbers(site: Killable, number: int) -> list[tuple[int, list[int]]]:
    return [
        (position, [int(number) for line in marks.values() for number, _value in line])
        for position, marks in saved(site, number)
    ]


def everything_is_saved(page: Page) -> None:
    """Once the screen has gone on to the next form. The store is asked: the line on the screen follows it."""
    deadline = time.monotonic() + WAIT / 1000
    while page.evaluate(IN_THE_STORE):
        assert time.monotonic() < deadline, "forms still wait at this station"
        page.wait_for_timeout(50)
    expect(page.locator("[data-when=waiting]")).to_be_hidden(timeout=WAIT)
    expect(page.locator("[data-when=saved]")).to_be_visible()


def finish(page: Page) -> None:
    page.locator("[data-finish] button").first.click()
    page.wait_for_url(re.compile(r"/batches/\d+$"), timeout=WAIT)


def test_two_hundred_ballots_through_three_cuts_and_two_deaths(desk: Page, site: Killable) -> None:
    chance = random.Random(200)
    context = desk.context
    keys = 0
    for batch in range(BATCHES):
        number = open_batch(desk, FORMS)
        pile = [sorted(chance.sample(range(1, PROJECTS + 1), 5)) for _form in range(FORMS)]
        for position, numbers in enumerate(pile, 1):
            disturb(batch, position, desk, context, site)
            keys = max(keys, key(desk, position, numbers))
        everything_is_saved(desk)
        finish(desk)
        assert keyed_numbers(site, number) == list(enumerate(pile, 1))
    assert keys <= 18


def disturb(batch: int, position: int, page: Page, context: BrowserContext, site: Killable) -> None:
    """Three cuts of the network, the second with a reload; two deaths of the server, the second with a reload."""
    match batch, position:
        case (0, 10) | (1, 12) | (3, 5):
            context.set_offline(True)
        case (1, 20):
            page.reload()
        case (0, 25) | (1, 30) | (3, 40):
            expect(page.locator("[data-count]")).to_contain_text("bulletins en attente sur ce poste")
            context.set_offline(False)
        case (2, 15) | (3, 46):
            site.kill()
        case (3, 48):
            page.reload()
        case (2, 33) | (3, 50):
            site.start()
        case _:
            return
