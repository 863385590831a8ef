"""Every visible word is in the catalogues, in French as it is written here and in English."""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo

from participation.i18n import LOCALES
from tests import catalogues
from tests.catalogues import catalogue_file, forms, messages, sources
from tests.guards.source import templates

SPACE = "\u00a0"
Identity = tuple[object, object]


@lru_cache
def extracted() -> Catalog:
    return catalogues.extracted()


@lru_cache
def written(locale: str) -> Catalog:
    return catalogues.written(locale)


def identities(catalogue: Catalog) -> set[Identity]:
    return {(message.id, message.context) for message in messages(catalogue)}


def shown(found: list[str]) -> str:
    return "\n".join(["", *found[:20], "run `make catalogues`"])


@pytest.mark.parametrize("locale", LOCALES)
def test_the_catalogue_holds_what_the_code_says_and_no_more(locale: str) -> None:
    asked, held = identities(extracted()), identities(written(locale))
    assert asked == held, shown([f"new: {one}" for one in asked - held] + [f"gone: {one}" for one in held - asked])


@pytest.mark.parametrize("locale", LOCALES)
def test_every_message_has_its_words(locale: str) -> None:
    missing = catalogues.untranslated(written(locale))
    assert not missing, shown([str(message.id) for message in missing])


@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_guessed(locale: str) -> None:
    assert [message.id for message in messages(written(locale)) if message.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_compiled_is_what_is_written(locale: str) -> None:
    with catalogue_file(locale).with_suffix(".mo").open("rb") as file:
        compiled = {_key(message): forms(message) for message in read_mo(file) if message.id}
    words = {_key(message): forms(message) for message in messages(written(locale)) if all(forms(message))}
    assert compiled == words, "run `make setup`"


def _key(message: Message) -> str:
    """Its source text: that of one, where there is a plural."""
    return sources(message)[0]


def test_english_is_the_language_of_the_code() -> None:
    for message in messages(written("en")):
        assert forms(message) == sources(message)


def values(text: str) -> list[str]:
    """The named values of a message: %(name)s of gettext and {name} of scripts."""
    braces = [name for _text, name, _spec, _conversion in Formatter().parse(text) if name]
    return sorted({*re.findall(r"%\((\w+)\)[sd]", text), *braces})


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_fills_in_the_same_values(locale: str) -> None:
    wrong = []
    for message in messages(written(locale)):
        allowed = {name for source in sources(message) for name in values(source)}
        for words in filter(None, forms(message)):
            lost = set(values(sources(message)[-1])) - set(values(words)) - {"num"}
            if lost or not set(values(words)) <= allowed | {"num"}:
                wrong.append(words)
    assert not wrong, shown(wrong)


FRENCH = {
    "a no-break space before « : »": re.compile(r"(?<![\u00a0\d])(?<!^):(?=\s|$)|[^\S\u00a0]:"),
    "no space before ? ! ;": re.compile(r"\s[?!;]"),
    "no-break spaces inside « »": re.compile(r"«(?!\u00a0)|(?<!\u00a0)»"),
    "« » and not other quotes": re.compile(r"[\"“”„]"),
    "no median dots": re.compile(r"\w[·•‧]\w"),
    "a typographic apostrophe": re.compile(r"'"),
    "… and not three dots": re.compile(r"\.\.\."),
    "a no-break space before $ and %": re.compile(r"\d[^\S\u00a0]?[$%](?!\()"),
    "a no-break space between digits": re.compile(r"\d \d{3}\b"),
    "two spaces": re.compile(r"  "),
}
ENGLISH = {
    "a curly apostrophe": re.compile(r"'"),
    "curly quotes": re.compile(r"\""),
    "… and not three dots": re.compile(r"\.\.\."),
    "no space before : ? ! ;": re.compile(r"\s[:?!;](?=\s|$)"),
    "no French quotes": re.compile(r"[«»]"),
    "two spaces": re.compile(r"  "),
}


def faults(catalogue: Catalog, rules: dict[str, re.Pattern[str]]) -> list[str]:
    return [
        f"{rule}: {words}"
        for message in messages(catalogue)
        for words in map(_spoken, forms(message))
        for rule, pattern in rules.items()
        if pattern.search(words)
    ]


def _spoken(words: str) -> str:
    """Without what is no prose: addresses, what is typed at a keyboard, lists of values."""
    return re.sub(r"https?://\S+|%\(\w+\)[sd]|\{\w+\}", "N", words)


def test_french_is_written_as_in_quebec() -> None:
    wrong = faults(written("fr"), FRENCH)
    assert not wrong, shown(wrong)


def test_english_is_written_with_care() -> None:
    wrong = faults(written("en"), ENGLISH)
    assert not wrong, shown(wrong)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("Coût: 3", "a no-break space before « : »"),
        ("Coût : 3", "a no-break space before « : »"),
        (f"Vraiment{SPACE}?", "no space before ? ! ;"),
        ("« oui »", "no-break spaces inside « »"),
        ("l'urne", "a typographic apostrophe"),
        ("les électeur·rices", "no median dots"),
        ("25 % des voix", "a no-break space before $ and %"),
        ("10 000 votes", "a no-break space between digits"),
    ],
)
def test_the_guard_sees_a_fault(words: str, rule: str) -> None:
    found = Catalog(locale="fr")
    found.add("Source", string=words)
    assert any(fault.startswith(rule) for fault in faults(found, FRENCH))


@pytest.mark.parametrize(
    "words", [f"Coût{SPACE}: 3{SPACE}$", f"«{SPACE}oui{SPACE}»; non", f"À 20{SPACE}h{SPACE}30, 26{SPACE}%", "7:3"]
)
def test_the_guard_accepts_good_french(words: str) -> None:
    found = Catalog(locale="fr")
    found.add("Source", string=words)
    assert faults(found, FRENCH) == []


BARE = re.compile(r">([^<>{}]*[A-Za-zÀ-ÿ]{3}[^<>{}]*)<")
WITHOUT = re.compile(r"\{#.*?#\}|\{%-?\s*trans.*?endtrans\s*-?%\}|<(code|kbd|title|samp)\b[^>]*>[^<]*</\1>", re.DOTALL)
UNTRANSLATED = {
    "DONNÉES FICTIVES",  # the banner of the demonstration is in both languages at once
    "FICTIONAL DATA",
}


def test_templates_say_nothing_outside_the_catalogues() -> None:
    found = []
    for path in templates():
        text = WITHOUT.sub("", path.read_text(encoding="utf-8"))
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "{}", text, flags=re.DOTALL)
        found += [f"{path.name}: {said.strip()}" for said in BARE.findall(text) if said.strip() not in UNTRANSLATED]
    assert not found, shown(found)


SPACED = re.compile(r"(?:\}\}|</\w+>|\w)\s?[:?!;]\s?(?:\{\{|\{%|<)|[“”«»]")
"""Marks that French sets off with a space, or other marks: {{ colon }} and |quoted write them."""


def test_templates_write_no_mark_that_languages_space_differently() -> None:
    found = []
    for path in templates():
        text = WITHOUT.sub("", path.read_text(encoding="utf-8"))
        text = re.sub(r"(\{\{|\{%)(.*?)(\}\}|%\})", r"\1\3", text, flags=re.DOTALL)
        found += [f"{path.name}: {hit.group()}" for hit in SPACED.finditer(text)]
    assert not found, shown(found)


def test_messages_are_whole_sentences_or_names() -> None:
    """A message that begins or ends with a space is a piece of a sentence: another language orders it otherwise."""

    texts = [text for message in messages(extracted()) for text in sources(message)]
    assert [text for text in texts if text != text.strip()] == []
