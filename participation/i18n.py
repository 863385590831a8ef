"""Languages: catalogues, negotiation, and numbers, money and dates as each language writes them."""

from __future__ import annotations

import gettext as gettext_module
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from markupsafe import Markup

from participation.errors import Message
from participation.settings import ROOT

LOCALES = ("fr", "en")
DEFAULT_LOCALE = "fr"
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
DEFAULT_ZONE = ZoneInfo("America/Toronto")
_BABEL = {"fr": Locale("fr", "CA"), "en": Locale("en", "CA")}
NO_BREAK_SPACE = "\u00a0"
BETWEEN_LANGUAGES = "|"
FIRST_GROUPED = 10_000
"""Whole numbers of a message are grouped from here on: 20 000, but 2027 stays a year."""


@lru_cache
def catalogue(locale: str) -> gettext_module.NullTranslations:
    """The compiled messages of a language; English source texts where none is compiled."""
    return gettext_module.translation("messages", ROOT / "locale", [locale], fallback=True)


def lazy(msgid: str, **params: Any) -> Message:
    """A message to be translated when it is shown. Imported as `_` so that extraction finds it."""
    return Message(msgid, params=params)


def nlazy(msgid: str, plural: str, count: int, **params: Any) -> Message:
    """The same with a singular and a plural; imported as `ngettext`. `%(num)s` is the count."""
    return Message(msgid, plural, count, params)


def translate(message: Message | str, locale: str) -> str:
    """The message in `locale`, its values filled in."""
    if isinstance(message, str):
        return message
    words = catalogue(locale)
    if message.plural:
        text = words.ngettext(message.msgid, message.plural, message.count)
        return one_stop(text % {"num": message.count, **_shown(message.params, locale)})
    text = words.gettext(message.msgid)
    return one_stop(text % _shown(message.params, locale)) if message.params else text


def _shown(params: Mapping[str, Any], locale: str) -> dict[str, Any]:
    return {name: _value(value, locale) for name, value in params.items()}


def _value(value: Any, locale: str) -> Any:
    if isinstance(value, Message):
        return translate(value, locale)
    return number(value, locale) if isinstance(value, int) and value >= FIRST_GROUPED else value


def one_stop(sentence: str) -> str:
    """A sentence that ends with an English hour has one full stop: until 8:00 p.m."""
    return sentence.replace(".m..", ".m.")


class Foreign(str):
    """A text shown in another language than the page’s, because it does not exist in the page’s.

    On a page it carries its language, so that it is read aloud with the right voice (WCAG 3.1.2).
    """

    __slots__ = ("lang",)
    lang: str

    def __new__(cls, text: str, lang: str) -> Self:
        made = super().__new__(cls, text)
        made.lang = lang
        return made

    def __html__(self) -> Markup:
        return Markup('<span lang="{}">{}</span>').format(self.lang, str(self))


def words_of(texts: Mapping[str, str] | Iterable[tuple[str, str]], locale: str) -> str:
    """A text that exists per language: in `locale`, else, marked, in French, else in any; empty when there is none."""
    by_language = dict(texts)
    for language in (locale, DEFAULT_LOCALE, *by_language):
        if found := by_language.get(language):
            return found if language == locale else Foreign(found, language)
    return ""


def paragraphs(texts: Mapping[str, str], locale: str) -> list[str]:
    """A long text in the page’s language, cut at blank lines."""
    words = words_of(texts, locale)
    parts = [part.strip() for part in words.replace("\r", "").split("\n\n") if part.strip()]
    return [Foreign(part, words.lang) for part in parts] if isinstance(words, Foreign) else parts


def in_part(text: str, locale: str) -> str:
    """One of the two halves of « jeunesse | youth », which is how a category or borough is named in two languages.

    A name without an English half is French.
    """
    french, bar, english = text.partition(BETWEEN_LANGUAGES)
    if locale == DEFAULT_LOCALE:
        return french.strip()
    return english.strip() if bar else Foreign(french.strip(), DEFAULT_LOCALE) if text else ""


def number(value: int | Decimal | float, locale: str) -> str:
    """1 234 in French, 1,234 in English."""
    return _spaces(format_decimal(value, locale=_BABEL[locale]))


def money(cents: int, locale: str) -> str:
    """Cents as dollars: 1 234,56 $ or $1,234.56; whole dollars carry no decimals."""
    pattern = None if cents % 100 else ("#,##0\u00a0¤" if locale == "fr" else "¤#,##0")
    text = format_currency(
        Decimal(cents) / 100, "CAD", format=pattern, locale=_BABEL[locale], currency_digits=bool(cents % 100)
    )
    return _spaces(text.replace("CA$", "$").replace("$\u00a0CA", "$"))


def percent(share: float | Decimal, locale: str, digits: int = 0) -> str:
    """0.256 as 26 % or 26%."""
    text = format_decimal(round(Decimal(share) * 100, digits), locale=_BABEL[locale])
    return _spaces(text) + (NO_BREAK_SPACE + "%" if locale == "fr" else "%")


def _spaces(text: str) -> str:
    """The plain no-break space for every kind: the house typeface has no narrow one."""
    return text.replace("\u202f", NO_BREAK_SPACE)


def local(moment: datetime, zone: tzinfo = DEFAULT_ZONE) -> datetime:
    """The instant on the wall clock of the process."""
    return moment.astimezone(zone)


def long_date(day: date | datetime, locale: str, zone: tzinfo = DEFAULT_ZONE) -> str:
    """14 mars 2027 / March 14, 2027."""
    if isinstance(day, datetime):
        day = local(day, zone).date()
    return _spaces(_first_of_month(format_date(day, "long", locale=_BABEL[locale]), day, locale))


def _first_of_month(text: str, day: date, locale: str) -> str:
    """French counts the first day only: 1er mars, 2 mars."""
    return text.replace("1 ", "1er ", 1) if locale == "fr" and day.day == 1 else text


def short_date(day: date | datetime, locale: str, zone: tzinfo = DEFAULT_ZONE) -> str:
    """14 mars / March 14: for a calendar whose year is known."""
    if isinstance(day, datetime):
        day = local(day, zone).date()
    return _spaces(_first_of_month(format_skeleton("MMMMd", day, locale=_BABEL[locale]), day, locale))


def clock(moment: datetime | time, locale: str, zone: tzinfo = DEFAULT_ZONE) -> str:
    """20 h 30 in French, 8:30 p.m. in English."""
    wall = local(moment, zone).time() if isinstance(moment, datetime) else moment
    if locale == "fr":
        minutes = f"{NO_BREAK_SPACE}{wall.minute:02d}" if wall.minute else ""
        return f"{wall.hour}{NO_BREAK_SPACE}h{minutes}"
    return _spaces(format_time(wall, "h:mm a", locale=_BABEL["en"]))


def date_and_time(moment: datetime, locale: str, zone: tzinfo = DEFAULT_ZONE) -> str:
    """14 mars 2027 à 20 h / March 14, 2027 at 8:00 p.m."""
    joint = " à " if locale == "fr" else " at "
    return long_date(moment, locale, zone) + joint + clock(moment, locale, zone)


def last_moment(moment: datetime, locale: str, zone: tzinfo = DEFAULT_ZONE) -> str:
    """Until when, for people: an end at midnight is the day before, whole; any other has its hour."""
    if local(moment, zone).time() == time():
        return long_date(moment - timedelta(seconds=1), locale, zone)
    return date_and_time(moment, locale, zone)


def first_moment(moment: datetime, locale: str, zone: tzinfo = DEFAULT_ZONE) -> str:
    """From when, for people: a start at midnight is that day; any other has its hour."""
    if local(moment, zone).time() == time():
        return long_date(moment, locale, zone)
    return date_and_time(moment, locale, zone)


def colon(locale: str) -> str:
    """The colon with the space that French puts before it."""
    return NO_BREAK_SPACE + ":" if locale == "fr" else ":"


def quoted(text: str, locale: str) -> str:
    """« text » or “text”."""
    return f"«{NO_BREAK_SPACE}{text}{NO_BREAK_SPACE}»" if locale == "fr" else f"“{text}”"


def negotiate(accept_language: str) -> str:
    """The language of a visitor whose address names none: French unless English is clearly preferred."""
    best, weight = DEFAULT_LOCALE, 0.0
    for position, part in enumerate(accept_language.split(",")):
        tag, _, quality = part.strip().partition(";q=")
        language = tag.split("-")[0].lower()
        try:
            share = float(quality) if quality else 1.0
        except ValueError:
            continue
        if language in LOCALES and share - position * 1e-6 > weight:
            best, weight = language, share - position * 1e-6
    return best


def now() -> datetime:
    """The present instant, aware, in UTC. Only the edge calls it; everything else is passed `at`."""
    return datetime.now(UTC)
