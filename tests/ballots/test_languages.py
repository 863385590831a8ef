"""Texts in French alone are marked as French on English pages; the language changes without losing a word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from participation.accounts.models import Role
from participation.counting.spec import BallotSpec, Question, Style
from participation.db import Database
from participation.i18n import Foreign, words_of
from participation.processes.models import Place, Process, Project
from participation.register.keys import Keys
from tests.builders import World, build_account, build_codes, build_spec, build_world, open_register
from tests.client import Page, Site
from tests.publication.stories import certified_vote

FRENCH = "Ruelle"
TITLE = (("fr", FRENCH),)


class Spoken(Page):
    """A page that notes the language in which each word of it is read aloud."""

    def __init__(self, html: str) -> None:
        self._languages: list[tuple[str, str]] = []
        self.misread: list[str] = []
        super().__init__(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._languages.append((tag, dict(attrs).get("lang") or self._language))

    def handle_endtag(self, tag: str) -> None:
        super().handle_endtag(tag)
        while self._languages and self._languages.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        in_title = bool(self._languages) and self._languages[-1][0] == "title"
        if FRENCH in data and self._language != "fr" and not in_title:
            self.misread.append(data.strip())

    @property
    def _language(self) -> str:
        return self._languages[-1][1] if self._languages else ""


def in_french(question: Question) -> Question:
    options = [replace(option, title=TITLE) for option in question.options]
    return replace(question, title=TITLE, options=tuple(options))


def french_spec(spec: BallotSpec) -> BallotSpec:
    questions = tuple(in_french(question) for question in spec.questions)
    return replace(spec, questions=questions, styles=(Style("ville", TITLE, tuple(each.id for each in questions)),))


def drop_english(database: Database, world: World) -> None:
    """Leaves the process, its projects and its places with French texts alone. A body’s name is a proper name."""
    with database.writing() as session:
        process = session.get_one(Process, world.process_id)
        process.title = process.summary = process.description = dict(TITLE)
        for place in _all(session, Place):
            place.name = place.hours = dict(TITLE)
        for project in _all(session, Project):
            project.title = project.summary = project.description = dict(TITLE)


def _all(session: Session, table: type[Place] | type[Project]) -> list[Any]:
    return list(session.execute(select(table)).scalars())


def check_spoken(html: str, path: str) -> None:
    page = Spoken(html)
    assert FRENCH in page.text, f"{path} shows no text of the process"
    assert page.misread == [], path
    marked = [attrs for _tag, attrs in page.tags if any("<" in value for value in attrs.values())]
    assert marked == [], f"{path}: markup inside an attribute"
    assert "&lt;span" not in html, f"{path}: markup shown as text"


PUBLIC = ("", "{org}", "{vote}", "{vote}/projects", "{vote}/projects/ville/01", "{vote}/vote", "{vote}/privacy")
STAFF = (
    "/staff",
    "/staff{vote}",
    "/staff{vote}/edit",
    "/staff{vote}/edit/contests",
    "/staff{vote}/edit/places",
    "/staff{vote}/edit/publish",
    "/staff{vote}/edit/changes",
    "/staff{vote}/register",
    "/staff{vote}/forms",
    "/staff{vote}/closing",
    "/staff{vote}/intake",
    "/staff{vote}/intake/C1",
    "/staff{vote}/intake/stock?place=C1",
    "/staff{vote}/batches/new",
)


def test_french_texts_are_read_aloud_in_french(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, french_spec(build_spec()))
    drop_english(database, world)
    visitor = site.visitor()
    for path in PUBLIC:
        address = "/en" + (path.format(org="/ville", vote=world.path) or "/")
        check_spoken(visitor.get(address).text, address)
    base = f"/en{world.path}/vote"
    (code,) = build_codes(database, keys, world, 1)
    visitor.post(f"{base}/code", {"code": code})
    check_spoken(visitor.get(f"{base}/ballot/1").text, "the ballot")
    too_many = {"c.ville.1": "1", "c.ville.2": "1", "c.ville.3": "1"}
    check_spoken(visitor.post(f"{base}/ballot/1", too_many, status=422).text, "the ballot with too many choices")
    visitor.post(f"{base}/ballot/1", {"c.ville.1": "1"})
    check_spoken(visitor.get(f"{base}/review").text, "the review")
    visitor.post(f"{base}/confirm")
    check_spoken(visitor.get(f"{base}/receipt").text, "the receipt")


def test_french_texts_on_staff_pages(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, french_spec(build_spec()))
    drop_english(database, world)
    roles = (Role.ADMINISTRATOR, Role.INTAKE_CLERK, Role.ENTRY_CLERK)
    staff = site.signed_in(build_account(database, "Ada Admin", roles, world.organisation_id))
    for path in STAFF:
        address = "/en" + path.format(vote=world.path)
        check_spoken(staff.get(address).text, address)


def test_french_texts_of_a_result(site: Site, database: Database, keys: Keys) -> None:
    world, _staff = certified_vote(site, french_spec(build_spec()))
    drop_english(database, world)
    address = f"/en{world.path}/results"
    check_spoken(site.visitor().get(address).text, address)


@pytest.mark.parametrize(
    ("texts", "locale", "words", "language"),
    [
        ({"fr": "Ruelle", "en": "Alley"}, "en", "Alley", ""),
        ({"fr": "Ruelle", "en": ""}, "en", "Ruelle", "fr"),
        ((("en", "Alley"),), "fr", "Alley", "en"),
        ({}, "fr", "", ""),
    ],
)
def test_a_text_that_falls_back_knows_its_language(texts: object, locale: str, words: str, language: str) -> None:
    found = words_of(texts, locale)  # type: ignore[arg-type]
    assert found == words
    assert (found.lang if isinstance(found, Foreign) else "") == language


def test_typed_details_survive_a_change_of_language(site: Site, database: Database, keys: Keys) -> None:
    """The switch is a button of the form: what is typed comes back in the other language, unjudged and unkept."""
    base = build_world(database, keys, open_register(build_spec())).path
    visitor = site.visitor()
    switch = {"language": "en", "last_name": "Tremblay", "birth_day": "x"}
    page = Page(visitor.post(f"/en{base}/vote/declaration", switch, status=200).text)
    assert page.value_of("last_name") == "Tremblay"
    assert page.value_of("birth_day") == "x"
    assert "error-summary" not in page.html
    assert not visitor.client.cookies
    page = Page(visitor.post(f"/en{base}/vote/code", {"language": "en", "code": "ABCD"}, status=200).text)
    assert page.value_of("code") == "ABCD"


def test_ticks_survive_a_change_of_language(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    visitor = site.visitor()
    (code,) = build_codes(database, keys, world, 1)
    visitor.post(f"/fr{world.path}/vote/code", {"code": code})
    shown = visitor.get_page(f"/fr{world.path}/vote/ballot/1")
    (switch,) = [attrs for attrs in shown.all("button") if attrs.get("name") == "language"]
    assert switch["form"] == "ballot-form"
    page = visitor.submit(switch["formaction"], {"c.ville.2": "1", "language": switch["value"]})
    assert page.all("html")[0]["lang"] == "en"
    assert [attrs["id"] for attrs in page.all("input") if "checked" in attrs] == ["c.ville.2"]
