"""Receipts of somebody who votes on paper: two stubs, two codes, and no way from one to the other."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import insert, text

from participation.ballots import closing
from participation.db import new_id
from participation.paper.models.desk import Paper
from participation.paper.models.prints import BallotSerial, PrintRun, PrintState
from participation.paper.serials import draw_stub_code, with_check
from participation.paper.sheets.print_job import stub_hash
from participation.register.identity import is_code, new_slip_code
from tests.builders import AFTER_POST, NOON, build_spec, open_register
from tests.client import Page, Site
from tests.paper.clerks import Office, accept, key, open_batch, open_office, settle
from tests.paper.test_boxes import make
from tests.paper.test_intake import SLIP

SERIALS = [with_check(number) for number in (482_913, 17, 900_001)]


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def print_ballots(office: Office) -> dict[str, str]:
    """Serial → the code on its stub, of three ballots."""
    codes = {serial: draw_stub_code() for serial in SERIALS}
    run = PrintRun(
        spec_id=office.world.spec_row.id, place_id=office.world.place_id, style="ville", language="fr",
        paper=Paper.LETTER, large=False, numbered=True, copies=3, printed=3, state=PrintState.DELIVERED,
        nonce=uuid.uuid4().hex, ordered_at=NOON, id=new_id(),
    )  # fmt: skip
    rows = [
        {"spec_id": run.spec_id, "serial": serial, "stub_hash": stub_hash(office.site.settings, code), "run_id": run.id}
        for serial, code in codes.items()
    ]
    with office.site.database.writing() as session:
        session.add(run)
        session.flush()
        session.execute(insert(BallotSerial), rows)
    return codes


def kind(office: Office, code: str, *, status: int = 200) -> str:
    """What the public page says of a code."""
    answer = office.site.visitor().post(f"/en{office.world.path}/receipt", {"code": code}, status=status)
    shown = [attrs["data-kind"] for attrs in Page(answer.text).all("div") if "data-kind" in attrs]
    return shown[0] if shown else ""


def close_intake(office: Office) -> None:
    office.site.at = AFTER_POST
    closing.close_intake(
        office.site.database, office.site.keys, office.world.spec_row,
        first_account_id=office.accounts["intake"], second_account_id=office.accounts["third"], at=AFTER_POST,
    )  # fmt: skip


def test_the_stub_of_a_ballot_is_followed_to_the_end(office: Office) -> None:
    codes = print_ballots(office)
    accept(office, 2)
    assert kind(office, codes[SERIALS[0]]) == "ballot-printed"
    batch = open_batch(office, 2, numbered="1")
    forms = [{"numbers.ville": "1", "serial": SERIALS[0]}, {"numbers.ville": "1 2 3", "serial": SERIALS[1]}]
    key(office.first, batch, forms)
    assert kind(office, codes[SERIALS[0]]) == "ballot-entered"
    key(office.second, batch, forms[::-1])
    settle(office.third, batch, 2, {"numbers.ville": "1 2 3"}, {"numbers.ville": "1 2 3", "ruling": "over"})
    office.first.post(f"{batch}/close")
    assert kind(office, codes[SERIALS[1]]) == "ballot-entered", "no rejection is told before intake is closed"
    close_intake(office)
    assert [kind(office, codes[serial].lower()) for serial in SERIALS] == ["counted", "rejected", "ballot-printed"]


def test_a_made_up_code_is_no_receipt(office: Office) -> None:
    print_ballots(office)
    assert kind(office, draw_stub_code(), status=422) == ""


def test_the_stub_of_a_slip_names_the_box_and_no_ballot(office: Office) -> None:
    accept(office, 1)
    answer = office.intake.post(f"{office.base}/intake/C1", {"nonce": "x", "kind": "anonymous", "children": "1"})
    page = office.intake.get_page(answer.headers["location"])
    code = page.html.partition('class="big-number"><code>')[2][:9]
    assert is_code(code.replace("-", ""), 8)
    shown = office.site.visitor().post(f"/en{office.world.path}/receipt", {"code": code}, status=200)
    assert "Your ballot is in the box, or was handed to you." in Page(shown.text).text
    make(office, 3)
    shown = office.site.visitor().post(f"/en{office.world.path}/receipt", {"code": code}, status=200)
    assert "Your ballot is in box 1." in Page(shown.text).text
    make(office, 4)
    shown = office.site.visitor().post(f"/en{office.world.path}/receipt", {"code": code}, status=200)
    assert "Your ballot is in one of the boxes 1, 2." in Page(shown.text).text


def test_a_code_printed_on_the_slip_is_followed_from_its_check_in(office: Office) -> None:
    code, other = new_slip_code(), new_slip_code()
    assert kind(office, code, status=422) == ""
    moment = {"received_date": "2027-02-23", "received_time": "15:30"}
    refusal = moment | {"reason": "unsigned", "nonce": "r", "slip_code": code}
    office.intake.post(f"{office.base}/intake/P1/refuse", refusal)
    assert kind(office, code) == "slip-refused"
    office.intake.post(f"{office.base}/intake/P1/refuse", refusal | {"nonce": "again"}, status=422)
    office.intake.post(f"{office.base}/intake/P1/refuse", refusal | {"nonce": "w", "slip_code": "ABCD2345"}, status=422)
    accept(office, 1)
    form = {"nonce": "n", "kind": "anonymous", "children": "1", "slip_code": other}
    office.intake.post(f"{office.base}/intake/C1", form)
    assert kind(office, other) == "slip-accepted"


def test_why_a_slip_was_set_aside_is_said_after_the_close_alone(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    code = new_slip_code()
    for nonce, more in (("1", {}), ("2", {"slip_code": code})):
        office.intake.post(f"{office.base}/intake/C1", SLIP | {"nonce": nonce, "read_back": "1"} | more)
    assert kind(office, code) == "slip-received"
    page = office.intake.get_page(f"{office.base}/cases")
    (action,) = [form["action"] for form in page.all("form") if "/cases/" in form.get("action", "")]
    for clerk in (office.intake, office.third):
        clerk.post(action, {"verdict": "same_person"})
    assert kind(office, code) == "slip-refused"
    words = "A vote was already received in that name."
    look_up = f"/en{office.world.path}/receipt"
    assert words not in Page(office.site.visitor().post(look_up, {"code": code}, status=200).text).text
    close_intake(office)
    assert words in Page(office.site.visitor().post(look_up, {"code": code}, status=200).text).text


def test_a_clerk_looks_it_up_for_somebody_and_nothing_is_noted(office: Office) -> None:
    codes = print_ballots(office)
    page = Page(office.intake.post(f"{office.base}/receipts", {"code": codes[SERIALS[0]]}, status=200).text)
    assert "Pas encore saisi" in page.text
    with office.site.database.reading() as session:
        before = session.execute(text("SELECT count(*) FROM event")).scalar_one()
    office.intake.post(f"{office.base}/receipts", {"code": codes[SERIALS[1]]}, status=200)
    office.intake.post(f"{office.base}/receipts", {"code": ""}, status=422)
    with office.site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM event")).scalar_one() == before


def test_a_clerk_cannot_try_every_code(office: Office) -> None:
    for _guess in range(20):
        office.intake.post(f"{office.base}/receipts", {"code": draw_stub_code()}, status=422)
    office.intake.post(f"{office.base}/receipts", {"code": draw_stub_code()}, status=429)
