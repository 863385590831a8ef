"""The team: who joins and leaves, which roles are given and taken, and who always stays."""

from __future__ import annotations

import threading
import uuid

import pytest

from participation.accounts import queries, service, team
from participation.accounts.models import Role
from participation.accounts.permissions import Actor
from participation.errors import DomainError
from tests.accounts.conftest import EMAIL, PASSWORD, Hire, new_organisation
from tests.accounts.facts import account, events, open_sessions, roles_of
from tests.builders import build_account
from tests.client import Page, Site, check_page

TEAM = "/fr/staff/ville/team"
NEWCOMER = {"name": "Bo Roy", "email": "bo@ville.example", "password": PASSWORD, "roles": ["entry_clerk", "observer"]}


def test_a_person_joins_the_team(site: Site, ada: uuid.UUID, organisation_id: uuid.UUID) -> None:
    browser = site.signed_in(ada)
    page = Page(browser.post(TEAM, NEWCOMER | {"password": "short", "roles": []}, status=422).text)
    check_page(page)
    assert page.value_of("name") == "Bo Roy"
    assert page.value_of("password") == ""
    assert "Bo Roy" in browser.submit(TEAM, NEWCOMER).text
    bo = account(site, "bo@ville.example")
    assert events(site, "account-created")[-1] == (ada, None, {"new_account_id": str(bo)})
    granted = [(by, where, data["role"]) for by, where, data in events(site, "role-granted") if by == ada]
    assert sorted(granted) == [(ada, organisation_id, "entry_clerk"), (ada, organisation_id, "observer")]
    taken = Page(browser.post(TEAM, NEWCOMER, status=422).text)
    assert "fait déjà partie de l’équipe" in taken.text
    check_page(taken)
    browser.get_page("/en/staff/ville/team")


def test_roles_are_given_and_taken(site: Site, ada: uuid.UUID, hire: Hire, organisation_id: uuid.UUID) -> None:
    bo = hire("Bo", Role.OBSERVER)
    browser = site.signed_in(ada)
    page = Page(browser.post(f"{TEAM}/{bo}/give", {"role": "king"}, status=422).text)
    check_page(page)
    assert f"#role-{bo}" in page.links()
    browser.submit(f"{TEAM}/{bo}/give", {"role": "analyst"})
    browser.submit(f"{TEAM}/{bo}/give", {"role": "analyst"})
    assert roles_of(site, bo) == {Role.OBSERVER, Role.ANALYST}
    page = browser.submit(f"{TEAM}/{bo}/take", {"role": "observer"})
    assert "Bo" in page.text
    browser.submit(f"{TEAM}/{bo}/take", {"role": "observer"})
    assert roles_of(site, bo) == {Role.ANALYST}
    data = {"from_account_id": str(bo), "role": "observer"}
    assert events(site, "role-revoked") == [(ada, organisation_id, data)], "recorded once"


def test_whoever_left_can_come_back(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    bo = hire("Bo", Role.OBSERVER)
    browser = site.signed_in(ada)
    assert "Bo" not in browser.submit(f"{TEAM}/{bo}/take", {"role": "observer"}).text.split()
    browser.post(f"{TEAM}/{bo}/give", {"role": "observer"}, status=404)
    page = browser.submit(TEAM, NEWCOMER | {"password": "a password nobody uses"})
    assert "avait déjà un compte" in page.text
    assert roles_of(site, bo) == {Role.ENTRY_CLERK, Role.OBSERVER}
    form = {"email": "bo@ville.example", "password": PASSWORD}
    site.visitor().post("/fr/staff/sign-in", form, status=303)


def test_an_account_is_closed_and_reopened(site: Site, ada: uuid.UUID, hire: Hire, organisation_id: uuid.UUID) -> None:
    bo = hire("Bo", Role.OBSERVER)
    theirs, browser = site.signed_in(bo), site.signed_in(ada)
    theirs.get("/fr/staff")
    assert "Fermé" in browser.submit(f"{TEAM}/{bo}/close").text
    browser.submit(f"{TEAM}/{bo}/close")
    assert open_sessions(site, bo) == 0
    assert theirs.client.get("/fr/staff", follow_redirects=False).status_code == 303
    form = {"email": "bo@ville.example", "password": PASSWORD}
    site.visitor().post("/fr/staff/sign-in", form, status=422)
    browser.submit(f"{TEAM}/{bo}/reopen")
    browser.submit(f"{TEAM}/{bo}/reopen")
    theirs.client.get("/fr/staff", follow_redirects=False)
    site.visitor().post("/fr/staff/sign-in", form, status=303)
    assert events(site, "account-closed") == [
        (ada, organisation_id, {"closed_account_id": str(bo), "sessions_closed": 1})
    ]
    assert events(site, "account-reopened") == [(ada, organisation_id, {"reopened_account_id": str(bo)})]


@pytest.mark.parametrize(("act", "form"), [("take", {"role": "administrator"}), ("close", {})])
def test_administrators_do_not_remove_themselves(
    site: Site, ada: uuid.UUID, hire: Hire, act: str, form: dict[str, str]
) -> None:
    cleo = hire("Cleo", Role.ADMINISTRATOR, Role.OBSERVER)
    browser = site.signed_in(ada)
    page = Page(browser.post(f"{TEAM}/{ada}/{act}", form, status=409).text)
    check_page(page)
    assert "Rien n’a été changé" in page.text
    shown = browser.get_page(TEAM)
    assert f"{TEAM}/{ada}/{act}" not in [attrs.get("action") for attrs in shown.all("form")]
    site.signed_in(cleo).post(f"{TEAM}/{ada}/{act}", form)
    assert browser.client.get(TEAM, follow_redirects=False).status_code in (303, 404)


def test_two_who_remove_each_other_leave_one(
    site: Site, ada: uuid.UUID, hire: Hire, organisation_id: uuid.UUID
) -> None:
    cleo = hire("Cleo", Role.ADMINISTRATOR)
    with site.database.reading() as session:
        actors = {each: Actor(each, "", queries.grants_of(session, each)) for each in (ada, cleo)}
    outcomes: list[str] = []

    def remove(whom: uuid.UUID, by: uuid.UUID) -> None:
        try:
            with site.database.writing() as session:
                team.take_role(
                    session, whom, Role.ADMINISTRATOR, organisation_id=organisation_id, at=site.at, by=actors[by]
                )
            outcomes.append("done")
        except DomainError:
            outcomes.append("refused")

    threads = [threading.Thread(target=remove, args=pair) for pair in ((ada, cleo), (cleo, ada))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    with site.database.reading() as session:
        assert queries.active_administrators(session, organisation_id) == 1


def test_nobody_closes_an_account_for_another_organisation(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    bo, elsewhere = hire("Bo", Role.OBSERVER), new_organisation(site, "autre")
    with site.database.writing() as session:
        service.grant_role(session, bo, Role.OBSERVER, organisation_id=elsewhere, at=site.at)
    browser = site.signed_in(ada)
    assert "aussi ailleurs" in Page(browser.post(f"{TEAM}/{bo}/close", status=409).text).text
    browser.submit(f"{TEAM}/{bo}/take", {"role": "observer"})
    with site.database.reading() as session:
        assert [grant.organisation_id for grant in queries.grants_of(session, bo)] == [elsewhere]


ACTS = {"": 422, "/{bo}/give": 422, "/{bo}/take": 422, "/{bo}/close": 303, "/{bo}/reopen": 303}
"""What can be sent, with the answer to an empty form of somebody who may."""


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_manage_the_team(site: Site, organisation_id: uuid.UUID, hire: Hire, role: Role) -> None:
    bo = hire("Bo", Role.OBSERVER)
    browser = site.signed_in(build_account(site.database, f"Only {role}", [role], organisation_id))
    may = role is Role.ADMINISTRATOR
    browser.get(TEAM, status=200 if may else 403)
    for act, status in ACTS.items():
        browser.post(TEAM + act.format(bo=bo), status=status if may else 403)
    links = browser.get_page("/fr/staff").links()
    assert (TEAM in links) == may
    assert ("/fr/staff/ville/settings" in links) == may
    assert ("/fr/staff/ville/processes/new" in links) == may
    assert "/fr/staff/password" in links


def test_another_organisation_sees_no_team(site: Site, ada: uuid.UUID, hire: Hire) -> None:
    elsewhere = new_organisation(site, "autre")
    stranger = hire("Eve", *Role, place=elsewhere)
    browser = site.signed_in(stranger)
    browser.get(TEAM, status=404)
    for act in ACTS:
        browser.post(TEAM + act.format(bo=ada), {"role": "administrator"}, status=404)
        browser.post("/fr/staff/autre/team" + act.format(bo=ada), {"role": "observer"}, status=404 if act else 422)
        answer = site.visitor().post(TEAM + act.format(bo=ada))
        assert "/sign-in" in answer.headers["location"]
    assert roles_of(site, ada) == {Role.ADMINISTRATOR}
    assert EMAIL not in browser.get_page("/fr/staff/autre/team").text
