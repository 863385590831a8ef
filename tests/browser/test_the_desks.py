"""The paper desks from the keyboard, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect
from sqlalchemy import select
from sqlmodel import col

from participation.paper.models.batches import Batch, Interpretation, Keying, KeyingSession
from tests.browser.checks import check, watched
from tests.browser.pages import CLERK, DESK, INTAKE
from tests.browser.server import Live

Open = Callable[..., BrowserContext]
SignedIn = Callable[[str], StorageState]
FORMS = 3


def open_batch(page: Page) -> str:
    """From the button to the first form; returns the batch's address."""
    page.goto(f"/fr{DESK}/batches/new")
    page.locator("[name=place]").select_option("C3")
    page.locator("[name=header_count]").fill(str(FORMS))
    if not page.locator("[name=received_on]").input_value():
        page.locator("[name=received_on]").fill("2027-02-24")
    page.locator("[name=header_count]").press("Enter")
    page.wait_for_url("**/batches/*")
    address = page.url
    page.get_by_role("button", name="Commencer la première saisie").click()
    page.wait_for_url("**/key*")
    return address


def keyed(live: Live, address: str) -> list[tuple[int, str]]:
    """Position and interpretation of what is saved, in order."""
    number = int(address.rpartition("/")[2])
    with live.database.reading() as session:
        rows = session.execute(
            select(col(Keying.position), col(Keying.interpretation))
            .join(KeyingSession, col(Keying.session_id) == col(KeyingSession.id))
            .join(Batch, col(KeyingSession.batch_id) == col(Batch.id))
            .where(col(Batch.number) == number, col(Batch.header_count) == FORMS)
            .order_by(col(Keying.position))
        ).all()
    return [(row.position, row.interpretation) for row in rows]


SLOW_DISK = """
const open = IDBFactory.prototype.open;
const ready = new Promise((resolve) => (window.diskReady = resolve));
IDBFactory.prototype.open = function (...names) {
  const asked = {};
  document.documentElement.dataset.disk = "asked";
  ready.then(() => {
    const request = open.apply(this, names);
    const answer = (name) => () => { asked.result = request.result; asked[name]?.(); };
    request.onupgradeneeded = answer("onupgradeneeded");
    request.onsuccess = answer("onsuccess");
  });
  return asked;
};
"""


def test_what_is_pressed_before_the_station_is_ready_is_not_lost(
    open_context: Open, signed_in: SignedIn, live: Live
) -> None:
    page = open_context(storage_state=signed_in(CLERK)).new_page()
    page.add_init_script(SLOW_DISK)
    with watched(page, live.base):
        address = open_batch(page)
        expect(page.locator("[data-disk=asked]")).to_be_attached()
        page.keyboard.type("3 ")
        page.keyboard.press("Enter")
        page.evaluate("window.diskReady()")
        expect(page.locator("#keying h2")).to_contain_text("2")
        expect(page.locator(".last-reading")).to_contain_text("03")
        expect(page.locator('[data-when="saved"]')).to_be_visible()
    assert [position for position, _how in keyed(live, address)] == [1]


def test_a_batch_is_keyed_without_a_mouse(open_context: Open, signed_in: SignedIn, live: Live) -> None:
    page = open_context(storage_state=signed_in(CLERK)).new_page()
    with watched(page, live.base):
        address = open_batch(page)
        field, heading = page.locator(".keying-field"), page.locator("#keying h2")
        expect(field).to_be_focused()
        for key in ("3", "Space", "7", "Space"):
            page.keyboard.press(key)
        expect(page.locator("[data-keying-reading]")).to_contain_text("03")
        page.keyboard.press("Enter")
        expect(heading).to_contain_text("2")
        expect(page.locator(".last-reading")).to_contain_text("07")
        expect(field).to_be_focused()
        page.keyboard.press("b")
        expect(heading).to_contain_text("3")
        page.keyboard.type("99 ")
        expect(page.locator("[data-keying-reading] .is-unknown")).to_be_visible()
        check(page)
        page.locator(".keying-field").press("Enter")
        finish = page.locator("[data-all-keyed]").get_by_role("button", name="Terminer ma saisie")
        expect(finish).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(address)
    assert [position for position, _how in keyed(live, address)] == [1, 2, 3]
    assert keyed(live, address)[1] == (2, Interpretation.BLANK)


def test_a_batch_is_keyed_without_javascript(open_context: Open, signed_in: SignedIn, live: Live) -> None:
    page = open_context(storage_state=signed_in(CLERK), java_script_enabled=False).new_page()
    address = open_batch(page)
    for typed in ("3 7", "", "12"):
        if typed:
            page.locator(".keying-field").fill(typed)
            page.get_by_role("button", name="Enregistrer ce bulletin").click()
        else:
            page.get_by_role("button", name="Blanc").click()
    page.get_by_role("button", name="Terminer ma saisie").first.click()
    assert [position for position, _how in keyed(live, address)] == [1, 2, 3]


PEOPLE = {
    False: ("Imaginé", "Sansscript", "7", "5", "H3K 2B2"),
    True: ("Inventée", "Duclavier", "19", "11", "H2X 1Y4"),
}


@pytest.mark.parametrize("java_script", PEOPLE)
def test_a_declaration_is_accepted(open_context: Open, signed_in: SignedIn, java_script: bool) -> None:
    page = open_context(storage_state=signed_in(INTAKE), java_script_enabled=java_script).new_page()
    page.goto(f"/fr{DESK}/intake/C2")
    first, last, day, month, postal = PEOPLE[java_script]
    for name, value in (("first_name", first), ("last_name", last), ("birth_day", day), ("postal_code", postal)):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=birth_month]").select_option(month)
    page.locator("[name=read_back]").check()
    page.get_by_role("button", name="Accepter cette déclaration").click()
    page.wait_for_url("**/outcome?*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Acceptée")
    if java_script:
        check(page)


def test_typed_work_is_not_lost_by_accident(open_context: Open, signed_in: SignedIn) -> None:
    page = open_context(storage_state=signed_in(INTAKE)).new_page()
    page.goto(f"/fr{DESK}/intake/C2")
    page.locator("[name=first_name]").press_sequentially("Ana")
    with page.expect_event("dialog") as asked:
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.accept()
