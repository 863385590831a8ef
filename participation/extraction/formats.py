"""The pages of a file and the words on them. Called in the limited child alone: the file is a stranger's."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Iterator
from ctypes import c_int
from pathlib import Path
from typing import Any, Protocol

import pypdfium2
import pypdfium2.raw as pdfium

from participation.extraction.faults import Fault

MOST_PAGES = 2_000
MOST_LETTERS = 60_000
"""Of one page."""
MOST_PIXELS = 100_000_000
MOST_XML = 40_000_000
"""Bytes of the text of an office document, unpacked."""
_MOST_PARTS = 20_000
_MOST_UNPACKED = 20_000_000


class Refused(Exception):
    """The file is not handed on; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Pages(Protocol):
    """An opened file; `text(n)` gives the words of page n, from 1."""

    count: int

    def text(self, number: int) -> str: ...


def open_pages(path: Path, kind: str) -> Pages:
    """The pages of a PDF, of an office text, which has only one here, or of a picture, which has no words. Refused."""
    if not path.is_file():
        raise Refused(Fault.MISSING)
    if kind == "pdf":
        return _Pdf(path)
    if kind in _OFFICE:
        return _One(_office_text(path, kind))
    if kind == "txt":
        return _One(path.read_bytes()[: 4 * MOST_LETTERS].decode("utf-8", "replace"))
    width, height = _picture_size(path.read_bytes(), kind)
    if not width or not height:
        raise Refused(Fault.DAMAGED)
    if width * height > MOST_PIXELS:
        raise Refused(Fault.TOO_MANY_PIXELS)
    return _One("")


def _picture_size(data: bytes, kind: str) -> tuple[int, int]:
    """Width and height as a picture declares them; nobody's browser should have to unpack more than MOST_PIXELS."""
    if kind == "png":
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if kind == "webp":
        return _webp_size(data)
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        if 0xC0 <= data[at + 1] <= 0xCF and data[at + 1] not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 1 if data[at + 1] == 0xFF else 2 + max(2, int.from_bytes(data[at + 2 : at + 4]))
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    """RFC 9649, sections 2.5 to 2.7."""
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


class _One:
    count = 1

    def __init__(self, words: str) -> None:
        self.words = words

    def text(self, number: int) -> str:
        del number  # there is only one
        return self.words


class _Pdf:
    def __init__(self, path: Path) -> None:
        if holds_program(path.read_bytes()):
            raise Refused(Fault.PROGRAM)
        try:
            self.document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
            raise Refused(Fault.LOCKED if locked else Fault.DAMAGED) from error
        self.count = len(self.document)
        if not 0 < self.count <= MOST_PAGES:
            raise Refused(Fault.TOO_MANY if self.count else Fault.DAMAGED)
        if pdfium.FPDFDoc_GetJavaScriptActionCount(self.document) > 0:
            raise Refused(Fault.PROGRAM)

    def text(self, number: int) -> str:
        try:
            page = self.document[number - 1]
        except pypdfium2.PdfiumError:
            return ""  # the reader of the public shows it empty too
        _refuse_launch(page)
        words = page.get_textpage()
        try:
            return str(words.get_text_range(0, min(words.count_chars(), MOST_LETTERS)))
        finally:
            words.close()
            page.close()


def _refuse_launch(page: Any) -> None:
    """Refuses a page with a link that starts a program, however the file hides it."""
    at, link = c_int(0), pdfium.FPDF_LINK()
    for _part in range(_MOST_PARTS):
        if not pdfium.FPDFLink_Enumerate(page, at, link):
            return
        action = pdfium.FPDFLink_GetAction(link)
        if action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_LAUNCH:
            raise Refused(Fault.PROGRAM)


_PROGRAM = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles|RichMedia|XFA)(?![A-Za-z0-9])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_PACKED = re.compile(rb"/ObjStm\b.{0,2000}?stream\r?\n", re.DOTALL)


def holds_program(data: bytes) -> bool:
    """Whether a PDF names something that a reader would run, start or unpack: scripts, programs, attached files, forms
    with scripts (XFA). Names are looked for as they stand and in packed lists of objects, with #4a written as J."""
    return any(_PROGRAM.search(_plain(part)) for part in _parts(data))


def _plain(data: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)


def _parts(data: bytes) -> Iterator[bytes]:
    """The file without its streams, then each packed list of objects."""
    yield re.sub(rb"stream\r?\n.*?endstream", b"", data, flags=re.DOTALL)
    for found, _count in zip(_PACKED.finditer(data), range(_MOST_PARTS), strict=False):
        try:
            yield zlib.decompressobj().decompress(data[found.end() :], _MOST_UNPACKED)
        except zlib.error:
            continue


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = {"docx": "word/document.xml", "odt": "content.xml"}
_ENDS = {f"{_WORD}p", f"{_WORD}br", f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}line-break"}
_GAPS = {f"{_WORD}tab", f"{_TEXT}tab", f"{_TEXT}s"}


def _office_text(path: Path, kind: str) -> str:
    """The words of a document of Word or LibreOffice, a line for each paragraph. Refused."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_OFFICE[kind]) as part:
            data = part.read(MOST_XML + 1)
        if len(data) > MOST_XML:
            raise Refused(Fault.TOO_LARGE)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:  # no office program writes them
            raise Refused(Fault.DAMAGED)
        root = ElementTree.fromstring(data)
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, zlib.error, RuntimeError, OSError) as error:
        raise Refused(Fault.DAMAGED) from error
    return "".join(_words(root, all_text=kind == "odt"))


def _words(element: ElementTree.Element, *, all_text: bool) -> Iterator[str]:
    for node, ends in _walk(element):
        if not ends:
            shown = node.text if all_text or node.tag == f"{_WORD}t" else ""
            yield " " if node.tag in _GAPS else shown or ""
        else:
            yield "\n" if node.tag in _ENDS else ""
            yield (node.tail or "") if all_text else ""


def _walk(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, bool]]:
    """Each element where it begins and where it ends, without recursion: nesting is the stranger's choice."""
    pending: list[tuple[ElementTree.Element, bool]] = [(root, False)]
    while pending:
        node, ends = pending.pop()
        yield node, ends
        if not ends:
            pending.append((node, True))
            pending.extend((child, False) for child in reversed(node))
