"""The pages of a recount that waits for its second certifier: asked for without scripts, usable by everybody."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.checks import check
from tests.browser.pages import CERTIFIER, LAST_DESK


def test_a_recount_is_asked_for_without_scripts_and_withdrawn(
    open_context: Callable[..., BrowserContext],
    signed_in: Callable[[str], StorageState],
    page_of: Callable[[str], Page],
) -> None:
    plain = open_context(java_script_enabled=False, storage_state=signed_in(CERTIFIER)).new_page()
    plain.goto(f"/fr{LAST_DESK}/batches/recounts")
    plain.locator("[name=reason]").fill("Deux numéros semblables ont été confondus.")
    plain.get_by_role("button", name="Demander ce recomptage").click()
    expect(plain.locator(".error-summary li")).to_have_text("Choisissez au moins un lot.")
    expect(plain.locator("[name=reason]")).to_have_value("Deux numéros semblables ont été confondus.")
    plain.get_by_label("Lot 2 –").check()
    plain.get_by_role("button", name="Demander ce recomptage").click()
    address = plain.url.partition("/fr/")[2]
    for locale in ("fr", "en"):
        page = page_of(CERTIFIER)
        page.goto(f"/{locale}/{address}")
        check(page)
        page.goto(f"/{locale}{LAST_DESK}/batches/recounts")
        check(page)
    plain.get_by_role("button", name="Retirer").click()
    expect(plain.locator("main")).to_contain_text("retiré")
