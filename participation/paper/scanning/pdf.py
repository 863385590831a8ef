"""Pages of a PDF. One that is a photograph and nothing else is taken as it is, which is several times faster than
drawing it; every other page is drawn.

PDFium's parts must be closed in order, the inner before the outer: nothing of a page leaves its function here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from participation.paper.scanning.pictures import (
    MOST_PAGES,
    BadFile,
    Source,
    check_most,
    decoded,
    jpeg_size,
)
from participation.paper.scanning.problems import FileProblem
from participation.paper.scanning.template import Image, image_of

MOST_BYTES = 2 * 1024**3
DPI = 150
"""Of a page that is drawn."""
_LONGEST_DRAWN, _LEAST_DRAWN = 2_400, 1_650
"""Pixels of its longer side, whatever size it says it is: scanners are often wrong about that."""
_MOST_OBJECTS = 20_000
"""Parts of a page that are looked at for what they declare."""


def open_pdf(path: Path, size: int, tail: bytes) -> Source:
    """The pages of a PDF; `tail` is the end of the file. Raises BadFile."""
    if size > MOST_BYTES:
        raise BadFile(FileProblem.TOO_LARGE)
    if b"%%EOF" not in tail:  # a reader would make do with what is left, and the other pages would be lost in silence
        raise BadFile(FileProblem.CORRUPT)
    try:
        return _Pdf(pypdfium2.PdfDocument(path))
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise BadFile(FileProblem.ENCRYPTED if locked else FileProblem.CORRUPT) from error


class _Pdf:
    def __init__(self, document: Any) -> None:
        self.document = document
        self.count = len(document)
        if not 0 < self.count <= MOST_PAGES:
            document.close()
            raise BadFile(FileProblem.TOO_MANY if self.count else FileProblem.CORRUPT)

    def page(self, number: int) -> Image:
        try:
            page = self.document[number - 1]
        except pypdfium2.PdfiumError as error:
            raise BadFile(FileProblem.CORRUPT) from error
        try:
            jpeg = _only_jpeg(page)
            return _drawn(page) if jpeg is None else _decoded(jpeg)
        except pypdfium2.PdfiumError as error:
            raise BadFile(FileProblem.CORRUPT) from error
        finally:
            page.close()

    def close(self) -> None:
        self.document.close()


def _decoded(jpeg: bytes) -> Image:
    """A JPEG of a page; what it says of its own size counts, not what the page says."""
    size = jpeg_size(jpeg)
    check_most(*size)
    return decoded(jpeg, size)


def _only_jpeg(page: Any) -> bytes | None:
    """The JPEG that the page consists of, text that is never shown aside (scanners add what they recognise); or None.

    Raises BadFile where any picture of the page declares too many pixels, before one of them is unpacked.
    """
    pictures, others = [], 0
    for place, part in enumerate(page.get_objects()):
        if place >= _MOST_OBJECTS:
            raise BadFile(FileProblem.TOO_MANY_PIXELS)
        if part.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            check_most(*part.get_px_size())
            pictures.append(part)
        elif not _is_hidden_text(part):
            others += 1
    if len(pictures) != 1 or others or pdfium.FPDFPage_GetAnnotCount(page):
        return None
    return _jpeg(pictures[0], page)


def _is_hidden_text(part: Any) -> bool:
    if part.type != pdfium.FPDF_PAGEOBJ_TEXT:
        return False
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(part) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _jpeg(picture: Any, page: Any) -> bytes | None:
    """Its data, if it is a plain JPEG, not mirrored, that fills the page."""
    if picture.get_filters() != ["DCTDecode"] or pdfium.FPDFPageObj_HasTransparency(picture):
        return None
    a, b, c, d, _e, _f = picture.get_matrix().get()
    left, bottom, right, top = picture.get_bounds()
    width, height = page.get_size()
    fills = min(right, width) - max(left, 0) > 0.95 * width and min(top, height) - max(bottom, 0) > 0.95 * height
    if not fills or a * d - b * c <= 0:
        return None
    return bytes(picture.get_data(decode_simple=False))


def _drawn(page: Any) -> Image:
    """The page drawn in grey, its longer side from _LEAST_DRAWN to _LONGEST_DRAWN pixels."""
    longest = max(page.get_size())
    if not longest > 0:
        raise BadFile(FileProblem.CORRUPT)
    pixels = min(max(DPI / 72 * longest, _LEAST_DRAWN), _LONGEST_DRAWN)
    bitmap = page.render(scale=pixels / longest, grayscale=True, may_draw_forms=False)
    try:
        drawn = bitmap.to_numpy()
        return image_of(drawn.reshape(drawn.shape[:2])).copy()
    finally:
        bitmap.close()
