"""Copies of one sheet: each looks like the sheet, has its own texts, codes and tags, and parts join to one file."""

from __future__ import annotations

import ctypes
import io
from array import array
from collections.abc import Iterator

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from participation.copies.joining import join, most_copies
from participation.copies.sheet import CodePlace, CopyError, Part, Place, Sheet, TextPlace
from participation.printing import BOLD, render
from tests.printing.reading import preview, read

CODE = [[1, 0, 1, 1], [0, 1, 0, 0], [1, 1, 1, 0], [1, 0, 0, 1]]
OTHER = [[1 - cell for cell in row] for row in CODE]
TEXT = TextPlace(1, x=158.2, y=250.1, w=25.7, h=5, size=14)
SYMBOL = CodePlace(1, x=187.9, y=244.4, w=13, h=13, alt="Côté 1")


def sheet(*places: Place, options: int = 20) -> Sheet:
    data = preview("ballot", numbered=True)
    data["contests"][0]["options"] *= 3
    data["contests"][0]["options"] = data["contests"][0]["options"][:options]
    return Sheet(render("ballot", data), places or (TEXT, SYMBOL), BOLD)


def joined(made: Sheet, parts: list[Part], copies: int) -> bytes:
    out = io.BytesIO()
    join(made, parts, copies, out)
    return out.getvalue()


def picture(document: pypdfium2.PdfDocument, page: int) -> np.ndarray:
    drawn: np.ndarray = document[page].render(scale=1, grayscale=True).to_numpy().squeeze().copy()
    return drawn


def inside(image: np.ndarray, place: Place) -> np.ndarray:
    point = 72 / 25.4
    left, top = round(place.x * point), round(place.y * point)
    return image[top - 1 : top + round(place.h * point) + 2, left - 1 : left + round(place.w * point) + 2]


def test_each_copy_has_its_own_text_and_looks_like_the_sheet_elsewhere() -> None:
    made = sheet()
    pdf = joined(made, [made.part(0, [("482913-7", CODE), ("104466-0", OTHER)], 2)], 2)
    text = [page.text for page in read(pdf).pages]
    assert ("482913-7" in text[0], "104466-0" in text[1]) == (True, True)
    document = pypdfium2.PdfDocument(pdf)
    blank, first, second = picture(pypdfium2.PdfDocument(sheet_pdf()), 0), picture(document, 0), picture(document, 1)
    for image in (first, second):
        for place in (TEXT, SYMBOL):
            assert inside(image, place).min() < 60, "something is drawn there"
            inside(image, place)[:] = 255
    assert np.abs(first.astype(int) - blank).max() < 2
    assert np.abs(second.astype(int) - blank).max() < 2


def sheet_pdf() -> bytes:
    return render("ballot", preview("ballot", numbered=True))


def test_a_code_is_drawn_square_for_square() -> None:
    made = sheet()
    document = pypdfium2.PdfDocument(joined(made, [made.part(0, [("1", CODE)], 1)], 1))
    image = document[0].render(scale=8, grayscale=True).to_numpy().squeeze()
    step = SYMBOL.w * 72 / 25.4 * 8 / 4
    left, top = SYMBOL.x * 72 / 25.4 * 8, SYMBOL.y * 72 / 25.4 * 8
    middles = [[int(image[round(top + (y + 0.5) * step), round(left + (x + 0.5) * step)] < 128) for x in range(4)]
               for y in range(4)]  # fmt: skip
    assert middles == CODE


def elements(page: pypdfium2.PdfPage) -> Iterator[tuple[str, str]]:
    """(kind, alternative text) of every structure element of a page, in reading order."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    try:
        for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            yield from _below(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index))
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _below(element: object) -> Iterator[tuple[str, str]]:
    yield _string(pdfium.FPDF_StructElement_GetType, element), _string(pdfium.FPDF_StructElement_GetAltText, element)
    for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            yield from _below(child)


def _string(get: object, element: object) -> str:
    length = get(element, None, 0)  # type: ignore[operator]
    buffer = ctypes.create_string_buffer(max(2, length))
    get(element, buffer, length)  # type: ignore[operator]
    return buffer.raw[: max(0, length - 2)].decode("utf-16-le")


def test_every_copy_is_tagged_as_the_sheet_is_and_its_own_parts_come_last() -> None:
    made = sheet(options=40)
    assert made.sides == 2
    document = pypdfium2.PdfDocument(joined(made, [made.part(0, [("1", CODE)] * 3, 3)], 3))
    of_sheet = [list(elements(page)) for page in pypdfium2.PdfDocument(render_of(40))]
    for page in range(6):
        found = list(elements(document[page]))
        own = [("P", ""), ("Figure", "Côté 1")] if page % 2 == 0 else []
        expected = [("Part" if kind == "Document" else kind, alt) for kind, alt in of_sheet[page % 2]]
        assert found[-len(own) or None :] == own or not own
        assert found[1 : len(found) - len(own)] == expected
    assert read(document_bytes(document)).tagged


def render_of(options: int) -> bytes:
    data = preview("ballot", numbered=True)
    data["contests"][0]["options"] = (data["contests"][0]["options"] * 3)[:options]
    return render("ballot", data)


def document_bytes(document: pypdfium2.PdfDocument) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_parts_made_apart_give_the_same_file_as_one() -> None:
    fills = [(f"{number:06d}-0", CODE) for number in range(250)]
    made, again = sheet(), sheet()
    at_once = joined(made, [made.part(0, fills, 250)], 250)
    stored = [again.part(first, fills[first : first + 100], 250).to_bytes() for first in (0, 100, 200)]
    assert joined(sheet(), [Part.from_bytes(each) for each in stored], 250) == at_once
    assert len(pypdfium2.PdfDocument(at_once)) == 250


def test_a_missing_or_cut_part_is_refused() -> None:
    made = sheet()
    parts = [made.part(first, [("1", CODE)] * 2, 4) for first in (0, 2)]
    for wrong in ([parts[1]], [parts[0]], [parts[0], parts[0]], [*parts, parts[1]]):
        with pytest.raises(CopyError):
            joined(made, wrong, 4)
    stored = parts[0].to_bytes()
    for cut in (b"", stored[:30], stored[:-1], stored + b" "):
        with pytest.raises(CopyError):
            Part.from_bytes(cut)


def test_a_file_never_gets_more_objects_than_readers_take() -> None:
    made = sheet()
    assert made.base(most_copies(made)) < 4_194_304
    with pytest.raises(CopyError):
        join(made, [Part(0, 10**6, b"", array("Q"))], 10**6, io.BytesIO())


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\nnothing", b"xref\n0 1\nstartxref\n0\n%%EOF"])
def test_what_is_no_sheet_is_refused(pdf: bytes) -> None:
    with pytest.raises(CopyError):
        Sheet(pdf, (), BOLD)
