"""Simulated pages, read: nothing is read wrong without a word, and clean pages need nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from participation.paper.scanning.problems import Problem
from participation.paper.scanning.reading import Reading, read_page
from participation.paper.scanning.targets import State
from participation.paper.scanning.template import Template, templates_of
from participation.paper.serials import SideCode, with_check
from participation.paper.sheets.geometry import Mark
from tests.paper import sample_sheet
from tests.paper import simulated_sheets as simulated
from tests.paper.simulated_sheets import Page, Random, Scan, Truth

LAYOUT = sample_sheet.layout()
SERIAL = with_check(482913)


@pytest.fixture(scope="module")
def sides() -> dict[int, Template]:
    return templates_of(LAYOUT, sample_sheet.blank())


@pytest.fixture(scope="module")
def clean() -> Page:
    return simulated.page_of(sample_sheet.printed(SERIAL).pdf, LAYOUT.pages[0])


def copy_of(page: Page) -> Page:
    return Page(page.layout, page.ink.copy(), dict(page.truth))


def read(page: Page, scan: Scan, random: Random, sides: dict[int, Template]) -> Reading:
    return read_page(simulated.scanned(page, scan, random), known(sides))


def known(sides: dict[int, Template]) -> Callable[[SideCode], Template | None]:
    return lambda code: sides.get(code.side) if code.form == LAYOUT.form else None


def misreads(page: Page, reading: Reading) -> list[str]:
    """Targets that were taken for certain, and wrongly."""
    right = {State.CLEAR: Truth.MARKED, State.EMPTY: Truth.EMPTY}
    return [
        f"{each.mark.question}/{each.mark.option} is {page.truth[each.mark.question, each.mark.option]}: {each}"
        for each in reading.measured
        if each.state is not State.UNCLEAR and right[each.state] is not page.truth[each.mark.question, each.mark.option]
    ]


def marked(clean: Page, count: int, seed: int, *, harmed: bool) -> Iterator[tuple[Page, Random]]:
    """Pages marked by as many people, each with a tool of their own; harmed ones with one to three accidents."""
    for number in range(count):
        random = np.random.default_rng((seed, number))
        page = copy_of(clean)
        tool = simulated.pencil(random) if random.random() < 0.3 else simulated.pen(random)
        simulated.vote(page, random, count=int(random.integers(0, 9)), tool=tool)
        for _harm in range(int(random.integers(1, 4)) if harmed else 0):
            simulated.HARMS[int(random.integers(len(simulated.HARMS)))](page, random)
        yield page, random


def needs_a_person(reading: Reading) -> bool:
    return bool(reading.problems or reading.unclear)


def test_clean_scans_are_read_and_hardly_ever_need_anybody(clean: Page, sides: dict[int, Template]) -> None:
    asked = 0
    for page, random in marked(clean, 24, 1, harmed=False):
        reading = read(page, simulated.clean_scan(random), random, sides)
        assert misreads(page, reading) == []
        assert (reading.serial, reading.form, reading.side) == (SERIAL, LAYOUT.form, 1)
        asked += needs_a_person(reading)
    assert asked <= 1, "at most 3 %"


@pytest.mark.parametrize(
    ("machine", "seed"), [(simulated.clean_scan, 2), (simulated.rough_scan, 3), (simulated.photograph, 4)]
)
def test_accidents_are_never_read_wrong(
    clean: Page, sides: dict[int, Template], machine: Callable[[Random], Scan], seed: int
) -> None:
    for page, random in marked(clean, 10, seed, harmed=True):
        assert misreads(page, read(page, machine(random), random, sides)) == []


@pytest.mark.parametrize(("machine", "seed", "most"), [(simulated.rough_scan, 5, 3), (simulated.photograph, 6, 4)])
def test_bad_machines_send_more_to_a_person_and_nothing_wrong(
    clean: Page, sides: dict[int, Template], machine: Callable[[Random], Scan], seed: int, most: int
) -> None:
    readings = []
    for page, random in marked(clean, 7, seed, harmed=False):
        readings.append(read(page, machine(random), random, sides))
        assert misreads(page, readings[-1]) == []
    assert sum(map(needs_a_person, readings)) <= most


@pytest.mark.parametrize("seed", range(4))
def test_a_cross_that_missed_its_square_goes_to_a_person(clean: Page, sides: dict[int, Template], seed: int) -> None:
    """However far beside the squares; a sheet that nobody wrote on is blank, and needs nobody."""
    random = np.random.default_rng(seed)
    page = copy_of(clean)
    blank = read(page, simulated.clean_scan(random), random, sides)
    assert not needs_a_person(blank)
    assert not any(blank.answers.values())
    aim = page.layout.marks[int(random.integers(len(page.layout.marks)))]
    missed = Mark(aim.question, aim.option, aim.x + random.uniform(2.2, 12) * aim.w, aim.y, aim.w, aim.h)
    simulated.cross(page, missed, random, simulated.pen(random))
    assert needs_a_person(read(page, simulated.clean_scan(random), random, sides))


def test_dust_is_no_mark_and_a_few_dots_on_all_white_paper_are_for_a_person(
    clean: Page, sides: dict[int, Template]
) -> None:
    """In black and white a pencil stroke may come out as dots; a scan with the grain of its paper shows it."""
    random = np.random.default_rng(12)
    page, tool = copy_of(clean), simulated.Pen(0.9, 0.2)
    for mark in page.layout.marks:
        x, y = mark.x + 0.6 * mark.w, mark.y + 0.4 * mark.h
        for left in (x, x - 1.2 * mark.w):
            simulated.draw(page, random, tool, [[(left, y), (left + 0.05, y)]])
    image = simulated.scanned(page, Scan(), random)
    dusty = read_page(image, known(sides))
    assert not needs_a_person(dusty)
    assert not any(dusty.answers.values())
    black_and_white = read_page(np.where(image < 150, 0, 255).astype(np.uint8), known(sides))
    assert not any(black_and_white.answers.values())
    assert needs_a_person(black_and_white)


@pytest.mark.parametrize(("dpi", "lines"), [(200, 2), (80, 1)])
def test_a_coarse_picture_is_read_for_a_person(clean: Page, sides: dict[int, Template], dpi: int, lines: int) -> None:
    """A telefax in standard quality, in black and white with half as many lines as columns; and a scan at 80 dpi."""
    for page, random in marked(clean, 3, 14, harmed=False):
        image = simulated.scanned(page, Scan(dpi=dpi, degrees=0.5), random)[::lines]
        reading = read_page(np.where(image < 150, 0, 255).astype(np.uint8) if lines == 2 else image, known(sides))
        assert misreads(page, reading) == []
        assert reading.serial == SERIAL
        assert reading.measured
        assert Problem.COARSE in reading.problems


def test_a_stain_that_no_pencil_is_as_faint_as_is_no_mark(clean: Page, sides: dict[int, Template]) -> None:
    random = np.random.default_rng(13)
    page = copy_of(clean)
    for mark in page.layout.marks[::3]:
        simulated.smudge(page, mark, random, 0.1)
    simulated.tick(page, page.layout.marks[1], random, simulated.pencil(random, 0.4, 0.4))
    page.set(page.layout.marks[1], Truth.MARKED)
    reading = read(page, Scan(), random, sides)
    assert misreads(page, reading) == []
    assert {each.state for each in reading.measured[::3]} == {State.EMPTY}
    assert reading.measured[1].state is not State.EMPTY


def test_answers_are_options_by_question(clean: Page, sides: dict[int, Template]) -> None:
    random = np.random.default_rng(7)
    page = copy_of(clean)
    simulated.vote(page, random, count=4)
    reading = read(page, Scan(degrees=180), random, sides)
    chosen = {key for key, truth in page.truth.items() if truth is Truth.MARKED}
    assert {(question, option) for question, options in reading.answers.items() for option in options} == chosen
    assert set(reading.answers) == {"q11", "q12"}, "a question that nobody answered is there too"
    assert reading.unclear == {}
    assert reading.problems == ()


@pytest.mark.parametrize("crop", [(16, 0, 0, 0), (0, 16, 0, 0), (0, 0, 10, 0)])
def test_a_cut_border_is_recovered_or_reported(
    clean: Page, sides: dict[int, Template], crop: tuple[float, float, float, float]
) -> None:
    for page, random in marked(clean, 3, 8, harmed=False):
        reading = read(page, Scan(degrees=2, crop=crop), random, sides)
        assert misreads(page, reading) == []
        assert reading.measured or reading.problems


def test_what_is_no_sheet_of_ours(clean: Page, sides: dict[int, Template]) -> None:
    random = np.random.default_rng(9)
    white = np.full((2200, 1700), 240, np.uint8)
    assert read_page(white, known(sides)).problems == (Problem.BLANK,)
    speckled = (white - random.integers(0, 12, white.shape)).astype(np.uint8)
    assert read_page(speckled, known(sides)).problems == (Problem.BLANK,)
    uncoded = simulated.page_of(sample_sheet.blank(), LAYOUT.pages[0])
    assert read(uncoded, Scan(), random, sides).problems == (Problem.NO_CODE,)
    foreign = simulated.page_of(sample_sheet.printed(SERIAL, form="OTHER1FR").pdf, LAYOUT.pages[0])
    assert read(foreign, Scan(), random, sides).problems == (Problem.FOREIGN,)
    both = np.hstack([simulated.scanned(clean, Scan(dpi=150), random)] * 2)
    another = simulated.page_of(sample_sheet.printed(with_check(5)).pdf, LAYOUT.pages[0])
    both[:, both.shape[1] // 2 :] = simulated.scanned(another, Scan(dpi=150), random)
    assert read_page(both, known(sides)).problems == (Problem.SEVERAL,)


def test_another_text_under_the_same_code_is_noticed(clean: Page, sides: dict[int, Template]) -> None:
    """A sheet whose print is not that of its form: moved lines, as after a fold or on a copy of a copy."""
    random = np.random.default_rng(10)
    page = copy_of(clean)
    rows = page.ink.shape[0]
    page.ink[rows // 3 : -rows // 5] = np.roll(page.ink[rows // 3 : -rows // 5], 45, axis=0)
    reading = read(page, Scan(), random, sides)
    assert misreads(page, reading) == []
    assert needs_a_person(reading)
