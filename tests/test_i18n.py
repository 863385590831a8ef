"""Numbers, money and dates as each language writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from participation import i18n
from participation.templating import environment

SPACE = "\u00a0"


@pytest.mark.parametrize(
    ("cents", "french", "english"),
    [
        (0, f"0{SPACE}$", "$0"),
        (5, f"0,05{SPACE}$", "$0.05"),
        (1_234_56, f"1{SPACE}234,56{SPACE}$", "$1,234.56"),
        (12_000_000_00, f"12{SPACE}000{SPACE}000{SPACE}$", "$12,000,000"),
    ],
)
def test_money(cents: int, french: str, english: str) -> None:
    assert (i18n.money(cents, "fr"), i18n.money(cents, "en")) == (french, english)


@pytest.mark.parametrize(
    ("day", "french", "english"),
    [
        (date(2027, 3, 14), "14 mars 2027", "March 14, 2027"),
        (date(2027, 4, 1), "1er avril 2027", "April 1, 2027"),
        (date(2027, 3, 31), "31 mars 2027", "March 31, 2027"),
    ],
)
def test_dates(day: date, french: str, english: str) -> None:
    assert (_plain(i18n.long_date(day, "fr")), _plain(i18n.long_date(day, "en"))) == (french, english)
    short = (_plain(i18n.short_date(day, "fr")), _plain(i18n.short_date(day, "en")))
    assert short == (french.removesuffix(" 2027"), english.removesuffix(", 2027"))


def _plain(text: str) -> str:
    return text.replace(SPACE, " ")


def test_instants_are_told_on_the_clock_of_montreal() -> None:
    before, after = datetime(2027, 3, 14, 6, 30, tzinfo=UTC), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)
    assert [_plain(i18n.clock(moment, "fr")) for moment in (before, after)] == ["1 h 30", "3 h 30"]
    assert [_plain(i18n.clock(moment, "en")) for moment in (before, after)] == ["1:30 a.m.", "3:30 a.m."]


def test_other_marks() -> None:
    assert (i18n.number(10_000, "fr"), i18n.number(10_000, "en")) == (f"10{SPACE}000", "10,000")
    assert (i18n.percent(Decimal("0.256"), "fr"), i18n.percent(Decimal("0.256"), "en")) == (f"26{SPACE}%", "26%")
    assert (i18n.colon("fr"), i18n.colon("en")) == (f"{SPACE}:", ":")
    assert (i18n.quoted("oui", "fr"), i18n.quoted("yes", "en")) == (f"«{SPACE}oui{SPACE}»", "“yes”")


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", "fr"),
        ("en", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de,en;q=0.5", "en"),
        ("en;q=nonsense", "fr"),
        ("*", "fr"),
    ],
)
def test_the_language_of_a_visitor(accepted: str, locale: str) -> None:
    assert i18n.negotiate(accepted) == locale


def test_a_sentence_that_ends_with_an_english_hour_has_one_full_stop() -> None:
    until = i18n.lazy("Until %(moment)s.", moment="8:00 p.m.")
    assert i18n.translate(until, "en") == "Until 8:00 p.m."
    shown = environment("en").from_string("{{ _('Until %(moment)s.', moment='8:00 p.m.') }}").render()
    assert shown == "Until 8:00 p.m."


def test_a_category_is_named_in_two_languages() -> None:
    assert [i18n.in_part("jeunesse | youth", locale) for locale in i18n.LOCALES] == ["jeunesse", "youth"]
    assert [i18n.in_part("Verdun", locale) for locale in i18n.LOCALES] == ["Verdun", "Verdun"]


def test_large_numbers_of_a_message_are_grouped_and_years_are_not() -> None:
    message = i18n.lazy("%(low)s to %(high)s", low=2027, high=20_000)
    assert _plain(i18n.translate(message, "fr")) == "2027 to 20 000"
