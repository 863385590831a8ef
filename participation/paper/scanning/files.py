"""From a file to page images, with limits that are checked before a single pixel is unpacked.

A file is a stranger's: open it in the limited child (`child.py`), never in the site or the worker itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import cv2

from participation.paper.scanning.pdf import open_pdf
from participation.paper.scanning.pictures import (
    MOST_PAGES,
    BadFile,
    Source,
    check_size,
    decoded,
    jpeg_size,
)
from participation.paper.scanning.problems import FileProblem
from participation.paper.scanning.template import Image, image_of

MOST_IMAGE = 128 * 1024**2
"""Bytes of a picture file."""


def open_file(path: Path) -> Source:
    """The pages of a PDF, PNG, JPEG or TIFF, told by its first bytes and not by its name. Raises BadFile."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(1024)
            file.seek(max(0, size - 4096))
            tail = file.read()
    except OSError as error:
        raise BadFile(FileProblem.MISSING) from error
    if b"%PDF-" in head:
        return open_pdf(path, size, tail)
    if size > MOST_IMAGE:
        raise BadFile(FileProblem.TOO_LARGE)
    if head[:4] in (b"II*\0", b"MM\0*"):
        return _Tiff(path)
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return _Picture(path, _png_size(head, tail))
    if head[:3] == b"\xff\xd8\xff":
        return _Picture(path, _jpeg_size(path, tail))
    raise BadFile(FileProblem.KIND)


def _png_size(head: bytes, tail: bytes) -> tuple[int, int]:
    if head[12:16] != b"IHDR" or b"IEND" not in tail:
        raise BadFile(FileProblem.CORRUPT)
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _jpeg_size(path: Path, tail: bytes) -> tuple[int, int]:
    if b"\xff\xd9" not in tail:
        raise BadFile(FileProblem.CORRUPT)
    with path.open("rb") as file:
        return jpeg_size(file.read(1024 * 1024))


class _Picture:
    """A PNG or JPEG: one page."""

    count = 1

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        check_size(*size)
        self.path, self.size = path, size

    def page(self, number: int) -> Image:
        del number  # there is only one
        return decoded(self.path.read_bytes(), self.size)

    def close(self) -> None:
        """Nothing stays open."""


class _Tiff:
    """A TIFF of any number of pages. Its directories are walked here, so that no loop of them is followed for ever."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sizes = list(_tiff_sizes(path.read_bytes()))
        self.count = len(self.sizes)

    def page(self, number: int) -> Image:
        check_size(*self.sizes[number - 1])
        done, found = cv2.imreadmulti(str(self.path), start=number - 1, count=1, flags=cv2.IMREAD_GRAYSCALE)
        if not done or len(found) != 1:
            raise BadFile(FileProblem.CORRUPT)
        return image_of(found[0])

    def close(self) -> None:
        """Nothing stays open."""


def _tiff_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    order = "<" if data[:2] == b"II" else ">"
    seen: set[int] = set()
    try:
        (at,) = struct.unpack_from(order + "I", data, 4)
        while at:
            if at in seen:
                raise BadFile(FileProblem.CORRUPT)
            if len(seen) >= MOST_PAGES:
                raise BadFile(FileProblem.TOO_MANY)
            seen.add(at)
            (count,) = struct.unpack_from(order + "H", data, at)
            tags = {}
            for entry in range(at + 2, at + 2 + 12 * count, 12):
                tag, kind = struct.unpack_from(order + "HH", data, entry)
                tags[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)[0]
            yield tags.get(256, 0), tags.get(257, 0)
            (at,) = struct.unpack_from(order + "I", data, at + 2 + 12 * count)
    except struct.error as error:
        raise BadFile(FileProblem.CORRUPT) from error
    if not seen:
        raise BadFile(FileProblem.CORRUPT)
