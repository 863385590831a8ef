"""Signing in and the team of an organisation, as people meet them."""

from __future__ import annotations

import uuid

import pytest

from participation.accounts import service
from participation.accounts.access import SESSION_COOKIE
from participation.accounts.models import Organisation, Role
from tests.builders import NOON, build_account
from tests.client import Page, Site, check_page

PASSWORD = "a long enough password"
SIGN_IN = "/fr/staff/sign-in"
TEAM = "/fr/staff/ville/team"


@pytest.fixture
def organisation_id(site: Site) -> uuid.UUID:
    with site.database.writing() as session:
        organisation = Organisation(slug="ville", name={"fr": "Ville", "en": "City"})
        session.add(organisation)
        session.flush()
        return organisation.id


@pytest.fixture
def ada(site: Site, organisation_id: uuid.UUID) -> uuid.UUID:
    hashed = service.hash_password(PASSWORD)
    with site.database.writing() as session:
        return service.add_staff(
            session,
            email="ada@ville.example",
            name="Ada",
            password_hash=hashed,
            roles=(Role.ADMINISTRATOR,),
            organisation_id=organisation_id,
            at=NOON,
        )


def test_the_right_password_leads_where_one_wanted_to_go(site: Site, ada: uuid.UUID) -> None:
    browser = site.visitor()
    answer = browser.client.get(TEAM, follow_redirects=False)
    assert answer.headers["location"] == f"{SIGN_IN}?next={TEAM}"
    page = browser.get_page(answer.headers["location"])
    form = {**page.hidden(), "email": "Ada@Ville.example ", "password": PASSWORD}
    answer = browser.post(SIGN_IN, form)
    assert answer.headers["location"] == TEAM
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "Ada" in browser.get_page(TEAM).text
    browser.post("/fr/staff/sign-out")
    assert not browser.client.cookies.get(SESSION_COOKIE)
    browser.client.cookies.clear()


@pytest.mark.parametrize("email", ["ada@ville.example", "nobody@ville.example"])
def test_a_wrong_password_says_the_same_for_everybody(site: Site, ada: uuid.UUID, email: str) -> None:
    answer = site.visitor().post(SIGN_IN, {"email": email, "password": "wrong", "next": TEAM}, status=422)
    page = Page(answer.text)
    check_page(page)
    assert "ne vont pas ensemble" in page.text
    assert page.value_of("email") == email
    assert page.value_of("password") == ""
    assert page.value_of("next") == TEAM


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_one_is_never_sent_to_another_site(site: Site, ada: uuid.UUID, target: str) -> None:
    form = {"email": "ada@ville.example", "password": PASSWORD, "next": target}
    assert site.visitor().post(SIGN_IN, form).headers["location"] == "/fr/staff"


def test_a_person_joins_the_team(site: Site, ada: uuid.UUID) -> None:
    browser = site.signed_in(ada)
    person = {"name": "Bo Roy", "email": "bo@ville.example", "password": PASSWORD, "roles": ["entry_clerk", "observer"]}
    page = Page(browser.post(TEAM, person | {"password": "short", "roles": []}, status=422).text)
    check_page(page)
    assert page.value_of("name") == "Bo Roy"
    assert page.value_of("password") == ""
    assert "Bo Roy" in browser.submit(TEAM, person).text
    taken = Page(browser.post(TEAM, person, status=422).text)
    assert "fait déjà partie de l’équipe" in taken.text
    browser.get_page("/en/staff/ville/team")


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_manage_the_team(site: Site, organisation_id: uuid.UUID, role: Role) -> None:
    browser = site.signed_in(build_account(site.database, f"Only {role}", [role], organisation_id))
    may = role is Role.ADMINISTRATOR
    browser.get(TEAM, status=200 if may else 403)
    browser.post(TEAM, status=422 if may else 403)
