"""From a print run to answers: ballots of every kind, marked where the layout says, and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from participation.counting.spec import Question, QuestionKind
from participation.db import Database
from participation.paper.scanning import commands
from participation.paper.scanning.pictures import FileProblem
from participation.paper.scanning.problems import Problem
from participation.paper.sheets.geometry import Mark, PageLayout
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import build_question, build_spec, build_world
from tests.paper import scan_files
from tests.paper import simulated_sheets as simulated
from tests.paper.simulated_sheets import Image, Scan
from tests.paper.test_print_commands import run

KINDS = {
    "approval": build_question(costs=[10_000_00] * 20, max_choices=5),
    "points": build_question(
        kind=QuestionKind.CUMULATIVE, costs=[10_000_00] * 8, max_choices=4, max_points=6, max_points_each=3
    ),
    "ranking": build_question(kind=QuestionKind.RANKING, costs=[10_000_00] * 8, max_choices=3),
    "number boxes": build_question(costs=[10_000_00] * 120, max_choices=3),
    "two sides": build_question(costs=[10_000_00] * 34, max_choices=3),
}


def printed(settings: Settings, out: Path, *arguments: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What print-run and form-layout say, the PDF being at `out`."""
    made = run(settings, "print-run", "budget", "--out", str(out), "--json", *arguments)
    assert made.returncode == 0, made.stderr
    without_copies = [word for word in arguments if word not in ("--copies", "2", "3")]
    layout = run(settings, "form-layout", "budget", "--json", *without_copies)
    return json.loads(made.stdout), json.loads(layout.stdout)


def scanned(settings: Settings, folder: Path, images: list[Image], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    path = folder / "scan.pdf"
    path.write_bytes(scan_files.pdf_of(images))
    answer = run(settings, "scan", str(path), "--json", *arguments)
    assert answer.returncode in (0, 1, 2), answer.stderr
    return answer.returncode, json.loads(answer.stdout)


def marked_page(pdf: bytes, place: int, side: Mapping[str, Any], chosen: list[dict[str, Any]], seed: int) -> Image:
    """Page `place` of the PDF, with a cross in each chosen target, scanned a little askew."""
    random = np.random.default_rng(seed)
    page = simulated.page_of(pdf, PageLayout(place, (), (), None))
    for mark in chosen:
        assert mark in side["marks"]
        box = [mark[name] for name in ("x_mm", "y_mm", "w_mm", "h_mm")]
        simulated.cross(page, Mark("", "", *box), random, simulated.Pen(0.9, 0.5))
    return simulated.scanned(page, Scan(degrees=float(random.uniform(-1, 1)), jpeg=80), random)


def said(mark: Mapping[str, Any], question: Question) -> str:
    return f"{mark['option']}:{mark['value']}" if question.kind is not QuestionKind.APPROVAL else mark["option"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("edition", ["standard", "large"])
def test_what_is_marked_is_what_is_read(
    settings: Settings, database: Database, keys: Keys, tmp_path: Path, kind: str, edition: str
) -> None:
    if not settings.is_sqlite and edition == "large":
        return  # the other database differs in nothing that the edition changes
    question = KINDS[kind]
    build_world(database, keys, build_spec(question))
    out = tmp_path / "run.pdf"
    made, layout = printed(settings, out, "--copies", "2", "--edition", edition)
    images, truth, pages = [], [], layout["pages"]
    for number, serial in enumerate(made["serials"]):
        for side in pages:
            chosen = side["marks"][number :: max(2, len(side["marks"]) // 3)]
            place = number * len(pages) + side["page"]
            images.append(marked_page(out.read_bytes(), place, side, chosen, place))
            truth.append((serial, side["page"], sorted(said(mark, question) for mark in chosen)))
    code, found = scanned(settings, tmp_path, images)
    read = [(page["serial"], page["side"], sorted(page["answers"].get(question.id, []))) for page in found]
    assert read == truth
    assert [page["problems"] or page["unclear"] for page in found if page["problems"] or page["unclear"]] == []
    assert code == 0
    assert {page["form"] for page in found} == {layout["form"]}


def test_planted_faults_are_found(settings: Settings, database: Database, keys: Keys, tmp_path: Path) -> None:
    """A sheet twice, a missing side, a blank page, a sheet of another vote, and a serial that nobody printed."""
    build_world(database, keys, build_spec(KINDS["two sides"]))
    out = tmp_path / "run.pdf"
    made, layout = printed(settings, out, "--copies", "3")
    assert len(layout["pages"]) == 2
    pdf = out.read_bytes()
    images = [marked_page(pdf, place, {"marks": []}, [], place) for place in range(1, 7)]
    white = np.full((2200, 1700), 245, np.uint8)
    pile = [images[0], images[1], images[3], images[2], images[4], white, images[1]]
    code, found = scanned(settings, tmp_path, pile, "--process", "ville/budget")
    first, _second, third = made["serials"]
    assert code == commands.FOR_A_PERSON
    problems = [(page["serial"], page["side"], page["problems"]) for page in found]
    assert problems[0] == (first, 1, [])
    assert [each[2] for each in problems[2:4]] == [[], []], "mixed order is no fault"
    assert problems[1][2] == problems[6][2] == [Problem.REPEATED]
    assert problems[4] == (third, 1, [Problem.MISSING_SIDE])
    assert problems[5] == ("", 0, [Problem.BLANK])

    other = build_world(database, keys, build_spec(build_question()), slug="other")
    code, found = scanned(settings, tmp_path, images[:2], "--process", other.path.strip("/"))
    assert [page["problems"] for page in found] == [[Problem.FOREIGN]] * 2


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
    assert set(commands.WORDS) == {*Problem, *FileProblem}
