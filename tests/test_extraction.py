"""Words of strangers' files are read in a limited child; what should not be handed on is told."""

from __future__ import annotations

import io
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from participation.confined import ChildDied
from participation.extraction import formats, reader
from participation.extraction.faults import Fault
from participation.extraction.reader import read_words
from tests.consultations.documents import sample_files


def office(path: Path, name: str, body: str) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    path.write_bytes(out.getvalue())
    return path


def test_each_page_has_its_words(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(sample_files.pdf([f"Page {n} : l’école et 2 600 logements" for n in range(1, 201)]))
    started = time.monotonic()
    found = read_words(path, "pdf")
    assert time.monotonic() - started < 30
    assert (found.fault, found.pages, len(found.texts)) == (None, 200, 200)
    assert "Page 14 : l’école et 2 600 logements" in found.texts[14]


def test_office_texts_have_their_paragraphs(tmp_path: Path) -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{w}"><w:p><w:r><w:t>Un</w:t></w:r><w:r><w:t> mot</w:t></w:r></w:p><w:p/></w:document>'
    assert read_words(office(tmp_path / "a", "word/document.xml", body), "docx").texts == {1: "Un mot\n\n"}
    t = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    body = f'<o xmlns:t="{t}"><t:h>Titre</t:h><t:p>Un <t:span>mot</t:span><t:s/>ici</t:p></o>'
    assert read_words(office(tmp_path / "b", "content.xml", body), "odt").texts == {1: "Titre\nUn mot ici\n"}
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    assert read_words(office(tmp_path / "c", "content.xml", bomb), "odt").fault is Fault.DAMAGED
    deep = "<a>" * 100_000 + "</a>" * 100_000
    assert read_words(office(tmp_path / "d", "content.xml", deep), "odt").fault in (
        None,
        Fault.TOO_LARGE,
        Fault.DAMAGED,
    )
    large = " " * 45_000_000
    assert read_words(office(tmp_path / "e", "content.xml", large), "odt").fault is Fault.TOO_LARGE


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("locked", sample_files.locked(), Fault.LOCKED),
        ("script", sample_files.with_script(packed=False), Fault.PROGRAM),
        ("packed script", sample_files.with_script(packed=True), Fault.PROGRAM),
        ("launch", sample_files.with_launch(), Fault.PROGRAM),
        (
            "hidden name",
            sample_files.with_script(packed=False).replace(b"/JavaScript", b"/J#61vaScript"),
            Fault.PROGRAM,
        ),
        ("damaged", sample_files.damaged(), Fault.DAMAGED),
        ("empty", b"", Fault.DAMAGED),
    ],
)
def test_what_nobody_should_have_to_open_is_told(name: str, data: bytes, fault: Fault, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    assert read_words(path, "pdf").fault is fault, name


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_a_picture_says_how_large_it_is(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    cv2.imwrite(str(path), np.full((300, 400), 255, np.uint8))
    assert read_words(path, kind).fault is None
    assert formats._picture_size(path.read_bytes(), kind) == (400, 300)
    path.write_bytes(path.read_bytes()[:10])
    assert read_words(path, kind).fault is Fault.DAMAGED
    huge = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4) * 2
    path.write_bytes(huge)
    assert read_words(path, "png").fault is Fault.TOO_MANY_PIXELS


def test_a_bomb_is_bounded(tmp_path: Path) -> None:
    """A page whose contents unpack to gigabytes costs at most that page; the program that asked is as it was."""
    bomb = zlib.compress(b"0" * 50_000_000, 9)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>endobj\n"
    twice = zlib.compress(bomb * 60, 9)
    body = b"4 0 obj<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream endobj\n" % (len(twice), twice)
    path = tmp_path / "a.pdf"
    path.write_bytes(head + page + body + b"trailer<</Root 1 0 R>>\n%%EOF\n")
    started = time.monotonic()
    found = read_words(path, "pdf")
    assert time.monotonic() - started < 90
    assert found.fault in (None, Fault.TOO_LARGE, Fault.DAMAGED)
    assert not any(found.texts.values())
    assert read_words(tmp_path / "missing", "pdf").fault is Fault.MISSING


class Dying:
    """A child that dies at the first page."""

    def __init__(self, module: str) -> None:
        self.stopped = False

    def ask(self, asked: dict[str, Any], until: float) -> Iterator[dict[str, Any]]:
        yield {"pages": 2}
        if asked["first"] == 1:
            raise ChildDied
        yield {"page": 2, "text": "deux"}

    def stop(self) -> None:
        self.stopped = True


def test_a_page_that_kills_its_reader_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "Child", Dying)
    found = read_words(tmp_path / "a.pdf", "pdf")
    assert (found.fault, found.texts, found.said) == (None, {2: "deux"}, Fault.UNREAD.value)
