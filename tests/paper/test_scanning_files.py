"""Files of every kind, good and bad, through the limited child: nothing is lost, and nothing brings anything down."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from participation.paper.scanning import child
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.scanner import PictureLost, Scanner, SheetForm
from participation.paper.scanning.sets import ScannedPage
from participation.paper.serials import SideCode, with_check
from participation.paper.sheets.geometry import Region
from tests.paper import sample_sheet, scan_files
from tests.paper.simulated_sheets import Image, Scan, Truth, page_of, scanned, vote

LAYOUT = sample_sheet.layout()
SERIAL = with_check(12345)


def known(code: str, numbered: bool) -> SheetForm | None:
    del numbered
    return SheetForm(LAYOUT, sample_sheet.blank()) if code == LAYOUT.form else None


@pytest.fixture(scope="module")
def scanner() -> Iterator[Scanner]:
    with Scanner(known) as scanner:
        yield scanner


@pytest.fixture(scope="module")
def ballot() -> tuple[Image, set[tuple[str, str]]]:
    """A marked sheet at 200 dpi, and what is marked."""
    random = np.random.default_rng(3)
    page = page_of(sample_sheet.printed(SERIAL).pdf, LAYOUT.pages[0])
    vote(page, random, count=5)
    return scanned(page, Scan(), random), {key for key, truth in page.truth.items() if truth is Truth.MARKED}


def chosen(page: ScannedPage) -> set[tuple[str, str]]:
    assert page.is_certain, page
    return {(question, option) for question, options in page.answers.items() for option in options}


def read(scanner: Scanner, path: Path, data: bytes) -> list[ScannedPage]:
    path.write_bytes(data)
    return list(scanner.read(path))


@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "pdf", "flate.pdf", "tiny.pdf", "bitonal.tif"])
def test_every_kind_of_file_gives_the_same(
    scanner: Scanner, ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path, kind: str
) -> None:
    image, marked = ballot
    path = tmp_path / f"scan.{kind}"
    if kind.endswith("tif"):
        pages = (
            [np.where(image < 128, 0, 255).astype(np.uint8)] if kind.startswith("b") else [image, cv2.flip(image, -1)]
        )
        cv2.imwritemulti(str(path), pages)
    else:
        writers = {
            "jpg": scan_files.jpeg(image),
            "png": scan_files.png(image),
            "pdf": scan_files.pdf_of([image]),
            "flate.pdf": scan_files.pdf_of([image], flate=True),
            "tiny.pdf": scan_files.pdf_of([image], flate=True, dpi=1200),
        }
        path.write_bytes(writers[kind])
    found = list(scanner.read(path))
    assert [page.page for page in found] == list(range(1, len(found) + 1))
    assert len(found) == (2 if kind == "tif" else 1)
    for page in found:
        assert (page.file, page.serial, page.form, page.side, page.sides) == (path.name, SERIAL, LAYOUT.form, 1, 1)
        assert chosen(page) == marked


def test_the_forms_of_a_pile_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not met for longest goes, and is asked for again."""
    asked: list[str] = []
    monkeypatch.setattr(child, "MOST_SIDES", 2)
    monkeypatch.setattr(child, "tell", lambda message: asked.append(message["want"]))
    monkeypatch.setattr(child, "hear", lambda: {"layout": True})
    monkeypatch.setattr(child, "_form", lambda _answer: {1: object()} if asked[-1] != "NOBODY" else {})
    desk = child.Desk()
    for form in ("A", "B", "A", "C", "A", "NOBODY", "B"):
        desk.template(SideCode(form, 1, ""))
    assert asked == ["A", "B", "C", "NOBODY", "B"]


def test_a_blank_page_and_a_foreign_sheet_in_a_pile(
    scanner: Scanner, ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path
) -> None:
    other = page_of(sample_sheet.printed(SERIAL, form="ELSE1FR").pdf, LAYOUT.pages[0])
    foreign = scanned(other, Scan(), np.random.default_rng(4))
    pile = scan_files.pdf_of([ballot[0], scan_files.white(2200, 1700), foreign])
    found = read(scanner, tmp_path / "pile.pdf", pile)
    assert [page.problems for page in found] == [(), (Problem.BLANK,), (Problem.FOREIGN,)]
    assert found[2].form == "ELSE1FR"


def bad_files(image: Image) -> dict[str, tuple[bytes, FileProblem]]:
    whole = scan_files.pdf_of([image])
    jpeg, png = scan_files.jpeg(image), scan_files.png(image)
    return {
        "empty": (b"", FileProblem.KIND),
        "words": (b"These are words and no picture." * 100, FileProblem.KIND),
        "half.pdf": (whole[: len(whole) // 2], FileProblem.CORRUPT),
        "hollow.pdf": (b"%PDF-1.7\nnothing\n%%EOF", FileProblem.CORRUPT),
        "half.jpg": (jpeg[: len(jpeg) // 2], FileProblem.CORRUPT),
        "half.png": (png[: len(png) // 2], FileProblem.CORRUPT),
        "bomb.png": (scan_files.png_bomb(), FileProblem.TOO_MANY_PIXELS),
        "endless.tif": (scan_files.endless_tiff(), FileProblem.CORRUPT),
        "tiny.png": (scan_files.png(image[:100, :100]), FileProblem.TOO_SMALL),
        "many.pdf": (scan_files.pdf_of_pages(10_000), FileProblem.TOO_MANY),
        "none.pdf": (scan_files.pdf_of_pages(0), FileProblem.CORRUPT),
    }


def test_a_bad_file_says_what_is_wrong(
    scanner: Scanner, ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path
) -> None:
    for name, (data, reason) in bad_files(ballot[0]).items():
        found = read(scanner, tmp_path / name, data)
        assert [(page.page, page.problems) for page in found] == [(0, (reason,))], name
    assert next(scanner.read(tmp_path / "nowhere.pdf")).problems == (FileProblem.MISSING,)


def test_a_file_that_is_left_in_the_middle_disturbs_no_other(
    scanner: Scanner, ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path
) -> None:
    path = tmp_path / "pile.pdf"
    path.write_bytes(scan_files.pdf_of([ballot[0]] * 2))
    pages = scanner.read(path)
    assert next(pages).page == 1
    pages.close()
    assert [page.page for page in scanner.read(path)] == [1, 2]


def decoded(picture: bytes) -> Image:
    return np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def test_pictures_lie_flat_and_parts_are_cut_out_of_them(
    scanner: Scanner, ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path
) -> None:
    path, kept = tmp_path / "turned.jpg", tmp_path / "kept.jpg"
    path.write_bytes(scan_files.jpeg(ballot[0][::-1, ::-1]))
    (page,) = scanner.read(path, pictures=True)
    kept.write_bytes(page.picture)
    flat = decoded(page.picture)
    assert flat.shape == (round(LAYOUT.height * page.per_mm), round(LAYOUT.width * page.per_mm))
    first = LAYOUT.pages[0].fiducials[1]
    (corner,) = scanner.crops(kept, [first], page.per_mm)
    assert decoded(corner).mean() < 40, "its own black square"
    with pytest.raises(PictureLost):
        scanner.crops(kept, [Region("", 900, 900, 5, 5)], page.per_mm)


def test_a_protected_pdf_is_named(scanner: Scanner, tmp_path: Path) -> None:
    data = scan_files.written(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Count 0/Kids[]>>",
            b"<</Filter/Standard/V 2/R 3/Length 128/P -44/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>",
        ]
    ).replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]")
    assert read(scanner, tmp_path / "locked.pdf", data)[0].problems == (FileProblem.ENCRYPTED,)


def test_a_bomb_inside_a_pdf_costs_one_page_and_little_else(
    scanner: Scanner, ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path
) -> None:
    started = time.process_time()
    found = read(scanner, tmp_path / "bomb.pdf", scan_files.pdf_bomb())
    assert [page.problems for page in found] == [(FileProblem.TOO_MANY_PIXELS,)]
    assert read(scanner, tmp_path / "after.jpg", scan_files.jpeg(ballot[0]))[0].is_certain, "the next file is read"
    assert time.process_time() - started < 20


def test_a_file_of_500_megabytes_is_refused_without_being_read(scanner: Scanner, tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.write(b"\xff\xd8\xff\xe0")
        file.truncate(500 * 1024 * 1024)
    assert [page.problems for page in scanner.read(path)] == [(FileProblem.TOO_LARGE,)]


def test_a_child_that_dies_loses_one_page(
    ballot: tuple[Image, set[tuple[str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two pages of three: the page at which it died is said, the others are read."""
    path = tmp_path / "pile.pdf"
    path.write_bytes(scan_files.pdf_of([ballot[0]] * 3))
    with Scanner(known) as scanner:
        found = []
        for page in scanner.read(path):
            found.append(page)
            if page.page == 1 and scanner.child.process is not None:
                scanner.child.process.kill()
                scanner.child.process.wait()
                monkeypatch.setattr(scanner.child, "_buffer", b"")
    assert [page.page for page in found] == [1, 2, 3]
    unread = [page.page for page in found if page.problems == (Problem.UNREADABLE,)]
    assert len(unread) <= 1
    assert all(page.is_certain or page.problems == (Problem.REPEATED,) for page in found if page.page not in unread)


def test_the_child_cannot_take_what_it_was_not_given(scanner: Scanner, tmp_path: Path) -> None:
    assert list(scanner.read(tmp_path / "nothing"))  # it runs
    assert scanner.child.process is not None
    limits = Path(f"/proc/{scanner.child.process.pid}/limits").read_text()
    assert "Max file size             0 " in limits
    memory = int(next(line for line in limits.splitlines() if line.startswith("Max address space")).split()[3])
    assert memory < 6 * 1024**3
    told = Path(f"/proc/{scanner.child.process.pid}/environ").read_bytes()
    assert b"SECRET" not in told
    assert b"DATABASE" not in told
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0, "only the child is limited"
