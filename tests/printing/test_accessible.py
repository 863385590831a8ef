"""PDF/UA-1 as far as we check it ourselves: the rules below on every form, both languages, both sizes of type.

Typst refuses to write a PDF/UA-1 file that breaks the rules which it knows; these are read from the finished file.
Not a full validation: that is 136 conditions of the Matterhorn protocol, of which a part needs a person's eyes.
"""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from participation.printing import FORMS
from tests.printing.reading import Printed, printed

ALL = sorted(path.parent.name for path in FORMS.glob("*/form.typ"))
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "slip": [{"slip": kind} for kind in ("attendance", "question", "comment", "idea")],
    "envelope": [{"part": part} for part in ("outer", "inner")],
    "report": [{"kind": kind} for kind in ("opening", "statement", "minutes")],
}
CASES = [(form, variant) for form in ALL for variant in VARIANTS.get(form, [{}])]


@dataclass(frozen=True)
class Element:
    """One tag: its type, alternative text, how deep it lies."""

    kind: str
    alt: str
    depth: int


def elements(sheet: Printed) -> list[Element]:
    """Every tag of the document in reading order."""
    document = pypdfium2.PdfDocument(sheet.pdf)
    found: list[Element] = []
    for page in document:
        tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
        for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            found += _walk(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), 0)
        pdfium.FPDF_StructTree_Close(tree)
    return found


def _walk(element: Any, depth: int) -> Iterator[Element]:
    if not element:
        return
    yield Element(
        _text(pdfium.FPDF_StructElement_GetType, element), _text(pdfium.FPDF_StructElement_GetAltText, element), depth
    )
    for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
        yield from _walk(pdfium.FPDF_StructElement_GetChildAtIndex(element, index), depth + 1)


def _text(ask: Callable[[Any, Any, int], int], element: Any) -> str:
    length = ask(element, None, 0)
    buffer = ctypes.create_string_buffer(max(length, 2))
    ask(element, buffer, length)
    return buffer.raw[:length].decode("utf-16-le").rstrip("\0")


def heading_levels(tags: list[Element]) -> list[int]:
    return [int(tag.kind[1]) for tag in tags if re.fullmatch(r"H[1-6]", tag.kind)]


@pytest.fixture(params=CASES, ids=lambda case: "-".join([case[0], *map(str, case[1].values())]), scope="module")
def sheets(request: pytest.FixtureRequest) -> list[Printed]:
    form, variant = request.param
    return [
        printed(form, locale=locale, large_print=large, **variant) for locale in ("fr", "en") for large in (False, True)
    ]


def test_the_file_says_that_it_is_tagged_in_its_language_and_titled(sheets: list[Printed]) -> None:
    for sheet in sheets:
        assert sheet.tagged, "MarkInfo Marked"
        assert b"<pdfuaid:part>1<" in sheet.pdf, "the standard it claims"
        assert re.search(rb"/DisplayDocTitle true", sheet.pdf), "readers show the title, not the file name"
        assert sheet.title
        assert sheet.language in {"fr-CA", "en-CA"}


def test_every_page_has_tags_and_they_have_text(sheets: list[Printed]) -> None:
    for sheet in sheets:
        document = pypdfium2.PdfDocument(sheet.pdf)
        for page in document:
            tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
            assert pdfium.FPDF_StructTree_CountChildren(tree) > 0
            pdfium.FPDF_StructTree_Close(tree)


def test_pictures_have_words(sheets: list[Printed]) -> None:
    for sheet in sheets:
        assert all(tag.alt.strip() for tag in elements(sheet) if tag.kind in {"Figure", "Formula"})


def test_headings_begin_at_one_and_skip_no_level(sheets: list[Printed]) -> None:
    for sheet in sheets:
        levels = heading_levels(elements(sheet))
        assert levels, "a sheet without a heading cannot be skimmed"
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def test_tables_have_headers(sheets: list[Printed]) -> None:
    """A table that goes on overleaf has its header once: what is repeated there is no tag."""
    for sheet in sheets:
        kinds = [tag.kind for tag in elements(sheet)]
        bodies, heads = kinds.count("TBody"), kinds.count("THead")
        if heads:
            assert kinds.index("TH") < kinds.index("TD")
            assert bodies - heads < len(sheet.pages)


def test_lists_hold_items(sheets: list[Printed]) -> None:
    for sheet in sheets:
        kinds = [tag.kind for tag in elements(sheet)]
        assert kinds.count("LI") >= kinds.count("L")


def test_the_heading_is_read_before_tables_lists_and_pictures(sheets: list[Printed]) -> None:
    for sheet in sheets:
        kinds = [tag.kind for tag in elements(sheet)]
        later = [kinds.index(kind) for kind in ("Table", "L") if kind in kinds]
        assert all(kinds.index("H1") < place for place in later)


@pytest.mark.parametrize(
    ("form", "order"),
    [
        ("declaration", ["Prénom", "Ma déclaration", "Signature", "Vos renseignements personnels", "Détachez ici"]),
        ("envelope", ["Dans l’ordre", "Bulletin dans la petite", "Petite enveloppe dans", "Remplissez", "Prénom"]),
        ("class-pack", ["Avant :", "Lisez à voix haute", "Déclaration de deux adultes", "Adulte 1", "Adulte 2"]),
        ("report", ["Procès-verbal", "Rapprochement", "Bulletins rejetés", "Empreintes", "Signatures"]),
    ],
)
def test_words_are_read_in_the_order_of_the_work(form: str, order: list[str]) -> None:
    text = printed(form).text
    places = [text.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)
