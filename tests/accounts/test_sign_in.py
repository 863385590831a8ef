"""Signing in: what it gives, what it bears, where it leads."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from participation.accounts import service
from participation.accounts.access import SESSION_COOKIE
from participation.accounts.forms import safe_path
from participation.accounts.models import Role
from tests.accounts.conftest import EMAIL, PASSWORD, Hire
from tests.accounts.facts import open_sessions
from tests.client import Page, Site, check_page

SIGN_IN = "/fr/staff/sign-in"
TEAM = "/fr/staff/ville/team"


def credentials(**changes: str) -> dict[str, str]:
    return {"email": EMAIL, "password": PASSWORD, **changes}


def test_the_right_password_leads_where_one_wanted_to_go(site: Site, ada: uuid.UUID) -> None:
    browser = site.visitor()
    answer = browser.client.get(f"{TEAM}?kept=1", follow_redirects=False)
    assert answer.headers["location"] == f"{SIGN_IN}?next={TEAM}%3Fkept%3D1"
    page = browser.get_page(answer.headers["location"])
    answer = browser.post(SIGN_IN, {**page.hidden(), **credentials(email="Ada@Ville.example ")})
    assert answer.headers["location"] == f"{TEAM}?kept=1"
    assert "Ada" in browser.get_page(TEAM).text
    answer = browser.post("/fr/staff/sign-out")
    assert not browser.client.cookies.get(SESSION_COOKIE)
    assert open_sessions(site, ada) == 0


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_for_this_site_alone(site: Site, ada: uuid.UUID, secure: bool) -> None:
    site.settings.base_url = "https://ville.example" if secure else "http://ville.example"
    answer = site.visitor().post(SIGN_IN, credentials())
    (session_cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith(SESSION_COOKIE)]
    flags = {flag.strip().lower() for flag in session_cookie.split(";")[1:]}
    assert flags == {"httponly", "samesite=lax", "path=/"} | ({"secure"} if secure else set())


@pytest.mark.parametrize("email", [EMAIL, "nobody@ville.example"])
def test_a_wrong_password_says_the_same_for_everybody(site: Site, ada: uuid.UUID, email: str) -> None:
    form = credentials(email=email, password="wrong", next=TEAM)
    page = Page(site.visitor().post(SIGN_IN, form, status=422).text)
    check_page(page)
    assert "ne vont pas ensemble" in page.text
    assert page.value_of("email") == email
    assert page.value_of("password") == ""
    assert page.value_of("next") == TEAM


ELSEWHERE = [
    "https://elsewhere.example/",
    "//elsewhere.example",
    "///elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "/\t/elsewhere.example",
    "/\n/elsewhere.example",
    "javascript:alert(1)",
    "elsewhere",
    " /fr/staff",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_another_site_is_no_way_back(target: str) -> None:
    assert safe_path(target) == ""


@pytest.mark.parametrize("target", ["/", "/fr/staff", "/fr/staff/ville/budget/events?page=2&x=%2F%2F#last"])
def test_an_address_of_this_site_is(target: str) -> None:
    assert safe_path(target) == target


def test_one_is_never_sent_to_another_site(site: Site, ada: uuid.UUID) -> None:
    browser = site.visitor()
    for target in ELSEWHERE[:4]:
        assert browser.get_page(f"{SIGN_IN}?next={target}").value_of("next") == ""
        assert browser.post(SIGN_IN, credentials(next=target)).headers["location"] == "/fr/staff"


def test_a_session_that_ended_leads_back_to_the_page(site: Site, ada: uuid.UUID) -> None:
    browser = site.signed_in(ada)
    site.at += service.SESSION_LIFE
    answer = browser.client.get(TEAM, follow_redirects=False)
    assert answer.headers["location"] == f"{SIGN_IN}?next={TEAM}"
    referer = {"referer": f"http://testserver{TEAM}"}
    answer = browser.post(TEAM, {"name": "Bo"}, headers=referer)
    assert answer.headers["location"] == f"{SIGN_IN}?next={TEAM}&lost=1"
    page = browser.get_page(answer.headers["location"])
    assert "n’a pas été enregistré" in page.text
    assert browser.post(SIGN_IN, {**page.hidden(), **credentials()}).headers["location"] == TEAM
    site.at += service.SESSION_LIFE
    answer = browser.post(TEAM, headers={"referer": "https://elsewhere.example/fr/staff"})
    assert answer.headers["location"] == f"{SIGN_IN}?next=&lost=1"


def test_a_cookie_that_somebody_planted_is_never_used(site: Site, ada: uuid.UUID) -> None:
    browser = site.visitor()
    browser.client.cookies.set(SESSION_COOKIE, "planted", domain="testserver.local")
    answer = browser.post(SIGN_IN, credentials())
    fresh = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    assert len(fresh) > 40
    assert fresh != "planted"
    planted = site.visitor()
    planted.client.cookies.set(SESSION_COOKIE, "planted")
    assert planted.client.get(TEAM, follow_redirects=False).status_code == 303


def test_signing_in_again_ends_the_session_that_the_browser_had(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    bo = hire("Bo", Role.OBSERVER)
    browser = site.signed_in(bo)
    browser.post(SIGN_IN, credentials())
    assert (open_sessions(site, bo), open_sessions(site, ada)) == (0, 1)


def test_a_form_with_another_token_saves_nothing(site: Site, ada: uuid.UUID) -> None:
    browser = site.signed_in(ada)
    for address in (TEAM, "/fr/staff/ville/settings", "/fr/staff/password", "/fr/staff/sign-out"):
        answer = browser.post(address, {"csrf_token": "of another session", "name_fr": "Volé"}, status=403)
        page = Page(answer.text)
        check_page(page)
        assert "Rien n’a été enregistré" in page.text, page.text
    assert open_sessions(site, ada) == 1


def test_another_site_cannot_sign_anybody_in(site: Site, ada: uuid.UUID) -> None:
    headers = {"sec-fetch-site": "cross-site"}
    answer = site.visitor().post(SIGN_IN, credentials(), status=403, headers=headers)
    assert "set-cookie" not in answer.headers


def test_a_signed_in_page_is_kept_by_nobody_else(site: Site, ada: uuid.UUID) -> None:
    answer: Any = site.signed_in(ada).get(TEAM)
    assert answer.headers["cache-control"] == "no-store"
    assert "cookie" not in site.visitor().get("/fr/").headers.get("set-cookie", "")
