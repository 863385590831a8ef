"""`join` writes parts, one after the other, into one PDF; of each it remembers only where its objects lie."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from participation.copies.glyphs import FONT_NAME
from participation.copies.sheet import GROUP, CopyError, Part, Sheet

_REFERENCE: Final = re.compile(rb"(\d+) 0 R")
MOST_OBJECTS: Final = 4_000_000
"""A common reader (PDFium) opens no file with more than 4,194,304 objects."""


def most_copies(sheet: Sheet) -> int:
    """How many copies of `sheet` one file may hold."""
    return (MOST_OBJECTS - sheet.base(0)) // (sheet.size + 1)


def join(sheet: Sheet, parts: Iterable[Part], copies: int, out: BinaryIO) -> None:
    """Writes the file of `parts`, which follow each other and hold `copies` in all. Raises CopyError.

    Needs memory for one part and for eight bytes a stream.
    """
    if not 0 < copies <= most_copies(sheet):
        raise CopyError(f"{copies} copies of this sheet do not fit one file")
    file = _File(sheet, out)
    file.shared()
    done = 0
    for part in parts:
        if part.first != done:
            raise CopyError("a part of the print file is missing")
        file.append(part)
        done += part.copies
    if done != copies:
        raise CopyError("a part of the print file is missing")
    file.trees(copies)
    file.close(copies)


class _File:
    def __init__(self, sheet: Sheet, out: BinaryIO) -> None:
        self._sheet, self._out, self._at = sheet, out, 0
        self._offsets: dict[int, int] = {}
        self._streams = array("Q")
        """Where each stream of each copy starts, in order."""
        self._pages, self._root = self._find(b"<</Type/Pages/"), self._find(b"<</Type/StructTreeRoot/")
        self._catalog, self._info = self._find(b"<</Type/Catalog/"), self._find(b"<</Title")
        found = (re.search(rb"/Resources (\d+) 0 R", sheet.objects[page]) for page in sheet.pages)
        self._resources = {int(match[1]) for match in found if match}
        self._put(b"%PDF-1.7\n%\x80\x80\x80\x80\n")

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def _write(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._at
        self._put(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def _find(self, start: bytes) -> int:
        return next(number for number, body in self._sheet.objects.items() if body.startswith(start))

    def shared(self) -> None:
        """Fonts, contents, colours, metadata: what Typst made and all copies use."""
        sheet = self._sheet
        for number in sorted(self._used()):
            body = sheet.objects[number]
            if number in self._resources:
                body = body.replace(b"/Font<<", b"/Font<</%s %d 0 R" % (FONT_NAME, sheet.top + 1), 1)
            self._write(number, body)
        for offset, body in enumerate(sheet.glyphs.objects(sheet.top + 1)):
            self._write(sheet.top + 1 + offset, body)

    def _used(self) -> set[int]:
        """What the pages, the catalogue and the information of the document lead to, without what is made anew."""
        sheet = self._sheet
        anew = {*sheet.own, self._pages, self._root, self._catalog}
        waiting = [self._catalog_body(), b"%d 0 R" % self._info, *(sheet.objects[page] for page in sheet.pages)]
        found: set[int] = set()
        while waiting:
            linked = {int(number) for number in _REFERENCE.findall(waiting.pop().partition(b"stream\n")[0])}
            new = linked - found - anew
            found |= new
            waiting += [sheet.objects[number] for number in new]
        return found

    def _catalog_body(self) -> bytes:
        """Without the outline: that of one sheet says nothing of its copies."""
        return re.sub(rb"/Outlines \d+ 0 R", b"", self._sheet.objects[self._catalog])

    def append(self, part: Part) -> None:
        at = self._at
        for length in part.lengths:
            self._streams.append(at)
            at += length
        self._put(part.body)

    def trees(self, copies: int) -> None:
        """Pages, structure, and the two ways into the structure."""
        sheet = self._sheet
        nodes = range(sheet.base(copies), sheet.base(copies) + -(-copies // GROUP))
        for index, node in enumerate(nodes):
            held = range(index * GROUP, min(copies, (index + 1) * GROUP))
            kids = [sheet.base(copy) + sheet.own[page] for copy in held for page in sheet.pages]
            self._write(
                node, b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>" % (self._pages, len(kids), _refs(kids))
            )
        self._write(self._pages, b"<</Type/Pages/Count %d/Kids[%s]>>" % (copies * sheet.sides, _refs(nodes)))
        kids = [sheet.base(copy) + sheet.document for copy in range(copies)]
        self._write(sheet.top, b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (self._root, _refs(kids)))
        self._write(self._root, self._structure(copies, sheet.objects[self._root]))
        self._write(self._catalog, self._catalog_body())

    def _structure(self, copies: int, body: bytes) -> bytes:
        sheet = self._sheet
        bases = [sheet.base(copy) for copy in range(copies)]
        roles = re.search(rb"/RoleMap<<[^>]*>>", body)
        text = b"<</Type/StructTreeRoot%s/K[%d 0 R]/ParentTree<</Kids[%s]>>/ParentTreeNextKey %d" % (
            roles[0] if roles else b"",
            sheet.top,
            _refs(base + sheet.numbers for base in bases),
            copies * sheet.sides,
        )
        if sheet.identifiers is not None:
            leaf = sheet.identifiers
            text += b"/IDTree<</Kids[%s]>>" % _refs(base + leaf for base in bases)
        return text + b">>"

    def close(self, copies: int) -> None:
        """The cross-reference stream, packed as its entries are made."""
        sheet, start = self._sheet, self._at
        own = sheet.base(copies) + -(-copies // GROUP)
        self._offsets[own] = start
        packer, packed, index = zlib.compressobj(1), bytearray(), [b"0 1"]
        packed += packer.compress(_entry(0, 0, 65535))
        for number in sorted(self._offsets):
            index.append(b"%d 1" % number)
            packed += packer.compress(_entry(1, self._offsets[number], 0))
        index.append(b"%d %d" % (sheet.base(0), copies * sheet.size))
        for entries in self._copies_entries(copies):
            packed += packer.compress(entries)
        packed += packer.flush()
        head = b"<</Type/XRef/Size %d/Root %d 0 R/Info %d 0 R/W[1 5 2]/Index[%s]/Filter/FlateDecode/Length %d>>" % (
            own + 1,
            self._catalog,
            self._info,
            b" ".join(index),
            len(packed),
        )
        self._put(b"%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (own, head, bytes(packed)))
        self._put(b"startxref\n%d\n%%%%EOF\n" % start)

    def _copies_entries(self, copies: int) -> Iterator[bytes]:
        sheet = self._sheet
        alone = 1 + sheet.sides
        inside = [place.to_bytes(2, "big") for place in range(sheet.size - alone)]
        for copy in range(copies):
            starts = self._streams[copy * alone : (copy + 1) * alone]
            where = b"\x02" + sheet.base(copy).to_bytes(5, "big")
            yield b"".join(_entry(1, start, 0) for start in starts) + where + where.join(inside)


def _entry(kind: int, where: int, place: int) -> bytes:
    return bytes((kind,)) + where.to_bytes(5, "big") + place.to_bytes(2, "big")


def _refs(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)
