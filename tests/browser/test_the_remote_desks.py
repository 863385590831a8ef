"""The postal desk, its bags and boxes, and the phone desk, from the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.checks import check, watched
from tests.browser.pages import CLERK, DESK, INTAKE
from tests.browser.server import Live

Open = Callable[..., BrowserContext]
SignedIn = Callable[[str], StorageState]
SECOND_INTAKE, SECOND_CLERK = "Lucie", "Aïcha"
WAITING = 17
"""Inner envelopes that lie in the box of the post already: with three more it may be opened."""


def reach(page: Page, selector: str) -> None:
    """Presses Tab until what the selector names has the focus."""
    wanted = page.locator(selector).first
    expect(wanted).to_be_visible()
    for _press in range(120):
        if wanted.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached from the keyboard")


def write(page: Page, **fields: str) -> None:
    """Each field by its name, in the order of the page. A month is so many steps down its list."""
    for name, typed in fields.items():
        reach(page, f"[name={name}]")
        if name == "birth_month":
            for _step in range(int(typed)):
                page.keyboard.press("ArrowDown")
        else:
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(typed)


def press(page: Page, words: str, leads_to: str = "") -> None:
    """The button or link with these words, by Enter."""
    reach(page, f":is(a, button):has-text('{words}')")
    page.keyboard.press("Enter")
    if leads_to:
        page.wait_for_url(leads_to)


def test_a_days_mail_from_the_door_to_the_opened_box(open_context: Open, signed_in: SignedIn, live: Live) -> None:
    """Two receive it, one checks it in, two others open the box, half of them in English."""
    karim, lucie, thomas, aicha = (
        open_context(storage_state=signed_in(name)).new_page() for name in (INTAKE, SECOND_INTAKE, CLERK, SECOND_CLERK)
    )
    with watched(karim, live.base), watched(thomas, live.base), watched(aicha, live.base):
        karim.goto(f"/fr{DESK}/post")
        press(karim, "Recevoir le courrier", "**/bags/new")
        write(karim, counted="3", seal_number="S-77")
        check(karim)
        karim.keyboard.press("Enter")
        karim.wait_for_url(re.compile(r"/bags/\d+$"))
        bag = karim.url.rpartition("/")[2]

        lucie.goto(f"/en{DESK}/bags/{bag}")
        write(lucie, counted="4")
        lucie.keyboard.press("Enter")
        expect(lucie.locator(".error-summary")).to_be_visible()
        write(lucie, counted="3")
        check(lucie)
        lucie.keyboard.press("Enter")
        expect(lucie.locator("[name=counted]")).to_have_count(0)

        karim.reload()
        press(karim, "Enregistrer des enveloppes", f"**/intake/P1?bag={bag}")
        for number, birthday in enumerate(("4", "9", "23"), start=1):
            person = {"first_name": f"Ana{number}", "last_name": f"Postale-{number * 'z'}", "birth_day": birthday}
            for _typing in range(2):
                write(karim, **person, birth_month=str(number), postal_code=f"H{number}K 2B{number}")
                karim.keyboard.press("Enter")
                if _typing == 0:
                    expect(karim.locator("[name=first]")).to_have_count(1)
            karim.wait_for_url("**/outcome?*")
            expect(karim.get_by_role("heading", level=1)).to_have_text("Acceptée")
            karim.keyboard.press("Enter")
            karim.wait_for_url(f"**/intake/P1?*bag={bag}")
        karim.goto(f"/fr{DESK}/bags/{bag}")
        check(karim)
        press(karim, "Terminer ce sac")
        expect(karim.get_by_text("enregistré", exact=True)).to_be_visible()

        thomas.goto(f"/fr{DESK}/boxes/1")
        write(thomas, inner_opened=str(WAITING + 3), empty="1")
        check(thomas)
        with thomas.expect_response(lambda answer: answer.request.method == "POST"):
            thomas.keyboard.press("Enter")
        lucie.goto(f"/en{DESK}/boxes/1")
        expect(lucie.locator("[name=ballots]")).to_have_count(1)
        aicha.goto(f"/en{DESK}/boxes/1")
        write(aicha, ballots=str(WAITING + 2))
        check(aicha)
        aicha.keyboard.press("Enter")
        expect(aicha.get_by_role("link", name="Take a batch from this box")).to_be_visible()
        aicha.goto(f"/en{DESK}/batches")
        expect(aicha.locator("#pending")).to_contain_text(f"{WAITING + 2} ballots in no batch")


def test_a_vote_on_the_phone_by_three_accounts(open_context: Open, signed_in: SignedIn, live: Live) -> None:
    karim, thomas, aicha = (
        open_context(storage_state=signed_in(name)).new_page() for name in (INTAKE, CLERK, SECOND_CLERK)
    )
    with watched(karim, live.base), watched(thomas, live.base):
        karim.goto(f"/fr{DESK}/phone/T1")
        write(karim, reference="A-900", first_name="Odile", last_name="Sansvisage")
        write(karim, birth_day="17", birth_month="8", postal_code="H4N 3P3")
        reach(karim, "[name=read_back]")
        karim.keyboard.press("Space")
        press(karim, "Accepter la déclaration", "**/phone/T1/outcome?*")
        check(karim)
        number = karim.locator(".big-number").first.inner_text()

        for page, locale in ((thomas, "en"), (aicha, "fr")):
            page.goto(f"/{locale}{DESK}/phone-ballots")
            page.keyboard.type(number)
            page.keyboard.press("Enter")
            page.wait_for_url("**/phone-ballots/call?*")
            if page is thomas:
                say(page, "3 7")
                expect(page.locator(".last-reading")).to_contain_text("07")
            check(page)
        say(aicha, "3 8")
        expect(aicha.locator(".error-summary")).to_be_visible()
        say(aicha, "3 7")
        aicha.wait_for_url("**/phone-ballots/done?*")
        check(aicha)
        expect(aicha.locator(".big-number")).to_have_text(re.compile("(\\w{4}-){3}\\w{4}"))
        karim.goto(f"/fr{DESK}/phone/T1")
        expect(karim.locator("body")).not_to_contain_text(number)


def say(page: Page, choices: str) -> None:
    reach(page, ".keying-field")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(choices)
    page.keyboard.press("Enter")
