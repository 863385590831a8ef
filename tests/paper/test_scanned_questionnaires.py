"""Questionnaires from paper to answers: squares are read, words are cut out for a person."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from participation.counting.spec import QuestionKind
from participation.db import Database
from participation.errors import Invalid
from participation.paper.scanning import commands
from participation.paper.scanning.fields import fields_of
from participation.paper.scanning.known import KnownForm
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.sets import ScannedPage
from participation.paper.scanning.template import templates_of
from participation.paper.sheets import print_commands
from participation.paper.sheets.geometry import Mark, PageLayout
from participation.paper.sheets.print_commands import Asked
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import build_question, build_spec, build_world
from tests.client import Site
from tests.journeys.questionnaires import build_consultation, publish
from tests.paper import scan_files
from tests.paper import simulated_sheets as simulated
from tests.paper.simulated_sheets import Image, Page, Pen, Scan
from tests.paper.test_print_commands import run

WORDS = Pen(0.85, 0.5)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The product's own questionnaire, and where everything is on it."""

    pdf: bytes
    layout: dict[str, Any]

    @property
    def sides(self) -> range:
        return range(1, len(self.layout["pages"]) + 1)

    def box(self, side: int, name: str) -> Mark | None:
        """A place to write in, if it is on that side."""
        fields = self.layout["pages"][side - 1]["fields"]
        return next((_box(each) for each in fields if each["name"] == name), None)

    def where(self, name: str) -> int:
        return next(side for side in self.sides if self.box(side, name))


def _box(each: dict[str, Any]) -> Mark:
    return Mark("", "", *(each[key] for key in ("x_mm", "y_mm", "w_mm", "h_mm")))


def printed(site: Site, language: str = "fr", edition: str = "standard") -> Sheet:
    large = "&large=1" if edition == "large" else ""
    address = f"/fr/ville/gare/forms/questionnaire.pdf?language={language}{large}"
    asked = Asked("ville/gare", language=language, edition=edition)
    return Sheet(site.visitor().get(address).content, print_commands.layout_of(site.settings, asked))


def scribble(page: Page, box: Mark, random: np.random.Generator, tool: Pen = WORDS) -> None:
    """Two lines that go up and down as letters do."""
    for line in (0.25, 0.65):
        steps = range(int(box.w * 0.6 / 1.8))
        points = [(box.x + 4 + 1.8 * step, box.y + box.h * line + (3.0 if step % 2 else 0.0)) for step in steps]
        simulated.draw(page, random, tool, [points])


def side_of(
    sheet: Sheet,
    side: int,
    chosen: Collection[tuple[str, str]] = (),
    words: Sequence[str] = (),
    *,
    degrees: float = 1.0,
    tool: Pen = WORDS,
) -> Image:
    """One side, crossed and written on, scanned askew."""
    random = np.random.default_rng(side)
    page = simulated.page_of(sheet.pdf, PageLayout(side, (), (), None))
    for mark in sheet.layout["pages"][side - 1]["marks"]:
        if (mark["question"], mark["option"]) in chosen:
            simulated.cross(page, _box(mark), random, Pen(0.9, 0.5))
    for name in words:
        if box := sheet.box(side, name):
            scribble(page, box, random, tool)
    return simulated.scanned(page, Scan(degrees=degrees, jpeg=80), random)


def scan_of(path: Path, images: Sequence[Image]) -> Path:
    path.write_bytes(scan_files.pdf_of(images))
    return path


def answers_of(pages: Sequence[ScannedPage]) -> dict[str, list[str]]:
    return {question: options for page in pages for question, options in page.answers.items()}


def written_in(pages: Sequence[ScannedPage]) -> dict[str, bool]:
    return {field.question: field.ink for page in pages for field in page.fields}


@pytest.mark.parametrize(("language", "edition"), [("fr", "standard"), ("en", "large")])
def test_squares_are_read_and_words_are_cut_out(site: Site, tmp_path: Path, language: str, edition: str) -> None:
    """A conditional question too; the day that the desk notes is no answer."""
    publish(site, build_consultation(site))
    sheet = printed(site, language, edition)
    chosen = {("1", "2"), ("2", "1"), ("2", "3")}
    images = [side_of(sheet, side, chosen, ("text-3", "text-received")) for side in sheet.sides]
    path, folder = scan_of(tmp_path / "sheet.pdf", images), tmp_path / "words"
    pages = commands.scan(site.settings, [path], "ville/gare", folder)
    assert [(page.serial, page.form, page.side, page.problems) for page in pages] == [
        ("", sheet.layout["form"], side, ()) for side in sheet.sides
    ]
    assert answers_of(pages) == {"1": ["2"], "2": ["1", "3"]}
    assert [page.unclear for page in pages] == [{}] * len(pages)
    assert written_in(pages) == {"3": True, "4": False}
    name = f"sheet.pdf-{sheet.where('text-3')}-3.png"
    assert [each.name for each in folder.iterdir()] == [name]
    cut, box = scan_files.grey((folder / name).read_bytes()), sheet.box(sheet.where("text-3"), "text-3")
    assert box
    assert cut.shape == pytest.approx(((box.h + 6) * 6, (box.w + 6) * 6), abs=2)
    rules = [row for row in range(len(cut)) if np.mean(cut[row, 60:-60] < 128) > 0.7]
    assert rules, "upright: its printed lines go straight across"
    told = {question: told for page in pages for question, told in page.as_json()["texts"].items()}
    assert told["3"] == {"x_mm": box.x, "y_mm": box.y, "w_mm": box.w, "h_mm": box.h, "ink": True, "crop": name}
    assert told["4"]["ink"] is False
    assert "crop" not in told["4"]


def test_the_command_says_it_in_json_and_in_words(site: Site, tmp_path: Path) -> None:
    publish(site, build_consultation(site))
    sheet = printed(site)
    images = [side_of(sheet, side, {("1", "1")}, ("text-4",), degrees=181.0) for side in sheet.sides]
    path = scan_of(tmp_path / "sheet.pdf", images)
    described = run(site.settings, "form-layout", "gare", "--json")
    assert json.loads(described.stdout) == sheet.layout, described.stderr
    answer = run(site.settings, "scan", str(path), "--json")
    assert answer.returncode == commands.ALL_READ, answer.stdout
    found = json.loads(answer.stdout)
    assert [page["serial"] for page in found] == [""] * len(images)
    assert {question: each["ink"] for page in found for question, each in page["texts"].items()} == {
        "3": False,
        "4": True,
    }
    told = run(site.settings, "scan", str(path), "--crops", str(tmp_path / "words"))
    assert f"4: in words sheet.pdf-{sheet.where('text-4')}-4.png" in told.stdout
    assert [each.name for each in (tmp_path / "words").iterdir()] == [f"sheet.pdf-{sheet.where('text-4')}-4.png"]


def test_light_pencil_counts_as_ink_and_copies_are_no_repetition(site: Site, tmp_path: Path) -> None:
    """Two people fill in the same print: nothing tells their sheets apart, and nothing needs to."""
    publish(site, build_consultation(site))
    sheet = printed(site)
    pencil = [side_of(sheet, side, (), ("text-3",), tool=Pen(0.4, 0.4, 0.15)) for side in sheet.sides]
    empty = [side_of(sheet, side, degrees=-1.0) for side in sheet.sides]
    pages = commands.scan(site.settings, [scan_of(tmp_path / "two.pdf", [*pencil, *empty])])
    assert [page.problems for page in pages] == [()] * len(pages)
    first, second = pages[: len(pencil)], pages[len(pencil) :]
    assert written_in(first) == {"3": True, "4": False}
    assert written_in(second) == {"3": False, "4": False}
    assert answers_of(second) == {"1": [], "2": []}


def test_what_is_doubtful_goes_to_a_person(site: Site, tmp_path: Path) -> None:
    """A mark that was scribbled out, writing that leaves its place for the squares, a page that cannot be laid flat."""
    publish(site, build_consultation(site))
    sheet = printed(site)
    side = next(page["page"] for page in sheet.layout["pages"] if page["marks"])
    mark = _box(sheet.layout["pages"][side - 1]["marks"][0])
    random = np.random.default_rng(7)
    page = simulated.page_of(sheet.pdf, PageLayout(side, (), (), None))
    simulated.cross(page, mark, random, Pen(0.9, 0.5))
    line = [(mark.x - 3 + (mark.w + 6 if turn % 2 else 0), mark.y + mark.h * 0.12 * turn) for turn in range(8)]
    simulated.draw(page, random, Pen(0.9, 0.5), [line])
    scribbled = simulated.scanned(page, Scan(degrees=1.0), random)
    beside = simulated.page_of(sheet.pdf, PageLayout(side, (), (), None))
    scribble(beside, Mark("", "", mark.x + 60, mark.y - 2, 60, 12), random)
    written = simulated.scanned(beside, Scan(degrees=1.0), random)
    blurred = np.asarray(cv2.GaussianBlur(side_of(sheet, side), (0, 0), 12), dtype=np.uint8)
    pages = commands.scan(site.settings, [scan_of(tmp_path / "pile.pdf", [scribbled, written, blurred])])
    assert pages[0].unclear["1"]
    assert pages[0].answers["1"] == []
    assert Problem.WRITING in pages[1].problems
    assert pages[2].problems
    assert pages[2].as_json()["texts"] == {}


def test_files_of_one_name_are_refused_before_anything_is_cut_out(site: Site, tmp_path: Path) -> None:
    build_consultation(site)
    with pytest.raises(Invalid):
        commands.scan(site.settings, [tmp_path / "a" / "1.pdf", tmp_path / "b" / "1.pdf"], "", tmp_path / "words")
    assert not (tmp_path / "words").exists()


def test_a_ballot_has_no_places_for_words(settings: Settings, database: Database, keys: Keys) -> None:
    """Initials and sums are written on it, and it is laid flat by its print alone."""
    knapsack = build_question(kind=QuestionKind.KNAPSACK, costs=[10_000_00] * 12, max_choices=12)
    build_world(database, keys, build_spec(knapsack))
    with database.reading() as session:
        found = print_commands.find(session, settings, Asked("budget", numbered=False))
    sheet = KnownForm(found.matter, found.style, found.edition).sheet(numbered=False)
    assert sheet
    written = [region.name for side in sheet.layout.pages for region in side.texts]
    assert "text-initials" in written
    assert [fields_of(sheet.layout, side.page) for side in sheet.layout.pages] == [()] * len(sheet.layout.pages)
    assert not any(side.by_corners for side in templates_of(sheet.layout, sheet.blank).values())
