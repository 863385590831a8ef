"""From one page image to its answers, or to the reasons why a person must look at it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from participation.paper.scanning.anchors import anchored
from participation.paper.scanning.codes import Found, codes
from participation.paper.scanning.flat import flat_page
from participation.paper.scanning.ink import Measured, measure
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.registration import Unregistered, project, register
from participation.paper.scanning.targets import State, options
from participation.paper.scanning.template import PER_MM, Image, Matrix, Template, image_of, smaller
from participation.paper.scanning.writing import inked_fields
from participation.paper.serials import SideCode, read_qr

LONGEST = 3200
"""Pixels of the longer side beyond which an image is halved: 300 dpi becomes 150, 250 dpi stays as it is."""

LEAST_PER_MM = 4.1
"""Pixels a millimetre (104 dpi) below which scribbling out and a mark may look alike."""
_OBLONG, _DISTORTED = 1.5, 3.0
"""How much wider than high, or higher than wide, a code is only where pixels are not square; and in no scan at all."""

Forms = Callable[[SideCode], Template | None]
"""The side of the form that a code names; None where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands on one page. `measured` has the targets of its side in their order, or nothing."""

    serial: str = ""
    form: str = ""
    side: int = 0
    problems: tuple[Problem, ...] = ()
    measured: tuple[Measured, ...] = ()
    fields: tuple[bool, ...] = ()
    """For each place of its side for words, in their order, whether there may be ink in it; or nothing."""
    picture: Image | None = None
    """The page as a person looks at it: upright where its code was found…"""
    per_mm: float = 0.0
    """…and, where this is not 0, laid flat over its form at so many pixels a millimetre."""

    @property
    def answers(self) -> dict[str, list[str]]:
        """Question → what is marked there; a question that nobody answered is there too."""
        return options(self.measured, State.CLEAR, every=True)

    @property
    def unclear(self) -> dict[str, list[str]]:
        """Question → what a person must look at."""
        return options(self.measured, State.UNCLEAR)


def read_page(image: Image, forms: Forms) -> Reading:
    """Reads one page of any size, any way up. Never raises for what is on the paper."""
    image, found, stretched = _square(smaller(image, math.ceil(max(image.shape) / LONGEST)))
    ours = [(each, code) for each in found if (code := read_qr(each.text))]
    if len({code for _each, code in ours}) > 1:
        return Reading(problems=(Problem.SEVERAL,), picture=image)
    if not ours:
        return Reading(problems=(_without_code(image, found),), picture=image)
    place, code = ours[0]
    template = forms(code)
    if template is None:
        return _unread(image, place, code, Problem.FOREIGN)
    return _read(image, place, code, template, stretched)


def _square(image: Image) -> tuple[Image, list[Found], float]:
    """The image and its codes with as many pixels down as across, and how much it was stretched for that: a telefax has
    half as many lines, and codes are square."""
    found = codes(image)
    if not found:
        return image, found, 1.0
    wide, high = np.ptp(found[0].corners, axis=0)
    across, down = max(1.0, high / wide), max(1.0, wide / high)
    if not _OBLONG < max(across, down) < _DISTORTED:
        return image, found, 1.0
    size = round(image.shape[1] * across), round(image.shape[0] * down)
    square = image_of(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC))
    return square, [Found(each.text, (each.corners + 0.5) * (across, down) - 0.5) for each in found], max(across, down)


def _read(image: Image, place: Found, code: SideCode, template: Template, stretched: float) -> Reading:
    try:
        pose = anchored(image, register(image, place, template), template)
        flat = flat_page(image, pose, template)
    except Unregistered as error:
        return _unread(image, place, code, error.problem)
    if _cut(image, pose.matrix, template):
        return _unread(image, place, code, Problem.CUT)
    measured, writing = measure(flat, template)
    problems = [Problem.COARSE] if _per_mm(pose.matrix, template) < LEAST_PER_MM * stretched else []
    problems += [Problem.WRITING] if writing else []
    return Reading(
        code.serial, code.form, code.side, tuple(problems), tuple(measured), inked_fields(flat, template),
        image_of(cv2.bitwise_not(flat.dark)), PER_MM,
    )  # fmt: skip


def _per_mm(matrix: Matrix, template: Template) -> float:
    """How many pixels a millimetre of the sheet has on the image, on the whole."""
    width, height = template.width, template.height
    corners = project(matrix, np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)]))
    return math.sqrt(cv2.contourArea(corners.astype(np.float32)) / (width * height))


def _unread(image: Image, place: Found, code: SideCode, problem: Problem) -> Reading:
    """A page that is known but not read: its picture is turned by quarters until its code stands upright."""
    across = place.corners[1] - place.corners[0]
    quarters = round(math.degrees(math.atan2(across[1], across[0])) / 90) % 4
    picture = np.ascontiguousarray(np.rot90(image, quarters))
    return Reading(code.serial, code.form, code.side, (problem,), picture=picture)


def _without_code(image: Image, found: Sequence[Found]) -> Problem:
    if found:
        return Problem.FOREIGN
    small = cv2.resize(image, (160, 200), interpolation=cv2.INTER_AREA)[10:-10, 10:-10]
    return Problem.BLANK if float(np.median(small)) - float(np.percentile(small, 0.5)) < 40 else Problem.NO_CODE


def _cut(image: Image, matrix: Matrix, template: Template) -> bool:
    """Whether a target lies over the edge of the image."""
    corners = [
        (x, y)
        for each in template.side.marks
        for x in (each.x - 1, each.x + each.w + 1)
        for y in (each.y - 1, each.y + each.h + 1)
    ]
    if not corners:
        return False
    places = project(matrix, np.array(corners, dtype=np.float64))
    height, width = image.shape
    return bool((places < 0).any() or (places[:, 0] >= width).any() or (places[:, 1] >= height).any())
