"""The questionnaire in a browser: with and without scripts, on a phone, and when the connection drops."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from participation.register.keys import Keys
from tests.browser.checks import check, watched
from tests.browser.server import Live
from tests.builders import build_questionnaire, build_world

HERE = "/ville-avis/avis/questionnaire"
PHONE = ViewportSize(width=360, height=740)
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def questionnaire(live: Live) -> str:
    """A published questionnaire; its address below the language."""
    build_world(live.database, Keys(live.settings), build_questionnaire(), slug="avis")
    return HERE


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_first_question_to_the_receipt(
    open_context: Open, live: Live, questionnaire: str, scripts: bool, locale: str
) -> None:
    page = open_context(java_script_enabled=scripts, viewport=PHONE).new_page()
    with watched(page, live.base):
        page.goto(f"/{locale}{questionnaire}")
        page.locator(f"a[href$='{HERE}/1']").click()
        second = page.locator("[data-question='2']")
        expect(second).to_be_visible(visible=not scripts)
        page.locator("[id='a.1.2']").check()
        expect(second).to_be_visible()
        page.locator("[id='a.2.1']").check()
        page.locator("[id='w.3']").fill("Le fleuve\nשלום 😀 <b>")
        if scripts:
            check(page)
            page.set_viewport_size(PHONE)
        page.locator("#questionnaire-form .button-primary").click()
        expect(page.locator("[id='g3']")).to_contain_text("😀 <b>")
        if scripts:
            check(page)
        page.locator("form[action$='/send'] button").click()
        expect(page.locator("output")).to_be_visible()
        if scripts:
            check(page)


def test_what_is_typed_survives_a_lost_connection(open_context: Open, live: Live, questionnaire: str) -> None:
    context = open_context()
    page = context.new_page()
    page.goto(f"/fr{questionnaire}/1")
    page.locator("[id='w.4']").fill("Tout ce que j’ai écrit")
    context.set_offline(True)
    page.locator("#questionnaire-form .button-primary").click()
    expect(page.locator("[data-kept-held]")).to_be_visible()
    context.set_offline(False)
    page.goto(f"/fr{questionnaire}/1")
    expect(page.locator("[id='w.4']")).to_have_value("Tout ce que j’ai écrit")
    expect(page.locator("[data-kept-back]")).to_be_visible()
    page.locator("#questionnaire-form .button-primary").click()
    expect(page.locator("[id='g4']")).to_contain_text("Tout ce que j’ai écrit")
    page.goto(f"/fr{questionnaire}/link")
    private = page.locator("#private-link").inner_text()
    other: Page = open_context().new_page()
    other.goto(private.partition("/fr/")[1] + private.partition("/fr/")[2])
    expect(other.locator("[id='w.4']")).to_have_value("Tout ce que j’ai écrit")
    assert "resume" not in other.url, "the key is left at once"
