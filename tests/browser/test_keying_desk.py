"""The keying desk under the fingers: keys, serials and wands, other windows, other people, and signing out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect
from sqlalchemy import select
from sqlmodel import col

from participation.demo.content import CITY, OPEN_SLUG
from participation.paper.models.batches import Batch, Keying, KeyingSession
from participation.paper.serials import qr_content, with_check
from participation.processes.queries import current_spec, process_at
from tests.browser.checks import check
from tests.browser.pages import CLERK, DESK
from tests.browser.server import Live
from tests.browser.test_keying_station import everything_is_saved, open_batch, ready

Open = Callable[..., BrowserContext]
SignedIn = Callable[[str], StorageState]
OTHER_CLERK = "Aïcha"
SERIAL, ANOTHER = with_check(482913), with_check(17)


@pytest.fixture
def page(open_context: Open, signed_in: SignedIn) -> Page:
    return open_context(storage_state=signed_in(CLERK)).new_page()


def keyings(live: Live, number: int) -> list[Keying]:
    with live.database.reading() as session:
        city = process_at(session, CITY, OPEN_SLUG)
        assert city is not None
        spec = current_spec(session, city.id)
        assert spec is not None
        found = session.execute(
            select(Keying)
            .join(KeyingSession, col(Keying.session_id) == col(KeyingSession.id))
            .join(Batch, col(KeyingSession.batch_id) == col(Batch.id))
            .where(col(Batch.number) == number, col(Batch.spec_id) == spec.id)
            .order_by(col(Keying.position))
        ).scalars()
        return list(found)


def numbers(keying: Keying) -> list[str]:
    return [str(number) for line in keying.marks.values() for number, _value in line]


def heading(page: Page, position: int) -> None:
    expect(page.locator("[data-heading]")).to_have_text(f"Bulletin {position}")


def test_letters_are_keys_only_in_the_empty_field_of_numbers(page: Page, live: Live) -> None:
    number = open_batch(page, 6)
    page.keyboard.type("03")
    page.keyboard.press("b")
    expect(page.locator("[data-keying-said]")).to_contain_text("Échap")
    heading(page, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".keying-field")).to_have_value("")
    for position, key in enumerate("bous", 2):
        page.keyboard.press(key)
        heading(page, position)
    page.keyboard.press("p")
    heading(page, 4)
    page.locator("h1").click()
    page.keyboard.press("b")
    heading(page, 4)
    everything_is_saved(page)
    assert [keying.interpretation.value for keying in keyings(live, number)] == ["blank", "over", "unclear"]


def test_going_back_corrects_the_form_that_was_keyed(page: Page, live: Live) -> None:
    number = open_batch(page, 3)
    page.keyboard.type("0307")
    page.keyboard.press("Enter")
    page.keyboard.press("PageUp")
    heading(page, 1)
    expect(page.locator(".keying-field")).to_have_value("03 07 ")
    page.keyboard.press("Escape")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    heading(page, 2)
    expect(page.locator("[data-before-told]")).to_contain_text("12")
    everything_is_saved(page)
    assert [numbers(keying) for keying in keyings(live, number)] == [["12"]]


def test_serials_are_typed_or_read_with_a_wand(page: Page, live: Live) -> None:
    number = open_batch(page, 3, numbered=True)
    keys = f"{SERIAL}0307121804"
    page.keyboard.type(keys)
    page.keyboard.press("Enter")
    assert len(keys) + 1 <= 18
    heading(page, 2)
    expect(page.locator("#serial")).to_be_focused()
    page.keyboard.type(qr_content("QAV1FR4F2A", 1, ANOTHER))
    page.keyboard.press("Enter")
    expect(page.locator(".keying-field")).to_be_focused()
    page.keyboard.type("7 ")
    check(page)
    page.keyboard.press("Enter")
    heading(page, 3)
    page.keyboard.type(SERIAL[:-1] + str((int(SERIAL[-1]) + 1) % 10))
    page.keyboard.press("Enter")
    expect(page.locator("#serial")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#serial")).to_be_focused()
    everything_is_saved(page)
    assert [keying.serial for keying in keyings(live, number)] == [SERIAL, ANOTHER]


def test_a_wand_that_ends_in_enter_saves_nothing_by_itself(page: Page) -> None:
    open_batch(page, 2, numbered=True)
    page.keyboard.type(SERIAL)
    page.keyboard.press("Enter")
    heading(page, 1)
    expect(page.locator(".keying-field")).to_be_focused()
    expect(page.locator("[data-keying-said]")).to_be_empty()


def test_the_next_form_is_there_before_the_server_answers(page: Page) -> None:
    open_batch(page, 20)
    page.context.route("**/keyings", lambda route: None)
    took = page.evaluate(
        """async () => {
            const field = document.querySelector(".keying-field");
            let longest = 0;
            for (let form = 1; form <= 10; form += 1) {
                field.value = "03 07 12 18 04 ";
                const from = performance.now();
                field.form.requestSubmit();
                await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
                if (document.querySelector("[name=position]").value !== String(form + 1)) return 9999;
                longest = Math.max(longest, performance.now() - from);
            }
            return longest;
        }"""
    )
    assert took < 100


def test_what_another_window_saved_is_shown_and_one_of_the_two_is_chosen(page: Page, live: Live) -> None:
    number = open_batch(page, 4)
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    for window, typed in ((page, "03"), (other, "07")):
        window.bring_to_front()
        window.keyboard.type(typed)
        window.keyboard.press("Enter")
        heading(window, 2)
        if window is page:
            everything_is_saved(page)
    trouble = other.locator("[data-when=trouble]")
    expect(trouble).to_contain_text("03")
    check(other)
    other.get_by_role("button", name="Garder ce qui est enregistré").click()
    expect(trouble).to_be_hidden()
    everything_is_saved(other)
    assert [numbers(keying) for keying in keyings(live, number)] == [["03"]]


def test_forms_survive_an_expired_session(page: Page, live: Live, signed_in: SignedIn) -> None:
    number = open_batch(page, 4)
    page.context.clear_cookies()
    for typed in ("03", "07"):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    signed_out = page.locator("[data-when=signed-out]")
    expect(signed_out).to_be_visible()
    expect(page.locator("[data-count]")).to_contain_text("2 bulletins en attente sur ce poste")
    check(page)
    signed_out.get_by_role("link", name="Se reconnecter").click()
    page.wait_for_url(re.compile(r"/staff/sign-in\?next="))
    assert page.locator("[name=next]").input_value() == f"/fr{DESK}/batches/{number}/key"
    page.goto("/fr/demo")
    page.locator("li", has_text=re.compile(CLERK)).get_by_role("button").first.click()
    page.wait_for_url("**/staff/**")
    page.goto(f"/fr{DESK}/batches/{number}/key")
    heading(page, 3)
    everything_is_saved(page)
    assert [numbers(keying) for keying in keyings(live, number)] == [["03"], ["07"]]


def test_nobody_else_sends_the_forms_that_wait(page: Page, live: Live, signed_in: SignedIn) -> None:
    number = open_batch(page, 4)
    page.context.clear_cookies()
    page.keyboard.type("03")
    page.keyboard.press("Enter")
    expect(page.locator("[data-when=signed-out]")).to_be_visible()
    page.context.add_cookies(signed_in(OTHER_CLERK)["cookies"])  # type: ignore[arg-type]
    page.goto(f"/fr{DESK}/batches/{number}")
    page.get_by_role("button", name="Commencer la deuxième saisie").click()
    ready(page)
    expect(page.locator("[data-when=others]")).to_be_visible()
    heading(page, 1)
    expect(page.locator("[data-when=waiting]")).to_be_hidden()
    assert keyings(live, number) == []


def test_signing_out_warns_while_forms_wait(page: Page) -> None:
    open_batch(page, 4)
    page.context.set_offline(True)
    page.keyboard.type("03")
    page.keyboard.press("Enter")
    expect(page.locator("[data-count]")).to_contain_text("1 bulletin en attente sur ce poste")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator("[data-sign-out-warning]")).to_contain_text("1")
    page.context.set_offline(False)
    everything_is_saved(page)


def test_a_pass_ends_only_once_everything_is_saved(page: Page, live: Live) -> None:
    number = open_batch(page, 2)
    page.context.set_offline(True)
    for typed in ("03", "07"):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # the button that ends the pass has the focus
    expect(page.locator("[data-when=finishing]")).to_be_visible()
    page.context.set_offline(False)
    page.wait_for_url(re.compile(r"/batches/\d+$"))
    assert len(keyings(live, number)) == 2


def test_nothing_stays_in_the_browser_once_the_server_has_it(page: Page) -> None:
    open_batch(page, 2)
    page.keyboard.type("03")
    page.keyboard.press("Enter")
    heading(page, 2)
    everything_is_saved(page)
    left = page.evaluate(
        """async () => {
            const queue = await import(document.querySelector("[data-station]").dataset.queue);
            const cache = await caches.open("keying");
            const put = await Promise.all((await cache.matchAll()).map((answer) => answer.text()));
            const pages = put.map((text) => new DOMParser().parseFromString(text, "text/html"));
            const fields = pages.flatMap((page) => [...page.querySelectorAll(".keying-field")]);
            return [(await queue.waiting()).length, fields.map((field) => field.value)];
        }"""
    )
    assert left == [0, [""]]


def test_sounds_are_switched_off_and_stay_off(page: Page) -> None:
    open_batch(page, 2)
    switch = page.get_by_role("checkbox", name="Sons")
    expect(switch).to_be_checked()
    switch.uncheck()
    page.reload()
    ready(page)
    expect(switch).not_to_be_checked()


def test_a_clerk_practises_from_the_keyboard(page: Page) -> None:
    page.goto(f"/fr{DESK}/batches/practice?form=4")
    check(page)
    page.keyboard.press("b")
    expect(page.get_by_text("Vous le lisez comme le bureau")).to_be_visible()
    check(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**form=5**")
    page.goto(f"/fr{DESK}/batches/marks")
    check(page)
