"""The log: a page of it is read, not the whole; every kind and every field of an event is in words."""

from __future__ import annotations

import ast

from participation import audit, i18n
from participation.publication.event_details import FIELDS, Reader, details, worded_fields
from participation.publication.event_words import EVENTS
from participation.publication.staff_pages import EVENTS_PER_PAGE
from participation.register.service import CodesCancelled
from tests.builders import NOON, World
from tests.client import QueryCount, Site
from tests.guards.source import modules, tree
from tests.publication.stories import build_staff, build_vote, certified_vote, desk


def add_events(site: Site, world: World, number: int) -> None:
    """All at the same instant: the order among them is that of their ids."""
    with site.database.writing() as session:
        for codes in range(number):
            audit.record(session, CodesCancelled(codes + 1), at=NOON, scope=audit.Scope(process_id=world.process_id))


def test_pages_of_the_log_hold_each_event_once(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    browser = site.signed_in(build_staff(site.database, world).observer)
    add_events(site, world, 2 * EVENTS_PER_PAGE + 7)
    address, rows = desk(world, "/events?kind=codes-cancelled"), []
    for left in (True, True, False):
        page = browser.get_page(address)
        rows += [words for words in page.words if words.endswith((" code", " codes"))]
        older = [attrs["href"] for attrs in page.all("a") if attrs.get("rel") == "next"]
        assert bool(older) is left
        address = older[0] if older else ""
    assert len(rows) == len(set(rows)) == 2 * EVENTS_PER_PAGE + 7


def test_a_page_of_a_long_log_costs_what_a_page_of_a_short_one_costs(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    browser = site.signed_in(build_staff(site.database, world).observer)
    with QueryCount(site) as short:
        browser.get(desk(world, "/events"))
    add_events(site, world, 3 * EVENTS_PER_PAGE)
    with QueryCount(site) as long:
        page = browser.get_page(desk(world, "/events"))
    assert long.number == short.number
    assert len(page.all("tr")) == EVENTS_PER_PAGE + 1
    (listing,) = [words for words in long.statements if "event_reason" in words]
    assert "LIMIT" in listing


def test_a_broken_address_of_a_page_shows_the_newest(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    browser = site.signed_in(build_staff(site.database, world).observer)
    for query in ("?before=yesterday", "?before=2027-01-01~x", "?kind=nothing", "?before=2027-01-01T00:00~" + "0" * 32):
        assert "Access codes made" in browser.get_page(desk(world, f"/events{query}")).text


def test_every_field_of_an_event_of_the_log_has_words() -> None:
    """Whoever adds a field to an event also says it in both languages, or that it is not said."""
    known = set(worded_fields())
    classes = [node for path in modules() for node in tree(path).body if isinstance(node, ast.ClassDef)]
    by_kind = {audit.kind_of(type(node.name, (), {})): node for node in classes}
    fields = {
        part.target.id
        for kind in EVENTS
        for part in by_kind[kind].body
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }
    assert fields <= known


def test_details_are_in_the_language_of_the_page(site: Site) -> None:
    """Whatever has happened in a whole vote: no key of the program and no code is left."""
    world, _staff = certified_vote(site)
    with site.database.reading() as session:
        rows = audit.list_events(session, world.process_id)
    reader = Reader("fr", i18n.DEFAULT_ZONE, {})
    said = " · ".join(part for row in rows for part in details(row, reader))
    assert said
    for key in FIELDS:
        assert f"{key} =" not in said
    assert "codes" in said
    assert "_" not in said


def test_the_reasons_of_two_signers_are_a_list(site: Site) -> None:
    """They end with a full stop each, so nothing can join them into one sentence."""
    page = site.visitor().get("/en/patterns")
    assert "<li>One form is missing.</li><li>The bag was searched by two people.</li>" in page.text
