"""A small borough: from the box to the closed batch in four screens, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect
from sqlalchemy import update
from sqlmodel import col

from participation.demo.content import OPEN_SLUG
from participation.processes.models import Process, Profile
from tests.browser.checks import check
from tests.browser.pages import CLERK, DESK
from tests.browser.server import Live

Open = Callable[..., BrowserContext]
SignedIn = Callable[[str], StorageState]
SECOND_CLERK = "Aïcha"


@pytest.fixture
def borough(live: Live) -> Iterator[None]:
    """The open vote in the profile of a small borough, for a while."""

    def choose(profile: Profile) -> None:
        with live.database.writing() as session:
            session.execute(update(Process).where(col(Process.slug) == OPEN_SLUG).values(profile=profile))

    choose(Profile.BOROUGH)
    yield
    choose(Profile.CITY)


def screens(page: Page) -> list[str]:
    """The addresses that the page shows from now on, each once in a row, without what differs from sheet to sheet."""
    seen: list[str] = []

    def note(path: str) -> None:
        if path != "blank" and seen[-1:] != [path]:
            seen.append(path)

    page.on("framenavigated", lambda frame: note(urlsplit(frame.url).path.partition(DESK)[2]))
    return seen


@pytest.mark.usefixtures("borough")
@pytest.mark.parametrize("java_script", [True, False])
def test_from_the_box_to_the_closed_batch(open_context: Open, signed_in: SignedIn, java_script: bool) -> None:
    first, second = (
        open_context(storage_state=signed_in(name), java_script_enabled=java_script).new_page()
        for name in (CLERK, SECOND_CLERK)
    )
    seen = [screens(first), screens(second)]

    first.goto(f"/fr{DESK}/batches")
    if not first.locator("[name=header_count]").is_visible():
        first.locator("summary", has_text="Ouvrir un nouveau lot").press("Enter")
    if java_script:
        check(first)
    first.locator("[name=place]").select_option("C5")
    first.locator("[name=header_count]").fill("2")
    more = first.locator("details", has=first.locator("[name=numbered]")).last
    more.locator("summary").press("Enter")
    more.locator("[name=numbered]").uncheck()  # the newest batch had serials, so the box is ticked
    first.locator("[name=header_count]").press("Enter")
    first.wait_for_url("**/key")
    batch = first.url.removesuffix("/key")
    key(first, batch, java_script=java_script)

    second.goto(f"/fr{DESK}/batches")
    row = second.locator("tr", has=second.locator(f"a[href='{urlsplit(batch).path}']"))
    row.get_by_role("button", name="Commencer la deuxième saisie").press("Enter")
    second.wait_for_url("**/key")
    key(second, batch, java_script=java_script)
    if java_script:
        check(second)
    second.get_by_role("button", name=re.compile("Clore le lot")).press("Enter")
    expect(second.locator(".notice-success")).to_be_visible()

    number = batch.rpartition("/")[2]
    journey = ["/batches", f"/batches/{number}/key", f"/batches/{number}"]
    assert seen == [journey, journey], "header, keying, keying by another, comparison: four screens"


def key(page: Page, batch: str, *, java_script: bool) -> None:
    """Two forms, then the pass is finished."""
    for typed in ("3 7", "12"):
        page.locator(".keying-field").fill(typed)
        if java_script:
            page.locator(".keying-field").press("Enter")
            expect(page.locator(".keying-field")).to_have_value("")
        else:
            page.get_by_role("button", name="Enregistrer ce bulletin").press("Enter")
    page.locator("[data-all-keyed]").get_by_role("button", name="Terminer ma saisie").press("Enter")
    page.wait_for_url(batch)
