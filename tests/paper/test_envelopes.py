"""A place of envelopes from the door to the batch: bags, check-in, boxes, over HTTP, by people kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from participation.accounts.models import Role
from participation.counting.reconciliation import IdentityKey, place_equations
from participation.errors import Conflict
from participation.paper.balance import place_figures, stock_of
from participation.paper.intake import boxes, envelopes
from participation.paper.models.stock import StockKind
from participation.publication.service import refuse_obstacles
from tests.builders import AFTER_POST, build_account
from tests.client import Browser, Page, Site
from tests.paper.clerks import Office, key, open_office, register_voters

MOMENT = {"received_date": "2027-02-23", "received_time": "15:30"}


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def receive(office: Office, counted: int, *, first: Browser | None = None, second: Browser | None = None) -> str:
    """A bag received by two people; returns its address."""
    form = MOMENT | {"nonce": f"bag of {counted}", "place": "P1", "counted": str(counted), "seal_number": "S-1"}
    bag: str = (first or office.intake).post(f"{office.base}/bags", form).headers["location"]
    (second or office.third).post(f"{bag}/witness", {"counted": str(counted)})
    return bag


def check_in(office: Office, bag: str, voters: range, clerk: Browser | None = None, **more: str) -> str:
    """Checks in one envelope for each voter, keyed twice; returns where the last one led."""
    clerk, number, where = clerk or office.intake, bag.rpartition("/")[2], ""
    for voter in voters:
        form = MOMENT | {"nonce": f"e{voter}", "register_number": f"V{voter:05d}", "bag": number, **more}
        address = f"{office.base}/intake/P1"
        second = Page(clerk.post(address, form, status=200).text)
        assert second.value_of("bag") == number
        where = clerk.post(address, form | {"first": second.value_of("first")}).headers["location"]
    return where


def filled_box(office: Office, number: int) -> str:
    """A box with the inner envelopes of one bag of so many; returns its address."""
    register_voters(office, number)
    bag = receive(office, number)
    check_in(office, bag, range(1, number + 1))
    office.intake.post(f"{bag}/finish", {"nonce": "finish"})
    return f"{office.base}/boxes/1"


def opened_box(office: Office, number: int, found: Mapping[str, str]) -> str:
    box = filled_box(office, number)
    office.first.post(f"{box}/open", found)
    ballots = int(found["inner_opened"]) - int(found["empty"]) + int(found["extra"])
    office.second.post(f"{box}/agree", {"ballots": str(ballots)})
    return box


def stock(office: Office) -> Mapping[StockKind, int]:
    with office.site.database.reading() as session:
        return stock_of(session, office.world.spec_row.id).get(office.world.envelope_place_id, {})


def equations(office: Office, place: str = "P1") -> dict[IdentityKey, Any]:
    with office.site.database.reading() as session:
        (figures,) = (each for each in place_figures(session, office.world.spec_row) if each.place == place)
    return {each.key: each for each in place_equations(figures)}


def test_from_the_bag_to_the_closed_batch(office: Office) -> None:
    box = opened_box(office, 20, {"inner_opened": "20", "empty": "1", "extra": "1"})
    assert stock(office) == {StockKind.INNER_OPENED: 20, StockKind.EMPTY_ENVELOPE: 1, StockKind.EXTRA: 1}
    form = office.first.get_page(f"{office.base}/batches/new?box=1")
    assert form.value_of("box") == "1"
    office.first.post(f"{office.base}/batches", {"nonce": "b", "box": "1", "header_count": "21"}, status=422)
    batch = office.first.post(f"{office.base}/batches", {"nonce": "b", "box": "1", "header_count": "20"})
    address = batch.headers["location"]
    for clerk in (office.first, office.second):
        key(clerk, address, ["1"] * 20)
    office.first.post(f"{address}/close")
    assert all(equation.holds for equation in equations(office).values())
    assert "20" in office.first.get_page(box).text


def test_one_person_alone_receives_no_bag(office: Office) -> None:
    form = MOMENT | {"nonce": "n", "place": "P1", "counted": "2"}
    bag = office.intake.post(f"{office.base}/bags", form).headers["location"]
    assert office.intake.post(f"{office.base}/bags", form).headers["location"] == bag, "sent twice, one bag"
    office.intake.get(f"{office.base}/intake/P1?bag=1", status=409)
    office.third.post(f"{bag}/witness", {"counted": "3"}, status=422)
    office.intake.post(f"{bag}/witness", {"counted": "3"})
    office.third.post(f"{bag}/witness", {"counted": "3"})
    office.third.post(f"{bag}/witness", {"counted": "3"}, status=422)
    office.intake.get_page(f"{office.base}/intake/P1?bag=1")


def test_a_bag_comes_from_a_place_of_envelopes_and_not_from_the_future(office: Office) -> None:
    form = MOMENT | {"nonce": "n", "place": "C1", "counted": "2"}
    office.intake.post(f"{office.base}/bags", form, status=422)
    office.intake.post(f"{office.base}/bags", form | {"place": "P1", "received_date": "2027-03-23"}, status=422)
    office.intake.post(f"{office.base}/bags", form | {"place": "P1", "counted": "-1"}, status=422)


def test_nobody_opens_what_they_checked_in(office: Office) -> None:
    both = build_account(office.site.database, "Both desks", [Role.INTAKE_CLERK], office.world.organisation_id)
    other = office.site.signed_in(both)
    register_voters(office, 20)
    bag = receive(office, 20)
    check_in(office, bag, range(1, 11))
    check_in(office, bag, range(11, 21), other)
    office.intake.post(f"{bag}/finish", {"nonce": "finish"})
    found = {"inner_opened": "20", "empty": "0", "extra": "0"}
    for clerk in (office.intake, other):
        clerk.post(f"{office.base}/boxes/1/open", found, status=409)
        assert (
            "checked in envelopes that are in this box" in clerk.get_page(f"/en/staff{office.world.path}/boxes/1").text
        )
    office.first.post(f"{office.base}/boxes/1/open", found)
    for clerk in (office.intake, other):
        clerk.post(f"{office.base}/boxes/1/agree", {"ballots": "20"}, status=422)
    office.first.post(f"{office.base}/boxes/1/agree", {"ballots": "20"}, status=422)
    assert not stock(office)
    office.second.post(f"{office.base}/boxes/1/agree", {"ballots": "19"}, status=422)
    office.second.post(f"{office.base}/boxes/1/agree", {"ballots": "20"})
    assert stock(office)[StockKind.INNER_OPENED] == 20


def test_who_checked_in_one_bag_may_open_the_box_of_another(office: Office) -> None:
    box = filled_box(office, 20)
    with office.site.database.reading() as session:
        spec_row = office.world.spec_row
        known = boxes.names_known_to(session, spec_row, boxes.box_or_404(session, spec_row, 1))
    assert known == {office.accounts["intake"]}
    office.third.post(f"{box}/open", {"inner_opened": "20", "empty": "0", "extra": "0"})


def test_what_came_in_no_bag_is_opened_by_nobody_who_checked_in_there(office: Office) -> None:
    box = filled_box(office, 20)
    register_voters(office, 21)
    late_found = MOMENT | {"nonce": "loose", "register_number": "V00021"}
    other = build_account(office.site.database, "Third desk", [Role.INTAKE_CLERK], office.world.organisation_id)
    browser = office.site.signed_in(other)
    first = Page(browser.post(f"{office.base}/intake/P1", late_found, status=200).text).value_of("first")
    browser.post(f"{office.base}/intake/P1", late_found | {"first": first})
    browser.post(f"{box}/put", {"nonce": "hand", "amount": "1"})
    browser.post(f"{box}/open", {"inner_opened": "21", "empty": "0", "extra": "0"}, status=409)


def test_two_slips_in_one_envelope_are_each_on_their_own(office: Office) -> None:
    register_voters(office, 3)
    bag = receive(office, 2)
    check_in(office, bag, range(1, 2))
    check_in(office, bag, range(2, 3), second_slip="1")
    check_in(office, bag, range(3, 4))
    office.intake.post(f"{bag}/finish", {"nonce": "finish"})
    assert all(equation.holds for key, equation in equations(office).items() if key is IdentityKey.DECLARATIONS)


def test_a_bag_that_is_short_needs_a_reason_and_stays_a_gap(office: Office) -> None:
    register_voters(office, 1)
    bag = receive(office, 2)
    check_in(office, bag, range(1, 2))
    office.intake.post(f"{bag}/finish", {"nonce": "finish"}, status=422)
    office.intake.post(f"{bag}/finish", {"nonce": "finish", "reason": "Une enveloppe a été comptée deux fois."})
    assert equations(office)[IdentityKey.DECLARATIONS].difference == 1
    office.intake.get(f"{office.base}/intake/P1?bag=1", status=409)


def test_a_loose_ballot_is_folded_by_somebody_who_knows_no_name(office: Office) -> None:
    register_voters(office, 1)
    bag = receive(office, 1)
    check_in(office, bag, range(1, 2), loose="1")
    office.intake.post(f"{bag}/finish", {"nonce": "f"}, status=409)
    office.intake.post(f"{bag}/fold", status=409)
    office.second.post(f"{bag}/fold")
    office.second.post(f"{bag}/fold", status=409)
    office.intake.post(f"{bag}/finish", {"nonce": "f"})


def test_a_refused_envelope_is_counted_in_its_bag(office: Office) -> None:
    bag = receive(office, 2)
    refusal = MOMENT | {"reason": "unsigned", "bag": "1"}
    for nonce in ("a", "a", "b"):
        office.intake.post(f"{office.base}/intake/P1/refuse", refusal | {"nonce": nonce})
    office.intake.post(f"{bag}/finish", {"nonce": "f"})
    with office.site.database.reading() as session:
        spec_row = office.world.spec_row
        tally = envelopes.tally_of(session, envelopes.bag_or_404(session, spec_row, 1))
    assert (tally.set_aside, tally.envelopes, dict(tally.accepted)) == (2, 2, {})


def test_receipts_and_headers_are_printed(office: Office) -> None:
    box = opened_box(office, 20, {"inner_opened": "20", "empty": "0", "extra": "0"})
    for address in (f"{office.base}/bags/1/receipt.pdf", f"{box}/header.pdf", f"{box}/header.pdf?large=1"):
        assert office.first.get(address).content.startswith(b"%PDF")


def test_a_bag_that_came_too_late_stays_unopened_and_is_published(office: Office) -> None:
    office.site.at = AFTER_POST
    clerk, second = (office.site.signed_in(office.accounts[name]) for name in ("intake", "third"))
    late = (AFTER_POST - timedelta(hours=1)).astimezone(ZoneInfo("America/Toronto"))
    form = {"nonce": "n", "place": "P1", "counted": "3", "received_date": late.date().isoformat()}
    bag = clerk.post(f"{office.base}/bags", form | {"received_time": late.strftime("%H:%M")}).headers["location"]
    second.post(f"{bag}/witness", {"counted": "3"})
    clerk.post(f"{bag}/late")
    clerk.post(f"{bag}/finish", {"nonce": "f"})
    terms = {term.code: term.value for term in equations(office)[IdentityKey.DECLARATIONS].right}
    assert terms["refused.late"] == 3


def test_a_bag_that_came_in_time_is_not_set_aside_as_a_whole(office: Office) -> None:
    bag = receive(office, 2)
    office.intake.post(f"{bag}/late", status=409)


def test_envelopes_that_wait_in_a_bag_are_said_and_keep_intake_open(office: Office) -> None:
    receive(office, 7)
    declared = equations(office)[IdentityKey.DECLARATIONS]
    assert declared.holds
    assert {term.code: term.value for term in declared.right}["to_check_in"] == 7
    with office.site.database.reading() as session, pytest.raises(Conflict, match="not checked in to its end"):
        refuse_obstacles(session, office.world.spec_row, AFTER_POST)
