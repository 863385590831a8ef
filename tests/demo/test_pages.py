"""The page of roles, what each role meets first, and that two bodies stay apart."""

from __future__ import annotations

import uuid

import pytest

from participation.demo import cast_of_roles
from participation.demo.cast_of_roles import NEIGHBOUR, PARTS, ROOM_PARTS, Person, address_of
from participation.demo.samples import samples
from tests.client import Browser, Site
from tests.demo.conftest import Demo

CITY = "/fr/ville-fictive"
BANNER = "DONNÉES FICTIVES — FICTIONAL DATA"


def everybody(demo: Demo) -> list[Person]:
    with demo.database.reading() as session:
        return cast_of_roles.people(session)


def stepped_in(site: Site, person: Person) -> Browser:
    browser = site.visitor()
    browser.post(f"/fr/demo/{person.account_id}")
    return browser


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_page_of_roles_lists_everybody_and_what_to_try(demo: Demo, demo_site: Site, locale: str) -> None:
    page = demo_site.visitor().get_page(f"/{locale}/demo")

    assert BANNER in page.text
    for person in everybody(demo):
        assert person.name in page.text
    with demo.database.reading() as session:
        for sample in samples(session, demo.keys, demo.settings):
            assert sample.codes
            assert all(item.code in page.text for item in sample.codes)


def test_each_role_is_one_click_away_and_finds_its_desk(demo: Demo, demo_site: Site) -> None:
    people = everybody(demo)
    assert len(people) == len(PARTS)

    for person in people:
        browser = stepped_in(demo_site, person)
        page = browser.get_page("/fr" + person.start)
        assert BANNER in page.text


def test_nobody_else_can_be_entered(demo_site: Site) -> None:
    demo_site.visitor().post(f"/fr/demo/{uuid.uuid4()}", status=404)


def test_a_guessed_password_does_not_open_a_fictional_account(demo_site: Site) -> None:
    form = {"email": address_of(PARTS[0]), "password": "demonstration"}
    demo_site.visitor().post("/fr/staff/sign-in", form, status=422)


@pytest.mark.parametrize(
    "path",
    [
        "/fr/",
        "/en/",
        CITY,
        CITY + "/quartiers-a-venir",
        CITY + "/quartiers-a-venir/projects",
        CITY + "/quartiers-a-venir/vote",
        CITY + "/quartiers-a-venir-precedent",
        CITY + "/quartiers-a-venir-precedent/results",
        "/en/ville-fictive/quartiers-a-venir-precedent/results",
        "/fr/rive-claire/rues-et-parcs/vote",
    ],
)
def test_public_pages_say_that_the_data_are_fictional(demo_site: Site, path: str) -> None:
    assert BANNER in demo_site.visitor().get_page(path).text


def test_the_open_vote_publishes_no_result(demo_site: Site) -> None:
    page = demo_site.visitor().get_page(CITY + "/quartiers-a-venir/results")

    assert not page.all("table")


def test_results_of_last_year_show_both_ways_in_one_number(demo_site: Site) -> None:
    page = demo_site.visitor().get_page(CITY + "/quartiers-a-venir-precedent/results")

    for words in ("7 407", "2 025", "1 607", "418", "11 400 000 $"):
        assert words in page.text


def test_two_bodies_cannot_be_crossed(demo: Demo, demo_site: Site) -> None:
    people = everybody(demo)
    own = {part.name for part in (NEIGHBOUR, *ROOM_PARTS)}
    (neighbour,) = [person for person in people if person.name == NEIGHBOUR.name]
    across = stepped_in(demo_site, neighbour)
    for below in ("", "/edit", "/register", "/closing", "/batches", "/what-if"):
        across.get(f"/fr/staff/ville-fictive/quartiers-a-venir{below}", status=404)
        across.get(f"/fr/staff/ville-fictive/quartiers-a-venir-precedent{below}", status=404)
    for person in people:
        if person.name not in own:
            stepped_in(demo_site, person).get("/fr/staff/rive-claire/rues-et-parcs", status=404)


def test_a_code_of_the_page_of_roles_opens_a_ballot(demo: Demo, demo_site: Site) -> None:
    with demo.database.reading() as session:
        child, letter, *_others = samples(session, demo.keys, demo.settings)

    for sample in (child, letter):
        path = f"/fr{sample.path}/code"
        answer = demo_site.visitor().post(path, {"code": sample.codes[0].code})
        assert "/vote/ballot/1" in answer.headers["location"]


def test_the_receipts_of_the_page_of_roles_tell_what_became_of_the_votes(demo: Demo, demo_site: Site) -> None:
    with demo.database.reading() as session:
        _child, _letter, receipts, _room = samples(session, demo.keys, demo.settings)
    found = []
    for item in receipts.codes:
        answer = demo_site.visitor().post(f"/fr{receipts.path}", {"code": item.code}, status=200)
        found.append(answer.text.partition('data-kind="')[2].partition('"')[0])

    assert found == ["counted", "replaced-by-paper"]
