"""What somebody writes while the network goes away: kept in the tab, given back, and forgotten once it was received."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.checks import check
from tests.browser.pages import GARE

Open = Callable[..., BrowserContext]
WORDS = "La gare manque d’ombre.\nשלום 😀"


def test_a_comment_outlives_a_lost_connection(open_context: Open) -> None:
    context = open_context()
    page = context.new_page()
    page.goto(f"/fr{GARE}/comments")
    text, send = page.locator("#text"), page.locator("#write .button-primary")
    text.fill(WORDS)
    page.locator("#show_name").check()
    context.set_offline(True)
    send.click()
    expect(page.locator("[data-kept-held]")).to_be_visible()
    expect(text).to_have_value(WORDS)
    check(page)
    context.set_offline(False)

    page.goto(f"/fr{GARE}")
    page.goto(f"/fr{GARE}/comments")
    expect(text).to_have_value(WORDS)
    expect(page.locator("#show_name")).to_be_checked()
    expect(page.locator("[data-kept-back]")).to_be_visible()
    check(page)
    page.locator("[data-kept-clear]").click()
    expect(text).to_be_empty()
    page.reload()
    expect(text).to_be_empty()

    text.fill(WORDS)
    context.route("**/comments", lambda route: route.abort() if route.request.method == "POST" else route.fallback())
    send.click()
    expect(page).to_have_url("chrome-error://chromewebdata/")
    context.unroute("**/comments")
    page.goto(f"/fr{GARE}/comments")
    expect(text).to_have_value(WORDS)
    send.click()
    expect(page.locator("main .receipt-code, main output").first).to_be_visible()
    page.goto(f"/fr{GARE}/comments")
    expect(text).to_be_empty()
    assert page.evaluate("sessionStorage.length") == 0
