"""The intake desk over HTTP: declarations accepted once, duplicates, cases, what the clerk does next."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from participation.accounts.models import Role
from participation.ballots.service import cast
from participation.counting.spec import Channel, Precedence
from participation.register import queries as register_queries
from participation.register.models import DeclarationState
from tests.builders import CLOSES, NOON, build_account, build_codes, build_spec, online_entry, open_register, person
from tests.client import Browser, Page, Site
from tests.paper.clerks import Office, open_office, register_voters

SLIP = {"first_name": "Ana", "last_name": "Tremblay", "birth_day": "14", "birth_month": "3", "postal_code": "H2X 1Y4"}


def outcome(answer_location: str) -> str:
    return parse_qs(urlsplit(answer_location).query)["is"][0]


def send(clerk: Browser, address: str, form: dict[str, str]) -> str:
    return outcome(clerk.post(address, form).headers["location"])


def states(office: Office) -> dict[DeclarationState, int]:
    with office.site.database.reading() as session:
        rows = register_queries.declaration_figures(session, office.world.spec_row.id)
    return {row.state: row.number for row in rows}


def test_a_code_is_accepted_and_the_ballot_handed_over(site: Site) -> None:
    office = open_office(site)
    (code,) = build_codes(site.database, site.keys, office.world, 1)
    page = office.intake.submit(f"/en/staff{office.world.path}/intake/C1", {"nonce": "n", "code": code})
    assert "Initial one ballot and hand it over." in page.text
    assert states(office) == {DeclarationState.ACCEPTED: 1}


def test_the_same_form_sent_twice_accepts_once(site: Site) -> None:
    office = open_office(site)
    register_voters(office, 1)
    form = {"nonce": "one", "register_number": "V00001", "read_back": "1"}
    assert [send(office.intake, f"{office.base}/intake/C1", form) for _again in range(2)] == ["accepted", "accepted"]
    assert states(office) == {DeclarationState.ACCEPTED: 1}


def test_a_second_declaration_of_the_same_person_is_set_aside(site: Site) -> None:
    office = open_office(site)
    register_voters(office, 1)
    form = {"register_number": "V00001", "read_back": "1"}
    found = [send(office.intake, f"{office.base}/intake/C1", form | {"nonce": n}) for n in ("one", "two")]
    assert found == ["accepted", "refused"]


@pytest.mark.parametrize(
    ("precedence", "expected"), [(Precedence.PAPER_WINS, "accepted"), (Precedence.FIRST_RECEIVED, "refused")]
)
def test_somebody_who_voted_online(site: Site, precedence: Precedence, expected: str) -> None:
    office = open_office(site, build_spec(precedence=precedence))
    (code,) = build_codes(site.database, site.keys, office.world, 1)
    with site.database.writing() as session:
        cast(session, site.keys, office.world.spec_row, [online_entry(site.keys, office.world, code, "1")], NOON)
    answer = office.intake.post(f"/en/staff{office.world.path}/intake/C1", {"nonce": "n", "code": code})
    assert outcome(answer.headers["location"]) == expected
    page = office.intake.get_page(answer.headers["location"])
    assert ("this paper ballot replaces it" in page.text) == (expected == "accepted")


def test_an_envelope_is_keyed_twice_without_sight_of_the_first_typing(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    address = f"{office.base}/intake/P1"
    moment = {"received_date": "2027-02-23", "received_time": "15:30"}
    second = Page(office.intake.post(address, SLIP | moment | {"nonce": "n"}, status=200).text)
    assert second.value_of("last_name") == ""
    assert "Tremblay" not in second.html
    hidden = {"nonce": "n", "first": second.value_of("first")}
    differing = Page(office.intake.post(address, SLIP | moment | hidden | {"last_name": "Trembley"}, status=422).text)
    assert "Trembley" in differing.text
    hidden["first"] = differing.value_of("first")
    assert states(office) == {}
    assert send(office.intake, address, SLIP | moment | hidden) == "accepted"
    page = office.intake.submit(address, SLIP | moment | {"nonce": "m", "first": hidden["first"]})
    assert "Cas" in page.text or "cas" in page.text, "the same person again is a case"


def test_a_first_typing_cannot_be_used_by_another_clerk(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    address = f"{office.base}/intake/C1"
    first = Page(office.intake.post(address, SLIP | {"nonce": "n"}, status=200).text).value_of("first")
    other = site.signed_in(build_account(site.database, "Other", [Role.INTAKE_CLERK], office.world.organisation_id))
    other.post(address, SLIP | {"nonce": "n", "first": first}, status=422)


def test_what_is_wrong_on_a_slip_comes_back_and_saves_nothing(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    wrong = SLIP | {"nonce": "n", "birth_day": "31", "birth_month": "2", "postal_code": "H2X", "read_back": "1"}
    page = Page(office.intake.post(f"{office.base}/intake/C1", wrong, status=422).text)
    assert page.value_of("last_name") == "Tremblay"
    assert states(office) == {}


def test_a_late_envelope_is_not_accepted_and_is_set_aside(site: Site) -> None:
    office = open_office(site)
    register_voters(office, 1)
    site.at = CLOSES + timedelta(days=10)
    day = (CLOSES + timedelta(days=9)).date().isoformat()
    slip = {"nonce": "n", "register_number": "V00001", "received_date": day, "received_time": "09:00"}
    clerk = site.signed_in(office.accounts["intake"])
    second = Page(clerk.post(f"{office.base}/intake/P1", slip, status=200).text)
    clerk.post(f"{office.base}/intake/P1", slip | {"first": second.value_of("first")}, status=422)
    refusal = {"nonce": "r", "reason": "late", "received_date": day, "received_time": "09:00"}
    assert send(clerk, f"{office.base}/intake/P1/refuse", refusal) == "refused"
    assert states(office) == {DeclarationState.REFUSED: 1}


def test_two_children_get_two_anonymous_ballots(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    form = {"nonce": "n", "kind": "anonymous", "children": "2"}
    assert send(office.intake, f"{office.base}/intake/C1", form) == "anonymous"
    assert states(office) == {DeclarationState.ACCEPTED: 2}
    with site.database.reading() as session:
        assert register_queries.turnout(session, office.world.spec_row.id) == {}, "nobody is marked"


def test_two_people_decide_a_case(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    address = f"{office.base}/intake/C1"
    assert send(office.intake, address, SLIP | {"nonce": "1", "read_back": "1"}) == "accepted"
    near = SLIP | {"nonce": "2", "read_back": "1", "first_name": "Anna"}
    assert send(office.intake, address, near) == "case"
    page = office.intake.get_page(f"/en/staff{office.world.path}/cases")
    assert "Anna" in page.text
    assert "Projet" not in page.text, "no choice beside a name"
    (action,) = [form["action"] for form in page.all("form") if "/cases/" in form.get("action", "")]
    office.intake.post(action, {"verdict": "two_persons"})
    assert "Your verdict is noted" in office.intake.get_page(f"/en/staff{office.world.path}/cases").text
    office.intake.post(action, {"verdict": "same_person"}, status=409)
    office.third.post(action, {"verdict": "two_persons"})
    assert states(office) == {DeclarationState.ACCEPTED: 2}
    with site.database.reading() as session:
        assert register_queries.turnout(session, office.world.spec_row.id) == {Channel.COUNTER: 2}


def test_the_register_of_one_district_knows_the_style(site: Site) -> None:
    office = open_office(site)
    register_voters(office, 1)
    page = office.intake.get_page(f"{office.base}/intake/C1")
    assert not [field for field in page.all("select") if field.get("name") == "style"]
    assert person()["last_name"] not in page.text


def test_stock_cannot_fall_under_zero(site: Site) -> None:
    office = open_office(site)
    form = {"place": "C1", "kind": "unused"}
    office.intake.post(f"{office.base}/intake/stock", form | {"nonce": "a", "amount": "-1"}, status=422)
    office.intake.post(f"{office.base}/intake/stock", form | {"nonce": "b", "amount": "x"}, status=422)
    page = office.intake.submit(f"{office.base}/intake/stock", form | {"nonce": "c", "amount": "12"})
    assert "12" in page.text


def test_a_case_has_a_label_and_keeps_of_a_document_that_it_was_seen(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    address = f"{office.base}/intake/C1"
    send(office.intake, address, SLIP | {"nonce": "1", "read_back": "1"})
    answer = office.intake.post(address, SLIP | {"nonce": "2", "read_back": "1", "postal_code": "H3Z 2Y7"})
    label = office.intake.get_page(answer.headers["location"]).html.partition('class="big-number"><code>')[2][:5]
    page = office.third.get_page(f"/en/staff{office.world.path}/cases")
    assert f"Case {label}" in page.text
    assert page.text.count("Library") == 2, "both slips can be found"
    (action,) = [form["action"] for form in page.all("form") if "/cases/" in form.get("action", "")]
    office.third.post(action, {"verdict": "two_persons", "document_seen": "1"})
    assert "a document was shown" in office.intake.get_page(f"/en/staff{office.world.path}/cases").text


def test_nothing_is_read_back_to_an_envelope(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    moment = {"received_date": "2027-02-23", "received_time": "15:30"}
    office.intake.post(f"{office.base}/intake/P1", SLIP | moment | {"nonce": "n", "read_back": "1"}, status=200)
    assert states(office) == {}


def test_the_stock_of_a_place_says_whether_it_adds_up(site: Site) -> None:
    office = open_office(site)
    address = f"/en/staff{office.world.path}/intake/stock"
    received = {"place": "P1", "kind": "blanks_received", "amount": "100", "nonce": "a"}
    office.intake.post(address, received)
    assert "Handed out =" not in office.intake.get_page(f"{address}?place=P1").text
    office.intake.post(address, {"place": "P1", "kind": "issued", "amount": "90", "nonce": "b"})
    page = office.intake.get_page(f"{address}?place=P1")
    assert "Gap of 10" in page.text
    assert "Gap of 90" in page.text
    office.intake.post(address, {"place": "P1", "kind": "unused", "amount": "10", "nonce": "c"})
    office.intake.post(address, {"place": "P1", "kind": "not_returned", "amount": "90", "nonce": "d"})
    assert "Gap of" not in office.intake.get_page(f"{address}?place=P1").text
