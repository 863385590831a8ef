"""Who may open which paper desk: every role against every page."""

from __future__ import annotations

import pytest

from participation.accounts.models import Role
from tests.builders import build_account, build_world
from tests.client import Site
from tests.paper.clerks import Office, open_batch, open_office

ADMIN, INTAKE, ENTRY, JUDGE = Role.ADMINISTRATOR, Role.INTAKE_CLERK, Role.ENTRY_CLERK, Role.ADJUDICATOR
WATCHERS = {ADMIN, INTAKE, ENTRY, JUDGE, Role.CERTIFIER, Role.OBSERVER}
PAGES: dict[str, set[Role]] = {
    "/forms": {ADMIN, INTAKE, ENTRY},
    "/forms/ballot.pdf": {ADMIN, INTAKE, ENTRY},
    "/forms/declaration.pdf": {ADMIN, INTAKE, ENTRY},
    "/forms/booklet.pdf": {ADMIN, INTAKE, ENTRY},
    "/batches/1/header.pdf": {ADMIN, INTAKE, ENTRY},
    "/intake": {INTAKE},
    "/intake/C1": {INTAKE},
    "/intake/stock": {ADMIN, INTAKE},
    "/cases": {INTAKE, JUDGE},
    "/batches": WATCHERS,
    "/batches/1": WATCHERS,
    "/batches/new": {ENTRY},
    "/batches/1/scan": WATCHERS,
    "/scans": WATCHERS,
    "/batches/recounts": WATCHERS,
}
ACTS: dict[str, set[Role]] = {
    "/intake/C1": {INTAKE},
    "/intake/C1/refuse": {INTAKE},
    "/intake/stock": {ADMIN, INTAKE},
    "/cases/00000000-0000-4000-8000-000000000000": {INTAKE, JUDGE},
    "/batches": {ENTRY},
    "/batches/1/start": {ENTRY},
    "/batches/1/key": {ENTRY},
    "/batches/1/finish": {ENTRY},
    "/batches/1/resume": {ENTRY},
    "/batches/1/sign": {ENTRY},
    "/batches/1/close": {ENTRY},
    "/batches/1/reopen": {ENTRY},
    "/batches/recounts": {Role.CERTIFIER},
    "/batches/recounts/1/confirm": {Role.CERTIFIER},
    "/batches/recounts/1/withdraw": {Role.CERTIFIER},
    "/batches/recounts/1/give-up": {Role.CERTIFIER},
    "/batches/recounts/1/end": {Role.CERTIFIER},
    "/batches/1/scan/files": {ENTRY},
    "/batches/1/scan/finish": {ENTRY},
    "/batches/1/scan/give-up": {ENTRY},
    "/scans": {ADMIN},
    "/batches/1/shift": {JUDGE},
    "/batches/1/adjudicate/1": {JUDGE},
    "/batches/1/adjudicate/1/settle": {JUDGE},
}


@pytest.fixture
def office(site: Site) -> Office:
    office = open_office(site)
    open_batch(office, 5)
    return office


@pytest.mark.parametrize("role", list(Role))
def test_every_role_meets_only_its_desks(office: Office, role: Role) -> None:
    account = build_account(office.site.database, f"Only {role}", [role], office.world.organisation_id)
    browser = office.site.signed_in(account)
    for path, roles in PAGES.items():
        browser.get(office.base + path, status=200 if role in roles else 403)
    for path, roles in ACTS.items():
        if role not in roles:
            browser.post(office.base + path, {"nonce": "n"}, status=403)


def test_strangers_and_other_organisations_see_nothing(office: Office) -> None:
    other = build_world(office.site.database, office.site.keys, slug="autre")
    account = build_account(office.site.database, "Stranger", list(Role), other.organisation_id)
    stranger = office.site.signed_in(account)
    for path in PAGES:
        stranger.get(office.base + path, status=404)
        answer = office.site.visitor().client.get(office.base + path, follow_redirects=False)
        assert answer.status_code == 303, "sign in first"
    stranger.get(f"/fr/staff{other.path}/batches/1", status=404)


def test_forms_without_the_hidden_token_are_refused(office: Office) -> None:
    for path in ACTS:
        answer = office.first.client.post(office.base + path, data={"csrf_token": "wrong"})
        assert answer.status_code == 403


def test_a_number_larger_than_any_database_holds_is_no_batch(office: Office) -> None:
    world = office.world
    clerk = office.site.signed_in(
        build_account(office.site.database, "Clerk of numbers", [ENTRY], world.organisation_id)
    )
    for address in (
        f"/batches/{10**10}",
        f"/batches/{10**30}",
        f"/batches/{10**30}/key",
        f"/batches/{10**30}/header.pdf",
    ):
        clerk.get(f"/fr/staff{world.path}{address}", status=404)
    clerk.post(f"/fr/staff{world.path}/batches/1/start")
    clerk.get(f"/fr/staff{world.path}/batches/1/key?position={10**30}")
