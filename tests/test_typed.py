"""What people type, as values: money in two languages, numbers, local hours with clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData

from participation.counting.spec import Capture
from participation.errors import Message
from participation.typed import Typed, amount, cents_of, instant_of, wall_clock, whole_number

MONTREAL = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("620000", 620_000_00),
        ("620 000", 620_000_00),
        ("620\u00a0000 $", 620_000_00),
        ("1 234,56 $", 1_234_56),
        ("$1,234.56", 1_234_56),
        ("1,234", 1_234_00),
        ("1.234.567", 1_234_567_00),
        ("12,5", 12_50),
        ("0", 0),
    ],
)
def test_money_as_typed(typed: str, cents: int) -> None:
    assert cents_of(typed) == cents


@pytest.mark.parametrize("typed", ["", "abc", "-5", "1,2345", "12 %", "1e6", "9" * 30])
def test_what_is_no_amount(typed: str) -> None:
    assert cents_of(typed) is None


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("cents", [0, 5, 620_000_00, 1_250_50, 12_000_000_00])
def test_an_amount_comes_back_as_it_was(locale: str, cents: int) -> None:
    assert cents_of(amount(cents, locale)) == cents


def test_local_hours_on_both_sides_of_a_clock_change() -> None:
    assert instant_of("2027-03-13T20:00", MONTREAL) == datetime(2027, 3, 14, 1, tzinfo=UTC)
    assert instant_of("2027-03-14T20:00", MONTREAL) == datetime(2027, 3, 15, 0, tzinfo=UTC)
    assert wall_clock(datetime(2027, 3, 15, 0, tzinfo=UTC), MONTREAL) == "2027-03-14T20:00"


@pytest.mark.parametrize(
    "typed", ["2027-03-14T02:30", "2027-11-07T01:30", "demain", "2027-03-14T20:00+00:00", "9999-12-31T23:59"]
)
def test_hours_that_do_not_exist_come_twice_or_are_none(typed: str) -> None:
    assert isinstance(instant_of(typed, MONTREAL), Message)


def test_every_field_of_a_form_keeps_its_own_message() -> None:
    typed = Typed(FormData({"long": "x" * 11, "count": "0", "money": "?", "kind": "?", "when": ""}))
    typed.text("long", 10)
    typed.words("title", 10, Message("missing"))
    typed.integer("count", 1, 5)
    typed.cents("money")
    typed.one("kind", Capture, Capture.SELF)
    typed.moment("when", MONTREAL, Message("missing"))
    assert set(typed.errors) == {"long", "title_fr", "count", "money", "kind", "when"}


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1\u00a0234", 1234), ("-3", -3), ("−3", -3), ("+7", 7), ("", None), ("--3", None), ("²", None), ("9" * 8, None)],
)
def test_whole_numbers_as_typed(typed: str, number: int | None) -> None:
    assert whole_number(typed) == number
