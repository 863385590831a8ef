"""Reads a printed form back: its words page by page, where they stand, its drawn lines, its title and language."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from participation.printing import FORMS, render

MM = 72 / 25.4
Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points from the lower left corner of the page."""


@dataclass(frozen=True)
class Page:
    text: str
    """With plain spaces, as `wording` gives them."""
    width: float
    height: float
    words: tuple[Box, ...]
    drawn: tuple[Box, ...]


@dataclass(frozen=True)
class Printed:
    pdf: bytes
    title: str
    language: str
    tagged: bool
    pages: tuple[Page, ...]

    @property
    def text(self) -> str:
        """All its words with single spaces, so that a wrapped line does not hide a sentence."""
        return " ".join(" ".join(page.text for page in self.pages).split())


def preview(form: str, **changes: Any) -> dict[str, Any]:
    """The preview data of `form`, with `changes`."""
    data: dict[str, Any] = json.loads((FORMS / form / "preview.json").read_text(encoding="utf-8"))
    return data | changes


def wording(locale: str, key: str) -> str:
    """A fixed wording of the forms, with plain spaces."""
    words: dict[str, str] = json.loads((FORMS / "common" / "texts" / f"{locale}.json").read_text(encoding="utf-8"))
    return words[key].replace("\u00a0", " ")


def printed(form: str, data: Mapping[str, Any] | None = None, **changes: Any) -> Printed:
    """`form` rendered with `data` (the preview's if none is given) and `changes`, read back; each sheet once."""
    whole = (preview(form) if data is None else dict(data)) | changes
    return _printed(form, json.dumps(whole, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=512)
def _printed(form: str, data: str) -> Printed:
    return read(render(form, json.loads(data)))


def read(pdf: bytes) -> Printed:
    document = pypdfium2.PdfDocument(pdf)
    return Printed(
        pdf,
        document.get_metadata_value("Title"),
        _language(document),
        bool(pdfium.FPDFCatalog_IsTagged(document.raw)),
        tuple(_page(page) for page in document),
    )


def _language(document: pypdfium2.PdfDocument) -> str:
    length = pdfium.FPDFCatalog_GetLanguage(document.raw, None, 0)
    buffer = (ctypes.c_ushort * (length // 2))()
    pdfium.FPDFCatalog_GetLanguage(document.raw, buffer, length)
    return bytes(buffer).decode("utf-16-le").rstrip("\0")


def _page(page: pypdfium2.PdfPage) -> Page:
    text = page.get_textpage()
    words = tuple(text.get_rect(index) for index in range(text.count_rects()))
    plain = text.get_text_bounded().replace("\u00a0", " ")
    return Page(plain, page.get_width(), page.get_height(), words, tuple(_drawn(page)))


def _drawn(page: pypdfium2.PdfPage) -> Iterator[Box]:
    for item in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH,), max_depth=5):
        yield item.get_bounds()


def squares(page: Page, side: float = 6) -> list[Box]:
    """The boxes to tick at the left of the sheet, of `side` millimetres, from the top down; no corner squares."""
    found = [box for box in page.drawn if box[0] > 14 * MM and box[2] < 40 * MM and _is_square(box, side * MM)]
    return sorted(found, key=lambda box: -box[3])


def _is_square(box: Box, side: float) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return abs(width - side) < 3.5 and abs(height - side) < 3.5
