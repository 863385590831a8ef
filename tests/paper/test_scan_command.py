"""From a print run to answers: ballots of every kind, marked where the layout says, and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from participation.counting.spec import QuestionKind
from participation.db import Database
from participation.paper.models.batches import Interpretation
from participation.paper.scanning import commands
from participation.paper.scanning.ballots import ballots_of, reading_of
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.targets import Why
from participation.paper.scanning.words import WHY, WORDS
from participation.paper.sheets import print_commands
from participation.paper.sheets.geometry import Mark, PageLayout
from participation.paper.sheets.print_commands import Asked
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, build_question, build_spec, build_world
from tests.paper import scan_files
from tests.paper import simulated_sheets as simulated
from tests.paper.simulated_sheets import Image, Scan
from tests.paper.test_print_commands import run

KINDS = {
    "approval": build_question(costs=[10_000_00] * 20, max_choices=5),
    "one": build_question(kind=QuestionKind.CHOOSE_ONE, costs=[10_000_00] * 4, max_choices=1),
    "knapsack": build_question(kind=QuestionKind.KNAPSACK, costs=[10_000_00] * 12, max_choices=12),
    "points": build_question(
        kind=QuestionKind.CUMULATIVE, costs=[10_000_00] * 8, max_choices=4, max_points=6, max_points_each=3
    ),
    "ranking": build_question(kind=QuestionKind.RANKING, costs=[10_000_00] * 8, max_choices=3),
    "boxes": build_question(costs=[10_000_00] * 120, max_choices=3),
    "two-sides": build_question(costs=[10_000_00] * 34, max_choices=3),
    "pointed-boxes": build_question(
        kind=QuestionKind.CUMULATIVE, costs=[10_000_00] * 120, max_choices=2, max_points=6, max_points_each=3
    ),
}
MARKED: dict[str, list[tuple[str, int]]] = {
    "approval": [("02", 1), ("19", 1)],
    "one": [("03", 1)],
    "knapsack": [("01", 1), ("02", 1), ("12", 1)],
    "points": [("05", 1), ("02", 3)],
    "ranking": [("08", 1), ("01", 2), ("04", 3)],
    "boxes": [("7", 1), ("120", 1)],
    "pointed-boxes": [("37", 2), ("101", 3)],
    "two-sides": [("01", 1), ("34", 1)],
}
"""Project → its mark, its points or its rank, as a clerk would key them."""


def bubbles(layout: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The targets that say MARKED."""
    marks = [mark | {"page": page["page"]} for page in layout["pages"] for mark in page["marks"]]
    if not kind.endswith("boxes"):
        wanted = {(str(int(number)), value) for number, value in MARKED[kind]}
        return [mark for mark in marks if (mark["option"].partition(":")[0], mark["value"]) in wanted]
    found = []
    for slot, (number, value) in enumerate(MARKED[kind], start=1):
        digits = zip(("hundreds", "tens", "ones"), number.zfill(3), strict=True)
        names = {f"slot {slot} {place} {digit}" for place, digit in digits} | {f"slot {slot} points {value}"}
        found += [mark for mark in marks if mark["option"] in names]
    return found


def printed(settings: Settings, out: Path, asked: Asked, copies: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What print-run and form-layout say, the PDF being at `out`."""
    made = print_commands.print_run(settings, asked, copies, out, lambda: NOON)
    return made.as_json(), print_commands.layout_of(settings, asked)


def marked_page(pdf: bytes, place: int, chosen: list[dict[str, Any]]) -> Image:
    """Page `place` of the PDF, with each chosen square crossed and each digit blackened, scanned a little askew."""
    random = np.random.default_rng(place)
    page = simulated.page_of(pdf, PageLayout(place, (), (), None))
    for mark in chosen:
        box = [mark[name] for name in ("x_mm", "y_mm", "w_mm", "h_mm")]
        how = simulated.fill if "slot" in mark else simulated.cross
        how(page, Mark("", "", *box), random, simulated.Pen(0.9, 0.5))
    return simulated.scanned(page, Scan(degrees=float(random.uniform(-1, 1)), jpeg=80), random)


def expected(kind: str) -> list[tuple[str, int]]:
    """MARKED in the order of its value, numbers as they are printed; boxes as they stand."""
    return MARKED[kind] if kind.endswith("boxes") else sorted(MARKED[kind], key=lambda mark: (mark[1], mark[0]))


def test_what_is_marked_is_what_is_read(settings: Settings, database: Database, keys: Keys, tmp_path: Path) -> None:
    """Every kind of ballot in one pile, editions and languages in turn; the other database sees one of them."""
    kinds = KINDS if settings.is_sqlite else {"ranking": KINDS["ranking"]}
    images, truth = [], []
    for kind, edition, language in zip(
        kinds, cycle(("standard", "large")), cycle(("fr", "en", "en", "fr")), strict=False
    ):
        world = build_world(database, keys, build_spec(KINDS[kind]), slug=kind)
        asked, out = Asked(world.path.strip("/"), language=language, edition=edition), tmp_path / "run.pdf"
        made, layout = printed(settings, out, asked, 1)
        chosen = bubbles(layout, kind)
        for side in layout["pages"]:
            here = [mark for mark in chosen if mark["page"] == side["page"]]
            images.append(marked_page(out.read_bytes(), side["page"], here))
            names = sorted(mark["option"] for mark in here)
            truth.append((layout["form"], made["serials"][0], side["page"], names))
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_files.pdf_of(images))
    pages = commands.scan(settings, [path])
    read = [(page.form, page.serial, page.side, sorted(page.answers.get("ville", ()))) for page in pages]
    assert read == truth
    assert [page for page in pages if not page.is_certain] == []
    for ballot, kind in zip(ballots_of(pages), kinds, strict=True):
        reading = reading_of((KINDS[kind],), ballot)
        assert (kind, reading.interpretation) == (kind, Interpretation.CHOICES)
        assert (kind, list(reading.marks["ville"])) == (kind, expected(kind))


def test_planted_faults_are_found(settings: Settings, database: Database, keys: Keys, tmp_path: Path) -> None:
    """A sheet twice, a missing side, a blank page, a sheet of another vote, and a serial that nobody printed."""
    build_world(database, keys, build_spec(KINDS["two-sides"]))
    out, path = tmp_path / "run.pdf", tmp_path / "pile.pdf"
    made, layout = printed(settings, out, Asked("budget"), 3)
    assert len(layout["pages"]) == 2
    pdf = out.read_bytes()
    images = [marked_page(pdf, place, []) for place in range(1, 6)]
    white = np.full((2200, 1700), 245, np.uint8)
    path.write_bytes(scan_files.pdf_of([images[place] for place in (0, 1, 3, 2, 4)] + [white, images[1]]))
    answer = run(settings, "scan", str(path), "--process", "ville/budget", "--json")
    found = json.loads(answer.stdout)
    first, _second, third = made["serials"]
    assert answer.returncode == commands.FOR_A_PERSON
    problems = [(page["serial"], page["side"], page["problems"]) for page in found]
    assert problems[0] == (first, 1, [])
    assert [each[2] for each in problems[2:4]] == [[], []], "mixed order is no fault"
    assert problems[1][2] == problems[6][2] == [Problem.REPEATED]
    assert problems[4] == (third, 1, [Problem.MISSING_SIDE])
    assert problems[5] == ("", 0, [Problem.BLANK])
    assert found[0]["answers"] == {"ville": []}

    build_world(database, keys, build_spec(build_question()), slug="other")
    path.write_bytes(scan_files.pdf_of(images[:2]))
    assert [page.problems for page in commands.scan(settings, [path], "other")] == [(Problem.FOREIGN,)] * 2


def test_words_for_people_and_exit_codes(settings: Settings, database: Database, keys: Keys, tmp_path: Path) -> None:
    build_world(database, keys)
    bad = tmp_path / "words.pdf"
    bad.write_text("This is no PDF.")
    answer = run(settings, "scan", str(bad), str(tmp_path / "nowhere.png"))
    assert answer.returncode == commands.BAD_INPUT
    assert "words.pdf  This is no PDF, PNG, JPEG or TIFF." in answer.stdout
    assert "nowhere.png  The file does not exist" in answer.stdout
    assert run(settings, "scan", str(bad), "--process", "nothing").returncode == 2


def test_every_problem_has_words() -> None:
    assert set(WORDS) == {*Problem, *FileProblem}
    assert set(WHY) == set(Why)
