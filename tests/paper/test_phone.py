"""The phone desk: three people, a number that lies nowhere, and nothing that joins a name and a choice."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from participation.accounts.models import Role
from participation.counting.reconciliation import IdentityKey
from participation.counting.spec import Channel
from participation.db import metadata
from participation.paper.remote import phone
from participation.processes.models import Place, PlaceKind
from participation.register import queries as register_queries
from tests.builders import NOON, build_account, build_spec, open_register
from tests.client import Browser, Page, Site
from tests.paper.clerks import Office, open_office, register_voters
from tests.paper.test_envelopes import equations

CALLER = {
    "first_name": "Éloïse",
    "last_name": "Bouchard-Tremblay",
    "birth_day": "7",
    "birth_month": "3",
    "postal_code": "H2X 1Y4",
    "reference": "A-17",
    "read_back": "1",
}
NAME = "bouchard"


@dataclass(frozen=True)
class Line:
    office: Office
    place_id: uuid.UUID

    @property
    def base(self) -> str:
        return self.office.base

    @property
    def site(self) -> Site:
        return self.office.site


def add_line(office: Office) -> Line:
    with office.site.database.writing() as session:
        place = Place(
            process_id=office.world.process_id, code="T1", kind=PlaceKind.LIVE, channel=Channel.PHONE,
            name={"fr": "Ligne téléphonique", "en": "Telephone line"},
        )  # fmt: skip
        session.add(place)
        session.flush()
        return Line(office, place.id)


@pytest.fixture
def line(site: Site) -> Line:
    return add_line(open_office(site, open_register(build_spec())))


@pytest.fixture
def closed_line(site: Site) -> Line:
    office = open_office(site)
    register_voters(office, 3)
    return add_line(office)


def number_on(page: Page) -> str:
    return next(word for word in page.text.split() if len(word) == 8 and word[6] == "-" and word[:6].isdigit())


def accept(line: Line, *, nonce: str = "call-1", clerk: Browser | None = None, **more: str) -> Page:
    return (clerk or line.office.intake).submit(f"{line.base}/phone/T1", {"nonce": nonce, **CALLER, **more})


def open_call(line: Line, clerk: Browser, number: str) -> str:
    """The address of the call, with its token."""
    answer = clerk.post(f"{line.base}/phone-ballots", {"number": number})
    location: str = answer.headers["location"]
    return location


def say(line: Line, clerk: Browser, call: str, choices: str, *, status: int = 303, nonce: str = "") -> Any:
    token = call.partition("c=")[2]
    form = {"c": token, "nonce": nonce or uuid.uuid4().hex, "numbers.ville": choices}
    return clerk.post(f"{line.base}/phone-ballots/call", form, status=status)


def vote(line: Line, number: str, choices: str = "1 3") -> Page:
    """The second agent keys, the third confirms."""
    say(line, line.office.first, open_call(line, line.office.first, number), choices)
    answer = say(line, line.office.second, open_call(line, line.office.second, number), choices)
    return line.office.second.get_page(answer.headers["location"])


def ballots(line: Line) -> list[Any]:
    with line.site.database.reading() as session:
        return list(session.execute(text("SELECT * FROM ballot")).mappings())


def test_a_vote_on_the_phone_enters_the_box(line: Line) -> None:
    accepted = accept(line)
    assert "Ligne téléphonique" in accepted.text
    receipt = vote(line, number_on(accepted))
    (ballot,) = ballots(line)
    assert (ballot["channel"], ballot["capture"]) == ("phone", "keyed")
    assert json.loads(ballot["choices"]) if isinstance(ballot["choices"], str) else ballot["choices"]
    code = next(word for word in receipt.text.split() if word.count("-") == 3)
    found = Page(line.site.visitor().post("/fr/receipt", {"code": code}, status=200).text)
    assert "24 février" in found.text, "the person follows the ballot with the receipt that was read out"
    with line.site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM phone_number")).scalar_one() == 0
        assert register_queries.turnout(session, line.office.world.spec_row.id) == {Channel.PHONE: 1}


def test_said_first_stands_on_every_screen_in_both_languages(line: Line) -> None:
    office = line.office
    number = number_on(accept(line))
    call = open_call(line, office.first, number)
    pages = [
        office.intake.get_page(f"{line.base}/phone/T1"),
        office.first.get_page(f"{line.base}/phone-ballots"),
        office.first.get_page(call),
    ]
    for page in pages:
        for words in phone.SAID_FIRST.values():
            assert words in page.text.replace("\u00a0", " ")


def test_three_different_accounts(line: Line) -> None:
    """Whoever may do everything still does one thing only in a call."""
    office = line.office
    both = [
        office.site.signed_in(
            build_account(office.site.database, f"Both {place}", [Role.INTAKE_CLERK, Role.ENTRY_CLERK],
                          office.world.organisation_id)
        )
        for place in (1, 2)
    ]  # fmt: skip
    number = number_on(accept(line, clerk=both[0]))
    refused = both[0].post(f"{line.base}/phone-ballots", {"number": number}, status=422)
    assert "nom" in Page(refused.text).text
    call = open_call(line, both[1], number)
    say(line, both[1], call, "1 3")
    say(line, both[1], call, "1 2")
    assert ballots(line) == [], "keying again corrects one's own keying and confirms nothing"
    say(line, office.first, open_call(line, office.first, number), "1 2")
    assert len(ballots(line)) == 1


def test_an_account_and_the_one_that_opened_it_are_one_person(line: Line) -> None:
    office = line.office
    with office.site.database.writing() as session:
        session.execute(
            text("UPDATE account SET created_by = :by WHERE id = :who"),
            {"by": _key(office.accounts["intake"], session), "who": _key(office.accounts["first"], session)},
        )
    number = number_on(accept(line))
    office.first.post(f"{line.base}/phone-ballots", {"number": number}, status=422)


def _key(value: uuid.UUID, session: Any) -> Any:
    return value.hex if session.get_bind().dialect.name == "sqlite" else value


def test_the_third_keys_blind_and_a_difference_keeps_the_ballot_out(line: Line) -> None:
    office = line.office
    number = number_on(accept(line))
    say(line, office.first, open_call(line, office.first, number), "1 3")
    call = open_call(line, office.second, number)
    blind = office.second.get_page(call)
    assert blind.value_of("numbers.ville") == ""
    answer = say(line, office.second, call, "1 4", status=422)
    assert "diffèrent" in Page(answer.text).text
    assert ballots(line) == []
    say(line, office.second, call, "3 1")
    assert len(ballots(line)) == 1


def test_what_could_not_be_counted_is_asked_again(line: Line) -> None:
    office = line.office
    call = open_call(line, office.first, number_on(accept(line)))
    for wrong in ("1 2 3", "99", ""):
        say(line, office.first, call, wrong, status=422)


def test_a_form_sent_twice_is_one_number_and_one_ballot(line: Line) -> None:
    office = line.office
    number = number_on(accept(line))
    assert number_on(accept(line)) == number
    say(line, office.first, open_call(line, office.first, number), "1")
    call = open_call(line, office.second, number)
    first = say(line, office.second, call, "1", nonce="same")
    again = say(line, office.second, call, "1", nonce="same")
    shown = [office.second.get_page(answer.headers["location"]).text for answer in (first, again)]
    assert shown[0] == shown[1]
    assert len(ballots(line)) == 1


def test_a_number_dies_after_a_day_and_another_is_given_once(line: Line) -> None:
    office = line.office
    number = number_on(accept(line))
    office.intake.post(
        f"{line.base}/phone/T1/another",
        {"nonce": "n", "reference": "A-18", "reason": "La ligne a été coupée deux fois."}, status=422,
    )  # fmt: skip
    office.site.at = NOON + timedelta(hours=24)
    intake, first, second = (office.site.signed_in(office.accounts[name]) for name in ("intake", "first", "second"))
    office = replace(office, intake=intake, first=first, second=second)
    line = replace(line, office=office)
    office.first.post(f"{line.base}/phone-ballots", {"number": number}, status=422)
    form = {"reference": "A-18", "reason": "La ligne a été coupée deux fois."}
    another = office.intake.submit(f"{line.base}/phone/T1/another", {"nonce": "n1", **form})
    office.intake.post(f"{line.base}/phone/T1/another", {"nonce": "n2", **form}, status=422)
    vote(line, number_on(another))
    with office.site.database.writing() as session:
        phone.forget_numbers(session, office.site.at)
    with office.site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM phone_number")).scalar_one() == 0
    office.intake.post(f"{line.base}/phone/T1/another", {"nonce": "n3", **form}, status=422)


def test_a_line_adds_up_while_numbers_wait_and_names_those_that_died_unused(line: Line) -> None:
    def told() -> dict[str, int]:
        found = equations(line.office, "T1")
        assert not {IdentityKey.BLANKS, IdentityKey.RETURNED} & set(found), "no sheet is handed out on the phone"
        return {term.code: term.value for term in found[IdentityKey.PHONE].right} | {
            "gap": found[IdentityKey.PHONE].difference
        }

    number = number_on(accept(line))
    accept(line, nonce="call-2", first_name="Zoé", last_name="Lagacé", birth_day="9", postal_code="H3K 2B2")
    assert told() == {"ballots_found": 0, "numbers_waiting": 2, "gap": 0}
    vote(line, number)
    assert told() == {"ballots_found": 1, "numbers_waiting": 1, "gap": 0}
    with line.site.database.writing() as session:
        phone.forget_numbers(session, NOON + timedelta(hours=24))
    assert told() == {"ballots_found": 1, "numbers_waiting": 0, "gap": 1}


def test_a_second_vote_is_turned_away(closed_line: Line) -> None:
    line, intake = closed_line, closed_line.office.intake
    form = {"register_number": "V00001", "reference": "B1", "read_back": "1"}
    vote(line, number_on(intake.submit(f"{line.base}/phone/T1", {"nonce": "1", **form})))
    again = intake.submit(f"{line.base}/phone/T1", {"nonce": "2", **form})
    assert "Ne donnez pas de numéro" in again.text


def test_no_vote_on_the_phone_without_reading_back_nor_with_a_telephone_number_as_reference(line: Line) -> None:
    post = line.office.intake.post
    post(f"{line.base}/phone/T1", {"nonce": "1", **CALLER, "read_back": ""}, status=422)
    post(f"{line.base}/phone/T1", {"nonce": "1", **CALLER, "reference": "514-555-0100"}, status=422)


def test_faults_are_listed_in_the_order_of_the_page(line: Line) -> None:
    """Of a caller, of a slip at a counter and in the post, and of a declaration online."""
    office = line.office
    public = office.base.replace("/staff", "")
    person, stub = {"nonce": "n", "postal_code": "x"}, {"slip_code": "x"}
    received = {"received_date": "x", "received_time": "x"}
    for browser, address, typed in (
        (office.intake, f"{office.base}/phone/T1", person),
        (office.intake, f"{office.base}/intake/C1", person | stub),
        (office.intake, f"{office.base}/intake/P1", person | stub | received),
        (line.site.visitor(), f"{public}/vote/declaration", person),
    ):
        page = Page(browser.post(address, typed, status=422).text)
        ids = [attrs["id"] for _tag, attrs in page.tags if "id" in attrs]
        listed = [link[1:] for link in page.links() if link.startswith("#") and link != "#main"]
        assert len(listed) >= 4
        assert [ids.index(name) for name in listed] == sorted(ids.index(name) for name in listed), (address, listed)


def test_agents_meet_only_their_half(line: Line) -> None:
    office = line.office
    office.intake.get(f"{line.base}/phone-ballots", status=403)
    office.intake.post(f"{line.base}/phone-ballots", {"number": "1"}, status=403)
    office.first.get(f"{line.base}/phone", status=403)
    office.first.get(f"{line.base}/phone/T1", status=403)
    office.first.post(f"{line.base}/phone/T1", {"nonce": "1"}, status=403)
    office.first.post(f"{line.base}/phone/T1/another", {"nonce": "1"}, status=403)


# The join.


def everything(line: Line) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row of every table, as text."""
    with line.site.database.reading() as session:
        for table in metadata.sorted_tables:
            for row in session.execute(text(f'SELECT * FROM "{table.name}"')).mappings():
                yield table.name, {name: str(value) for name, value in row.items()}


SHARED = {"spec_id", "place_id", "style", "channel", "received_on", "process_id", "organisation_id"}


def test_nothing_stored_joins_the_name_and_the_choice(line: Line) -> None:
    number = number_on(accept(line))
    vote(line, number)
    rows = list(everything(line))
    of_person = {
        value for table, row in rows if table in ("declaration", "mark") for name, value in row.items()
        if name not in SHARED and len(value) >= 8
    }  # fmt: skip
    of_ballot = {
        value for table, row in rows if table == "ballot" for name, value in row.items()
        if name not in SHARED and len(value) >= 8
    }  # fmt: skip
    assert of_person, "there is a declaration"
    assert of_ballot, "there is a ballot"
    staff = {row["id"] for table, row in rows if table == "account"}
    assert not (of_person - staff) & (of_ballot - staff)
    for table, row in rows:
        words = " ".join(row.values())
        assert NAME not in words.lower(), f"a name in clear in {table}"
        assert number not in words, f"the number in {table}"
        assert number.replace("-", "") not in words, f"the number in {table}"
        held = [each for each in (of_person - staff, of_ballot - staff) if any(value in words for value in each)]
        assert len(held) < 2, f"{table} has something of both"


def test_events_have_neither_name_nor_choice_and_the_reference_stays_with_the_first_agent(line: Line) -> None:
    vote(line, number_on(accept(line)))
    with line.site.database.reading() as session:
        events = session.execute(text("SELECT kind, account_id, data, id FROM event ORDER BY at")).all()
        reasons = dict(session.execute(text("SELECT event_id, text FROM event_reason")).all())
    given = [event for event in events if event.kind == "phone-number-given"]
    assert [reasons[event.id] for event in given] == ["A-17"]
    (confirmed,) = [event for event in events if event.kind == "phone-ballot-confirmed"]
    assert confirmed.id not in reasons
    data = confirmed.data if isinstance(confirmed.data, dict) else json.loads(confirmed.data)
    assert set(data) == {"place_id", "keyed_by"}


def test_no_address_holds_the_number(line: Line) -> None:
    number = number_on(accept(line)).replace("-", "")
    call = open_call(line, line.office.first, number)
    assert number not in call


@pytest.mark.postgres
def test_no_transaction_wrote_two_of_declaration_number_and_ballot(line: Line) -> None:
    """PostgreSQL numbers transactions on every row, also on those that were deleted."""
    if line.site.database.is_sqlite:
        return
    number = number_on(accept(line))
    with line.site.database.reading() as session:
        given = session.execute(text("SELECT xmin::text FROM phone_number")).scalars().all()
    vote(line, number)
    with line.site.database.reading() as session:

        def wrote(table: str) -> set[str]:
            return set(session.execute(text(f"SELECT xmin::text FROM {table}")).scalars())

        assert not wrote("ballot") & (wrote("declaration") | wrote("mark") | wrote("event") | set(given))
        assert not set(given) & (wrote("declaration") | wrote("mark"))


def test_what_was_keyed_lies_sealed_until_it_is_confirmed(line: Line) -> None:
    number = number_on(accept(line))
    say(line, line.office.first, open_call(line, line.office.first, number), "1 3")
    (row,) = [row for table, row in everything(line) if table == "phone_number"]
    assert "marks" not in row["keyed"]
    assert "ville" not in row["keyed"]


def test_a_telephone_line_signs_no_sheets(line: Line) -> None:
    links = line.office.first.get_page(f"{line.base}/forms").links()
    assert any("/statements/C1/" in link for link in links)
    assert not any("/statements/T1/" in link for link in links)
