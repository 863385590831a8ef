"""Where a sheet lies on an image: from its code and corner squares roughly, from its own print exactly.

The result maps millimetres of the sheet to pixels of the image. A sheet whose print is not where its form has it
(folded, cut, another form) is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from participation.paper.geometry import Region
from participation.paper.scanning.codes import Found
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.template import COARSE, PATCH, Image, Matrix, Patch, Template

Points = NDArray[np.float64]

_REACH = 3.0
"""How far from its expected place a patch is looked for, in millimetres."""
_ALIKE = 0.55
"""The least correlation at which a patch of print counts as found."""
_MOST_FOUND = 0.6
"""The share of patches that must be found."""
_STRAIGHT = 2.0
"""Millimetres that a patch may be off once the sheet is laid flat: paper curls, but no more than that."""
_EXACT = 0.12
_STIFF = 22.0
"""Millimetres over which paper bends as one."""


class Unregistered(Exception):
    """The sheet cannot be laid over its form."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Pose:
    """`matrix` maps millimetres to pixels; `bends` says where the paper still lies off, in millimetres."""

    matrix: Matrix
    bends: tuple[tuple[Points, Points], ...]

    @property
    def flat(self) -> bool:
        """Whether the matrix alone is exact to a pixel."""
        return all(float(np.hypot(*shift)) < _EXACT for _place, shift in self.bends)

    def bend(self, places: Points) -> Points:
        """How far the paper lies off at `places`: the mean of what the patches say, the nearest most."""
        known = np.array([place for place, _shift in self.bends])
        shifts = np.array([shift for _place, shift in self.bends])
        far = ((places[:, None, :] - known[None, :, :]) ** 2).sum(axis=2)
        weights = np.exp(-far / (2 * _STIFF**2)) + 1e-12
        weighted: Points = weights @ shifts / weights.sum(axis=1, keepdims=True)
        return weighted


def register(image: Image, code: Found, template: Template) -> Pose:
    """Lays the sheet over its form. Raises Unregistered."""
    rough = _similarity(code, template)
    corners = _corners(image, rough, template)
    if len(corners) < 3:
        raise Unregistered(Problem.CORNERS)
    matrix = _first_fit(corners, template)
    for _round in range(4):
        seen = _matched(image, matrix, template)
        if len(seen) < 4:
            raise Unregistered(Problem.PRINT)
        better = _fit(seen, matrix)
        moved = _largest_move(matrix, better, template)
        matrix = better
        if moved < 0.25:
            break
    seen = _matched(image, matrix, template)
    if len(seen) < _MOST_FOUND * len(template.patches):
        raise Unregistered(Problem.PRINT)
    if max(float(np.hypot(*shift)) for _place, shift in seen) > _STRAIGHT:
        raise Unregistered(Problem.FOLDED)
    return Pose(matrix, tuple(seen))


def project(matrix: Matrix, points: Points) -> Points:
    """Points through a homography."""
    moved = cv2.perspectiveTransform(points.reshape(-1, 1, 2), matrix)
    return np.asarray(moved, dtype=np.float64).reshape(-1, 2)


def _similarity(code: Found, template: Template) -> Matrix:
    """Turn, size and place as the code alone tells them."""
    found, _inliers = cv2.estimateAffinePartial2D(_box(template.side.serial), code.corners, method=cv2.LMEDS)
    if found is None:
        raise Unregistered(Problem.CORNERS)
    return np.vstack([found, [0, 0, 1]])


def _box(part: Region | None) -> Points:
    """The four corners of a part of the sheet, clockwise from the top left. Every readable side has a code."""
    if part is None:
        raise Unregistered(Problem.NO_CODE)
    left, top, right, bottom = part.x, part.y, part.x + part.w, part.y + part.h
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def _corners(image: Image, rough: Matrix, template: Template) -> dict[int, Points]:
    """The corner squares that were found: index of the fiducial → its centre in pixels."""
    scale = float(np.sqrt(abs(np.linalg.det(rough[:2, :2]))))
    side = template.side.fiducials[0].w * scale
    squares = _squares(image, side)
    centres = np.array([(each.x + each.w / 2, each.y + each.h / 2) for each in template.side.fiducials])
    expected = project(rough, centres)
    near: list[list[Points | None]] = []
    for place in expected:
        distances = np.hypot(*(squares - place).T) if len(squares) else np.empty(0)
        order = [index for index in np.argsort(distances)[:3] if distances[index] < 32 * scale]
        near.append([squares[index] for index in order] or [None])
    best = min(product(*near), key=lambda choice: _strain(choice, centres, code_scale=scale))
    return {index: place for index, place in enumerate(best) if place is not None}


def _strain(choice: tuple[Points | None, ...], centres: Points, code_scale: float) -> float:
    """How much the squares would have to be bent to be the corners of one sheet."""
    kept = [(centre, place) for centre, place in zip(centres, choice, strict=True) if place is not None]
    if len(kept) < 3:
        return 1e9
    source = np.array([centre for centre, _place in kept])
    target = np.array([place for _centre, place in kept])
    found, _inliers = cv2.estimateAffinePartial2D(source, target, method=cv2.LMEDS)
    if found is None:
        return 1e9
    bent = project(np.vstack([found, [0, 0, 1]]), source) - target
    return float(np.abs(bent).max() / code_scale)


def _squares(image: Image, side: float) -> Points:
    """Centres of the dark squares of about that side."""
    shrink = min(1.0, 14 / side)
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    around = int(side * shrink * 2.2) | 1
    dark = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, 18)
    outlines, _tree = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    wanted = (side * shrink) ** 2
    sized = [np.asarray(each) for each in outlines if 0.45 * wanted < cv2.contourArea(each) < 2 * wanted]
    found = [_centre(each) for each in sized if _square(each)]
    return (np.array(found, dtype=np.float64).reshape(-1, 2) + 0.5) / shrink - 0.5


def _square(outline: NDArray[Any]) -> bool:
    _centre, (width, height), _angle = cv2.minAreaRect(outline)
    longest, shortest = max(width, height) + 1, min(width, height) + 1
    return bool(shortest > 0.72 * longest and cv2.contourArea(outline) > 0.72 * width * height)


def _centre(outline: NDArray[Any]) -> tuple[float, float]:
    moments = cv2.moments(outline)
    return moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]


def _first_fit(corners: dict[int, Points], template: Template) -> Matrix:
    centres = np.array([(each.x + each.w / 2, each.y + each.h / 2) for each in template.side.fiducials], np.float32)
    source = centres[list(corners)]
    target = np.array(list(corners.values()), dtype=np.float32)
    if len(corners) == 3:
        return np.vstack([cv2.getAffineTransform(source, target), [0, 0, 1]]).astype(np.float64)
    return np.asarray(cv2.getPerspectiveTransform(source, target), dtype=np.float64)


def _matched(image: Image, matrix: Matrix, template: Template) -> list[tuple[Points, Points]]:
    """For each patch that was found: its centre, and how far from it the print is, in millimetres."""
    found = []
    for patch in template.patches:
        shift = _shift(image, matrix, patch)
        if shift is not None:
            found.append((np.array([patch.x + PATCH[0] / 2, patch.y + PATCH[1] / 2]), shift))
    return found


def _shift(image: Image, matrix: Matrix, patch: Patch) -> Points | None:
    reach = round(_REACH * COARSE)
    height, width = patch.dark.shape
    left, top = patch.x - _REACH + 0.5 / COARSE, patch.y - _REACH + 0.5 / COARSE
    back = np.array([[1 / COARSE, 0, left], [0, 1 / COARSE, top], [0, 0, 1]])
    size = (width + 2 * reach, height + 2 * reach)
    seen = cv2.warpPerspective(image, matrix @ back, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    likeness = cv2.matchTemplate(cv2.bitwise_not(seen), patch.dark, cv2.TM_CCOEFF_NORMED)
    _low, best, _where, (x, y) = cv2.minMaxLoc(likeness)
    if best < _ALIKE:
        return None
    return np.array([x + _peak(likeness[y, :], x) - reach, y + _peak(likeness[:, x], y) - reach]) / COARSE


def _peak(line: NDArray[Any], at: int) -> float:
    """The top of the parabola through a maximum and its neighbours, from -0.5 to 0.5."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, top, after = (float(value) for value in line[at - 1 : at + 2])
    bend = before - 2 * top + after
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, (before - after) / (2 * bend)))


def _fit(seen: list[tuple[Points, Points]], matrix: Matrix) -> Matrix:
    """The homography under which the patches are best where they should be; outliers aside."""
    places = np.array([place for place, _shift in seen])
    targets = project(matrix, np.array([place + shift for place, shift in seen]))
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    found, _inliers = cv2.findHomography(places, targets, cv2.RANSAC, 0.7 * scale)
    return matrix if found is None else np.asarray(found, dtype=np.float64)


def _largest_move(one: Matrix, other: Matrix, template: Template) -> float:
    """How far apart two poses put the corners of the sheet, in millimetres."""
    width, height = template.width, template.height
    box = np.array([(0.0, 0.0), (width, 0), (width, height), (0, height)])
    scale = float(np.sqrt(abs(np.linalg.det(one[:2, :2]))))
    return float(np.abs(project(one, box) - project(other, box)).max() / scale)
