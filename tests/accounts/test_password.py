"""One's own password, and where hashing stands."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import event

from participation.accounts import queries, service, throttle
from participation.errors import Conflict
from tests.accounts.conftest import PASSWORD
from tests.accounts.facts import events, open_sessions
from tests.client import Page, Site, check_page

PAGE = "/fr/staff/password"
NEW = "quite another password"


def test_a_new_password_signs_out_everywhere_else(site: Site, ada: uuid.UUID) -> None:
    browser, phone = site.signed_in(ada), site.signed_in(ada)
    browser.get_page("/en/staff/password")
    browser.get_page(PAGE)
    answer = browser.post(PAGE, {"old_password": PASSWORD, "new_password": NEW})
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert phone.client.get(PAGE, follow_redirects=False).status_code == 303
    assert open_sessions(site, ada) == 1
    assert "est changé" in browser.get_page(answer.headers["location"]).text
    form = {"email": "ada@ville.example", "password": PASSWORD}
    site.visitor().post("/fr/staff/sign-in", form, status=422)
    site.visitor().post("/fr/staff/sign-in", form | {"password": NEW}, status=303)
    assert events(site, "password-changed") == [(ada, None, {"sessions_closed": 2})]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("", NEW, "old_password"),
        ("not the old one", NEW, "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "x" * 1001, "new_password"),
        (PASSWORD, PASSWORD, "new_password"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(site: Site, ada: uuid.UUID, old: str, new: str, field: str) -> None:
    answer = site.signed_in(ada).post(PAGE, {"old_password": old, "new_password": new}, status=422)
    page = Page(answer.text)
    check_page(page)
    assert f"#{field}" in page.links()
    assert (page.value_of("old_password"), page.value_of("new_password")) == ("", "")
    assert events(site, "password-changed") == []
    assert open_sessions(site, ada) == 1


def test_the_old_password_cannot_be_guessed_from_an_open_session(
    site: Site, ada: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "password_matches", lambda password, stored: password == PASSWORD)
    browser = site.signed_in(ada)
    for _guess in range(throttle.LIMIT):
        browser.post(PAGE, {"old_password": "guess", "new_password": NEW}, status=422)
    browser.post(PAGE, {"old_password": PASSWORD, "new_password": NEW}, status=429)


def test_two_windows_change_it_once(site: Site, ada: uuid.UUID) -> None:
    with site.database.reading() as session:
        checked = queries.password_hash_of(session, ada)
    assert checked
    with site.database.writing() as session:
        service.change_password(session, ada, checked_hash=checked, new_hash="first", at=site.at)
    with pytest.raises(Conflict), site.database.writing() as session:
        service.change_password(session, ada, checked_hash=checked, new_hash="second", at=site.at)
    with site.database.reading() as session:
        assert queries.password_hash_of(session, ada) == "first"


def test_hashing_holds_no_transaction(site: Site, ada: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever hashes: sign-in, a new member of staff, a new password. No connection is in use meanwhile."""
    browser = site.signed_in(ada)
    engine, in_use = site.app.state.database.engine, {"now": 0}
    event.listen(engine, "checkout", lambda *_: in_use.update(now=in_use["now"] + 1))
    event.listen(engine, "checkin", lambda *_: in_use.update(now=in_use["now"] - 1))
    seen: list[tuple[str, int]] = []

    def watched(name: str, original: Callable[..., object]) -> Callable[..., object]:
        def hashing(*given: object) -> object:
            seen.append((name, in_use["now"]))
            return original(*given)

        return hashing

    for name in ("hash_password", "password_matches"):
        monkeypatch.setattr(service, name, watched(name, getattr(service, name)))
    browser.client.post("/fr/staff/sign-in", data={"email": "ada@ville.example", "password": "wrong"})
    person = {"name": "Bo", "email": "bo@ville.example", "password": PASSWORD, "roles": ["observer"]}
    browser.post("/fr/staff/ville/team", person)
    browser.post(PAGE, {"old_password": PASSWORD, "new_password": NEW})
    assert seen == [("password_matches", 0), ("hash_password", 0), ("password_matches", 0), ("hash_password", 0)]
