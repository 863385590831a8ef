"""Whoever holds a code is told at once that it was used; whoever guesses learns nothing. Ages are asked as needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from participation.ballots import service as box
from participation.counting.spec import BallotSpec, Precedence
from participation.db import Database
from participation.register.keys import Keys
from tests.builders import NOON, build_codes, build_spec, build_world, online_entry, open_register
from tests.client import Page, Site


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (build_spec(), True),
        (build_spec(change_until_close=True), False),
        (build_spec(precedence=Precedence.ALL_VOID), False),
    ],
)
def test_a_used_code_is_told_before_the_ballot_is_filled_in(
    site: Site, database: Database, keys: Keys, spec: BallotSpec, told: bool
) -> None:
    world = build_world(database, keys, spec)
    (code,) = build_codes(database, keys, world, 1)
    with database.writing() as session:
        box.cast(session, keys, world.spec_row, [online_entry(keys, world, code, "1")], NOON)
    answer = site.visitor().post(f"/fr{world.path}/vote/code", {"code": code}, status=422 if told else 303)
    if told:
        assert "déjà été reçu" in Page(answer.text).text


def test_a_used_code_is_no_guess_and_an_unknown_one_is(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    used, fresh = build_codes(database, keys, world, 2)
    with database.writing() as session:
        box.cast(session, keys, world.spec_row, [online_entry(keys, world, used, "1")], NOON)
    browser, path = site.visitor(), f"/fr{world.path}/vote/code"
    for _time in range(25):
        browser.post(path, {"code": used}, status=422)
    browser.post(path, {"code": fresh})
    strange = Page(browser.post(path, {"code": "ABCD-EFGH-JKLM"}, status=422).text).text
    assert "déjà été reçu" not in strange
    for _time in range(20):
        answer = browser.client.post(path, data={"code": "ABCD-EFGH-JKLM"}, follow_redirects=False)
    assert answer.status_code == 429


@pytest.mark.parametrize(("age", "words"), [(12, "12 or 13"), (13, "13"), (10, "10 to 13"), (0, "under 14")])
def test_the_age_is_asked_in_the_words_of_the_minimum(
    site: Site, database: Database, keys: Keys, age: int, words: str
) -> None:
    world = build_world(database, keys, replace(open_register(build_spec()), minimum_age=age))
    page = site.visitor().get_page(f"/en{world.path}/vote/age").text
    assert f"I am {words} " in page
    assert f"If you are {words}, ask for a code" in site.visitor().get_page(f"/en{world.path}/vote/code").text


def test_nobody_is_asked_for_an_age_or_a_code_where_all_may_give_a_name(
    site: Site, database: Database, keys: Keys
) -> None:
    declared = (("fr", "J’ai 16 ans ou plus. J’habite à Gatineau."),)
    spec = replace(open_register(build_spec()), minimum_age=16, eligibility=declared)
    world = build_world(database, keys, spec)
    base, browser = f"/fr{world.path}/vote", site.visitor()
    for step in ("/age", "/code"):
        answer = browser.client.get(base + step, follow_redirects=False)
        assert answer.headers["location"] == f"{base}/declaration"
    page = browser.get_page(f"{base}/declaration")
    assert "J’ai 16 ans ou plus. J’habite à Gatineau." in page.text
    assert f"{base}/code" not in page.links()
    assert "J’habite à Gatineau" in browser.get_page(base).text
    assert "Montréal" not in browser.get_page(base).text + page.text
