"""Who may open which page of the set-up: every role against every address, and other organisations."""

from __future__ import annotations

import pytest

from participation.accounts.models import Role
from tests.builders import World, build_account, build_world
from tests.client import Site

ADMIN = {Role.ADMINISTRATOR}
NOBODY = "00000000-0000-4000-8000-000000000000"
PAGES = (
    "/edit",
    "/edit/texts",
    "/edit/phases",
    "/edit/phases/new",
    "/edit/voting",
    "/edit/places",
    "/edit/places/new",
    "/edit/contests",
    "/edit/contests/new",
    "/edit/publish",
    "/edit/changes",
    "/register",
    "/register/cancel-unused",
)
MISSING = (
    f"/edit/phases/{NOBODY}",
    f"/edit/places/{NOBODY}",
    f"/edit/contests/{NOBODY}",
    f"/edit/contests/{NOBODY}/rule",
    f"/edit/contests/{NOBODY}/projects",
    f"/edit/contests/{NOBODY}/paste",
    f"/edit/contests/{NOBODY}/projects/new",
    f"/edit/contests/{NOBODY}/projects/{NOBODY}",
    f"/edit/contests/{NOBODY}/projects/{NOBODY}/remove",
    f"/edit/phases/{NOBODY}/remove",
    f"/edit/places/{NOBODY}/remove",
    f"/edit/contests/{NOBODY}/remove",
)
"""Parts that do not exist: an administrator is told so, anybody else that they may not."""
ACTS = (
    "/edit/texts",
    "/edit/address",
    "/edit/phases/new",
    "/edit/voting",
    "/edit/places/new",
    "/edit/contests/new",
    "/edit/publish",
    "/edit/withdraw",
    "/edit/changes",
    *(path for path in MISSING if not path.endswith("/projects")),
    "/register/import",
    "/register/codes",
    "/register/pool",
    "/register/reissue",
    "/register/cancel-unused",
)


@pytest.fixture
def world(site: Site) -> World:
    return build_world(site.database, site.keys)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_meets_only_its_pages(site: Site, world: World, role: Role) -> None:
    browser = site.signed_in(build_account(site.database, f"Only {role}", [role], world.organisation_id))
    base, may = f"/fr/staff{world.path}", role in ADMIN
    for path in PAGES:
        browser.get(base + path, status=200 if may else 403)
    for path in MISSING:
        browser.get(base + path, status=404 if may else 403)
    for path in ACTS:
        if not may:
            browser.post(base + path, status=403)
    browser.get("/fr/staff/ville/processes/new", status=200 if may else 403)
    browser.post("/fr/staff/ville/processes/new", status=422 if may else 403)


def test_strangers_sign_in_and_other_organisations_see_nothing(site: Site, world: World) -> None:
    other = build_world(site.database, site.keys, slug="autre")
    stranger = site.signed_in(build_account(site.database, "Stranger", list(Role), other.organisation_id))
    base = f"/fr/staff{world.path}"
    for path in (*PAGES, *MISSING):
        stranger.get(base + path, status=404)
        answer = site.visitor().client.get(base + path, follow_redirects=False)
        assert answer.status_code == 303, "sign in first"
    for path in ACTS:
        stranger.post(base + path, status=404)
    stranger.get("/fr/staff/ville/processes/new", status=404)


def test_a_part_of_another_process_is_not_there(site: Site, world: World) -> None:
    other = build_world(site.database, site.keys, slug="autre")
    admin = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))
    admin.get(f"/fr/staff{world.path}/edit/places/{world.place_id}")
    admin.get(f"/fr/staff{world.path}/edit/places/{other.place_id}", status=404)


def test_forms_without_the_hidden_token_are_refused(site: Site, world: World) -> None:
    admin = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))
    for path in ("/edit/texts", "/edit/withdraw", "/edit/changes", "/register/codes", "/register/cancel-unused"):
        answer = admin.client.post(f"/fr/staff{world.path}{path}", data={"csrf_token": "wrong", "reason": "x"})
        assert answer.status_code == 403


def test_the_bar_lists_only_the_desks_that_open(site: Site, world: World) -> None:
    base = f"/fr/staff{world.path}"
    observer = site.signed_in(build_account(site.database, "Oli", [Role.OBSERVER], world.organisation_id))
    admin = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))
    assert f"{base}/edit" not in observer.get_page(base).links()
    assert f"{base}/edit" in admin.get_page(base).links()
    for link in admin.get_page(base).links():
        if link.startswith(base):
            admin.get(link.partition("#")[0])
