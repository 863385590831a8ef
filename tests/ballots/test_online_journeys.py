"""An online vote from start to receipt, without JavaScript: five kinds of ballot, two registers, two languages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from participation.ballots.models import Ballot
from participation.counting.answers import decode
from participation.counting.spec import BallotSpec, QuestionKind, RulingKind, Style
from participation.db import Database
from participation.register.keys import Keys
from tests.builders import build_codes, build_question, build_spec, build_world, open_register
from tests.client import Browser, Page, Site

ONE = QuestionKind.CHOOSE_ONE
KINDS = [
    pytest.param({"kind": ONE, "max_choices": 1}, {"c.ville": "3"}, [("3", 1)], id="one"),
    pytest.param({}, {"c.ville.1": "1", "c.ville.4": "1"}, [("1", 1), ("4", 1)], id="approval"),
    pytest.param(
        {"kind": QuestionKind.KNAPSACK, "max_choices": 4},
        {"c.ville.1": "1", "c.ville.3": "1", "c.ville.4": "1"},
        [("1", 1), ("3", 1), ("4", 1)],
        id="knapsack",
    ),
    pytest.param(
        {"kind": QuestionKind.CUMULATIVE, "max_choices": 4, "max_points": 10, "max_points_each": 6},
        {"c.ville.1": "", "c.ville.2": "4", "c.ville.3": "0", "c.ville.4": "6"},
        [("2", 4), ("4", 6)],
        id="points",
    ),
    pytest.param(
        {"kind": QuestionKind.RANKING, "max_choices": 3},
        {"c.ville.1": "2", "c.ville.2": "", "c.ville.3": "1"},
        [("3", 1), ("1", 2)],
        id="ranking",
    ),
]
DECLARATION = {
    "first_name": "Ana",
    "last_name": "Tremblay",
    "birth_day": "14",
    "birth_month": "3",
    "postal_code": "h2x1y4",
    "eligible": "1",
}


def stored(database: Database) -> list[Ballot]:
    with database.reading() as session:
        return list(session.execute(select(Ballot)).scalars())


def answers(database: Database) -> list[object]:
    return [list(answer) for ballot in stored(database) for _question, answer in decode(ballot.choices)]


def with_code(browser: Browser, base: str, code: str) -> str:
    return str(browser.post(f"{base}/vote/code", {"code": code}).headers["location"])


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(("limits", "form", "expected"), KINDS)
def test_each_kind_from_code_to_receipt(
    site: Site,
    database: Database,
    keys: Keys,
    locale: str,
    limits: dict[str, object],
    form: dict[str, str],
    expected: Sequence[tuple[str, int]],
) -> None:
    world = build_world(database, keys, build_spec(build_question(**limits)))  # type: ignore[arg-type]
    (code,) = build_codes(database, keys, world, 1)
    base, browser = f"/{locale}{world.path}", site.visitor()

    start = browser.get_page(f"{base}/vote")
    assert f"{base}/vote/code" in start.links()
    ballot = with_code(browser, base, f" {code[:4]}-{code[4:8]} {code[8:].lower()}")
    browser.get_page(ballot)
    review = browser.submit(ballot, form)
    assert all(f"Projet {option}" in review.text for option, _value in expected)
    assert stored(database) == [], "nothing is written before the confirmation"
    receipt = browser.submit(f"{base}/vote/confirm")

    assert answers(database) == [list(expected)]
    looked_up = Page(browser.post(f"{base}/receipt", {"code": code_of(receipt)}, status=200).text)
    assert {"data-kind": "received"}.items() <= next(a for a in looked_up.all("div") if "data-kind" in a).items()


def code_of(receipt: Page) -> str:
    """The receipt's code as it is shown."""
    start = receipt.html.index('<output id="receipt-code"')
    return receipt.html[receipt.html.index(">", start) + 1 : receipt.html.index("</output>", start)]


def test_open_register_from_the_age_question_to_the_receipt(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    base, browser = f"/fr{world.path}", site.visitor()

    assert f"{base}/vote/age" in browser.get_page(f"{base}/vote").links()
    page = browser.submit(f"{base}/vote/age", {"age": "14"})
    assert "J’ai 14 ans ou plus. J’habite à Montréal" in page.text
    ballot = browser.post(f"{base}/vote/declaration", DECLARATION).headers["location"]
    review = browser.submit(ballot, {"c.ville.2": "1"})
    assert "14 mars" in review.text
    assert "H2X 1Y4" in review.text
    receipt = browser.submit(f"{base}/vote/confirm")

    assert "urne" in receipt.text
    assert answers(database) == [[("2", 1)]]


def test_ages_12_and_13_are_asked_for_a_code_and_no_name(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    base, browser = f"/en{world.path}", site.visitor()

    answer = browser.post(f"{base}/vote/age", {"age": "12"})

    assert answer.headers["location"] == f"{base}/vote/code"
    assert "set-cookie" not in answer.headers, "the age is not kept"
    page = browser.get_page(answer.headers["location"])
    assert [field["name"] for field in page.all("input") if "name" in field] == ["code"]
    browser.post(f"{base}/vote/age", {}, status=422)


def test_an_open_register_never_says_that_somebody_has_voted(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    base = f"/fr{world.path}"
    seen = []
    for _time in range(2):
        browser = site.visitor()
        ballot = browser.post(f"{base}/vote/declaration", DECLARATION).headers["location"]
        browser.post(ballot, {"c.ville.1": "1"})
        page = browser.submit(f"{base}/vote/confirm")
        seen.append(
            (
                page.text.replace(code_of(page), ""),
                Page(browser.post(f"{base}/receipt", {"code": code_of(page)}, status=200).text).text,
            )
        )

    assert seen[0] == seen[1]
    assert len(stored(database)) == 2


def test_of_two_ballots_begun_with_one_code_the_second_is_refused_at_the_confirmation(
    site: Site, database: Database, keys: Keys
) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    first, second = site.visitor(), site.visitor()
    for browser in (first, second):
        browser.post(with_code(browser, base, code), {"c.ville.1": "1"})

    first.post(f"{base}/vote/confirm")
    refused = second.post(f"{base}/vote/confirm", status=409)

    assert refused.headers["x-refusal"] == "already-received"
    assert "514 555-0100" in Page(refused.text).text
    assert len(stored(database)) == 1
    assert "01" in second.get_page(f"{base}/vote/review").text, "the choices are kept"


def two_styles() -> BallotSpec:
    city = build_question(id="ville")
    east, west = build_question(id="est", max_choices=1), build_question(id="ouest", max_choices=1)
    styles = (
        Style("est", (("fr", "Secteur est"), ("en", "East")), ("ville", "est")),
        Style("ouest", (("fr", "Secteur ouest"), ("en", "West")), ("ville", "ouest")),
    )
    return open_register(build_spec(city, questions=(city, east, west), styles=styles))


def test_a_style_with_two_questions_is_one_ballot(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, two_styles())
    base, browser = f"/fr{world.path}", site.visitor()

    browser.post(f"{base}/vote/declaration", DECLARATION, status=422)
    first = browser.post(f"{base}/vote/declaration", {**DECLARATION, "style": "ouest"}).headers["location"]
    second = browser.post(first, {"c.ville.1": "1"}).headers["location"]
    assert second == f"{base}/vote/ballot/2"
    asked = Page(browser.post(second, {}, status=422).text)
    assert "blank" in [field.get("name") for field in asked.all("input")]
    review = browser.submit(second, {"blank": "1"})
    assert "Vote blanc" in review.text
    browser.post(f"{base}/vote/confirm")

    (ballot,) = stored(database)
    assert (ballot.style, ballot.ruling) == ("ouest", RulingKind.VALID)
    assert decode(ballot.choices) == (("ouest", ()), ("ville", (("1", 1),)))


def test_a_blank_vote_is_asked_about_and_stored_as_blank(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base, browser = f"/fr{world.path}", site.visitor()
    ballot = with_code(browser, base, code)

    assert "voter blanc" in Page(browser.post(ballot, {}, status=422).text).text
    assert browser.client.get(f"{base}/vote/review", follow_redirects=False).status_code == 303
    browser.post(f"{base}/vote/confirm")  # back to the question, nothing cast
    assert stored(database) == []
    page = browser.submit(ballot, {"blank": "1"})
    assert "Déposer mon bulletin blanc" in page.text
    browser.submit(f"{base}/vote/confirm")

    assert [row.ruling for row in stored(database)] == [RulingKind.BLANK]


def test_the_language_can_be_changed_in_the_middle(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    browser = site.visitor()
    ballot = with_code(browser, f"/fr{world.path}", code)
    browser.post(ballot, {"c.ville.3": "1"})

    assert "Cast my ballot" in browser.get_page(f"/en{world.path}/vote/review").text
    browser.submit(f"/en{world.path}/vote/confirm")

    assert answers(database) == [[("3", 1)]]
    assert "ballot" not in {cookie.name for cookie in browser.client.cookies.jar}
