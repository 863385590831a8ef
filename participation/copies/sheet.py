"""`Sheet`: a sheet made by Typst, taken apart so that it can be written again and again."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from participation.copies.glyphs import FONT_NAME, Glyphs

POINT: Final = 72 / 25.4
"""Points in a millimetre."""
GROUP: Final = 100
"""Copies under one node of the page tree."""
RESERVED: Final = 8
"""Numbers after the sheet's own for what all copies share: the structure's top element and the font."""
_TOKEN: Final = re.compile(rb"\((?:[^()\\]|\\.)*\)|(?<![\d.])(\d+) 0 R")
_HEADER_ID: Final = re.compile(rb"/ID\(([^()\\]*)\)")


class CopyError(RuntimeError):
    """The sheet cannot be copied, a part of the run is missing or cut short, or the file would be too large."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """Where each copy has its own text, set flush right. Millimetres from the top left corner; `size` in points."""

    page: int
    x: float
    y: float
    w: float
    h: float
    size: float


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Where each copy has a matrix code of its own, and what a screen reader says of it."""

    page: int
    x: float
    y: float
    w: float
    h: float
    alt: str


Place = TextPlace | CodePlace
Matrix = Sequence[Sequence[int]]
"""Rows of a code; 1 is black."""
Fill = str | Matrix


@dataclass(frozen=True, slots=True)
class Part:
    """Copies as PDF objects."""

    first: int
    copies: int
    body: bytes
    lengths: array[int]
    """Bytes of each object that stands by itself: per copy its object stream, then the stream of each page."""

    def to_bytes(self) -> bytes:
        head = array("Q", (self.first, self.copies, len(self.lengths)))
        return head.tobytes() + self.lengths.tobytes() + self.body

    @classmethod
    def from_bytes(cls, stored: bytes) -> Part:
        """Raises CopyError where the bytes are not a whole part."""
        if len(stored) < 24:
            raise CopyError("a part of the print file is cut short")
        first, copies, count = array("Q", stored[:24])
        table = stored[24 : 24 + 8 * count]
        body = stored[24 + 8 * count :]
        if len(table) != 8 * count or len(body) != sum(array("Q", table)):
            raise CopyError("a part of the print file is cut short")
        return cls(first, copies, body, array("Q", table))


class Sheet:
    """Numbers of objects: the sheet's own keep theirs, then `RESERVED`, then `size` for each copy.

    Within a copy: its object stream, one content stream a side, and the objects inside the object stream. In these,
    blanks are written as `%(12)08d`: eight digits always, so that every offset is the same in every copy.
    """

    def __init__(self, pdf: bytes, places: Sequence[Place], font: Path) -> None:
        """`font` is the TrueType file that the texts are set in. Raises CopyError."""
        self.places = tuple(places)
        self.glyphs = Glyphs(font)
        self.objects = objects_of(pdf)
        self.pages = self._of_type(b"Page")
        self._elements = self._of_type(b"StructElem")
        roots = [number for number in self._elements if b"/S/Document" in self.objects[number]]
        if len(roots) != 1 or any(b"/Annots" in self.objects[page] for page in self.pages):
            raise CopyError("the sheet has no tags, or it has links")
        self._document = roots[0]
        self.top = max(self.objects) + 1
        """The structure element above all copies."""
        inside = [*self.pages, *self._elements]
        self.own = {number: 1 + self.sides + place for place, number in enumerate(inside)}
        """Objects of which every copy has its own: number in the sheet → number within the copy."""
        self._heights = [self._height(side) for side in range(self.sides)]
        self._marked = [self._owners(side) for side in range(self.sides)]
        """Of each side: the structure element of each piece of marked content."""
        found = ((_HEADER_ID.search(self.objects[number]), number) for number in self._elements)
        self._names = {match[1] + b")": number for match, number in found if match}
        """Identifier with its closing bracket → the element that has it."""
        self._inside = self._template()
        self._dictionary, self._text = self._packed_template()

    @property
    def sides(self) -> int:
        return len(self.pages)

    @property
    def size(self) -> int:
        """PDF objects in one copy."""
        return 1 + self.sides + len(self._inside)

    @property
    def document(self) -> int:
        """Within a copy: its structure element."""
        return self.own[self._document]

    @property
    def numbers(self) -> int:
        """Within a copy: its leaf of the tree from page contents to structure elements."""
        return self._first_extra + len(self.places) + self.sides

    @property
    def identifiers(self) -> int | None:
        """Within a copy: its leaf of the tree of identified elements (headers of tables), if it has any."""
        return self.numbers + 1 if self.numbers + 1 < self.size else None

    def base(self, copy: int) -> int:
        """The number of the first object of a copy, counted from 0."""
        return self.top + RESERVED + copy * self.size

    def node(self, copy: int, copies: int) -> int:
        """The node of the page tree that a copy hangs on in a run of `copies`."""
        return self.base(copies) + copy // GROUP

    def part(self, first: int, fills: Sequence[Sequence[Fill]], copies: int) -> Part:
        """Copies from number `first` on, of a run of `copies`: for each of `fills`, what goes into each place."""
        body, lengths = bytearray(), array("Q")
        for copy, fill in enumerate(fills, first):
            for written in self._copy(copy, fill, copies):
                lengths.append(len(written))
                body += written
        return Part(first, len(fills), bytes(body), lengths)

    def _copy(self, copy: int, fill: Sequence[Fill], copies: int) -> list[bytes]:
        base = self.base(copy)
        blanks = {b"%d" % number: base + number for number in range(self.size)}
        blanks |= {b"side%d" % side: copy * self.sides + side for side in range(self.sides)}
        blanks |= {b"copy": copy, b"node": self.node(copy, copies)}
        streams = [_stream(base, self._text % blanks, self._dictionary)]
        return streams + [
            _stream(base + 1 + side, self._contents(side, fill), b"") for side in range(self.sides)
        ]  # fmt: skip

    # What is drawn ------------------------------------------------------------------------------------------------

    def _contents(self, side: int, fill: Sequence[Fill]) -> bytes:
        mcid = len(self._marked[side])
        drawn: list[bytes] = []
        for place, value in zip(self.places, fill, strict=True):
            if place.page == side + 1:
                drawn.append(self._drawn(place, value, mcid + len(drawn)))
        return b"\n".join(drawn)

    def _drawn(self, place: Place, value: Fill, mcid: int) -> bytes:
        left, top = place.x * POINT, self._heights[place.page - 1] - place.y * POINT
        if isinstance(place, TextPlace):
            text = str(value)
            right = left + place.w * POINT - self.glyphs.width(text) * place.size
            baseline = top - place.h * POINT / 2 - self.glyphs.middle * place.size
            return b"/P <</MCID %d>> BDC BT /%s %.2f Tf 0 g %.3f %.3f Td (%s) Tj ET EMC" % (
                mcid, FONT_NAME, place.size, right, baseline, text.encode("ascii"),
            )  # fmt: skip
        scale = place.w * POINT / len(value)
        matrix = b"%.5f 0 0 %.5f %.3f %.3f cm" % (scale, -scale, left, top)
        return b"/Figure <</MCID %d>> BDC q 0 g %s %s f Q EMC" % (mcid, matrix, _squares(value))

    # How a copy is built --------------------------------------------------------------------------------------------

    @property
    def _first_extra(self) -> int:
        return 1 + self.sides + len(self.own)

    def _template(self) -> list[bytes]:
        """The objects inside the object stream of a copy, with blanks."""
        extra = [_own(self._first_extra + place) for place in range(len(self.places))]
        objects = [self._page(side) for side in range(self.sides)]
        for number in self._elements:
            text = self._blanked(self.objects[number])
            if number == self._document:
                text = self._as_part(text, extra)
            objects.append(text)
        objects += self._place_elements()
        arrays = self._first_extra + len(self.places)
        objects += [self._parent_array(side, extra) for side in range(self.sides)]
        objects.append(
            b"<</Limits[%%(side0)08d %%(side%d)08d]/Nums[" % (self.sides - 1)
            + b" ".join(b"%%(side%d)08d %s" % (side, _own(arrays + side)) for side in range(self.sides))
            + b"]>>"
        )
        return objects + self._identified()

    def _page(self, side: int) -> bytes:
        body = self.objects[self.pages[side]]
        contents = re.search(rb"/Contents (\d+ 0 R)", body)
        if contents is None:
            raise CopyError("a side of the sheet is empty")
        kept = re.sub(rb"/(Parent|Contents) \d+ 0 R|/StructParents \d+", b"", body).removesuffix(b">>")
        more = b"/Parent %%(node)08d 0 R/StructParents %%(side%d)08d/Contents[%s %s]>>"
        return kept.replace(b"%", b"%%") + more % (side, _own(1 + side), contents[1])

    def _blanked(self, body: bytes) -> bytes:
        """The object with blanks for its references to the copy's own objects and for identifiers of elements."""

        def blank(token: re.Match[bytes]) -> bytes:
            if token[1] is None:
                return b"(%(copy)08d" + token[0][1:] if token[0][1:] in self._names else token[0]
            number = self.own.get(int(token[1]))
            return token[0] if number is None else _own(number)

        return _TOKEN.sub(blank, body.replace(b"%", b"%%"))

    def _as_part(self, text: bytes, extra: Sequence[bytes]) -> bytes:
        """The sheet's document becomes a part of a larger one, and what the copy has of its own is read last."""
        text = re.sub(rb"/P \d+ 0 R", b"/P %d 0 R" % self.top, text.replace(b"/S/Document", b"/S/Part"))
        return text.removesuffix(b"]>>") + b" " + b" ".join(extra) + b"]>>"

    def _place_elements(self) -> list[bytes]:
        made, counts = [], [len(self._marked[side]) for side in range(self.sides)]
        for place in self.places:
            side = place.page - 1
            made.append(
                b"<</Type/StructElem%s/P %s/K[%d]/Pg %s>>"
                % (self._kind(place), _own(self.document), counts[side], _own(self.own[self.pages[side]]))
            )
            counts[side] += 1
        return made

    def _kind(self, place: Place) -> bytes:
        if isinstance(place, TextPlace):
            return b"/S/P"
        left, top = place.x * POINT, self._heights[place.page - 1] - place.y * POINT
        box = (left, top - place.h * POINT, left + place.w * POINT, top)
        spoken = (b"\xfe\xff" + place.alt.encode("utf-16-be")).hex().encode()
        return b"/S/Figure/Alt<%s>/A<</O/Layout/BBox[%.3f %.3f %.3f %.3f]>>" % (spoken, *box)

    def _owners(self, side: int) -> list[int]:
        key = re.search(rb"/StructParents (\d+)", self.objects[self.pages[side]])
        root = next(body for body in self.objects.values() if body.startswith(b"<</Type/StructTreeRoot"))
        entry = key and re.search(rb"[\[ R]%s (\d+) 0 R" % key[1], root.partition(b"/Nums")[2])
        if not entry:
            raise CopyError("a side of the sheet has no tags")
        return [int(number) for number in re.findall(rb"(\d+) 0 R", self.objects[int(entry[1])])]

    def _parent_array(self, side: int, extra: Sequence[bytes]) -> bytes:
        owners = [_own(self.own[number]) for number in self._marked[side]]
        more = [extra[index] for index, place in enumerate(self.places) if place.page == side + 1]
        return b"[" + b" ".join([*owners, *more]) + b"]"

    def _identified(self) -> list[bytes]:
        names = sorted(self._names)
        if not names:
            return []
        limits = b"(%%(copy)08d%s(%%(copy)08d%s" % (names[0], names[-1])
        entries = b"".join(b"(%%(copy)08d%s%s" % (name, _own(self.own[self._names[name]])) for name in names)
        return [b"<</Limits[%s]/Names[%s]>>" % (limits, entries)]

    def _packed_template(self) -> tuple[bytes, bytes]:
        """Dictionary and text of the object stream: number and offset of each object, then the objects."""
        lengths = [len(re.sub(rb"%\(\w+\)08d", b"00000000", text).replace(b"%%", b"%")) + 1 for text in self._inside]
        offsets = [sum(lengths[:index]) for index in range(len(lengths))]
        numbers = range(1 + self.sides, self.size)
        head = b"".join(b"%%(%d)08d %d " % each for each in zip(numbers, offsets, strict=True))
        first = len(re.sub(rb"%\(\w+\)08d", b"00000000", head))
        return b"/Type/ObjStm/N %d/First %d" % (len(lengths), first), head + b"\n".join(self._inside)

    def _height(self, side: int) -> float:
        found = re.search(rb"/MediaBox\[[\d.]+ [\d.]+ [\d.]+ ([\d.]+)\]", self.objects[self.pages[side]])
        if found is None:
            raise CopyError("a side of the sheet has no size")
        return float(found[1])

    def _of_type(self, name: bytes) -> list[int]:
        start = b"<</Type/" + name + b"/"
        return [number for number, body in self.objects.items() if body.startswith(start)]


def objects_of(pdf: bytes) -> dict[int, bytes]:
    """The objects of a PDF with a plain cross-reference table, as Typst writes it. Raises CopyError."""
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf)
    table_at = int(start[1]) if start else len(pdf)
    entries = re.findall(rb"(\d{10}) \d{5} ([nf])", pdf[table_at:])
    offsets = {number: int(at) for number, (at, kind) in enumerate(entries) if kind == b"n"}
    if not offsets or not pdf.startswith(b"xref\n0 ", table_at):
        raise CopyError("the sheet has no plain cross-reference table")
    ordered = sorted(offsets.values())
    ends = dict(zip(ordered, [*ordered[1:], table_at], strict=True))
    return {number: _body(pdf[at : ends[at]]) for number, at in offsets.items()}


def _body(written: bytes) -> bytes:
    return written.partition(b" obj\n")[2].rstrip().removesuffix(b"endobj").rstrip(b"\n")


def _own(number: int) -> bytes:
    return b"%%(%d)08d 0 R" % number


def _stream(number: int, data: bytes, dictionary: bytes) -> bytes:
    packed = zlib.compress(data, 1)
    head = b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>\nstream\n" % (number, dictionary, len(packed))
    return head + packed + b"\nendstream\nendobj\n"


def _squares(rows: str | Matrix) -> bytes:
    """Runs of black as rectangles, y downwards."""
    runs = []
    for y, row in enumerate(rows):
        for run in re.finditer("1+", "".join("1" if cell else "0" for cell in row)):
            runs.append(b"%d %d %d 1 re" % (run.start(), y, len(run[0])))
    return b" ".join(runs)
