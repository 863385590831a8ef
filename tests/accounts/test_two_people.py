"""Two accounts of which one opened the other never count as two people."""

from __future__ import annotations

import uuid

import pytest

from participation.accounts import links, service
from participation.accounts.models import Account, Role
from participation.accounts.permissions import Actor
from participation.accounts.two_people import in_one_hand, refuse_one_hand
from participation.errors import Conflict
from tests.accounts.conftest import Hire
from tests.accounts.facts import account
from tests.builders import AFTER_POST
from tests.client import Page, Site
from tests.paper.clerks import open_batch, open_office
from tests.publication.stories import build_staff, build_vote, desk


def account_made_by(site: Site, maker: uuid.UUID | None, email: str) -> uuid.UUID:
    by = Actor(maker, "", ()) if maker else None
    with site.database.writing() as session:
        return service.create_account(session, email=email, name="Bo", password_hash="x", at=site.at, by=by)


def test_maker_and_made_are_one_whoever_acts_first(site: Site, ada: uuid.UUID) -> None:
    made = account_made_by(site, ada, "made@ville.example")
    sibling = account_made_by(site, ada, "sibling@ville.example")
    stranger = account_made_by(site, None, "stranger@ville.example")
    with site.database.reading() as session:
        for first, second in ((ada, made), (made, ada)):
            with pytest.raises(Conflict):
                refuse_one_hand(session, second, first)
        assert in_one_hand(session, ada, [stranger, made])
        for first, second in ((made, sibling), (ada, stranger), (ada, ada)):
            assert not in_one_hand(session, first, [second])
        assert not in_one_hand(session, ada, [])


def test_whoever_issued_the_link_of_a_password_is_one_with_its_account(
    site: Site, ada: uuid.UUID, hire: Hire, organisation_id: uuid.UUID
) -> None:
    bo = hire("Bo", Role.OBSERVER)
    by = Actor(ada, "Ada", ())
    for operator, expected in ((False, True), (True, False)):
        with site.database.writing() as session:
            if operator:
                token = links.issue_by_operator(session, "bo@ville.example", at=site.at)
            else:
                token = links.issue(session, bo, organisation_id=organisation_id, at=site.at, by=by)
        with site.database.writing() as session:
            assert in_one_hand(session, ada, [bo]) is operator, "a link that nobody used changes nothing"
            links.redeem(session, token, new_hash="x", at=site.at)
        with site.database.reading() as session:
            assert in_one_hand(session, ada, [bo]) is expected


def test_a_second_account_of_ones_own_closes_no_intake(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    staff = build_staff(site.database, world)
    site.at = AFTER_POST
    admin = site.signed_in(staff.administrator)
    second = {
        "name": "Deux",
        "email": "deux@ville.example",
        "password": "a long enough password",
        "roles": ["certifier"],
    }
    admin.post("/fr/staff/ville/team", second)
    made = site.signed_in(account(site, "deux@ville.example"))
    made.post(desk(world, "/closing/propose-close"))
    proposal = admin.get_page(desk(world, "/closing")).value_of("proposal")
    refused = admin.post(desk(world, "/closing/confirm"), {"proposal": proposal}, status=409)
    assert "do not count as two people" in Page(refused.text).text
    site.signed_in(staff.first_certifier).post(desk(world, "/closing/confirm"), {"proposal": proposal})


def test_an_account_and_the_one_that_it_made_key_no_batch_twice(site: Site) -> None:
    office = open_office(site)
    with site.database.writing() as session:
        account = session.get_one(Account, office.accounts["second"])
        account.created_by = office.accounts["first"]
    batch = open_batch(office, 1)
    office.first.post(f"{batch}/start")
    refused = office.second.post(f"{batch}/start", status=409)
    assert "ne comptent pas ici pour deux personnes" in Page(refused.text).text
