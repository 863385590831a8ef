"""What a sheet looks like before anybody marks it: print to compare with, and places to register by.

The blank is the form's own PDF. All lengths are millimetres from the top left corner; images are darkness
(0 paper, 255 black) at `PER_MM` pixels a millimetre.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from participation.paper.sheets.geometry import FormLayout, Mark, PageLayout, Region

Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Pixels = tuple[NDArray[np.intp], ...]

PER_MM = 6
"""Pixels a millimetre of every comparison: 152 dpi."""
FINE = 12
"""Pixels a millimetre of the sharp print."""
BLUR_STEP = 0.05
GAIN = 0.085
"""Millimetres by which toner makes an edge wider."""
COARSE = 3
"""Pixels a millimetre where patches are looked for."""
PATCH = (24.0, 10.0)
"""Width and height of a patch of print that is looked for again on the scan."""
RULE_LENGTH, RULE_ROOM, RULE_DARK = 15.0, 1.0, 60
"""Millimetres from which something printed is a line across the sheet, and by which it may lie off there; how dark it
is at least, of 255."""
_ROOM_FOR_MARKS = 3.0
_LEAST_TEXTURE = 60.0
_WIDEST_GAP = 6.0


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of print with detail in both directions, at COARSE; `x`, `y` is its corner."""

    x: float
    y: float
    dark: Image


@dataclass(frozen=True, slots=True)
class Gap:
    """The strip between two targets that lie side by side; `down` where the second is below the first."""

    first: int
    second: int
    down: bool
    rows: slice
    columns: slice


@dataclass(frozen=True)
class Template:
    """One side of a form."""

    form: str
    width: float
    height: float
    side: PageLayout
    dark: Image
    """The print itself."""
    free: Image
    """0 where copies differ or people are asked to write."""
    solid: NDArray[np.bool_]
    """The inside of what is printed black, by which the black of a scan is measured."""
    targets: NDArray[np.bool_]
    """Where targets are, a little room around them included."""
    rules: NDArray[np.bool_]
    """Printed lines across the sheet, and what lies within RULE_ROOM of them."""
    lines: tuple[Pixels, ...]
    """For each target the pixels in the middle of its printed line."""
    gaps: tuple[Gap, ...]
    patches: tuple[Patch, ...]
    sharp: Image
    """The print at FINE, from which `printed` is made."""
    expected: dict[tuple[int, float], Image]
    """What `printed` made, by step of blur."""

    def printed(self, blur: float, off: float) -> Image:
        """The darkest that print can look at each place on a page so blurred, if it lies `off` away; millimetres."""
        step = max(1, math.ceil(blur / BLUR_STEP))
        if (step, off) not in self.expected:
            spread = cv2.dilate(self.sharp, _disc(2 * round(GAIN * FINE) + 1))
            soft = cv2.GaussianBlur(spread, (0, 0), step * BLUR_STEP * FINE)
            seen = cv2.blur(soft, (FINE // PER_MM, FINE // PER_MM))
            widest = cv2.dilate(seen, _disc(2 * round(off * FINE) + 1))
            self.expected[step, off] = image_of(cv2.resize(widest, self.size, interpolation=cv2.INTER_AREA))
        return self.expected[step, off]

    def plain(self, blur: float) -> Image:
        """The print as it looks on a page so blurred, where it lies right."""
        step = max(1, math.ceil(blur / BLUR_STEP))
        if (step, 0.0) not in self.expected:
            soft = cv2.GaussianBlur(self.sharp, (0, 0), step * BLUR_STEP * FINE)
            self.expected[step, 0.0] = image_of(cv2.resize(soft, self.size, interpolation=cv2.INTER_AREA))
        return self.expected[step, 0.0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels at PER_MM."""
        return self.dark.shape[1], self.dark.shape[0]


def image_of(pixels: Any) -> Image:
    """What OpenCV or a decoder gives, as the one kind of image that is used here: grey, a byte a pixel."""
    return np.asarray(pixels, dtype=np.uint8)


def smaller(image: Image, times: int) -> Image:
    """The image with so many times fewer pixels each way; whole numbers are much faster than others."""
    if times == 1:
        return image
    height, width = image.shape[0] // times, image.shape[1] // times
    whole = image[: height * times, : width * times]
    return image_of(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def templates_of(layout: FormLayout, blank: bytes) -> dict[int, Template]:
    """One template for each side, from the form's own blank PDF. Raises PdfiumError where it is no PDF."""
    document = pypdfium2.PdfDocument(blank)
    try:
        return {side.page: _template(layout, side, document[side.page - 1]) for side in layout.pages}
    finally:
        document.close()


def _template(layout: FormLayout, side: PageLayout, page: Any) -> Template:
    size = round(layout.width * PER_MM), round(layout.height * PER_MM)
    drawn = page.render(scale=2 * FINE * 25.4 / 72, grayscale=True).to_numpy()
    fine = size[0] * FINE // PER_MM, size[1] * FINE // PER_MM
    sharp = image_of(255 - cv2.resize(drawn.reshape(drawn.shape[:2]), fine, interpolation=cv2.INTER_AREA))
    dark = image_of(cv2.resize(sharp, size, interpolation=cv2.INTER_AREA))
    free = np.full_like(dark, 255)
    for region in written(side):
        free[window(region, PER_MM, 1.0)] = 0
    solid = cv2.erode(dark, _disc(7)) > 230
    targets = np.zeros(dark.shape, dtype=np.bool_)
    for mark in side.marks:
        targets[window(mark, PER_MM, 0.5)] = True
    return Template(
        layout.form, layout.width, layout.height, side, dark, free, np.asarray(solid), targets, _rules(dark),
        tuple(_line(sharp, mark) for mark in side.marks), tuple(_gaps(side.marks)),
        _patches(layout, side, dark), sharp, {},
    )  # fmt: skip


def _rules(dark: Image) -> NDArray[np.bool_]:
    long = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, round(RULE_LENGTH * PER_MM)), np.uint8))
    around = cv2.dilate(long, np.ones((2 * round(RULE_ROOM * PER_MM) + 1, 1), np.uint8))
    return np.asarray(around > RULE_DARK)


def _line(sharp: Image, mark: Mark) -> Pixels:
    core = cv2.erode(sharp, np.ones((3, 3), np.uint8)) > 250
    step = FINE // PER_MM
    outer, inner = window(mark, PER_MM, 0.4), window(mark, PER_MM, -0.6)
    here = np.zeros((core.shape[0] // step, core.shape[1] // step), dtype=np.bool_)
    here[outer] = core[::step, ::step][outer]
    here[inner] = False
    return np.nonzero(here)


def _gaps(marks: Sequence[Mark]) -> Iterator[Gap]:
    for (first, one), (second, other) in permutations(enumerate(marks), 2):
        below, beside = other.y - one.y - one.h, other.x - one.x - one.w
        if 0 < below < _WIDEST_GAP and abs(one.x - other.x) < one.w / 2:
            yield Gap(first, second, True, *window(Region("", one.x, one.y + one.h, one.w, below), PER_MM, 0))
        elif 0 < beside < _WIDEST_GAP and abs(one.y - other.y) < one.h / 2:
            yield Gap(first, second, False, *window(Region("", one.x + one.w, one.y, beside, one.h), PER_MM, 0))


def written(side: PageLayout) -> tuple[Region, ...]:
    """The parts of a side that differ from copy to copy: its code and serial, and where people write."""
    return (*((side.serial,) if side.serial else ()), *side.places, *side.texts)


def window(part: Mark | Region, scale: float, margin: float = 0.0) -> tuple[slice, slice]:
    """Rows and columns of a part of the sheet, with a margin in millimetres all round."""
    top, left = max(0, round((part.y - margin) * scale)), max(0, round((part.x - margin) * scale))
    bottom, right = round((part.y + part.h + margin) * scale), round((part.x + part.w + margin) * scale)
    return slice(top, bottom), slice(left, right)


def _disc(size: int) -> Image:
    return image_of(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))


def _patches(layout: FormLayout, side: PageLayout, dark: Image) -> tuple[Patch, ...]:
    """The patch with most detail in each of 4 by 7 fields of the sheet, where there is any away from the marks."""
    half = COARSE / PER_MM
    coarse = image_of(cv2.resize(dark, None, fx=half, fy=half, interpolation=cv2.INTER_AREA))
    detail = _detail(coarse, side)
    width, height = round(PATCH[0] * COARSE), round(PATCH[1] * COARSE)
    found = []
    rows, columns = (np.linspace(0, detail.shape[axis], fields + 1).astype(int) for axis, fields in ((0, 7), (1, 4)))
    for (top, bottom), (left, right) in product(pairwise(rows), pairwise(columns)):
        field = detail[top:bottom, left:right]
        place = int(field.argmax())
        y, x = place // field.shape[1] + int(top), place % field.shape[1] + int(left)
        if detail[y, x] >= _LEAST_TEXTURE:
            found.append(Patch(x / COARSE, y / COARSE, coarse[y : y + height, x : x + width].copy()))
    return tuple(found)


def _detail(coarse: Image, side: PageLayout) -> NDArray[np.float32]:
    """For each possible corner of a patch, how well its place could be told in both directions."""
    gx = cv2.Sobel(coarse, cv2.CV_32F, 1, 0, scale=0.125)
    gy = cv2.Sobel(coarse, cv2.CV_32F, 0, 1, scale=0.125)
    size = round(PATCH[0] * COARSE), round(PATCH[1] * COARSE)
    xx, yy, xy = (
        cv2.boxFilter(product, cv2.CV_32F, size, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        for product in (gx * gx, gy * gy, gx * gy)
    )
    weakest = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    taken: list[Mark | Region] = [*side.marks, *written(side)]
    for part in taken:
        top = round((part.y - _ROOM_FOR_MARKS) * COARSE) - size[1]
        left = round((part.x - _ROOM_FOR_MARKS) * COARSE) - size[0]
        bottom = round((part.y + part.h + _ROOM_FOR_MARKS) * COARSE)
        right = round((part.x + part.w + _ROOM_FOR_MARKS) * COARSE)
        weakest[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 0
    weakest[-size[1] :, :] = 0
    weakest[:, -size[0] :] = 0
    return np.asarray(weakest, dtype=np.float32)
