"""A vote brought to each stage of its end through the verbs that people use."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from participation.accounts.models import Role
from participation.ballots import service as box
from participation.ballots.entries import Entry
from participation.ballots.models import BallotRejection
from participation.counting.spec import BallotSpec, RulingKind
from participation.db import Database
from participation.register.keys import Keys
from tests.builders import (
    AFTER_POST,
    NOON,
    World,
    build_account,
    build_codes,
    build_world,
    online_entry,
    paper_entry,
)
from tests.client import Browser, Site


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works on the vote."""

    administrator: uuid.UUID
    first_certifier: uuid.UUID
    second_certifier: uuid.UUID
    observer: uuid.UUID


def build_staff(database: Database, world: World) -> Staff:
    def person(name: str, *roles: Role) -> uuid.UUID:
        return build_account(database, name, roles, world.organisation_id)

    return Staff(
        person("Ada Admin", Role.ADMINISTRATOR),
        person("Cora First", Role.CERTIFIER),
        person("Dan Second", Role.CERTIFIER),
        person("Oli Observer", Role.OBSERVER),
    )


def cast(database: Database, keys: Keys, world: World, entries: Sequence[Entry], at: datetime = NOON) -> None:
    with database.writing() as session:
        box.cast(session, keys, world.spec_row, entries, at)


def build_vote(database: Database, keys: Keys, spec: BallotSpec | None = None) -> World:
    """Thirty online ballots and twenty-two from a counter; one paper ballot is blank, one rejected."""
    world = build_world(database, keys, spec)
    codes = build_codes(database, keys, world, 30)
    online = [online_entry(keys, world, code, "1", "2" if place % 3 else "3") for place, code in enumerate(codes)]
    paper = [paper_entry(world, place, "4", "2") for place in range(20)]
    paper.append(paper_entry(world, 20, ruling=RulingKind.BLANK))
    paper.append(paper_entry(world, 21, "1", "2", "3", ruling=RulingKind.REJECTED, rejection=BallotRejection.OVER))
    cast(database, keys, world, [*online, *paper])
    return world


def desk(world: World, path: str = "") -> str:
    return f"/en/staff{world.path}{path}"


def close_intake(site: Site, world: World, staff: Staff) -> None:
    """Two people, after the last way to vote has closed."""
    site.at = AFTER_POST
    first, second = site.signed_in(staff.first_certifier), site.signed_in(staff.administrator)
    first.post(desk(world, "/closing/propose-close"))
    second.post(desk(world, "/closing/confirm"), {"proposal": hidden(second, world, "proposal")})


def hidden(browser: Browser, world: World, name: str) -> str:
    """The value of a hidden field of the closing page."""
    return browser.get_page(desk(world, "/closing")).value_of(name)


def sign_gaps(site: Site, world: World, staff: Staff) -> None:
    """Two people sign every equation that does not close: the stories enter ballots without declarations."""
    for account in (staff.first_certifier, staff.second_certifier):
        browser = site.signed_in(account)
        while "identity" in (fields := browser.get_page(desk(world, "/closing")).hidden()):
            data = {name: fields[name] for name in ("identity", "subject", "difference")}
            browser.post(desk(world, "/closing/sign-gap"), {**data, "reason": "Declarations were counted by hand."})


def count_and_certify(site: Site, world: World, staff: Staff) -> None:
    """From closed intake to the public result."""
    first, second = site.signed_in(staff.first_certifier), site.signed_in(staff.second_certifier)
    first.post(desk(world, "/closing/count"))
    sign_gaps(site, world, staff)
    for certifier in (first, second):
        certifier.post(desk(world, "/closing/certify"), {"count": hidden(certifier, world, "count")})


def certified_vote(site: Site, spec: BallotSpec | None = None) -> tuple[World, Staff]:
    world = build_vote(site.database, site.keys, spec)
    staff = build_staff(site.database, world)
    close_intake(site, world, staff)
    count_and_certify(site, world, staff)
    return world, staff
