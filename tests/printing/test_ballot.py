"""The ballot: numbers in order, one box each, sides, fold, instruction of each kind, serial and stub."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.printing.reading import MM, Page, Printed, preview, printed, squares, wording

KINDS = ["choose_one", "approval", "knapsack", "cumulative", "ranking"]


def ballot(kind: str = "approval", options: int = 20, contest: dict[str, Any] | None = None, **changes: Any) -> Printed:
    """The preview's ballot with `kind`, its first `options` projects (more are repeated) and other changes."""
    data = preview("ballot", **changes)
    known = data["contests"][0]["options"]
    many = [known[index % len(known)] | {"number": f"{index + 1:02}"} for index in range(options)]
    data["contests"][0] |= {"kind": kind, "options": many, "max_points": 10, "max_points_each": 5} | (contest or {})
    return printed("ballot", data)


def numbers_in(sheet: Printed) -> list[str]:
    """The project numbers as they follow each other, each at the start of its row."""
    lines = [line for page in sheet.pages for line in page.text.splitlines()]
    return [line[:2] for line in lines if re.match(r"\d\d( [A-ZÉ]|$)", line)]


def fold_height(page: Page) -> float | None:
    """How high the fold marks stand, in points from the bottom; None without marks."""
    marks = [box for box in page.drawn if box[0] < 1 and box[2] < 10 * MM]
    return (marks[0][1] + marks[0][3]) / 2 if marks else None


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_projects_stand_in_order_with_their_costs(kind: str, large: bool, locale: str) -> None:
    options = 12 if large else 20
    sheet = ballot(kind, options, locale=locale, large_print=large)
    assert numbers_in(sheet) == [f"{number:02}" for number in range(1, options + 1)]
    assert ("620 000 $" if locale == "fr" else "$620,000") in sheet.text
    assert "Rosemont" in sheet.text


def test_twenty_projects_fit_one_side_of_a_letter_sheet() -> None:
    sheet = ballot()
    assert len(sheet.pages) == 1
    assert len(squares(sheet.pages[0])) == 20


def test_one_box_left_of_each_title() -> None:
    page = ballot(options=12).pages[0]
    boxes = squares(page)
    assert len(boxes) == 12
    assert all(box[2] < 25 * MM for box in boxes)


def test_large_print_takes_two_sides_and_says_turn_over() -> None:
    sheet = ballot(large_print=True)
    assert len(sheet.pages) == 2
    assert wording("fr", "ballot.turn") in sheet.pages[0].text
    assert wording("fr", "ballot.turn") not in sheet.pages[1].text
    assert "Page 2 de 2" in sheet.pages[1].text
    assert wording("fr", "ballot.both_sides") in sheet.text
    assert wording("fr", "ballot.approval.range").format(min=1, max=5) in sheet.pages[1].text


@pytest.mark.parametrize(("options", "sides"), [(2, 1), (10, 1), (18, 1), (20, 1), (26, 2), (40, 2)])
def test_sides(options: int, sides: int) -> None:
    sheet = ballot(options=options)
    assert len(sheet.pages) == sides
    assert ("Page 1 de" in sheet.text) == (sides > 1)
    assert (wording("fr", "ballot.fold") in sheet.text) == (sides == 1)


def test_rows_may_be_asked_for() -> None:
    two_lines = ballot(rows="two-line")
    assert len(two_lines.pages) == 2
    assert "Arrondissement" not in two_lines.text
    assert "Arrondissement" in ballot(options=3, rows="one-line").text


@pytest.mark.parametrize("options", range(2, 21, 3))
@pytest.mark.parametrize("paper", ["letter", "legal", "a4"])
def test_the_fold_crosses_no_box_and_leaves_the_initials_in_sight(paper: str, options: int) -> None:
    sheet = ballot(options=options, paper=paper)
    page = sheet.pages[0]
    fold = fold_height(page)
    assert fold is not None
    assert all(not box[1] - 1 < fold < box[3] + 1 for box in squares(page))
    lower_edge_comes_to = 2 * fold
    first_box, initials = squares(page)[0][3], max(page.drawn, key=lambda box: box[3] - box[1])[1]
    assert first_box < lower_edge_comes_to < initials
    assert wording("fr", "ballot.fold") in sheet.text


def test_two_sides_cannot_be_folded_shut_and_nothing_says_so() -> None:
    sheet = ballot(options=40)
    assert fold_height(sheet.pages[0]) is None
    assert wording("fr", "ballot.fold") not in sheet.text


def test_the_instruction_is_the_agreed_one() -> None:
    assert (
        "Cochez de 1 à 5 projets. Si vous en cochez plus de 5, votre bulletin sera rejeté. "
        "Une erreur? Demandez un autre bulletin. Une personne, un vote : dès que votre déclaration papier est "
        "acceptée, elle remplace votre vote en ligne, même si le bulletin est ensuite rejeté. "
        "N’écrivez ni nom ni signature ici."
    ) in ballot().text


@pytest.mark.parametrize(
    ("kind", "contest", "words"),
    [
        ("choose_one", {"max_choices": 1}, "Cochez un seul projet."),
        ("approval", {"max_choices": 1}, "Cochez un seul projet."),
        ("approval", {"min_choices": 3, "max_choices": 3}, "Cochez 3 projets."),
        ("approval", {"min_choices": 2}, "moins de 2 ou plus de 5"),
        ("knapsack", {"envelope": 500_000_000}, "Cochez des projets sans dépasser 5 000 000 $ en tout."),
        ("knapsack", {"envelope": 1_250_050}, "12 500,50 $"),
        ("cumulative", {}, "Répartissez jusqu’à 10 points entre les projets."),
        ("cumulative", {"max_choices": 3}, "Au plus 3 projets."),
        ("ranking", {}, "Classez de 1 à 5 projets."),
        ("ranking", {"min_choices": 5}, "Classez 5 projets."),
    ],
)
def test_the_instruction_of_each_kind(kind: str, contest: dict[str, Any], words: str) -> None:
    assert words in ballot(kind, 10, contest).text


def test_a_knapsack_has_a_grid_to_add_up() -> None:
    sheet = ballot("knapsack", 10)
    for key in ("ballot.knapsack.column", "ballot.knapsack.total", "ballot.knapsack.envelope"):
        assert wording("fr", key) in sheet.text


def test_a_long_list_in_large_print_keeps_every_header_on_the_page() -> None:
    sheet = ballot("knapsack", 20, {"envelope": 1_200_000_000}, large_print=True)
    assert len(sheet.pages) == 3
    for page in sheet.pages:
        assert max(top for _left, _bottom, _right, top in page.words) < page.height - 4 * MM
    lead = wording("fr", "ballot.knapsack").format(envelope="12 000 000 $")
    assert all(lead in " ".join(page.text.split()) for page in sheet.pages)


def test_several_contests_each_have_their_instruction() -> None:
    data = preview("ballot")
    first = data["contests"][0]
    local = first | {"title": "Projets de l’arrondissement", "max_choices": 2, "options": first["options"][:4]}
    sheet = printed("ballot", data | {"contests": [first | {"options": first["options"][:6]}, local]})
    assert sheet.text.index("Cochez de 1 à 5 projets.") < sheet.text.index("Cochez de 1 à 2 projets.")
    assert sheet.text.count("Une erreur?") == 1


def test_without_cost_or_borough_there_is_no_such_column() -> None:
    options = [{"id": "oui", "number": "1", "title": "Oui"}, {"id": "non", "number": "2", "title": "Non"}]
    sheet = ballot("choose_one", 2, {"options": options}, rows="one-line")
    assert "Coût" not in sheet.text
    assert "Arrondissement" not in sheet.text


def test_version_digest_phone_and_hours_are_printed() -> None:
    data = preview("ballot")
    for page in ballot(large_print=True).pages:
        text = " ".join(page.text.split())
        for words in (data["version"], data["digest"], data["contact"]["phone"], data["contact"]["hours"]):
            assert words in text


def test_an_unnumbered_sheet_has_room_for_initials_and_no_stub() -> None:
    unnumbered, numbered = ballot(), ballot(numbered=True)
    assert wording("fr", "ballot.initials") in unnumbered.text
    assert wording("fr", "ballot.cut") not in unnumbered.text
    assert wording("fr", "ballot.initials") not in numbered.text
    for words in (wording("fr", "ballot.stub.code"), wording("fr", "ballot.cut")):
        assert numbered.text.count(words) == 1
