"""The order of the end over HTTP: two people, no early tally, identities or signatures, two certifiers."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.accounts.models import Role
from participation.ballots import closing
from participation.ballots import queries as box
from participation.counting.reconciliation import IdentityKey
from participation.counting.spec import Channel, Disclosure
from participation.counts import queries as counts
from participation.counts.models import Certification, Count
from participation.counts.results import load_result
from participation.paper.models.batches import Batch, KeyingSession
from participation.processes.models import WindowKind
from participation.processes.queries import windows_of
from participation.publication import service
from participation.publication.models import Proposal, ProposalState
from tests.builders import AFTER_POST, NOON, World, build_account, build_spec, build_world, paper_entry
from tests.client import Browser, Page, Site
from tests.publication.stories import (
    Staff,
    build_staff,
    build_vote,
    cast,
    certified_vote,
    close_intake,
    count_and_certify,
    desk,
    hidden,
    sign_gaps,
)


@pytest.fixture
def vote(site: Site) -> tuple[World, Staff]:
    world = build_vote(site.database, site.keys)
    return world, build_staff(site.database, world)


def test_intake_closes_when_two_people_agree(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    first = site.signed_in(staff.first_certifier)
    early = first.post(desk(world, "/closing/propose-close"), status=409)
    assert "still open" in Page(early.text).text
    site.at = AFTER_POST
    first = site.signed_in(staff.first_certifier)
    first.post(desk(world, "/closing/propose-close"))
    proposal = first.get_page(desk(world, "/closing")).value_of("proposal")
    alone = first.post(desk(world, "/closing/confirm"), {"proposal": proposal}, status=409)
    assert "second person" in Page(alone.text).text
    site.signed_in(staff.administrator).post(desk(world, "/closing/confirm"), {"proposal": proposal})
    with site.database.reading() as session:
        assert windows_of(session, world.spec_row.id).intake_closed(AFTER_POST)
    again = site.signed_in(staff.administrator).post(
        desk(world, "/closing/confirm"), {"proposal": proposal}, status=409
    )
    assert "settled already" in Page(again.text).text


def test_a_crash_after_the_confirmation_is_made_good(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    with site.database.writing() as session:
        session.add(
            Proposal(
                spec_id=world.spec_row.id,
                kind=WindowKind.INTAKE_CLOSED,
                effective_at=AFTER_POST,
                reason="",
                account_id=staff.first_certifier,
                second_account_id=staff.administrator,
                at=AFTER_POST,
                state=ProposalState.CONFIRMED,
            )
        )
    service.close_confirmed(site.database, site.keys, AFTER_POST)
    with site.database.reading() as session:
        assert windows_of(session, world.spec_row.id).intake_closed(AFTER_POST)
    service.close_confirmed(site.database, site.keys, AFTER_POST)


def test_a_crash_before_the_key_is_destroyed_is_made_good(site: Site, vote: tuple[World, Staff]) -> None:
    """The closing is committed; the machine stops; the next round of the worker finds the key still there."""
    world, staff = vote
    people = {"first_account_id": staff.first_certifier, "second_account_id": staff.administrator}
    key = site.settings.keys_dir / f"{world.spec_row.id}.key"

    def power_cut(*_anything: object) -> None:
        raise KeyboardInterrupt

    patch = pytest.MonkeyPatch()
    patch.setattr(type(site.keys), "destroy", power_cut)
    with pytest.raises(KeyboardInterrupt):
        closing.close_intake(site.database, site.keys, world.spec_row, **people, at=AFTER_POST)
    patch.undo()
    assert key.exists()
    service.close_confirmed(site.database, site.keys, AFTER_POST)
    assert not key.exists()


def test_two_people_change_the_hours(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    first = site.signed_in(staff.first_certifier)
    draft = {"kind": "online_closes", "effective_at": "2027-03-20T20:00", "reason": "Ice storm"}
    missing = first.post(desk(world, "/closing/propose"), {**draft, "reason": ""}, status=422)
    assert "2027-03-20T20:00" in missing.text
    first.post(desk(world, "/closing/propose"), draft)
    first.post(desk(world, "/closing/propose"), draft, status=409)
    second = site.signed_in(staff.second_certifier)
    second.post(desk(world, "/closing/confirm"), {"proposal": hidden(second, world, "proposal")})
    with site.database.reading() as session:
        moments = windows_of(session, world.spec_row.id).moments
    assert moments[WindowKind.ONLINE_CLOSES].isoformat() == "2027-03-21T00:00:00+00:00"


@pytest.mark.parametrize("hour", ["9999-12-31T23:59", "2027-03-14T02:30"])
def test_an_hour_that_no_clock_shows_is_a_fault_of_the_form(site: Site, vote: tuple[World, Staff], hour: str) -> None:
    """Outside the calendar, or in the night in which the clocks go forward."""
    world, staff = vote
    draft = {"kind": "online_closes", "effective_at": hour, "reason": "A slip of the finger"}
    answer = site.signed_in(staff.first_certifier).post(desk(world, "/closing/propose"), draft, status=422)
    assert "A slip of the finger" in answer.text


def test_an_hour_that_has_passed_is_a_fault_of_the_form(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    draft = {"kind": "online_closes", "effective_at": "2027-02-20T20:00", "reason": "Too late"}
    answer = site.signed_in(staff.first_certifier).post(desk(world, "/closing/propose"), draft, status=422)
    assert "Too late" in answer.text
    assert "2027-02-20T20:00" in answer.text


def test_a_proposal_can_be_withdrawn(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    first = site.signed_in(staff.first_certifier)
    first.post(
        desk(world, "/closing/propose"),
        {"kind": "suspended", "effective_at": "2027-03-01T08:00", "reason": "Outage"},
    )
    first.post(desk(world, "/closing/withdraw"), {"proposal": hidden(first, world, "proposal")})
    assert "Outage" not in first.get_page(desk(world, "/closing")).text


EARLY: tuple[str, ...] = ("/results", "/what-if", "/export", "/export/ballots.zip", "/export/totals.csv", "")
PUBLIC: tuple[str, ...] = ("", "/results", "/results/totals.csv", "/results/ballots.zip", "/results/minutes.pdf")


@pytest.mark.parametrize("role", list(Role))
def test_no_role_sees_a_tally_before_intake_closes(site: Site, role: Role) -> None:
    """A guard: whatever a role may open, no number of votes for a project is in it."""
    spec = replace(build_spec(), disclosure=Disclosure.BALLOTS)
    world = build_world(site.database, site.keys, spec)
    cast(site.database, site.keys, world, [paper_entry(world, place, "4") for place in range(137)])
    account = build_account(site.database, f"Somebody {role}", [role], world.organisation_id)
    for at in (NOON, AFTER_POST):
        site.at = at
        browser = site.signed_in(account)
        for path in EARLY:
            answer = browser.client.get(desk(world, path), follow_redirects=True)
            assert answer.status_code in (200, 403, 409), path
            assert "results-table" not in answer.text
            assert 'class="result ' not in answer.text
            assert "funding-line" not in answer.text
            assert answer.headers["content-type"].startswith("text/html")
        for path in PUBLIC:
            answer = browser.client.get(f"/en{world.path}{path}", follow_redirects=True)
            assert answer.status_code in (200, 404), path
            assert not re.search(r"(?<![0-9a-f])137(?![0-9a-f])", answer.text), path  # a digest may hold it by chance
        for action in ("/closing/count", "/closing/certify"):
            data = {"count": str(world.spec_row.id), "csrf_token": token_of(browser, site)}
            assert browser.client.post(desk(world, action), data=data, follow_redirects=False).status_code in (
                403,
                404,
                409,
            )
    with site.database.reading() as session:
        assert counts.latest_count(session, world.spec_row.id) is None


def token_of(browser: Browser, site: Site) -> str:
    return csrf_token(site.settings.key("csrf"), browser.client.cookies[SESSION_COOKIE])


def test_a_count_waits_for_open_batches(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    close_intake(site, world, staff)
    with site.database.writing() as session:
        session.add(_batch(world, staff.observer))
    answer = site.signed_in(staff.first_certifier).post(desk(world, "/closing/count"), status=409)
    assert "1 batch of paper ballots is not closed" in Page(answer.text).text


def _batch(world: World, account_id: uuid.UUID) -> Batch:
    return Batch(
        spec_id=world.spec_row.id,
        place_id=world.place_id,
        number=1,
        nonce="n",
        style="ville",
        channel=Channel.COUNTER,
        received_on=NOON.date(),
        header_count=3,
        opened_at=NOON,
        opened_by=account_id,
    )


def test_the_whole_certification(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    close_intake(site, world, staff)
    first, second = site.signed_in(staff.first_certifier), site.signed_in(staff.second_certifier)
    first.post(desk(world, "/closing/count"))
    blocked = first.get_page(desk(world, "/closing"))
    assert "cannot be signed yet" in blocked.text
    with site.database.reading() as session:
        count = counts.latest_count(session, world.spec_row.id)
    assert count is not None
    refused = first.post(desk(world, "/closing/certify"), {"count": str(count.id)}, status=409)
    assert "not signed by two people" in Page(refused.text).text
    sign_gaps(site, world, staff)
    first.post(desk(world, "/closing/certify"), {"count": str(count.id)})
    assert "not known yet" in site.visitor().get_page(f"/en{world.path}/results").text
    twice = first.post(desk(world, "/closing/certify"), {"count": str(count.id)}, status=409)
    assert "second certifier" in Page(twice.text).text
    second.post(desk(world, "/closing/certify"), {"count": str(count.id)})
    page = site.visitor().get_page(f"/en{world.path}/results")
    assert "2 projects are funded" in page.text
    third = site.signed_in(build_account(site.database, "Third One", [Role.CERTIFIER], world.organisation_id))
    final = third.post(desk(world, "/closing/certify"), {"count": str(count.id)}, status=409)
    assert "certified already" in Page(final.text).text


def test_one_signature_does_not_settle_a_gap_and_a_changed_gap_is_unsigned(
    site: Site, vote: tuple[World, Staff]
) -> None:
    world, staff = vote
    close_intake(site, world, staff)
    browser = site.signed_in(staff.first_certifier)
    fields = browser.get_page(desk(world, "/closing")).hidden()
    data = {name: fields[name] for name in ("identity", "subject", "difference")}
    assert (
        browser.post(desk(world, "/closing/sign-gap"), {**data, "reason": " "}, status=422).text.count("Say why") >= 1
    )
    browser.post(desk(world, "/closing/sign-gap"), {**data, "reason": "Lost in transport"})
    alone = browser.post(desk(world, "/closing/sign-gap"), {**data, "reason": "Again"}, status=409)
    assert "second person" in Page(alone.text).text
    other = {**data, "difference": str(int(data["difference"]) + 1)}
    gone = browser.post(desk(world, "/closing/sign-gap"), {**other, "reason": "Lost"}, status=409)
    assert "has changed" in Page(gone.text).text
    with site.database.reading() as session:
        signed = counts.gap_signatures(session, world.spec_row.id)
    gap = (IdentityKey(data["identity"]), data["subject"], int(data["difference"]))
    assert [signature.account_id for signature in signed[gap]] == [staff.first_certifier]


def test_who_keyed_ballots_does_not_certify(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    close_intake(site, world, staff)
    site.signed_in(staff.second_certifier).post(desk(world, "/closing/count"))
    sign_gaps(site, world, staff)
    batch = _batch(world, staff.observer)
    with site.database.writing() as session:
        batch.state = "closed"  # type: ignore[assignment]
        batch.header_count = 1
        session.add(batch)
        session.flush()
        session.add(KeyingSession(batch_id=batch.id, pass_number=1, account_id=staff.first_certifier))
    browser = site.signed_in(staff.first_certifier)
    page = browser.get_page(desk(world, "/closing"))
    with site.database.reading() as session:
        count = counts.latest_count(session, world.spec_row.id)
    assert count is not None
    answer = browser.post(desk(world, "/closing/certify"), {"count": str(count.id)}, status=409)
    assert "cannot certify" in Page(answer.text).text
    assert "cannot certify" in page.text or "cannot be signed yet" in page.text


def test_a_count_of_an_older_box_is_not_certified(site: Site, vote: tuple[World, Staff]) -> None:
    world, staff = vote
    close_intake(site, world, staff)
    first = site.signed_in(staff.first_certifier)
    first.post(desk(world, "/closing/count"))
    cast(site.database, site.keys, world, [paper_entry(world, 99, "3")])
    sign_gaps(site, world, staff)
    answer = first.post(desk(world, "/closing/certify"), {"count": hidden_count(site, world)}, status=409)
    assert "changed since this count" in Page(answer.text).text
    site.at = AFTER_POST + timedelta(hours=1)
    count_and_certify(site, world, staff)
    assert "Count no. 2" in site.visitor().get_page(f"/en{world.path}/results").text


def hidden_count(site: Site, world: World) -> str:
    with site.database.reading() as session:
        count = counts.latest_count(session, world.spec_row.id)
    assert count is not None
    return str(count.id)


def test_certified_rows_cannot_change(site: Site) -> None:
    world, _staff = certified_vote(site)
    for change in (_change_count, _change_certification):
        with pytest.raises(Exception, match="append-only"):
            change(site)
    with site.database.reading() as session:
        assert counts.certified_count(session, world.spec_row.id) is not None


def _change_count(site: Site) -> None:
    with site.database.writing() as session:
        row = session.execute(select(Count)).scalars().first()
        assert row is not None
        row.digest = "0" * 64
        session.flush()


def _change_certification(site: Site) -> None:
    with site.database.writing() as session:
        row = session.execute(select(Certification)).scalars().first()
        assert row is not None
        session.delete(row)
        session.flush()


ROLES: dict[str, set[Role]] = {
    "/closing/propose-close": {Role.ADMINISTRATOR, Role.CERTIFIER},
    "/closing/count": {Role.ADMINISTRATOR, Role.CERTIFIER},
    "/closing/certify": {Role.CERTIFIER},
    "/closing/sign-gap": {Role.ADMINISTRATOR, Role.CERTIFIER},
}
READERS: dict[str, set[Role]] = {
    "": set(Role),
    "/closing": set(Role),
    "/results": set(Role),
    "/what-if": {Role.ANALYST, Role.CERTIFIER},
    "/events": {Role.ADMINISTRATOR, Role.ANALYST, Role.CERTIFIER, Role.FACILITATOR, Role.OBSERVER},
    "/export": {Role.ADMINISTRATOR, Role.ANALYST},
    "/export/totals.csv": {Role.ADMINISTRATOR, Role.ANALYST},
    "/export/minutes.pdf": {Role.ADMINISTRATOR, Role.ANALYST},
}


def test_each_desk_opens_for_its_roles_only(site: Site) -> None:
    world, _staff = certified_vote(site)
    for role in Role:
        browser = site.signed_in(build_account(site.database, f"Role {role}", [role], world.organisation_id))
        for path, roles in READERS.items():
            answer = browser.client.get(desk(world, path), follow_redirects=False)
            assert answer.status_code == (200 if role in roles else 403), (role, path)
        for path, roles in ROLES.items():
            if role not in roles:
                browser.post(desk(world, path), {}, status=403)
    stranger = build_world(site.database, site.keys, slug="other")
    outsider = site.signed_in(build_account(site.database, "Out Sider", list(Role), stranger.organisation_id))
    for path in READERS:
        assert outsider.client.get(desk(world, path)).status_code == 404


def test_dispositions_of_the_box_are_those_of_the_count(site: Site) -> None:
    world, _staff = certified_vote(site)
    with site.database.reading() as session:
        certified = counts.certified_count(session, world.spec_row.id)
        received = box.received_counts(session, world.spec_row.id)
    assert certified is not None
    found = load_result(certified.count.result).dispositions
    assert {channel.value: number for channel, number in received.items()} == {
        channel: sum(kinds.values()) for channel, kinds in found.items()
    }
