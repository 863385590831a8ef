"""What a sheet looks like before anybody marks it: print to compare with, and places to register by.

The blank is the form's own PDF. All lengths are millimetres from the top left corner; images are darkness
(0 paper, 255 black) at `PER_MM` pixels a millimetre.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from participation.paper.scanning.fields import fields_of
from participation.paper.sheets.geometry import FormLayout, Mark, PageLayout, Region

Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Pixels = tuple[NDArray[np.intp], ...]

PER_MM = 6
"""Pixels a millimetre of every comparison: 152 dpi."""
FINE = 12
"""Pixels a millimetre of the sharp print."""
SPOTS_PER_MM = 3
"""Pixels a millimetre of the map of spots."""
BLUR_STEP = 0.05
MOST_EXPECTED = 4
"""Steps of blur that a template keeps: the pages of one scanner are about alike."""
GAIN = 0.085
"""Millimetres by which toner makes an edge wider."""
INK = 72
"""Darkness (of 255) from which something is ink."""
PRINT = 25
"""Darkness from which print may hide ink."""
SURE = 0.34
"""Millimetres by which print may be off or come out wider before it is taken for ink…"""
TIGHT = 0.17
"""…and before it may connect ink with ink."""
LINE_INSET = 0.8
"""Millimetres inside a target's edge that belong to its printed line."""
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


@dataclass(frozen=True, slots=True)
class Printed:
    """Print as it can look on a page that is blurred so much."""

    near: Image
    """Darkness above which something is ink though print lies TIGHT off; 255 where copies differ or people write…"""
    sure: Image
    """…and though it lies SURE off."""
    there: Image
    """1 where print is, or may be; at SPOTS_PER_MM."""
    insides: tuple[NDArray[np.bool_], ...]
    """For each target, where its inside is free of print."""
    gaps: tuple[Image, ...]
    """For each gap, its print where it lies right."""
    texts: tuple[Image, ...]
    """For each place to write in, the darkest that its print can look."""

    def shows(self, where: Any) -> NDArray[np.bool_]:
        """Where ink can be seen: print is not near, copies do not differ, and nobody is asked to write."""
        return np.asarray(self.near[where] < INK + PRINT)


@dataclass(frozen=True)
class Template:
    """One side of a form. Some twenty megabytes, most of them what `printed` made."""

    form: str
    width: float
    height: float
    side: PageLayout
    dark: Image
    """The print itself."""
    solid: NDArray[np.intp]
    """The inside of what is printed black, by which the black of a scan is measured: places in the whole image."""
    targets: NDArray[np.bool_]
    """Where targets are, a little room around them included."""
    rules: NDArray[np.bool_]
    """Printed lines across the sheet, and what lies within RULE_ROOM of them; at SPOTS_PER_MM."""
    lines: tuple[Pixels, ...]
    """For each target the pixels in the middle of its printed line."""
    gaps: tuple[Gap, ...]
    patches: tuple[Patch, ...]
    sharp: bytes
    """The print at FINE, from which `printed` is made; packed, since it is much paper and little print."""
    expected: dict[int, Printed]
    """What `printed` made last, by step of blur."""
    fields: tuple[Region, ...] = ()
    """Its places for words."""
    by_corners: bool = False
    """Whether its corner squares say where it lies too."""

    def printed(self, blur: float) -> Printed:
        """The print as it can look on a page so blurred; millimetres."""
        step = max(1, math.ceil(blur / BLUR_STEP))
        if step not in self.expected:
            if len(self.expected) == MOST_EXPECTED:
                del self.expected[next(iter(self.expected))]
            self.expected[step] = _printed(self, step * BLUR_STEP * FINE)
        return self.expected[step]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels at PER_MM."""
        return self.dark.shape[1], self.dark.shape[0]


def image_of(pixels: Any) -> Image:
    """What OpenCV or a decoder gives, as the one kind of image that is used here: grey, a byte a pixel."""
    return np.asarray(pixels, dtype=np.uint8)


def smaller(image: Image, times: int) -> Image:
    """The image with so many times fewer pixels each way; whole numbers are much faster than others, and two is much
    faster than all."""
    while times > 1:
        step = 2 if times % 2 == 0 else times
        height, width = image.shape[0] // step, image.shape[1] // step
        whole = image[: height * step, : width * step]
        image, times = image_of(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)), times // step
    return image


def templates_of(layout: FormLayout, blank: bytes) -> dict[int, Template]:
    """One template for each side, from the form's own blank PDF. Raises PdfiumError where it is no PDF."""
    document = pypdfium2.PdfDocument(blank)
    try:
        return {side.page: _template(layout, side, document[side.page - 1]) for side in layout.pages}
    finally:
        document.close()


def _template(layout: FormLayout, side: PageLayout, page: Any) -> Template:
    size = int(layout.width * PER_MM), int(layout.height * PER_MM)
    sharp = _sharp(page, size)
    dark = smaller(sharp, FINE // PER_MM)
    solid = np.flatnonzero(cv2.erode(dark, _disc(7)) > 230)
    targets = np.zeros(dark.shape, dtype=np.bool_)
    for mark in side.marks:
        targets[window(mark, PER_MM, 0.5)] = True
    return Template(
        layout.form, layout.width, layout.height, side, dark, solid, targets, _rules(dark),
        tuple(_lines(sharp, side.marks)), tuple(_gaps(side.marks)), _patches(layout, side, dark),
        zlib.compress(sharp.tobytes(), 1), {}, fields_of(layout, side.page), layout.is_questionnaire,
    )  # fmt: skip


def _sharp(page: Any, size: tuple[int, int]) -> Image:
    """The page as darkness at FINE, for `size` whole pixels at PER_MM; drawn twice as large, which makes edges even."""
    bitmap = page.render(scale=2 * FINE * 25.4 / 72, grayscale=True)
    try:
        drawn = bitmap.to_numpy()
        high, wide = (2 * FINE // PER_MM * side for side in reversed(size))
        return image_of(cv2.bitwise_not(smaller(drawn.reshape(drawn.shape[:2])[:high, :wide], 2)))
    finally:
        bitmap.close()


def _printed(template: Template, blur: float) -> Printed:
    """`blur` in pixels at FINE."""
    step, side = FINE // PER_MM, template.side
    high, wide = template.dark.shape
    sharp = np.frombuffer(zlib.decompress(template.sharp), np.uint8).reshape(high * step, wide * step)
    plain = smaller(image_of(cv2.GaussianBlur(sharp, (0, 0), blur)), step)
    spread = cv2.dilate(sharp, _disc(2 * round(GAIN * FINE) + 1))
    soft = cv2.blur(cv2.GaussianBlur(spread, (0, 0), blur), (step, step))
    tight, off = (smaller(image_of(cv2.dilate(soft, _disc(2 * round(by * FINE) + 1))), step) for by in (TIGHT, SURE))
    near, sure = (_limit(print_, side) for print_ in (tight, off))
    return Printed(
        near, sure, image_of(at_spots(tight) > PRINT),
        tuple(tight[window(mark, PER_MM, -LINE_INSET)] <= PRINT for mark in side.marks),
        tuple(plain[gap.rows, gap.columns].copy() for gap in template.gaps),
        tuple(off[window(place, PER_MM)].copy() for place in side.texts),
    )  # fmt: skip


def _limit(darkest: Image, side: PageLayout) -> Image:
    limit = image_of(cv2.add(darkest, np.full_like(darkest, INK - 1)))
    for region in written(side):
        limit[window(region, PER_MM, 1.0)] = 255
    return limit


def at_spots(image: Any) -> Any:
    """The first of each square of pixels that is one at SPOTS_PER_MM; what is left over at the edges is left out."""
    step = PER_MM // SPOTS_PER_MM
    high, wide = (side // step * step for side in image.shape)
    return image[:high:step, :wide:step]


def _rules(dark: Image) -> NDArray[np.bool_]:
    long = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, round(RULE_LENGTH * PER_MM)), np.uint8))
    around = cv2.dilate(long, np.ones((2 * round(RULE_ROOM * PER_MM) + 1, 1), np.uint8))
    return np.asarray(at_spots(around) > RULE_DARK)


def _lines(sharp: Image, marks: Sequence[Mark]) -> Iterator[Pixels]:
    """The pixels in the middle of each target's printed line."""
    step = FINE // PER_MM
    core = cv2.erode(sharp, np.ones((3, 3), np.uint8))[::step, ::step] > 250
    for mark in marks:
        outer, inner = window(mark, PER_MM, 0.4), window(mark, PER_MM, -0.6)
        here = core[outer].copy()
        hole = (slice(own.start - side.start, own.stop - side.start) for own, side in zip(inner, outer, strict=True))
        here[tuple(hole)] = False
        found = np.nonzero(here)
        yield found[0] + outer[0].start, found[1] + outer[1].start


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
