"""Number boxes: what does not fit one sheet becomes boxes for the numbers of the booklet, a bubble for each digit."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from participation.paper.sheets.layout import as_json, layout_of_data
from participation.printing import marked
from tests.printing.reading import MM, preview, printed, wording
from tests.printing.test_ballot import KINDS


def data(
    kind: str = "approval", options: int = 60, contest: dict[str, Any] | None = None, **changes: Any
) -> dict[str, Any]:
    """A ballot with `options` projects numbered from 01."""
    found = preview("ballot", **changes) | {"form": "QAV271FR5D41"}
    known = found["contests"][0]["options"]
    many = [
        known[index % len(known)] | {"id": f"p{index + 1}", "number": f"{index + 1:02}"} for index in range(options)
    ]
    found["contests"][0] |= {"kind": kind, "options": many, "max_points": 10, "max_points_each": 4} | (contest or {})
    return found


def targets(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    return marked("ballot", sheet, "mark")


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_needs_more_than_a_sheet_is_written_in_boxes_on_one(kind: str, large: bool, locale: str) -> None:
    envelope = {"envelope": 300_000_000}
    sheet = printed("ballot", data(kind, contest=envelope, locale=locale, large_print=large, numbered=True))
    assert len(sheet.pages) <= 2
    assert wording(locale, "ballot.boxes.booklet") in sheet.text
    assert "Outremont" not in sheet.text
    assert wording(locale, "ballot.boxes.zero").format(number="1", padded="01") in sheet.text


@pytest.mark.parametrize("options", range(36, 46, 3))
def test_what_fits_a_sheet_stays_a_list(options: int) -> None:
    sheet = data(options=options, contest={"options": data(options=options)["contests"][0]["options"]})
    for option in sheet["contests"][0]["options"]:
        option["title"] = "Ruelle verte"
    assert {mark["slot"] for mark in targets(sheet)} == {0}
    assert len(printed("ballot", sheet).pages) == 2


@pytest.mark.parametrize(
    ("kind", "contest", "slots"),
    [
        ("choose_one", {}, 1),
        ("approval", {"max_choices": 5}, 5),
        ("ranking", {"max_choices": 3}, 3),
        ("cumulative", {"max_choices": 60, "max_points": 6}, 6),
        ("knapsack", {"envelope": 200_000_000, "max_choices": 60}, 4),
    ],
)
def test_there_are_as_many_boxes_as_one_ballot_can_need(kind: str, contest: dict[str, Any], slots: int) -> None:
    sheet = data(kind, contest=contest)
    if kind == "knapsack":
        for number, option in enumerate(sheet["contests"][0]["options"]):
            option["cost"] = 30_000_000 + 10_000_000 * number
    assert {mark["slot"] for mark in targets(sheet)} == set(range(1, slots + 1))


@pytest.mark.parametrize("options", [60, 120])
def test_every_number_has_its_bubbles_in_every_box_and_no_digit_is_there_in_vain(options: int) -> None:
    sheet = data(options=options)
    digits = 2 if options < 100 else 3
    numbers = [option["number"].rjust(digits, "0") for option in sheet["contests"][0]["options"]]
    wanted = {(10 ** (digits - 1 - place), int(number[place])) for number in numbers for place in range(digits)}
    found = targets(sheet)
    for slot in range(1, 6):
        there = [(mark["digit"], mark["value"]) for mark in found if mark["slot"] == slot]
        assert len(there) == len(set(there))
        assert set(there) == wanted


def test_points_are_bubbles_of_their_own() -> None:
    points = [mark["value"] for mark in targets(data("cumulative")) if mark["slot"] == 2 and mark["digit"] == 0]
    assert points == [1, 2, 3, 4]


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_bubbles_are_where_the_layout_says_and_keep_their_distance(kind: str, large: bool) -> None:
    sheet = data(kind, large_print=large, contest={"envelope": 600_000_000})
    pages = printed("ballot", sheet).pages
    found = targets(sheet)
    for mark in found:
        page = pages[mark["page"] - 1]
        x, y = (mark["x"] + mark["w"] / 2) * MM, page.height - (mark["y"] + mark["h"] / 2) * MM
        assert any(
            abs(left + right - 2 * x) < 0.2 and abs(low + top - 2 * y) < 1.5 for left, low, right, top in page.drawn
        )
    for one, other in combinations(found, 2):
        if one["page"] == other["page"]:
            apart = max(abs(one["x"] - other["x"]), abs(one["y"] - other["y"]))
            assert apart >= one["w"] + 1.5


def test_only_the_longest_list_of_several_becomes_boxes() -> None:
    sheet = data()
    local = data(options=6)["contests"][0] | {"id": "local", "title": "Projets de l’arrondissement"}
    sheet["contests"].append(local)
    found = targets(sheet)
    assert {mark["question"] for mark in found if mark["slot"]} == {"ville"}
    assert [mark["option"] for mark in found if mark["question"] == "local"] == [f"p{number}" for number in range(1, 7)]
    assert len(printed("ballot", sheet).pages) <= 2


def test_a_list_stays_where_boxes_are_no_shorter_or_numbers_have_letters() -> None:
    assert {mark["slot"] for mark in targets(data(contest={"max_choices": 60}))} == {0}
    lettered = data()
    lettered["contests"][0]["options"][3]["number"] = "A4"
    assert {mark["slot"] for mark in targets(lettered)} == {0}


def test_the_layout_names_each_bubble() -> None:
    layout = as_json(layout_of_data(data("cumulative")))
    names = [mark["option"] for page in layout["pages"] for mark in page["marks"]]
    assert {"slot 1 tens 3", "slot 1 ones 7", "slot 5 tens 6", "slot 2 points 4"} <= set(names)
    assert len(names) == len(set(names))
    assert not any(name.startswith("slot 1 tens 7") for name in names)
    hundreds = as_json(layout_of_data(data(options=120)))
    assert "slot 4 hundreds 1" in {mark["option"] for page in hundreds["pages"] for mark in page["marks"]}


def test_handwriting_has_its_place_on_the_layout() -> None:
    layout = layout_of_data(data())
    assert [region.name for page in layout.pages for region in page.texts] == [
        "text-initials",
        *(f"text-ville-{slot}" for slot in range(1, 6)),
    ]
