"""The people of one vote: roles that hold there only, who gives and takes them, and whose matter their account is."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select
from sqlmodel import col

from participation.accounts import queries, service
from participation.accounts.models import Account, Role
from participation.audit import Event
from tests.accounts.conftest import PASSWORD
from tests.accounts.facts import account, roles_of
from tests.builders import World, build_account, build_world
from tests.client import Browser, Page, Site, check_page

PEOPLE = "/fr/staff/ville/budget/people"
TEAM = "/fr/staff/ville/team"
NEWCOMER = {"name": "Bo Roy", "email": "bo@ville.example", "password": PASSWORD, "roles": ["entry_clerk", "observer"]}


@pytest.fixture
def world(site: Site) -> World:
    return build_world(site.database, site.keys)


@pytest.fixture
def admin(site: Site, world: World) -> Browser:
    return site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))


def guest(site: Site, name: str, *roles: Role, process_id: uuid.UUID) -> uuid.UUID:
    """Somebody who has these roles in this process and none elsewhere."""
    with site.database.writing() as session:
        found = service.create_account(
            session, email=f"{name.lower()}@ville.example", name=name, password_hash="none", at=site.at
        )
        for role in roles:
            service.grant_role(session, found, role, process_id=process_id, at=site.at)
    return found


def events(site: Site, world: World, kind: str) -> list[tuple[str, str]]:
    """(account, role) of the events of this kind that stand in the log of the process."""
    where = (col(Event.kind) == kind, col(Event.process_id) == world.process_id)
    with site.database.reading() as session:
        rows = session.execute(select(col(Event.data)).where(*where)).scalars()
        name = "to_account_id" if kind == "role-granted" else "from_account_id"
        return sorted((data[name], data["role"]) for data in rows)


def held(site: Site, world: World, account_id: uuid.UUID) -> set[Role]:
    with site.database.reading() as session:
        staff = {row.account_id: set(row.roles) for row in queries.staff_of_process(session, world.process_id)}
    return staff.get(account_id, set())


def test_somebody_new_works_in_this_vote_and_sees_nothing_else(site: Site, world: World, admin: Browser) -> None:
    other = build_world(site.database, site.keys, slug="autre")
    page = Page(admin.post(PEOPLE, NEWCOMER | {"password": "short"}, status=422).text)
    check_page(page)
    assert page.value_of("name") == "Bo Roy"
    assert "Bo Roy" in admin.submit(PEOPLE, NEWCOMER).text
    bo = account(site, "bo@ville.example")
    assert events(site, world, "role-granted") == [(str(bo), "entry_clerk"), (str(bo), "observer")]
    theirs = site.signed_in(bo)
    assert f"/fr/staff{world.path}" in theirs.get_page("/fr/staff").links()
    theirs.get_page(f"/fr/staff{world.path}/batches")
    for address in (TEAM, "/fr/staff/ville/settings", f"/fr/staff{other.path}", "/fr/staff/ville/processes/new"):
        theirs.get(address, status=404)
    theirs.get(PEOPLE, status=403)
    taken = Page(admin.post(PEOPLE, NEWCOMER, status=422).text)
    assert "fait déjà partie de l’équipe" in taken.text
    admin.get_page(PEOPLE.replace("/fr/", "/en/"))


def test_somebody_of_the_team_gets_a_role_more_and_loses_it(site: Site, world: World, admin: Browser) -> None:
    oli = build_account(site.database, "Oli", [Role.OBSERVER], world.organisation_id)
    page = Page(admin.post(f"{PEOPLE}/team", {"role": "analyst"}, status=422).text)
    check_page(page)
    assert "#account" in page.links()
    assert "#role" in Page(admin.post(f"{PEOPLE}/team", {"account": str(oli)}, status=422).text).links()
    admin.submit(f"{PEOPLE}/team", {"account": str(oli), "role": "analyst"})
    assert held(site, world, oli) == {Role.ANALYST}
    site.signed_in(oli).get_page(f"/fr/staff{world.path}/export")
    admin.submit(f"{PEOPLE}/{oli}/give", {"role": "observer"})
    admin.submit(f"{PEOPLE}/{oli}/take", {"role": "analyst"})
    admin.submit(f"{PEOPLE}/{oli}/take", {"role": "observer"})
    assert roles_of(site, oli) == {Role.OBSERVER}, "the role in the organisation stays"
    assert events(site, world, "role-revoked") == [(str(oli), "analyst"), (str(oli), "observer")]
    assert site.signed_in(oli).client.get(f"/fr/staff{world.path}/export").status_code == 403


def test_a_role_of_the_organisation_is_not_taken_here(site: Site, world: World, admin: Browser) -> None:
    oli = build_account(site.database, "Oli", [Role.OBSERVER], world.organisation_id)
    admin.post(f"{PEOPLE}/{oli}/take", {"role": "observer"}, status=404)
    assert roles_of(site, oli) == {Role.OBSERVER}
    admin.post(f"{TEAM}/{oli}/take", {"role": "observer"})
    assert roles_of(site, oli) == set()


def test_nobody_of_another_organisation_is_chosen_by_number(site: Site, world: World, admin: Browser) -> None:
    other = build_world(site.database, site.keys, slug="autre")
    stranger = build_account(site.database, "Eve", [Role.OBSERVER], other.organisation_id)
    admin.post(f"{PEOPLE}/team", {"account": str(stranger), "role": "observer"}, status=404)
    admin.post(f"{PEOPLE}/{stranger}/give", {"role": "observer"}, status=404)
    admin.post(f"{PEOPLE}/team", {"account": "nobody", "role": "observer"}, status=422)
    assert held(site, world, stranger) == set()


def test_an_administrator_of_one_vote_manages_its_people_and_no_account(site: Site, world: World) -> None:
    """Nor do they take their own administration away, or reach the team of the organisation."""
    vic = guest(site, "Vic", Role.ADMINISTRATOR, process_id=world.process_id)
    oli = build_account(site.database, "Oli", [Role.OBSERVER], world.organisation_id)
    browser = site.signed_in(vic)
    browser.submit(f"{PEOPLE}/team", {"account": str(oli), "role": "analyst"})
    assert held(site, world, oli) == {Role.ANALYST}
    browser.post(f"{PEOPLE}/{vic}/take", {"role": "administrator"}, status=409)
    assert held(site, world, vic) == {Role.ADMINISTRATOR}
    for act in ("give", "take", "close", "reopen", "link"):
        browser.post(f"{TEAM}/{oli}/{act}", {"role": "administrator"}, status=404)


def test_accounts_of_one_vote_are_closed_and_get_links_on_the_team_page(
    site: Site, world: World, admin: Browser
) -> None:
    vic = guest(site, "Vic", Role.OBSERVER, process_id=world.process_id)
    page = admin.get_page(TEAM)
    assert PEOPLE in page.links()
    assert f"{TEAM}/{vic}/give" not in [attrs.get("action") for attrs in page.all("form")]
    assert "Vic" in Page(admin.post(f"{TEAM}/{vic}/link", status=200).text).text
    admin.post(f"{TEAM}/{vic}/give", {"role": "administrator"}, status=404)
    admin.submit(f"{TEAM}/{vic}/close")
    with site.database.reading() as session:
        assert session.get_one(Account, vic).is_active is False
    assert "Fermé" in admin.get_page(PEOPLE).text
    admin.submit(f"{TEAM}/{vic}/reopen")


def test_who_also_works_in_a_vote_elsewhere_is_not_closed_here(site: Site, world: World, admin: Browser) -> None:
    other = build_world(site.database, site.keys, slug="autre")
    oli = build_account(site.database, "Oli", [Role.OBSERVER], world.organisation_id)
    with site.database.writing() as session:
        service.grant_role(session, oli, Role.OBSERVER, process_id=other.process_id, at=site.at)
    assert "aussi ailleurs" in Page(admin.post(f"{TEAM}/{oli}/close", status=409).text).text
    admin.post(f"{TEAM}/{oli}/link", status=409)


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_give_roles_in_a_vote(site: Site, world: World, role: Role) -> None:
    """Whether they are administrators of the organisation or of the vote."""
    vic = guest(site, "Vic", Role.OBSERVER, process_id=world.process_id)
    own = guest(site, f"Own {role}".replace(" ", ""), role, process_id=world.process_id)
    all_votes = build_account(site.database, f"Only {role}", [role], world.organisation_id)
    may = role is Role.ADMINISTRATOR
    for browser in (site.signed_in(all_votes), site.signed_in(own)):
        browser.get(PEOPLE, status=200 if may else 403)
        for act in ("", "/team", f"/{vic}/give", f"/{vic}/take"):
            browser.post(PEOPLE + act, status=422 if may else 403)
        beside = "/edit" if may else ""  # who has many desks finds this one in the group of the set-up
        assert (PEOPLE in browser.get_page(f"/fr/staff{world.path}{beside}").links()) == may
    assert held(site, world, vic) == {Role.OBSERVER}
