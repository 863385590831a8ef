"""Single pictures: how large they say they are, whether that is allowed, and their pixels."""

from __future__ import annotations

import struct
from typing import Protocol

import cv2
import numpy as np

from participation.paper.scanning.problems import FileProblem
from participation.paper.scanning.template import Image, image_of

MOST_PAGES = 2_000
"""In one file: a thousand sheets on both sides. A larger pile is several files."""
MOST_PIXELS = 100_000_000
"""Of one page: a letter at 900 dpi, and every telephone."""
MOST_SIDE = 30_000
LEAST_SIDE = 500
"""Pixels: a smaller picture shows no QR."""
_ENOUGH = 1_600
"""Pixels of the longer side that a picture keeps when it is made smaller while it is decoded."""


class BadFile(Exception):
    """A file, or one page of it, cannot be read; `reason` says why."""

    def __init__(self, reason: FileProblem) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Source(Protocol):
    """An opened file. `page(n)` gives page n, from 1; it raises BadFile for that page alone."""

    count: int

    def page(self, number: int) -> Image: ...

    def close(self) -> None: ...


def check_size(width: int, height: int) -> None:
    """Raises BadFile for a page whose declared size is not allowed."""
    check_most(width, height)
    if min(width, height) < LEAST_SIDE:
        raise BadFile(FileProblem.TOO_SMALL)


def check_most(width: int, height: int) -> None:
    """Raises BadFile for a picture that declares more pixels than any page has."""
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise BadFile(FileProblem.TOO_MANY_PIXELS)


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height as a JPEG declares them. Raises BadFile where it declares none."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 1 if kind == 0xFF else 2 + max(2, length)
    raise BadFile(FileProblem.CORRUPT)


def decoded(data: bytes, size: tuple[int, int]) -> Image:
    """A PNG or JPEG as a grey image; a large JPEG comes out halved, which costs less than decoding it whole."""
    found = cv2.imdecode(np.frombuffer(data, np.uint8), _flag(max(size)) | cv2.IMREAD_IGNORE_ORIENTATION)
    if found is None:
        raise BadFile(FileProblem.CORRUPT)
    return image_of(found)


def _flag(longest: int) -> int:
    flags = (
        (8, cv2.IMREAD_REDUCED_GRAYSCALE_8),
        (4, cv2.IMREAD_REDUCED_GRAYSCALE_4),
        (2, cv2.IMREAD_REDUCED_GRAYSCALE_2),
    )
    return next((flag for times, flag in flags if longest >= times * _ENOUGH), cv2.IMREAD_GRAYSCALE)
