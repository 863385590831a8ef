"""Forms as they were typed: fields read into values, with a message for each that is wrong. Knows no domain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.errors import Invalid, Message
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.i18n import money as money_words

Choice = TypeVar("Choice", bound=StrEnum)
Errors = dict[str, Message]
"""Field name → what is wrong with it; empty when nothing is."""
MOST_CENTS = 10**15
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s.]+"
_GROUPED = re.compile(r"\d{1,3}([.,]\d{3})+")
_AMOUNT = re.compile(r"(\d+)(?:[.,](\d{1,2}))?")


class Typed:
    """Reads a posted form; `errors` maps a field's name to what is wrong with it."""

    def __init__(self, form: FormData) -> None:
        self._form = form
        self.errors: Errors = {}

    def raw(self, name: str) -> str:
        return str(self._form.get(name, "")).strip()

    def ticked(self, name: str) -> bool:
        return bool(self.raw(name))

    def all(self, name: str) -> list[str]:
        return [str(value) for value in self._form.getlist(name)]

    def text(self, name: str, limit: int, missing: Message | None = None) -> str:
        """At most `limit` characters; `missing` is the message where the field is required."""
        value = self.raw(name).replace("\r\n", "\n")
        if missing and not value:
            self.errors[name] = missing
        elif len(value) > limit:
            self.errors[name] = _("At most %(limit)s characters; this has %(found)s.", limit=limit, found=len(value))
        return value

    def email(self, name: str = "email") -> str:
        """An e-mail address, or nothing."""
        address = self.text(name, 254)
        if address and name not in self.errors:
            self.matching(name, EMAIL, _("Write the whole address, such as name@example.org, or leave it empty."))
        return address

    def words(self, name: str, limit: int, missing: Message | None = None) -> dict[str, str]:
        """The same text per language; only French can be required."""
        texts = {
            locale: self.text(f"{name}_{locale}", limit, missing if locale == "fr" else None) for locale in LOCALES
        }
        return {locale: words for locale, words in texts.items() if words}

    def matching(self, name: str, pattern: str, wrong: Message) -> str:
        value = self.raw(name)
        if not re.fullmatch(pattern, value):
            self.errors[name] = wrong
        return value

    def integer(self, name: str, least: int, most: int, *, empty: int | None = None) -> int:
        """A whole number; `empty` is its value where nothing was typed, else it is required."""
        value = re.sub(r"[\s\u202f]", "", self.raw(name))
        if not value and empty is not None:
            return empty
        if not re.fullmatch(r"\d{1,9}", value) or not least <= int(value) <= most:
            self.errors[name] = _("Enter a whole number from %(least)s to %(most)s.", least=least, most=most)
            return least
        return int(value)

    def cents(self, name: str) -> int:
        """Money as typed in French or English, in cents; required."""
        found = cents_of(self.raw(name))
        if found is None:
            self.errors[name] = _("Enter an amount in dollars, such as 620 000 or 1 250,50.")
            return 0
        return found

    def one(self, name: str, values: type[Choice], default: Choice) -> Choice:
        """One of the listed values; anything else is an error."""
        try:
            return values(self.raw(name))
        except ValueError:
            self.errors[name] = _("Choose one of the list.")
            return default

    def moment(self, name: str, zone: ZoneInfo, missing: Message | None = None) -> datetime | None:
        """A local date and hour as an instant. Refuses hours that a clock change skips or repeats."""
        value = self.raw(name)
        if not value:
            if missing:
                self.errors[name] = missing
            return None
        found = instant_of(value, zone)
        if isinstance(found, Message):
            self.errors[name] = found
            return None
        return found


def text_of(form: FormData, name: str, most: int = 120) -> str:
    """One line as typed, single spaces, cut at `most`; a file or a missing field is the empty text."""
    value = form.get(name)
    return " ".join(value.split())[:most] if isinstance(value, str) else ""


def as_typed(form: FormData, names: Iterable[str]) -> dict[str, str]:
    """These fields whole, whatever is wrong with them, for a page that comes back."""
    return {name: str(form.get(name) or "") for name in names}


def nonce_of(form: FormData) -> str:
    """What makes a form sent twice one act. Invalid without it: the page always carries one."""
    nonce = text_of(form, "nonce", 65)
    if not nonce or len(nonce) > 64:
        raise Invalid(_("This form is not complete. Nothing was saved."), _("Reload the page and fill it in again."))
    return nonce


def day_of(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def whole_number(typed: str) -> int | None:
    """A whole number of at most seven digits, as people write it; None when it is none."""
    compact = "".join(typed.split()).replace("−", "-")
    digits = compact.removeprefix("-").removeprefix("+")
    return int(compact) if digits.isascii() and digits.isdigit() and len(digits) <= 7 else None


def instant_of(text: str, zone: ZoneInfo) -> datetime | Message:
    """2027-03-14T20:00 on the wall clock of `zone`, in UTC; or why that is not an hour."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return _("Enter a date and an hour, such as 2027-03-14T20:00.")
    if wall.tzinfo is not None:
        return _("Enter the local hour, without a time zone.")
    try:
        first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:  # the first and the last year of the calendar, seen from another zone
        return _("Enter a date and an hour, such as 2027-03-14T20:00.")
    if first == second:
        return first
    if first.astimezone(zone).replace(tzinfo=None) != wall:
        return _("The clocks go forward that night, and this hour does not exist. Choose another one.")
    return _("The clocks go back that night, and this hour comes twice. Choose another one.")


def wall_clock(moment: datetime | None, zone: ZoneInfo) -> str:
    """The instant as a local date and hour, as the field takes it."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""


def cents_of(text: str) -> int | None:
    """« 1 234,56 $ » and “$1,234.56” are both 123456; None for what is no amount.

    A comma or point before exactly three digits groups thousands: no amount has tenths of a cent.
    """
    bare = re.sub(r"[\s\u00a0\u202f$]", "", text)
    whole, decimals = bare, ""
    last = max(bare.rfind(","), bare.rfind("."))
    if last >= 0 and len(bare) - last - 1 != 3:
        whole, decimals = bare[:last], bare[last + 1 :]
    if _GROUPED.fullmatch(whole):
        whole = re.sub(r"[.,]", "", whole)
    match = _AMOUNT.fullmatch(f"{whole}.{decimals}" if decimals else whole)
    if match is None:
        return None
    cents = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    return cents if cents <= MOST_CENTS else None


def amount(cents: int, locale: str) -> str:
    """Cents as one types them: 620 000 or 1 250,50, without the sign of the currency."""
    return money_words(cents, locale).replace("$", "").strip()
