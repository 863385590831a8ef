"""The whole online vote: with the keyboard alone, without JavaScript, for every kind of ballot, on a shared device."""

from __future__ import annotations

import re
from collections.abc import Callable

import pypdfium2
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.checks import check, watched
from tests.browser.server import KINDS, Live

Open = Callable[..., BrowserContext]
LOCALES = ("fr", "en")
WORDS = {
    "fr": {
        "begin": "Commencer",
        "next": "Continuer",
        "review": "Vérifier mon bulletin",
        "cast": "Déposer mon bulletin",
    },
    "en": {"begin": "Begin", "next": "Continue", "review": "Check my ballot", "cast": "Cast my ballot"},
}
MOST_TABS = 60


def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until the target has the focus, and looks at each stop whether one can see where one is."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' })()"
        ), "the focus can be seen"
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{target} cannot be reached with the Tab key")


def receipt(page: Page) -> str:
    code = page.locator("#receipt-code").inner_text().strip()
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4})+", code)
    return code


@pytest.mark.parametrize("locale", LOCALES)
def test_with_the_keyboard_alone(page: Page, live: Live, locale: str) -> None:
    words, base = WORDS[locale], f"/{locale}{live.worlds['approval'].path}"
    with watched(page, live.base):
        page.goto(f"{base}/vote")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        tab_to(page, page.get_by_role("link", name=words["begin"]))
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{base}/vote/code")
        tab_to(page, page.get_by_role("textbox"))
        page.keyboard.type(live.code("approval"))
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{base}/vote/ballot/1")
        for option in ("2", "3"):
            tab_to(page, page.locator(f"[data-option='{option}'] input"))
            page.keyboard.press("Space")
        tab_to(page, page.get_by_role("button", name=words["review"]).first)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{base}/vote/review")
        tab_to(page, page.get_by_role("button", name=words["cast"]))
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{base}/vote/receipt")
        assert receipt(page)


def choose(page: Page, kind: str) -> None:
    """A valid ballot of that kind."""
    if kind == "points":
        for option, points in (("1", "4"), ("2", "6")):
            page.locator(f"[data-option='{option}'] input").fill(points)
    elif kind == "ranking":
        for option, rank in (("3", "1"), ("1", "2")):
            page.locator(f"[data-option='{option}'] select").select_option(rank)
    else:
        for option in {"one": "2", "approval": "12", "knapsack": "134"}[kind]:
            page.locator(f"[data-option='{option}'] input").check()


@pytest.mark.parametrize("java_script", [False, True], ids=["without JavaScript", "with JavaScript"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_ballot(open_context: Open, live: Live, kind: str, java_script: bool) -> None:
    locale = "fr" if java_script else "en"
    page, base = open_context(java_script_enabled=java_script).new_page(), f"/{locale}{live.worlds[kind].path}"
    page.goto(f"{base}/vote/code")
    page.locator("input[name=code]").fill(live.code(kind).lower())
    page.get_by_role("button", name=WORDS[locale]["next"]).click()
    page.wait_for_url("**/vote/ballot/1")
    choose(page, kind)
    page.get_by_role("button", name=WORDS[locale]["review"]).first.click()
    page.wait_for_url("**/vote/review")
    page.get_by_role("button", name=WORDS[locale]["cast"]).click()
    page.wait_for_url("**/vote/receipt")
    code = receipt(page)
    page.goto(f"{base}/receipt")
    page.locator("input[name=code]").fill(code)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.locator("[data-kind=received]")).to_be_visible()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_usable_by_everybody(page: Page, live: Live, kind: str, locale: str) -> None:
    """The ballot, the ballot sent back with its faults, the review: with what axe and a phone ask for."""
    base = f"/{locale}{live.worlds[kind].path}"
    words = WORDS[locale]
    page.goto(f"{base}/vote/code")
    page.locator("input[name=code]").fill("wrong")
    page.get_by_role("button", name=words["next"]).click()
    expect(page.locator("#error-summary")).to_be_focused()
    check(page)
    page.locator("input[name=code]").fill(live.codes[kind][0])
    page.get_by_role("button", name=words["next"]).click()
    page.wait_for_url("**/vote/ballot/1")
    page.get_by_role("button", name=words["review"]).first.click()
    expect(page.locator("#blank-question")).to_be_focused()
    check(page)
    choose(page, kind)
    check(page)
    page.locator("input[name=blank]").uncheck()
    page.get_by_role("button", name=words["review"]).first.click()
    page.wait_for_url("**/vote/review")
    check(page)


def start_ballot(page: Page, live: Live, kind: str, locale: str = "fr") -> None:
    page.goto(f"/{locale}{live.worlds[kind].path}/vote/code")
    page.locator("input[name=code]").fill(live.codes[kind][0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/vote/ballot/1")


def test_the_basket_shows_and_says_what_is_left(page: Page, live: Live) -> None:
    start_ballot(page, live, "approval")
    status, words = page.locator("[data-basket-status]"), page.locator("[data-tally]")
    page.locator("[data-option='1'] input").check()
    expect(status).to_have_text(re.compile(r"1 choix sur 2, il en reste 1"))
    expect(page.locator("[data-basket-lines] li")).to_have_count(1)
    page.locator("[data-option='2'] input").check()
    page.locator("[data-option='3'] input").check()
    expect(status).to_have_text(re.compile(r"3 choix sur 2, 1 de trop"))
    expect(words).to_have_class(re.compile("tally-over"))
    page.get_by_role("button", name=WORDS["fr"]["review"]).first.click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("[data-option='3'] input")).to_be_checked()


def test_the_basket_counts_money(page: Page, live: Live) -> None:
    start_ballot(page, live, "knapsack", "en")
    page.locator("[data-option='1'] input").check()
    expect(page.locator("[data-basket-status]")).to_have_text(re.compile(r"\$50,000 of \$100,000.*\$50,000 left"))


def test_a_ranking_is_put_in_order_without_dragging(page: Page, live: Live) -> None:
    start_ballot(page, live, "ranking")
    for option, rank in (("1", "1"), ("2", "2")):
        page.locator(f"[data-option='{option}'] select").select_option(rank)
    page.locator("[data-option='2'] button[value$='.up']").click()
    assert [row.get_attribute("data-option") for row in page.locator("[data-option]").all()][:2] == ["2", "1"]
    expect(page.locator("[data-option='2'] select")).to_have_value("1")


def test_the_language_switch_keeps_the_choices(page: Page, live: Live) -> None:
    start_ballot(page, live, "approval")
    page.locator("[data-option='4'] input").check()
    page.get_by_role("button", name=WORDS["fr"]["review"]).first.click()
    page.wait_for_url("**/vote/review")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("main")).to_contain_text("Projet 4 (en)")


def test_the_list_is_filtered_in_place(page: Page, live: Live) -> None:
    with watched(page, live.base):
        page.goto("/fr/ville-fictive/quartiers-a-venir/projects")
        page.evaluate("window.samePage = true")
        box = page.get_by_role("searchbox").or_(page.locator("input[name=q]")).first
        box.focus()
        page.keyboard.type("ruelle", delay=30)
        expect(page.locator("#projects [role=status]")).to_contain_text("sur 20")
        assert page.evaluate("window.samePage"), "the page was not loaded again"
        expect(box).to_be_focused()
        assert "q=ruelle" in page.url


def test_the_receipt_prints_on_paper(page: Page, live: Live) -> None:
    start_ballot(page, live, "one")
    choose(page, "one")
    page.get_by_role("button", name=WORDS["fr"]["review"]).first.click()
    page.get_by_role("button", name=WORDS["fr"]["cast"]).click()
    page.wait_for_url("**/vote/receipt")
    code = receipt(page)
    check(page)
    page.emulate_media(media="print", color_scheme="light")
    expect(page.locator("#receipt-code")).to_be_visible()
    expect(page.locator(".site-nav")).to_be_hidden()
    expect(page.locator(".site-foot")).to_be_hidden()
    expect(page.locator("[data-copy]")).to_be_hidden()
    printed = pypdfium2.PdfDocument(page.pdf(format="Letter"))
    assert code in printed[0].get_textpage().get_text_bounded()
    assert len(printed) == 1, "one sheet"
    live.codes["one"].pop(0)


def test_a_shared_device_warns_waits_and_forgets(open_context: Open, live: Live) -> None:
    context = open_context()
    page, base = context.new_page(), f"/fr{live.worlds['approval'].path}"
    page.clock.install()
    page.goto(f"{base}/kiosk/start")
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url(f"**{base}/vote")
    start_ballot(page, live, "approval")
    check(page)
    bar = page.locator("[data-kiosk-bar]")
    expect(bar).to_be_hidden()
    page.clock.fast_forward(45_000)
    expect(bar).to_be_visible()
    page.locator("[data-kiosk-stay]").click()
    expect(bar).to_be_hidden()
    page.clock.fast_forward(45_000)
    expect(bar).to_be_visible()
    page.clock.fast_forward(20_000)
    page.wait_for_url(f"**{base}/vote")
    assert "ballot" not in {cookie["name"] for cookie in context.cookies(f"{live.base}{base}/vote")}
    page.go_back()
    expect(page.locator("[data-option]")).to_have_count(0)


def test_a_shared_device_shows_projects_without_a_way_out(page: Page, live: Live) -> None:
    base = f"/fr{live.worlds['approval'].path}"
    page.goto(f"{base}/kiosk/start")
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url(f"**{base}/vote")
    page.goto(f"{base}/vote/projects/ville/01")
    check(page)
    outside = [link.get_attribute("href") or "" for link in page.get_by_role("link").all()]
    assert [href for href in outside if href.startswith("/") and not href.startswith((f"{base}/vote", "/en"))] == []


def test_the_language_switch_keeps_ticks_without_javascript(open_context: Open, live: Live) -> None:
    page = open_context(java_script_enabled=False).new_page()
    start_ballot(page, live, "approval")
    page.locator("[data-option='4'] input").check()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("[data-option='4'] input")).to_be_checked()
    page.goto(f"/fr{live.worlds['approval'].path}/vote/code")
    page.locator("input[name=code]").fill("ABCD")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("input[name=code]")).to_have_value("ABCD")


def test_enter_in_the_search_of_a_ballot_searches(page: Page, live: Live) -> None:
    """The Enter key presses the first button of a form: never the change of language, never the end of the choosing."""
    declare(page)
    page.locator("[data-option] input").first.check()
    page.locator(".finder summary").click()
    page.locator("input[name=q]").fill("ruelle")
    page.keyboard.press("Enter")
    page.wait_for_url("**/vote/ballot/1?*q=ruelle*")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("[data-option] input:checked")).to_have_count(1)


def declare(page: Page) -> None:
    """To the ballot of the fictional city’s vote, by declaration."""
    page.goto("/fr/ville-fictive/quartiers-a-venir/vote/declaration")
    page.locator("input[name=first_name]").fill("Ana")
    page.locator("input[name=last_name]").fill("Essai")
    page.locator("input[name=birth_day]").fill("7")
    page.locator("select[name=birth_month]").select_option("5")
    page.locator("input[name=postal_code]").fill("H2X 1Y4")
    page.locator("input[name=eligible]").check()
    page.locator("input[name=postal_code]").press("Enter")
    page.wait_for_url("**/vote/ballot/1")
