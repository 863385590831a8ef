"""Filled sheets as a document scanner sees them: our own print, a pen in simulation, a little skew, grey paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from participation.paper.sheets.geometry import Mark, PageLayout

Image = NDArray[np.uint8]
DPI = 150
PER_MM = DPI / 25.4
PAPER, INK, PEN = 244, 40, 3
TORN = 4.0
"""Millimetres above its code at which a stub is torn off."""
LETTER = (1275, 1650)
"""Pixels of a Letter sheet, wide and high."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A sheet on the glass of the scanner."""

    copy: int = 0
    """Its page in the print run, from 1; 0: a sheet that nobody printed here."""
    chosen: Sequence[str] = ()
    struck: str = ""
    """A project through whose square a line passes that may mean anything."""
    letter: bool = False
    """Somebody wrote a letter on it."""


def scanned(prints: bytes, sheets: Sequence[Filled], form: PageLayout, seed: int) -> bytes:
    """A PDF with one picture a sheet, without its stub; the same seed gives the same pictures."""
    chance = np.random.default_rng(seed)
    source = pypdfium2.PdfDocument(prints)
    try:
        return _pdf(_seen(_filled(source, sheet, form, chance), chance) for sheet in sheets)
    finally:
        source.close()


def _filled(source: pypdfium2.PdfDocument, sheet: Filled, form: PageLayout, chance: np.random.Generator) -> Image:
    marks = {mark.option: mark for mark in form.marks}
    if not sheet.copy:
        page = np.full(LETTER[::-1], 255, np.uint8)
        if sheet.letter:
            _write(page, chance)
        return page
    drawn = source[sheet.copy - 1].render(scale=DPI / 72, grayscale=True).to_numpy()
    page = np.ascontiguousarray(drawn.reshape(drawn.shape[:2]))
    for number in sheet.chosen:
        _cross(page, marks[number], chance)
    if sheet.struck:
        mark = marks[sheet.struck]
        _line(page, [(mark.x - 6, mark.y - 6), (mark.x + 12, mark.y + 12)])
    (stub,) = (place for place in form.places if place.name == "stub")
    return page[: int((stub.y - TORN) * PER_MM)]


def _cross(page: Image, mark: Mark, chance: np.random.Generator) -> None:
    a, b, c, d = chance.uniform(0.0, 0.22, 4)
    x, y, w, h = mark.x, mark.y, mark.w, mark.h
    _line(page, [(x + w * a, y + h * b), (x + w * (1 - c), y + h * (1 - d))])
    _line(page, [(x + w * (1 - d), y + h * a), (x + w * b, y + h * (1 - c))])


def _write(page: Image, chance: np.random.Generator) -> None:
    """Nine lines that look like handwriting and say nothing."""
    for line in range(9):
        places = np.arange(25.0, chance.uniform(120, 190), 1.4)
        heights = 60 + 14 * line + 2.4 * np.sin(places * 1.9) * chance.uniform(0.2, 1.0, len(places))
        _line(page, list(zip(places.tolist(), heights.tolist(), strict=True)))


def _line(page: Image, points: Sequence[tuple[float, float]]) -> None:
    """A stroke of the pen through points in millimetres."""
    places = (np.asarray(points) * PER_MM).round().astype(np.int32)
    cv2.polylines(page, [places], False, INK, PEN, cv2.LINE_AA)


def _seen(page: Image, chance: np.random.Generator) -> Image:
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(chance.uniform(-0.8, 0.8)), 1.0)
    turned = np.minimum(cv2.warpAffine(page, turn, (width, height), borderValue=255), PAPER).astype(np.float32)
    turned += chance.standard_normal(turned.shape, dtype=np.float32) * 2
    found: Image = turned.clip(0, 255).astype(np.uint8)
    return found


def _pdf(pictures: Iterator[Image]) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for picture in pictures:
        _done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])
        image = pypdfium2.PdfImage.new(document)
        image.load_jpeg(BytesIO(data.tobytes()), inline=True)
        width, height = (side * 72 / DPI for side in picture.shape[::-1])
        image.set_matrix(pypdfium2.PdfMatrix().scale(width, height))
        page = document.new_page(width, height)
        page.insert_obj(image)
        page.gen_content()
    out = BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()
