"""Ballot boxes: small ones are merged or signed for, two people count, batches come out of them, figures follow."""

from __future__ import annotations

import pytest

from participation.paper import queries
from participation.paper.balance import place_figures
from participation.paper.intake import box_acts, boxes
from participation.paper.intake.boxes import BoxView
from participation.processes.models import Place, PlaceKind
from tests.builders import NOON
from tests.client import Site
from tests.paper.clerks import Office, accept, key, open_office
from tests.paper.test_envelopes import equations, receive
from tests.publication.stories import build_staff, build_vote, close_intake, count_and_certify


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def make(office: Office, pieces: int, place: str = "C1") -> str:
    """A box with so many in it; returns its address."""
    form = {"nonce": f"{place}-{pieces}", "place": place}
    box: str = office.first.post(f"{office.base}/boxes", form).headers["location"]
    if pieces:
        office.first.post(f"{box}/put", {"nonce": f"put-{place}-{pieces}", "amount": str(pieces)})
    return box


def view(office: Office, number: int) -> BoxView:
    with office.site.database.reading() as session:
        return boxes.box_or_404(session, office.world.spec_row, number)


def count(office: Office, box: str, ballots: int) -> None:
    """Both people find so many ballots."""
    office.first.post(f"{box}/open", {"ballots": str(ballots)})
    office.second.post(f"{box}/agree", {"ballots": str(ballots)})


def test_a_box_of_a_counter_is_opened_by_two_and_gives_batches(office: Office) -> None:
    box = make(office, 60)
    count(office, box, 55)
    for number, left in ((50, 5), (5, 0)):
        form = {"nonce": f"batch-{number}", "box": "1", "header_count": str(number)}
        office.first.post(f"{office.base}/batches", form)
        assert view(office, 1).left == left
    office.first.post(f"{office.base}/batches", {"nonce": "one more", "box": "1", "header_count": "1"}, status=422)
    with office.site.database.reading() as session:
        found = queries.batches_of(session, office.world.spec_row.id)
    assert {batch.box_id for batch in found} == {view(office, 1).row.id}


def test_no_batch_from_a_box_that_two_people_have_not_counted(office: Office) -> None:
    box = make(office, 30)
    form = {"nonce": "b", "box": "1", "header_count": "10"}
    office.first.post(f"{office.base}/batches", form, status=409)
    office.first.post(f"{box}/open", {"ballots": "30"})
    office.first.post(f"{office.base}/batches", form, status=409)
    office.first.post(f"{box}/open", {"ballots": "29"})
    office.second.post(f"{box}/open", {"ballots": "29"}, status=409)
    office.second.post(f"{box}/agree", {"ballots": "29"})
    office.first.post(f"{box}/open", {"ballots": "30"}, status=409)
    office.first.post(f"{box}/put", {"nonce": "late", "amount": "1"}, status=422)
    office.first.post(f"{office.base}/batches", form | {"box": "99"}, status=404)


def test_nineteen_are_poured_into_another_before_opening_and_both_say_so(office: Office) -> None:
    small, large = make(office, 19), make(office, 40)
    office.first.post(f"{small}/open", {"ballots": "19"}, status=409)
    office.first.post(f"{small}/except", {"reason": "Il n’y a pas d’autre urne."}, status=409)
    office.first.post(f"{small}/merge", {"into": "2"})
    assert "Urne 2" in office.first.get_page(small).text
    assert "Versées de l’urne 1" in office.first.get_page(large).text
    office.first.post(f"{small}/merge", {"into": "2"}, status=409)
    count(office, large, 59)
    assert (view(office, 2).pieces, view(office, 1).merged_into) == (59, 2)


def test_twenty_are_enough(office: Office) -> None:
    count(office, make(office, 20), 20)


def test_two_small_boxes_that_stay_small_need_signatures(office: Office) -> None:
    first, second = make(office, 8), make(office, 9)
    office.first.post(f"{first}/merge", {"into": "2"})
    office.first.post(f"{second}/open", {"ballots": "17"}, status=409)
    reason = {"reason": "C’est la seule urne de ce secteur."}
    office.first.post(f"{second}/except", {"reason": "non"}, status=422)
    office.first.post(f"{second}/except", reason)
    office.first.post(f"{second}/except", reason, status=409)
    office.first.post(f"{second}/open", {"ballots": "17"}, status=409)
    office.second.post(f"{second}/except", reason)
    count(office, second, 17)
    with office.site.database.reading() as session:
        (printed,) = boxes.exceptions_of(session, office.world.spec_row)
    assert printed.row.number == 2


def test_ballots_and_envelopes_are_never_poured_together(office: Office) -> None:
    counter, post = make(office, 5), make(office, 30, "P1")
    office.first.post(f"{counter}/merge", {"into": "2"}, status=409)
    assert "Pour" not in office.first.get_page(post.replace("/fr/", "/en/")).text


def test_figures_follow_a_small_box_to_another_place(office: Office) -> None:
    """Five declarations of one counter, twenty of the other: together twenty-five ballots at the second."""
    with office.site.database.writing() as session:
        name = {"fr": "Aréna", "en": "Arena"}
        session.add(Place(process_id=office.world.process_id, code="C2", kind=PlaceKind.LIVE, name=name))
    accept(office, 25)
    for place, amount in (("C1", "25"), ("C2", "5")):
        for kind in ("blanks_received",):
            form = {"nonce": f"{place}{kind}", "place": place, "kind": kind, "amount": amount}
            office.intake.post(f"{office.base}/intake/stock", form)
    make(office, 25)
    make(office, 0, "C2")
    office.first.post(f"{office.base}/boxes/2/put", {"nonce": "five", "amount": "5"})
    office.first.post(f"{office.base}/boxes/2/merge", {"into": "1"})
    with office.site.database.reading() as session:
        by_place = {each.place: each.moved_in for each in place_figures(session, office.world.spec_row)}
    assert by_place == {"C1": 5, "C2": -5, "P1": 0}
    count(office, f"{office.base}/boxes/1", 30)
    batch = office.first.post(f"{office.base}/batches", {"nonce": "b", "box": "1", "header_count": "30"})
    for clerk in (office.first, office.second):
        key(clerk, batch.headers["location"], ["1"] * 30)
    office.first.post(f"{batch.headers['location']}/close")
    returned = equations(office, "C1")
    assert all(equation.holds for equation in returned.values())


def test_a_box_is_of_a_place_and_district_of_this_vote(office: Office) -> None:
    office.first.post(f"{office.base}/boxes", {"nonce": "n", "place": "nowhere"}, status=422)
    office.first.post(f"{office.base}/boxes", {"nonce": "n", "place": "C1", "style": "lune"}, status=422)
    one = office.first.post(f"{office.base}/boxes", {"nonce": "n", "place": "C1"}).headers["location"]
    assert office.first.post(f"{office.base}/boxes", {"nonce": "n", "place": "C1"}).headers["location"] == one
    office.first.post(f"{one}/put", {"nonce": "minus", "amount": "-1"}, status=422)
    office.first.get(f"{office.base}/boxes/{10**12}", status=404)


def test_an_empty_box_is_not_opened(office: Office) -> None:
    office.first.post(f"{make(office, 0)}/open", {"ballots": "0"}, status=409)


def test_a_finished_bag_goes_into_no_box_of_another_place(office: Office) -> None:
    make(office, 1)
    bag = receive(office, 1)
    accept(office, 1, "C1")
    refusal = {"received_date": "2027-02-23", "received_time": "15:30", "reason": "unsigned", "bag": "1", "nonce": "r"}
    office.intake.post(f"{office.base}/intake/P1/refuse", refusal)
    office.intake.post(f"{bag}/finish", {"nonce": "f", "box.ville": "1"})
    assert view(office, 1).own == 1, "nothing was accepted, so nothing went into a box"


def test_a_small_counter_sees_no_box_bag_or_seal(office: Office) -> None:
    """From the pile to the closed batch in four screens: header, two keyings, closing."""
    accept(office, 2)
    page = office.first.get_page(f"{office.base}/batches/new")
    required = {each["name"] for each in page.all("input") + page.all("select") if "required" in each}
    assert required == {"place", "header_count", "received_on"}
    batch = office.first.post(f"{office.base}/batches", {"nonce": "b", "place": "C1", "header_count": "2"})
    for clerk in (office.first, office.second):
        key(clerk, batch.headers["location"], ["1", "2"])
    office.first.post(f"{batch.headers['location']}/close")


def test_a_small_box_that_was_opened_alone_is_printed_with_the_result(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    staff = build_staff(site.database, world)
    with site.database.writing() as session:
        place = session.get_one(Place, world.place_id)
        box_acts.make_box(session, world.spec_row, place, "ville", nonce="b", account_id=staff.first_certifier, at=NOON)
        small = boxes.box_or_404(session, world.spec_row, 1)
        box_acts.put(session, world.spec_row, small, 7, nonce="p", account_id=staff.first_certifier, at=NOON)
        for signer in (staff.first_certifier, staff.second_certifier):
            small = boxes.box_or_404(session, world.spec_row, 1)
            box_acts.sign_exception(session, world.spec_row, small, "La seule urne.", account_id=signer, at=NOON)
        small = boxes.box_or_404(session, world.spec_row, 1)
        found = box_acts.Found(ballots=7)
        box_acts.open_box(session, world.spec_row, small, found, account_id=staff.first_certifier, at=NOON)
    close_intake(site, world, staff)
    count_and_certify(site, world, staff)
    page = site.visitor().get_page(f"/en{world.path}/results")
    assert "Box 1 held fewer than 20 ballots and was opened alone" in page.text
    assert "La seule urne." in page.text
    printed = site.visitor().get(f"/fr{world.path}/results/minutes.pdf")
    assert printed.content.startswith(b"%PDF")
