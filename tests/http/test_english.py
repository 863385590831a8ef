"""The notice before English pages: who is asked, who is not, and that nothing typed or asked for is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlmodel import col

from participation.accounts.models import Organisation, Role
from participation.templating import ENGLISH
from tests.builders import World, build_account, build_spec, build_world, open_register
from tests.client import Browser, Page, Site, check_page
from tests.publication.stories import certified_vote

PAGES = ("", "/projects", "/projects/ville/01", "/results", "/ledger", "/privacy", "/vote", "/receipt")
FRENCH = "Ce contenu est destiné aux personnes visées par les exceptions de la Charte de la langue française."
YES = "/en/ville/english"


def asking(site: Site, asks: bool = True) -> None:
    with site.database.writing() as session:
        session.execute(update(Organisation).where(col(Organisation.slug) == "ville").values(english_notice=asks))


@pytest.fixture
def world(site: Site) -> World:
    world = build_world(site.database, site.keys, open_register(build_spec()))
    asking(site)
    return world


def is_asked(page: Page) -> bool:
    return FRENCH in page.text


def attested(browser: Browser) -> Browser:
    browser.post(YES, {"next": "/en/ville"})
    return browser


def test_the_setting_is_off_until_an_administrator_turns_it_on(site: Site) -> None:
    world = build_world(site.database, site.keys)
    browser = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))
    assert not is_asked(site.visitor().get_page("/en/ville"))
    identity = {"name_fr": "Ville", "privacy_title_fr": "Responsable", "privacy_phone": "514 555-0101"}
    settings = "/fr/staff/ville/settings"
    page = browser.submit(settings, identity | {"english_notice": "1"})
    assert "checked" in next(attrs for attrs in page.all("input") if attrs.get("name") == "english_notice")
    assert is_asked(site.visitor().get_page("/en/ville"))
    browser.submit(settings, identity)
    assert not is_asked(site.visitor().get_page("/en/ville"))


@pytest.mark.parametrize("below", PAGES)
def test_the_first_english_page_is_the_notice_and_leads_back(site: Site, world: World, below: str) -> None:
    visitor = site.visitor()
    address = f"/en{world.path}{below}?sort=cost"
    answer = visitor.get(address)
    page = Page(answer.text)
    check_page(page)
    assert is_asked(page)
    assert page.text.index(FRENCH) < page.text.index("Charter of the French language")
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert f"/fr{world.path}{below}?sort=cost" in page.links()
    sent = visitor.post(YES, page.hidden())
    assert sent.headers["location"] == address
    shown = visitor.get(address)
    assert not is_asked(Page(shown.text))
    assert shown.headers["cache-control"] == "no-store", "no shared cache gives it to somebody who was not asked"
    assert not is_asked(visitor.get_page("/en/ville")), "asked once"


def test_every_page_of_a_result_is_behind_it_and_no_file_is(site: Site) -> None:
    world, _staff = certified_vote(site)
    asking(site)
    visitor = site.visitor()
    assert is_asked(visitor.get_page(f"/en{world.path}/results"))
    for file in ("/results/totals.csv", "/ledger.json", "/results/minutes.pdf"):
        assert "text/html" not in visitor.get(f"/en{world.path}{file}").headers["content-type"]


def test_french_pages_staff_pages_and_other_organisations_are_not_asked(site: Site, world: World) -> None:
    build_world(site.database, site.keys, slug="autre")
    ada = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))
    for address in ("/fr/ville", f"/fr{world.path}/projects", "/en/", "/en/privacy", "/en/receipt", "/en/ville-autre"):
        answer = site.visitor().get(address)
        assert not is_asked(Page(answer.text)), address
        assert address == "/en/receipt" or answer.headers["cache-control"] == "public, max-age=60"
    for address in ("/en/staff", f"/en/staff{world.path}", "/en/staff/ville/settings"):
        assert not is_asked(ada.get_page(address)), address
    assert is_asked(ada.get_page("/en/ville")), "staff read public pages as anybody does"


def test_the_cookie_is_of_one_organisation_and_says_nothing_else(site: Site, world: World) -> None:
    cookie = site.visitor().post(YES).headers["set-cookie"]
    assert cookie.startswith(f"{ENGLISH}=1;")
    assert "Path=/en/ville;" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    site.visitor().post("/en/nowhere/english", status=404)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/en/ville-autre", "/fr/staff", ""])
def test_it_leads_nowhere_but_to_the_pages_of_the_organisation(site: Site, world: World, target: str) -> None:
    assert site.visitor().post(YES, {"next": target}).headers["location"] == "/en/ville"


def test_other_sites_cannot_attest_for_anybody(site: Site, world: World) -> None:
    site.visitor().post(YES, headers={"sec-fetch-site": "cross-site"}, status=403)


def test_what_was_typed_goes_along_when_the_language_changes(site: Site, world: World) -> None:
    visitor = site.visitor()
    step = f"/en{world.path}/vote/declaration"
    typed = {"first_name": "Zoé", "last_name": "Roy", "language": "en"}
    page = Page(visitor.post(step, typed, status=200).text)
    check_page(page)
    assert is_asked(page)
    assert f"/fr{world.path}/vote/declaration" in [attrs.get("formaction") for attrs in page.all("button")]
    answer = visitor.post(YES, page.hidden(), status=307)
    assert answer.headers["location"] == step
    shown = Page(visitor.post(step, page.hidden(), status=200).text)
    assert not is_asked(shown)
    assert shown.value_of("first_name") == "Zoé"


def test_a_form_that_was_open_before_is_answered_as_ever(site: Site, world: World) -> None:
    """Its reader is asked at the next page: what was sent is neither refused nor hidden behind the notice."""
    visitor = site.visitor()
    page = Page(visitor.post(f"/en{world.path}/vote/declaration", {"first_name": "Zoé"}, status=422).text)
    assert page.value_of("first_name") == "Zoé"
    assert not is_asked(page)
    assert is_asked(visitor.get_page(f"/en{world.path}/vote"))


def test_the_next_person_at_a_shared_device_is_asked_anew(site: Site, world: World) -> None:
    device = attested(site.visitor())
    device.post(f"/en{world.path}/kiosk/start")
    assert not is_asked(device.get_page(f"/en{world.path}/vote"))
    device.post(f"/en{world.path}/vote")
    assert is_asked(device.get_page(f"/en{world.path}/vote"))
