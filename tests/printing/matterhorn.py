"""Checks a PDF against those rules of PDF/UA-1 (ISO 14289-1) that a program can judge and our forms can break.

The numbers are those of the Matterhorn Protocol 1.1 (PDF Association). Beside them stand a few rules that no standard
asks for and that people who listen to a form need. `faults` says which are broken, and where. What people must judge
(is this the right reading order, does the alternative text say enough) is not here.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import pikepdf
from pikepdf import Name, Pdf

PAINT: Final = frozenset(
    {"f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "Do", "Tj", "TJ", "'", '"', "sh", "INLINE IMAGE"}
)
STANDARD: Final = frozenset([
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct",
    "Private", "P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD",
    "THead", "TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby",
    "RB", "RT", "RP", "Warichu", "WT", "WP", "Figure", "Formula", "Form",
])  # fmt: skip
PARENTS: Final = {
    "TR": ("Table", "THead", "TBody", "TFoot"), "TH": ("TR",), "TD": ("TR",), "THead": ("Table",), "TBody": ("Table",),
    "TFoot": ("Table",), "LI": ("L",), "LBody": ("LI",), "TOCI": ("TOC",),
}  # fmt: skip
"""Where a structure element must stand."""


class Document:
    """A PDF with its structure elements in reading order, each with its type and its parent's."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf, self.root = pdf, pdf.Root
        self.tree: Any = self.root.get("/StructTreeRoot")
        self.roles = {str(a)[1:]: str(b)[1:] for a, b in (self.tree.get("/RoleMap", {}) if self.tree else {}).items()}
        self.elements = list(self.below(self.tree, "")) if self.tree else []
        self.kinds = [kind for kind, _parent, _element in self.elements]

    @cached_property
    def contents(self) -> list[tuple[int, Any, list[tuple[str, int | None]]]]:
        """(page, painting operator, the marked contents that it stands in: tag and number)."""
        return list(_contents(self.pdf))

    def below(self, node: Any, parent: str) -> Iterator[tuple[str, str, Any]]:
        for kid in kids_of(node):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                kind = self.kind(kid)
                yield kind, parent, kid
                yield from self.below(kid, kind)

    def flag(self, holder: str, name: str) -> bool:
        """What the catalogue's dictionary `holder` says of `name`."""
        return holder in self.root and bool(self.root[holder].get(name, False))

    def kind(self, element: Any) -> str:
        name = str(element.S)[1:]
        return self.roles.get(name, name)


def kids_of(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def faults(pdf: bytes) -> list[str]:
    """One line for each broken rule: its number and what was found. Empty for a document that keeps them all."""
    with Pdf.open(io.BytesIO(pdf)) as opened:
        document = Document(opened)
        checks = RULES | BESIDES
        return [f"{name}: {found}" for name, check in checks.items() if (found := next(check(document), ""))]


# The document.


def _unmarked(document: Document) -> Iterator[str]:
    if not document.tree or not document.flag("/MarkInfo", "/Marked"):
        yield "not a tagged PDF"


def _suspects(document: Document) -> Iterator[str]:
    if document.flag("/MarkInfo", "/Suspects"):
        yield "suspects"


def _metadata(document: Document) -> Iterator[str]:
    if "/Metadata" not in document.root:
        yield "no metadata"


def _identifier(document: Document) -> Iterator[str]:
    with document.pdf.open_metadata() as found:
        if found.get("pdfuaid:part") != "1":
            yield "no PDF/UA identifier"


def _title(document: Document) -> Iterator[str]:
    with document.pdf.open_metadata() as found:
        if not str(found.get("dc:title") or "").strip():
            yield "no title"


def _title_shown(document: Document) -> Iterator[str]:
    if not document.flag("/ViewerPreferences", "/DisplayDocTitle"):
        yield "the window would show the file's name"


def _language(document: Document) -> Iterator[str]:
    if str(document.root.get("/Lang", "")) not in ("fr-CA", "en-CA"):
        yield "no language"


def _dynamic(document: Document) -> Iterator[str]:
    for name in ("/AcroForm", "/OCProperties", "/AF"):
        if name in document.root:
            yield name


def _encrypted(document: Document) -> Iterator[str]:
    if document.pdf.is_encrypted:
        yield "encrypted"


# Contents.


def _contents(pdf: Pdf) -> Iterator[tuple[int, Any, list[tuple[str, int | None]]]]:
    for number, page in enumerate(pdf.pages, start=1):
        inside: list[tuple[str, int | None]] = []
        for each in pikepdf.parse_content_stream(page):
            operands, operator = list(each.operands), each.operator
            if (name := str(operator)) in ("BDC", "BMC"):
                values: Any = operands[1] if name == "BDC" and isinstance(operands[1], pikepdf.Dictionary) else {}
                inside.append((str(operands[0])[1:], int(values["/MCID"]) if "/MCID" in values else None))
            elif name == "EMC":
                inside.pop()
            elif name in PAINT:
                yield number, operator, list(inside)


def _untagged(document: Document) -> Iterator[str]:
    for page, operator, inside in document.contents:
        if not any(tag == "Artifact" or number is not None for tag, number in inside):
            yield f"page {page}: {operator} is neither content nor artifact"


def _nested(document: Document) -> Iterator[str]:
    for page, _operator, inside in document.contents:
        if any(tag == "Artifact" for tag, _ in inside) and any(number is not None for _, number in inside):
            yield f"page {page}: an artifact and content in each other"


def _orphans(document: Document) -> Iterator[str]:
    known = {
        (pages_of(kid, element), number) for _, _, element in document.elements for kid, number in marked_in(element)
    }
    pages = [page.obj.objgen for page in document.pdf.pages]
    for page, _operator, inside in document.contents:
        if any(number is not None and (pages[page - 1], number) not in known for _, number in inside):
            yield f"page {page}: content that no element holds"


def marked_in(element: Any) -> Iterator[tuple[Any, int]]:
    for kid in kids_of(element):
        if isinstance(kid, int):
            yield element, kid
        elif isinstance(kid, pikepdf.Dictionary) and "/MCID" in kid:
            yield kid, int(kid.MCID)


def pages_of(holder: Any, element: Any) -> Any:
    return (holder.get("/Pg") or element.Pg).objgen


def _fonts(document: Document) -> Iterator[Any]:
    for page in document.pdf.pages:
        yield from page.resources.get("/Font", {}).values()


def _not_embedded(document: Document) -> Iterator[str]:
    for font in _fonts(document):
        described = font.DescendantFonts[0] if "/DescendantFonts" in font else font
        if not any(f"/FontFile{kind}" in described.FontDescriptor for kind in ("", "2", "3")):
            yield str(font.BaseFont)


def _not_readable(document: Document) -> Iterator[str]:
    for font in _fonts(document):
        if "/ToUnicode" not in font and font.get("/Encoding") != Name.WinAnsiEncoding:
            yield str(font.BaseFont)


def _annotations(document: Document) -> Iterator[str]:
    for number, page in enumerate(document.pdf.pages, start=1):
        for annotation in page.get("/Annots", []):
            if "/StructParent" not in annotation or "/Contents" not in annotation:
                yield f"page {number}: an annotation without a tag or a description"


def _tab_order(document: Document) -> Iterator[str]:
    for number, page in enumerate(document.pdf.pages, start=1):
        if "/Annots" in page and page.get("/Tabs") != Name.S:
            yield f"page {number}"


# Structure.


def _unknown(document: Document) -> Iterator[str]:
    for kind, _parent, _element in document.elements:
        if kind not in STANDARD:
            yield kind


def _remapped(document: Document) -> Iterator[str]:
    yield from (name for name in document.roles if name in STANDARD)


def _misplaced(document: Document) -> Iterator[str]:
    for kind, parent, _element in document.elements:
        if parent not in PARENTS.get(kind, (parent,)):
            yield f"{kind} in {parent}"


def _figures(document: Document) -> Iterator[str]:
    for kind, _parent, element in document.elements:
        if kind in ("Figure", "Formula") and not str(element.get("/Alt", element.get("/ActualText", ""))).strip():
            yield kind


def _headings(document: Document) -> list[int]:
    """Levels in reading order; each copy of a run is a document of its own, and starts anew with a 1."""
    return [int(kind[1]) for kind, _parent, _element in document.elements if len(kind) == 2 and kind[0] == "H"]


def _first_heading(document: Document) -> Iterator[str]:
    if (levels := _headings(document)) and levels[0] != 1:
        yield f"H{levels[0]}"


def _skipped(document: Document) -> Iterator[str]:
    levels = _headings(document)
    yield from (f"H{below} after H{above}" for above, below in pairwise(levels) if below > above + 1)


def _unnumbered_headings(document: Document) -> Iterator[str]:
    yield from (kind for kind, _parent, _element in document.elements if kind == "H")


def _headless(document: Document) -> Iterator[str]:
    for kind, _parent, table in document.elements:
        cells = (
            [each for inner, _, each in document.below(table, kind) if inner == "TH"] if kind == "Table" else [table]
        )
        if not cells:
            yield "a table without headers"


def _scopes(document: Document) -> Iterator[str]:
    for kind, _parent, element in document.elements:
        if kind == "TH":
            owned = element.get("/A", [])
            if not any("/Scope" in each for each in (owned if isinstance(owned, pikepdf.Array) else [owned])):
                yield "a header without a scope"


def _notes(document: Document) -> Iterator[str]:
    yield from (
        "a note without an identifier" for kind, _, each in document.elements if kind == "Note" and "/ID" not in each
    )


# What no standard asks for.


def _no_heading(document: Document) -> Iterator[str]:
    if "H1" not in document.kinds:
        yield "a form without a heading cannot be skimmed"


def _late_heading(document: Document) -> Iterator[str]:
    before = document.kinds[: document.kinds.index("H1")] if "H1" in document.kinds else []
    yield from (kind for kind in before if kind in ("Table", "L"))


def _silent_pages(document: Document) -> Iterator[str]:
    spoken = {page for page, _operator, inside in document.contents if any(number is not None for _, number in inside)}
    yield from (f"page {page}" for page in range(1, len(document.pdf.pages) + 1) if page not in spoken)


def _repeated_heads(document: Document) -> Iterator[str]:
    """A table that goes on overleaf has its header once: what is repeated there is no tag."""
    heads, bodies, tables = (document.kinds.count(kind) for kind in ("THead", "TBody", "Table"))
    if heads > tables or (heads and bodies - heads >= len(document.pdf.pages)):
        yield f"{heads} heads and {bodies} bodies of {tables} tables"
    if "THead" in document.kinds and "TD" in document.kinds[: document.kinds.index("THead")]:
        yield "cells before their headers"


def _empty_lists(document: Document) -> Iterator[str]:
    for kind, _parent, element in document.elements:
        if kind == "L" and not any(inner == "LI" for inner, _, _ in document.below(element, kind)):
            yield "a list without items"


RULES: Final[dict[str, Callable[[Document], Iterator[str]]]] = {
    "00 tagged": _unmarked,
    "01-001..004 artifacts and content apart": _nested,
    "01-005 everything is content or artifact": _untagged,
    "01-006 content belongs to an element": _orphans,
    "01-007 no suspects": _suspects,
    "02-001 types are standard or mapped": _unknown,
    "02-004 standard types keep their meaning": _remapped,
    "06-001 metadata": _metadata,
    "06-002 identifier": _identifier,
    "06-003 title": _title,
    "07-001..002 title shown": _title_shown,
    "09-004..008 tables and lists nest": _misplaced,
    "11-006 language": _language,
    "13-004 figures speak": _figures,
    "14-002 first heading": _first_heading,
    "14-003 no level skipped": _skipped,
    "14-007 headings have levels": _unnumbered_headings,
    "15-003 tables have headers": _headless,
    "15-003 headers have a scope": _scopes,
    "19-003 notes have identifiers": _notes,
    "20, 25 nothing dynamic": _dynamic,
    "26-001 not encrypted": _encrypted,
    "28-002, 28-004 annotations are tagged": _annotations,
    "28-008 tab order": _tab_order,
    "31-009 fonts embedded": _not_embedded,
    "31-027 text can be read": _not_readable,
}
"""26 checks, by the failure conditions that they look for."""

BESIDES: Final[dict[str, Callable[[Document], Iterator[str]]]] = {
    "a form has a heading": _no_heading,
    "the heading comes before tables and lists": _late_heading,
    "each page has something to read": _silent_pages,
    "table heads are read once": _repeated_heads,
    "lists have items": _empty_lists,
}
"""Five rules of our own."""
