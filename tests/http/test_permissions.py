"""Who may do what, as one table, and every address of the staff tried by everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlmodel import col
from starlette.routing import Route

from participation import app
from participation.accounts.access import access_of
from participation.accounts.models import Role
from participation.accounts.permissions import ROLE_PERMISSIONS, Permission
from participation.demo import routes as demo_routes
from participation.processes.models import Contest, Project
from tests.builders import World, build_account, build_world
from tests.client import Site

MATRIX = """
                     administrator analyst intake_clerk entry_clerk adjudicator moderator facilitator certifier observer
account:manage             x          .         .            .           .          .          .          .        .
batch:adjudicate           .          .         .            .           x          .          .          .        .
batch:key                  .          .         .            x           .          .          .          .        .
batch:manage               .          .         .            x           .          .          .          .        .
batch:view                 x          .         x            x           x          .          .          x        x
code:manage                x          .         .            .           .          .          .          .        .
contribution:analyse       x          x         .            .           .          .          .          .        .
contribution:moderate      x          .         .            .           .          x          .          .        .
contribution:record        x          x         x            x           .          x          .          .        .
contribution:view          x          x         .            .           .          x          .          .        .
count:certify              .          .         .            .           .          .          .          x        .
count:run                  x          .         .            .           .          .          .          x        .
count:view                 x          x         x            x           x          x          x          x        x
count:what-if              .          x         .            .           .          .          .          x        .
custody:record             .          .         x            x           x          .          .          .        .
declaration:accept         .          .         x            .           .          .          .          .        .
declaration:decide         .          .         x            .           x          .          .          .        .
document:edit              x          x         .            .           .          .          .          .        .
event:view                 x          x         .            .           .          .          x          x        x
export:download            x          x         .            .           .          .          .          .        .
floor:moderate             x          .         .            .           .          x          x          .        .
need:view                  x          .         x            .           .          x          .          .        .
organisation:edit          x          .         .            .           .          .          .          .        .
poll:count                 x          .         x            x           .          .          x          .        .
poll:run                   x          .         .            .           .          .          x          .        .
print:forms                x          .         x            x           .          .          .          .        .
process:create             x          .         .            .           .          .          .          .        .
process:edit               x          .         .            .           .          .          .          .        .
process:publish            x          .         .            .           .          .          .          .        .
process:view               x          x         x            x           x          x          x          x        x
project:change             x          .         .            .           .          .          .          .        .
stock:record               x          .         x            .           .          .          .          .        .
window:change              x          .         .            .           .          .          .          x        .
"""
OF_A_CONSULTATION = ("/forms/poster", "/forms/flyer", "/forms/kit", "/forms/postal-kit", "/follow-up/")
NOT_HERE = ("/phone/", "/participants/slip.pdf", *OF_A_CONSULTATION)
"""This vote has no phone line, and is no consultation with a notice, kits and a report."""
NOBODY = "00000000-0000-4000-8000-000000000000"
OPEN_TO_ANYBODY_SIGNED_IN = {"/{locale}/staff", "/{locale}/staff/sign-out", "/{locale}/staff/password"}


def matrix() -> dict[Permission, set[Role]]:
    head, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    return {
        Permission(name): {Role(role) for role, mark in zip(head, marks, strict=True) if mark == "x"}
        for name, *marks in rows
    }


def test_the_table_is_what_the_program_does() -> None:
    held = {permission: {role for role in Role if permission in ROLE_PERMISSIONS[role]} for permission in Permission}
    assert held == matrix()


def test_no_role_does_both_sides_of_a_check() -> None:
    """Who keys does not adjudicate or certify; who accepts names sees no ballot; who watches changes nothing."""
    held = ROLE_PERMISSIONS
    keys, reads, signs = Permission.BATCH_KEY, Permission.BATCH_ADJUDICATE, Permission.COUNT_CERTIFY
    for role in Role:
        assert len(held[role] & {keys, reads, signs}) <= 1, role
        assert not {Permission.DECLARATION_ACCEPT, keys} <= held[role], role
    assert {str(permission).partition(":")[2] for permission in held[Role.OBSERVER]} == {"view"}


@dataclass(frozen=True)
class Door:
    """One staff address with its placeholders filled in."""

    method: str
    address: str
    permission: Permission
    there: bool
    """Whether what the address names exists."""


@pytest.fixture
def world(site: Site) -> World:
    return build_world(site.database, site.keys)


def doors(site: Site, world: World) -> Iterator[Door]:
    with site.database.reading() as session:
        contest = session.execute(select(Contest).where(col(Contest.process_id) == world.process_id)).scalar_one()
        project = session.execute(select(Project).where(col(Project.contest_id) == contest.id).limit(1)).scalar_one()
    known = {
        "locale": "fr",
        "organisation": "ville",
        "slug": "budget",
        "contest_id": str(contest.id),
        "place": "C1",
        "place_id": str(world.place_id),
        "phase_id": "new",
        "project_id": str(project.id),
    }
    missing = {
        "account_id": NOBODY,
        "kind": "themes",
        "theme_id": NOBODY,
        "answer_id": NOBODY,
        "case_id": NOBODY,
        "code": "1",
        "crop": "1",
        "file": NOBODY,
        "key": NOBODY,
        "meeting_id": NOBODY,
        "poll_id": NOBODY,
        "act": "show",
        "state": "called",
        "view": "remote",
        "number": "1",
        "position": "1",
        "part": "places",
        "part_id": NOBODY,
        "question_id": "ville",
        "role": "1",
        "run": "1",
        "sheet": "1",
        "code_id": NOBODY,
        "name": "1",
        "reference": "1",
        "speaker_id": NOBODY,
        "version": "1",
    }
    for router in [demo_routes.router, *app.ROUTERS]:
        for route in router.routes:
            if isinstance(route, Route) and "/staff/{organisation}" in route.path:
                names = set(re.findall(r"\{(\w+)", route.path))
                filled = re.sub(r"\{(\w+)[^}]*\}", lambda name: (known | missing)[name.group(1)], route.path)
                (permission,) = access_of(route) - {"signed-in"}
                for method in (route.methods or set()) - {"HEAD"}:
                    there = not names & set(missing) and not any(part in route.path for part in NOT_HERE)
                    yield Door(method, filled, Permission(permission), there)


def test_every_address_of_the_staff_is_in_the_table_or_open_to_all_of_them() -> None:
    paths = {
        route.path
        for router in app.ROUTERS
        for route in router.routes
        if isinstance(route, Route) and access_of(route) == {"signed-in"}
    }
    assert paths == OPEN_TO_ANYBODY_SIGNED_IN


def test_nobody_enters_without_signing_in(site: Site, world: World) -> None:
    visitor = site.visitor()
    for door in doors(site, world):
        answer = visitor.client.request(door.method, door.address, follow_redirects=False)
        assert answer.status_code == 303, door
        assert answer.headers["location"].startswith("/fr/staff/sign-in"), door


def test_other_organisations_find_nothing(site: Site, world: World) -> None:
    """Somebody with every role elsewhere is told that there is no such page, not that it is forbidden."""
    other = build_world(site.database, site.keys, slug="autre")
    stranger = site.signed_in(build_account(site.database, "Stranger", list(Role), other.organisation_id))
    for door in doors(site, world):
        if door.method == "GET":
            stranger.get(door.address, status=404)
        else:
            stranger.post(door.address, status=404)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_doors_and_no_other(site: Site, world: World, role: Role) -> None:
    """A page opens, or says that its moment has not come (409) or that its question is missing (422).

    Acts are tried by those who may not.
    """
    browser = site.signed_in(build_account(site.database, f"Only {role}", [role], world.organisation_id))
    allowed = matrix()
    for door in doors(site, world):
        if role not in allowed[door.permission]:
            answer = (
                browser.client.get(door.address) if door.method == "GET" else browser.post(door.address, status=403)
            )
            assert answer.status_code == 403, door
        elif door.method == "GET":
            answer = browser.client.get(door.address)
            assert answer.status_code in ((200, 409, 422) if door.there else (200, 404, 409)), door
