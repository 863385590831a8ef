"""Forms with a serial: matched in whatever order the piles lie; a serial that stands twice waits for a person."""

from __future__ import annotations

import pytest

from participation.counting.spec import QuestionKind
from participation.paper.keying.comparison import Comparison, SerialFacts, compare, find_shift
from participation.paper.marks import FlawKind, Reading, parse_line
from participation.paper.models.batches import Interpretation
from participation.paper.models.desk import Paper
from participation.paper.models.prints import BallotSerial, PrintRun
from participation.paper.serials import printed_serial, with_check
from tests.builders import NOON, build_question
from tests.client import Site
from tests.paper.clerks import Office, accept, key, open_batch, open_office, settle

QUESTION = build_question()
SERIALS = [with_check(number) for number in (482913, 17, 900001, 55555, 123456)]


def read(typed: str, serial: str = "") -> Reading:
    return Reading(Interpretation.CHOICES, {"ville": parse_line(QuestionKind.APPROVAL, typed).marks}, serial)


def keyed(*forms: tuple[str, str]) -> dict[int, Reading]:
    return {place: read(typed, serial) for place, (typed, serial) in enumerate(forms, 1)}


def laid(first: dict[int, Reading], second: dict[int, Reading], facts: SerialFacts | None = None) -> Comparison:
    return compare([QUESTION], len(first), {1: first, 2: second}, {}, facts)


def test_a_shuffled_pile_is_matched_by_serial() -> None:
    first = keyed(("1", SERIALS[0]), ("2", SERIALS[1]), ("3", SERIALS[2]))
    second = keyed(("3", SERIALS[2]), ("1", SERIALS[0]), ("2", SERIALS[1]))
    found = laid(first, second)
    assert found.counts_agree
    assert not found.waiting
    assert [form.serial for form in found.forms] == [printed_serial(serial) for serial in SERIALS[:3]]


def test_a_form_that_only_the_second_keyed_keeps_a_place_of_its_own() -> None:
    first = keyed(("1", SERIALS[0]), ("2", SERIALS[1]))
    second = keyed(("1", SERIALS[0]), ("4", SERIALS[3]))
    found = laid(first, second)
    assert {form.position: form.serial for form in found.waiting} == {
        2: printed_serial(SERIALS[1]),
        3: printed_serial(SERIALS[3]),
    }


def test_forms_without_a_serial_go_by_position_among_those_with_one() -> None:
    first = keyed(("1", SERIALS[0]), ("2", ""), ("3", SERIALS[2]))
    second = keyed(("1", SERIALS[0]), ("2", ""), ("3", ""))
    found = laid(first, second)
    assert len(found.forms) == 3
    assert not found.waiting, "where one clerk could not read the serial, the other's stands"


def test_two_different_serials_at_one_position_are_two_forms() -> None:
    found = laid(keyed(("1", SERIALS[0])), keyed(("1", SERIALS[1])))
    assert [form.position for form in found.waiting] == [1, 2]


def test_one_serial_twice_in_a_batch_makes_both_wait() -> None:
    first = keyed(("1", SERIALS[0]), ("2", SERIALS[1]), ("3", SERIALS[0]))
    second = keyed(("2", SERIALS[1]), ("1", SERIALS[0]), ("3", SERIALS[0]))
    found = laid(first, second)
    assert [form.position for form in found.waiting] == [1, 3]
    assert all(form.agrees and form.flaws[0].kind is FlawKind.SERIAL_TWICE for form in found.waiting)


def test_a_serial_of_another_batch_waits() -> None:
    forms = keyed(("1", SERIALS[0]), ("2", SERIALS[1]))
    found = laid(forms, forms, SerialFacts({SERIALS[1]: 7}))
    (waiting,) = found.waiting
    assert (waiting.position, waiting.flaws[0].found) == (2, 7)


def test_a_serial_that_was_not_printed_for_this_vote_waits() -> None:
    forms = keyed(("1", SERIALS[0]), ("2", SERIALS[1]))
    found = laid(forms, forms, SerialFacts(foreign=frozenset({SERIALS[0]})))
    assert [(form.position, form.flaws[0].kind) for form in found.waiting] == [(1, FlawKind.SERIAL_FOREIGN)]


def test_no_shift_is_offered_where_forms_have_serials() -> None:
    first = keyed(*((str(place % 4 + 1), SERIALS[place]) for place in range(5)))
    second = {place - 1: reading for place, reading in first.items() if place > 1}
    assert find_shift([QUESTION], laid(first, second)) is None


# Over HTTP.


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def numbered(forms: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"numbers.ville": typed, "serial": serial} for typed, serial in forms]


def test_two_clerks_key_a_pile_in_different_orders(office: Office) -> None:
    accept(office, 3)
    batch = open_batch(office, 3, numbered="1")
    forms = numbered(list(zip(["1 3", "2", "4"], SERIALS, strict=False)))
    key(office.first, batch, forms)
    key(office.second, batch, forms[::-1])
    office.first.post(f"{batch}/close")


def test_a_serial_that_fails_its_check_is_refused_and_one_left_out_is_not(office: Office) -> None:
    batch = open_batch(office, 1, numbered="1")
    office.first.post(f"{batch}/start")
    wrong = SERIALS[0][:-1] + str((int(SERIALS[0][-1]) + 1) % 10)
    form = {"position": "1", "nonce": "n", "numbers.ville": "1"}
    office.first.post(f"{batch}/key", form | {"serial": wrong}, status=422)
    office.first.post(f"{batch}/key", form | {"serial": ""})


def test_a_photocopy_in_another_batch_counts_only_after_a_third_person(office: Office) -> None:
    accept(office, 2)
    one, other = (open_batch(office, 1, numbered="1") for _batch in range(2))
    for batch in (one, other):
        for clerk in (office.first, office.second):
            key(clerk, batch, numbered([("1", SERIALS[0])]))
    office.first.post(f"{one}/close", status=409)
    shown = settle(office.third, one, 1, {"numbers.ville": "1"}, {"numbers.ville": "1", "ruling": ""})
    assert printed_serial(SERIALS[0]) in shown.text
    office.first.post(f"{one}/close")
    office.first.post(f"{other}/close", status=409)
    settle(office.third, other, 1, {"ruling": "copy"}, {"ruling": "copy"})
    office.first.post(f"{other}/close")


def test_a_sheet_of_another_vote_is_found_where_this_one_printed_serials(office: Office) -> None:
    accept(office, 2)
    with office.site.database.writing() as session:
        spec_id = office.world.spec_row.id
        run = PrintRun(
            spec_id=spec_id, style="ville", language="fr", paper=Paper.LETTER, large=True, numbered=True, copies=1,
            nonce="run", ordered_at=NOON,
        )  # fmt: skip
        session.add(run)
        session.flush()
        session.add(BallotSerial(spec_id=spec_id, serial=SERIALS[0], stub_hash="-", run_id=run.id))
    batch = open_batch(office, 2, numbered="1")
    for clerk in (office.first, office.second):
        key(clerk, batch, numbered([("1", SERIALS[0]), ("2", SERIALS[1])]))
    page = office.third.get_page(batch.replace("/fr/", "/en/"))
    assert f"Serial {printed_serial(SERIALS[1])} was not printed for this vote" in page.text
    assert f"Serial {printed_serial(SERIALS[0])} was not" not in page.text
    office.first.post(f"{batch}/close", status=409)
    settle(office.third, batch, 2, {"ruling": "copy"}, {"ruling": "copy"})
    office.first.post(f"{batch}/close")
