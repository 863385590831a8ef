"""The pages of a recount, from the asking to its end: done without scripts, usable by everybody at each step."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.checks import check
from tests.browser.pages import CERTIFIER, LAST, LAST_DESK

OTHER_CERTIFIER = "Rosa"
REASON, ENDING = "Deux numéros semblables ont été confondus.", "La boîte de ce lot est introuvable."


def test_a_recount_is_asked_for_confirmed_and_given_up_without_scripts(
    open_context: Callable[..., BrowserContext],
    signed_in: Callable[[str], StorageState],
    page_of: Callable[[str], Page],
) -> None:
    plain, other = (
        open_context(java_script_enabled=False, storage_state=signed_in(name)).new_page()
        for name in (CERTIFIER, OTHER_CERTIFIER)
    )
    plain.goto(f"/fr{LAST_DESK}/batches/recounts")
    plain.locator("[name=reason]").fill(REASON)
    plain.get_by_role("button", name="Demander ce recomptage").click()
    expect(plain.locator(".error-summary li")).to_have_text("Choisissez au moins un lot.")
    expect(plain.locator("[name=reason]")).to_have_value(REASON)
    plain.get_by_text("Choisir parmi les lots de Bibliothèque des Merles").click()
    plain.get_by_label("Lot 2,").check()
    plain.get_by_role("button", name="Demander ce recomptage").click()
    address = plain.url.partition("/fr")[2]
    other.goto(f"/fr{address}")
    other.get_by_role("button", name="Confirmer").click()
    everybody_can_use(page_of, address, f"{LAST_DESK}/batches/recounts", f"{LAST_DESK}/batches/2", f"{LAST}/results")
    other.locator("[name=reason]").fill(ENDING)
    other.get_by_role("button", name="Demander l’abandon").click()
    plain.reload()
    plain.get_by_role("button", name="Confirmer").click()
    expect(plain.locator("main")).to_contain_text(ENDING)
    everybody_can_use(page_of, address, f"{LAST}/results")


def everybody_can_use(page_of: Callable[[str], Page], *addresses: str) -> None:
    for address in addresses:
        page = page_of(CERTIFIER)
        for locale in ("fr", "en"):
            page.goto(f"/{locale}{address}")
            check(page)
