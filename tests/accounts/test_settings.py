"""What an organisation says of itself, and how its colour reaches the pages."""

from __future__ import annotations

import uuid

import pytest

from participation import colour
from participation.accounts import queries
from participation.accounts.models import Organisation, Role
from tests.accounts.conftest import Hire, new_organisation
from tests.accounts.facts import events
from tests.builders import build_account, build_world
from tests.client import Page, Site, check_page

SETTINGS = "/fr/staff/ville/settings"
IDENTITY = {
    "name_fr": "Ville d’essai",
    "name_en": "Test City",
    "address": "1, rue de l’Essai, Montréal (Québec)  H0H 0H0",
    "privacy_title_fr": "Responsable de l’accès",
    "privacy_title_en": "Access officer",
    "privacy_phone": "514 555-0101",
    "privacy_email": "acces@ville.example",
    "colour": "7b2458",
}


def stored(site: Site) -> Organisation:
    with site.database.reading() as session:
        found = queries.organisation_by_slug(session, "ville")
    assert found is not None
    return found


def test_what_is_saved_stands_on_pages_and_notices(site: Site) -> None:
    world = build_world(site.database, site.keys)
    ada = build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id)
    browser = site.signed_in(ada)
    browser.get_page(SETTINGS)
    page = browser.submit(SETTINGS, IDENTITY)
    assert "sont enregistrés" in page.text
    assert page.value_of("colour") == "#7B2458"
    assert page.value_of("name_en") == "Test City"
    assert "Test City" in browser.get_page("/en/staff/ville/settings").text
    public = site.visitor()
    page = public.get_page("/en/ville")
    assert "Access officer, 514 555-0101, acces@ville.example" in page.text
    notice = public.get_page(f"/fr{world.path}/privacy").text
    assert "Responsable de l’accès, 514 555-0101, acces@ville.example" in notice
    assert "Ville d’essai, 1, rue de l’Essai, Montréal (Québec) H0H 0H0" in notice
    changed = ["name", "address", "privacy_title", "privacy_phone", "privacy_email", "colour"]
    assert events(site, "organisation-changed") == [(ada, world.organisation_id, {"changed": changed})]
    browser.submit(SETTINGS, IDENTITY)
    assert len(events(site, "organisation-changed")) == 1, "nothing changed, nothing recorded"


@pytest.mark.parametrize(
    ("field", "typed", "wrong"),
    [
        ("name_fr", "", "name_fr"),
        ("name_en", "x" * 121, "name_en"),
        ("address", "x" * 301, "address"),
        ("privacy_title_fr", " ", "privacy_title_fr"),
        ("privacy_phone", "call us", "privacy_phone"),
        ("privacy_phone", "5" * 60, "privacy_phone"),
        ("privacy_email", "at ville.example", "privacy_email"),
        ("colour", "river", "colour"),
        ("colour", "#FFF", "colour"),
        ("colour", '#000000"><script>', "colour"),
        ("colour", "#FFD700", "colour"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(site: Site, ada: uuid.UUID, field: str, typed: str, wrong: str) -> None:
    page = Page(site.signed_in(ada).post(SETTINGS, IDENTITY | {field: typed}, status=422).text)
    check_page(page)
    assert [link for link in page.links() if link == f"#{wrong}"]
    assert page.value_of("privacy_title_en") == "Access officer", "what was typed is still there"
    assert stored(site).colour == ""
    assert events(site, "organisation-changed") == []


def test_somebody_must_be_reachable(site: Site, ada: uuid.UUID) -> None:
    browser = site.signed_in(ada)
    nobody = IDENTITY | {"privacy_phone": "", "privacy_email": ""}
    assert "#privacy_phone" in Page(browser.post(SETTINGS, nobody, status=422).text).links()
    browser.post(SETTINGS, nobody | {"privacy_phone": "514 555-0101, poste 12"})
    browser.post(SETTINGS, nobody | {"privacy_email": "acces@ville.example"})
    assert stored(site).privacy_officer["en"] == "Access officer, acces@ville.example"


@pytest.mark.parametrize(("locale", "ratio"), [("fr", "1,3 pour 1"), ("en", "1.3 to 1")])
def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast(
    site: Site, ada: uuid.UUID, locale: str, ratio: str
) -> None:
    answer = site.signed_in(ada).post(f"/{locale}/staff/ville/settings", IDENTITY | {"colour": "#FFD700"}, status=422)
    words = Page(answer.text).text
    assert ratio in words
    assert colour.readable("#FFD700") in words
    assert "theme.css" not in answer.text


def sheets(page: Page) -> list[str]:
    return [attrs["href"] for attrs in page.all("link") if "theme.css" in attrs.get("href", "")]


def test_the_colour_is_a_stylesheet_of_its_own(site: Site, ada: uuid.UUID) -> None:
    visitor, browser = site.visitor(), site.signed_in(ada)
    assert sheets(visitor.get_page("/fr/ville")) == []
    visitor.get("/fr/ville/theme.css", status=404)
    visitor.get("/fr/nowhere/theme.css", status=404)
    browser.submit(SETTINGS, IDENTITY)
    (address,) = sheets(visitor.get_page("/fr/ville"))
    assert sheets(browser.get_page(SETTINGS)) == [address]
    answer = visitor.get(address)
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "set-cookie" not in answer.headers
    assert answer.text == colour.theme("#7B2458")
    assert visitor.get("/fr/ville/theme.css?v=old").headers["cache-control"] == "public, max-age=60"
    policy = visitor.get("/fr/ville").headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    browser.submit(SETTINGS, IDENTITY | {"colour": ""})
    assert sheets(visitor.get_page("/fr/ville")) == []


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_change_settings(site: Site, organisation_id: uuid.UUID, role: Role) -> None:
    browser = site.signed_in(build_account(site.database, f"Only {role}", [role], organisation_id))
    may = role is Role.ADMINISTRATOR
    browser.get(SETTINGS, status=200 if may else 403)
    browser.post(SETTINGS, status=422 if may else 403)
    browser.get_page("/fr/staff/password")
    browser.post("/fr/staff/password", status=422)


def test_another_organisation_has_no_settings_here(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    stranger = site.signed_in(hire("Eve", *Role, place=new_organisation(site, "autre")))
    stranger.get(SETTINGS, status=404)
    stranger.post(SETTINGS, IDENTITY, status=404)
    for address in (SETTINGS, "/fr/staff/password"):
        answer = site.visitor().client.get(address, follow_redirects=False)
        assert answer.headers["location"] == f"/fr/staff/sign-in?next={address}"
        assert "/sign-in" in site.visitor().post(address, IDENTITY).headers["location"]
    assert stored(site).name == {"fr": "Ville", "en": "City"}
