"""The minimum team before a vote with paper opens, its profile, and what is printed where somebody was missing."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import Session, col, select

from participation.accounts.models import Account, Role
from participation.counting.spec import Channel
from participation.i18n import translate
from participation.paper import team
from participation.paper.models.desk import TeamException
from participation.paper.team import NEEDED, Post
from participation.processes.models import Place, PlaceKind, Process, Profile
from participation.processes.queries import OpenProcess, process_at
from tests.builders import NOON, build_account, build_world
from tests.client import Browser, QueryCount, Site
from tests.paper.clerks import Office, open_office


def the_process(session: Session) -> OpenProcess:
    found = process_at(session, "ville", "budget")
    assert found is not None
    return found


PEOPLE = [uuid.UUID(int=number) for number in range(1, 8)]


def of(**posts: list[int]) -> dict[Post, set[uuid.UUID]]:
    """Post → persons by number; nobody where it is left out."""
    return {post: {PEOPLE[number] for number in posts.get(post.value, [])} for post in Post}


@pytest.mark.parametrize(
    ("posts", "missing"),
    [
        (of(intake=[0], keying=[1, 2], adjudication=[3], certification=[4, 5]), []),
        (of(intake=[0], keying=[1, 2], adjudication=[3], certification=[0, 4]), []),
        (of(intake=[0, 6], keying=[1, 2, 0], adjudication=[3], certification=[0, 4]), []),
        (of(intake=[0], keying=[1, 2], adjudication=[2], certification=[0, 4]), [Post.ADJUDICATION]),
        (of(intake=[0], keying=[1], adjudication=[3], certification=[0, 4]), [Post.KEYING]),
        (of(intake=[0], keying=[1, 2], adjudication=[3], certification=[1, 2]), [Post.CERTIFICATION] * 2),
        (of(), [post for post in Post for _place in range(NEEDED[post])]),
    ],
)
def test_who_is_missing(posts: dict[Post, set[uuid.UUID]], missing: list[Post]) -> None:
    assert len(team.lacking(posts)) == len(missing)


@given(st.fixed_dictionaries({post: st.sets(st.sampled_from(PEOPLE)) for post in Post}))
def test_one_person_more_never_makes_the_team_smaller(posts: dict[Post, set[uuid.UUID]]) -> None:
    before = len(team.lacking(posts))
    newcomer = uuid.UUID(int=99)
    for post in Post:
        assert before - 1 <= len(team.lacking({**posts, post: posts[post] | {newcomer}})) <= before


def test_accounts_of_one_hand_are_one_person(site: Site) -> None:
    world = build_world(site.database, site.keys)
    first = build_account(site.database, "first", [Role.ENTRY_CLERK], world.organisation_id)
    second = build_account(site.database, "second", [Role.ENTRY_CLERK], world.organisation_id)
    with site.database.writing() as session:
        found = the_process(session)
        assert team.check(session, found).lines[1].able == 2
        account = session.exec(select(Account).where(Account.id == second)).one()
        account.created_by = first
        session.add(account)
        session.flush()
        assert team.check(session, found).lines[1].able == 1


def test_a_vote_that_opens_without_its_team_says_so_with_the_result(site: Site) -> None:
    world = build_world(site.database, site.keys)
    someone = build_account(site.database, "lonely", [Role.ENTRY_CLERK], world.organisation_id)
    with site.database.writing() as session:
        found = the_process(session)
        missing = team.note_opening(session, found, "Grève", account_id=someone, at=NOON)
        assert sorted(missing) == ["adjudication", "certification", "certification", "intake", "keying"]
        assert session.exec(select(TeamException)).one().reason == "Grève"
        sentence = translate(team.exceptions_of(session, found.id, NOON)[0], "fr")
    assert "certification (2)" in sentence
    assert "Grève" in sentence


def test_a_whole_team_leaves_no_exception(site: Site) -> None:
    office = open_office(site)
    for name in ("c1", "c2"):
        build_account(site.database, name, [Role.CERTIFIER], office.world.organisation_id)
    with site.database.writing() as session:
        found = the_process(session)
        assert team.note_opening(session, found, "", account_id=office.accounts["first"], at=NOON) == ()
        assert session.exec(select(TeamException)).all() == []


def test_the_page_of_the_team_counts_and_keeps_the_profile(site: Site) -> None:
    office = open_office(site)
    boss = site.signed_in(build_account(site.database, "boss", [Role.ADMINISTRATOR], office.world.organisation_id))
    page = boss.get_page("/en/staff/ville/budget/desk-team")
    assert "2 people are missing" in page.text
    boss.post(f"{office.base}/desk-team", {"profile": "city"})
    with site.database.reading() as session:
        assert session.exec(select(Process)).one().profile is Profile.CITY
    boss.post(f"{office.base}/desk-team", {"profile": "metropolis"}, status=422)
    office.first.get(f"{office.base}/desk-team", status=403)


OPTIONAL = {"letters", "bags", "post", "phone", "phone-ballots"}


def desks_in_the_bar(browser: Browser, office: Office) -> set[str]:
    """Of the desks that a profile may leave out, those that this person finds in the bar, whatever they stand under."""
    links = set(browser.get_page(office.base).links())
    groups = {f"{office.base}/{first}" for first in ("edit", "intake", "phone-ballots", "bags")}
    links = links.union(*(browser.get_page(group).links() for group in groups & links))
    return {desk for desk in OPTIONAL if f"{office.base}/{desk}" in links}


def test_a_small_borough_finds_only_the_desks_that_it_uses(site: Site) -> None:
    office = open_office(site)
    boss = site.signed_in(build_account(site.database, "boss", [Role.ADMINISTRATOR], office.world.organisation_id))
    people = (boss, office.intake, office.first)
    assert desks_in_the_bar(office.intake, office) == {"bags", "post"}  # its post office receives envelopes
    with site.database.writing() as session:
        session.execute(delete(Place).where(col(Place.kind) == PlaceKind.ENVELOPE))
    assert [desks_in_the_bar(each, office) for each in people] == [set()] * 3
    with QueryCount(site) as small:
        left_out = office.intake.get_page(f"{office.base}/bags")
    assert "laisse ce poste" in left_out.text
    with site.database.writing() as session:
        session.add(Place(process_id=office.world.process_id, code="T1", channel=Channel.PHONE, name={"fr": "Ligne"}))
    assert [desks_in_the_bar(each, office) for each in people] == [set(), {"phone"}, {"phone-ballots"}]
    boss.post(f"{office.base}/desk-team", {"profile": "city"})
    shown = [desks_in_the_bar(each, office) for each in people]
    assert shown == [{"letters"}, {"bags", "post", "phone"}, {"bags", "phone-ballots"}]
    with QueryCount(site) as large:
        office.intake.get_page(f"{office.base}/bags")
    assert large.number == small.number
