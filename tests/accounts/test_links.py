"""A forgotten password: a link that is shown once, works once, and opens nothing that is not the team's."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text

from participation.accounts import links, queries, service
from participation.accounts.models import Role
from participation.work import forget_all
from tests.accounts.conftest import PASSWORD, Hire, new_organisation
from tests.accounts.facts import events, open_sessions
from tests.client import Browser, Page, Site, check_page

TEAM = "/fr/staff/ville/team"
NEW = "quite another password"


def issued(site: Site, admin: Browser, account_id: uuid.UUID) -> str:
    """The path of a link for somebody of the team."""
    answer = admin.post(f"{TEAM}/{account_id}/link", status=200)
    assert answer.headers["cache-control"] == "no-store"
    page = Page(answer.text)
    check_page(page)
    link = page.value_of("link")
    assert link.startswith(site.settings.base_url + "/fr/staff/new-password/")
    return link.removeprefix(site.settings.base_url)


def test_a_link_replaces_the_password_once(site: Site, ada: uuid.UUID, hire: Hire, organisation_id: uuid.UUID) -> None:
    bo = hire("Bo", Role.OBSERVER)
    phone = site.signed_in(bo)
    admin = site.signed_in(ada)
    assert "Lien pour un nouveau mot de passe" in admin.get_page(TEAM).text
    path = issued(site, admin, bo)
    visitor = site.visitor()
    assert "Bo" in visitor.get_page(path).text
    visitor.get_page(path.replace("/fr/", "/en/"))
    check_page(Page(visitor.post(path, {"new_password": "short"}, status=422).text))
    assert open_sessions(site, bo) == 1, "nothing has happened so far"
    answer = visitor.post(path, {"new_password": NEW})
    assert "Votre nouveau mot de passe est choisi" in visitor.get_page(answer.headers["location"]).text
    assert phone.client.get(TEAM, follow_redirects=False).status_code == 303
    for attempt in (visitor.get(path, status=404), visitor.post(path, {"new_password": PASSWORD}, status=404)):
        check_page(Page(attempt.text))
    form = {"email": "bo@ville.example", "password": PASSWORD}
    visitor.post("/fr/staff/sign-in", form, status=422)
    visitor.post("/fr/staff/sign-in", form | {"password": NEW})
    assert events(site, "password-link-issued") == [(ada, organisation_id, {"for_account_id": str(bo)})]
    assert events(site, "password-replaced") == [(bo, None, {"issued_by": str(ada), "sessions_closed": 1})]


def test_a_link_is_stored_as_a_digest_and_ends_after_a_day(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    path = issued(site, site.signed_in(ada), hire("Bo", Role.OBSERVER))
    token = path.rpartition("/")[2]
    assert re.fullmatch(r"[\w-]{43}", token)
    with site.database.reading() as session:
        row = session.execute(text("SELECT * FROM password_link")).one()
    assert token not in str(row)
    site.at += links.LINK_LIFE - timedelta(seconds=1)
    site.visitor().get_page(path)
    site.at += timedelta(seconds=1)
    site.visitor().get(path, status=404)
    site.visitor().post(path, {"new_password": NEW}, status=404)
    forget_all(site.database, site.at)
    with site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM password_link")).scalar_one() == 0


def test_a_newer_link_a_closed_account_and_a_changed_password_end_it(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    bo, admin = hire("Bo", Role.OBSERVER), site.signed_in(ada)
    older, newer = issued(site, admin, bo), issued(site, admin, bo)
    site.visitor().get(older, status=404)
    site.visitor().get_page(newer)
    browser = site.signed_in(bo)
    browser.post("/fr/staff/password", {"old_password": PASSWORD, "new_password": NEW})
    site.visitor().get(newer, status=404)
    last = issued(site, admin, bo)
    admin.post(f"{TEAM}/{bo}/close")
    site.visitor().get(last, status=404)
    site.visitor().post(last, {"new_password": PASSWORD}, status=404)
    assert "fermé" in Page(admin.post(f"{TEAM}/{bo}/link", status=409).text).text


def test_for_whom_no_link_is_made(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    """Oneself; a stranger; somebody who also works elsewhere, whose other work the link would open."""
    admin = site.signed_in(ada)
    elsewhere = new_organisation(site, "ailleurs")
    stranger = hire("Cy", Role.OBSERVER, place=elsewhere)
    both = hire("Di", Role.OBSERVER)
    with site.database.writing() as session:
        service.grant_role(session, both, Role.ADMINISTRATOR, organisation_id=elsewhere, at=site.at)
    for account_id, status in ((ada, 409), (stranger, 404), (both, 409)):
        check_page(Page(admin.post(f"{TEAM}/{account_id}/link", status=status).text))
    observer = site.signed_in(hire("Ed", Role.OBSERVER))
    observer.post(f"{TEAM}/{both}/link", status=403)
    with site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM password_link")).scalar_one() == 0


def test_the_sign_in_page_says_what_to_do(site: Site) -> None:
    assert "mot de passe oublié" in site.visitor().get_page("/fr/staff/sign-in").text.lower()


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "a%2Fb"])
def test_a_token_that_never_was(site: Site, token: str) -> None:
    site.visitor().get(f"/fr/staff/new-password/{token}", status=404)


def test_the_operator_helps_the_last_administrator(site: Site, ada: uuid.UUID) -> None:
    with site.database.writing() as session:
        token = links.issue_by_operator(session, "Ada@ville.example", at=site.at)
    site.visitor().post(f"/fr/staff/new-password/{token}", {"new_password": NEW})
    with site.database.reading() as session:
        stored = queries.password_hash_of(session, ada)
    assert service.password_matches(NEW, stored)
    assert events(site, "password-link-issued") == [(None, None, {"for_account_id": str(ada)})]
