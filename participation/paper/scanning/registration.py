"""Where a sheet lies on an image: from its code and corner squares roughly, from its own print exactly.

The result maps millimetres of the sheet to pixels of the image. A sheet whose print is not where its form has it
(folded, cut, another form) is refused here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from participation.paper.scanning.codes import Found
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.template import COARSE, PATCH, Image, Matrix, Patch, Template, smaller
from participation.paper.sheets.geometry import Region

Points = NDArray[np.float64]
Seen = tuple[Points, Points]
"""The middle of a patch on its form, and how far from there it was found; millimetres."""

_REACH = 3.0
"""How far from its expected place a patch is looked for, in millimetres."""
_FAR = 32.0
"""How far from its expected place a corner square is looked for, in millimetres."""
_SQUARE_PIXELS = 11
"""How many pixels the side of a corner square must keep where squares are looked for."""
_ALIKE = 0.55
"""The least correlation at which a patch of print counts as found."""
_MOST_FOUND = 0.6
"""The share of patches that must be found."""
_STRAIGHT = 2.0
"""Millimetres that a patch may be off once the sheet is laid flat: paper curls, but no more than that."""
_EXACT = 0.12
_STIFF = 22.0
"""Millimetres over which paper bends as one."""
_LEVEL = 0.05
"""How much a plane is kept level where little is known."""


class Unregistered(Exception):
    """The sheet cannot be laid over its form."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Pose:
    """`matrix` maps millimetres to pixels; `bends` says where the paper still lies off, in millimetres."""

    matrix: Matrix
    bends: tuple[Seen, ...]

    @property
    def flat(self) -> bool:
        """Whether the matrix alone is exact to a pixel."""
        return all(float(np.hypot(*shift)) < _EXACT for _place, shift in self.bends)

    def bend(self, places: Points) -> Points:
        """How far the paper lies off at `places`: a plane through what is known around, the nearest weighing most."""
        known = np.array([place for place, _shift in self.bends])
        shifts = np.array([shift for _place, shift in self.bends])
        away = known[None, :, :] - places[:, None, :]
        weights = np.exp(-(away**2).sum(axis=2) / (2 * _STIFF**2)) + 1e-6
        terms = np.concatenate([np.ones((*away.shape[:2], 1)), away / _STIFF], axis=2)
        weighted = terms * weights[:, :, None]
        normal = weighted.transpose(0, 2, 1) @ terms + np.diag([1e-6, _LEVEL, _LEVEL])
        planes: Points = np.linalg.solve(normal, weighted.transpose(0, 2, 1) @ shifts[None])
        return planes[:, 0, :]


def register(image: Image, code: Found, template: Template) -> Pose:
    """Lays the sheet over its form. Raises Unregistered."""
    corners = _corners(image, _similarity(code, template), template)
    if len(corners) < 3:
        raise Unregistered(Problem.CORNERS)
    for chosen in _choices(corners):
        matrix, seen = _settled(image, _first_fit(chosen, template), template)
        if len(seen) >= max(4, _MOST_FOUND * len(template.patches)):
            if max(float(np.hypot(*shift)) for _place, shift in seen) > _STRAIGHT:
                raise Unregistered(Problem.FOLDED)
            return Pose(matrix, tuple(seen))
    raise Unregistered(Problem.PRINT)


def _choices(corners: dict[int, Points]) -> Iterator[dict[int, Points]]:
    """All corners, then each three: one of four may be something else that is square and black."""
    yield corners
    if len(corners) == 4:
        for left_out in corners:
            yield {index: place for index, place in corners.items() if index != left_out}


def _settled(image: Image, matrix: Matrix, template: Template) -> tuple[Matrix, list[Seen]]:
    """The pose under which the print lies best, from a first one, and each patch that was found with what is left."""
    for _round in range(5):
        seen = _matched(image, matrix, template)
        if len(seen) < 4:
            return matrix, []
        better = _fit(seen, matrix)
        moved = _largest_move(matrix, better, template)
        if moved < 0.3:
            return better, _left(seen, matrix, better)
        matrix = better
    return matrix, _matched(image, matrix, template)


def _left(seen: list[Seen], before: Matrix, after: Matrix) -> list[Seen]:
    """What was found under one pose, as it is off under another."""
    places = np.array([place for place, _shift in seen])
    found = project(np.linalg.inv(after) @ before, np.array([place + shift for place, shift in seen]))
    return list(zip(places, found - places, strict=True))


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
    centres = np.array([(each.x + each.w / 2, each.y + each.h / 2) for each in template.side.fiducials])
    near: list[list[Points | None]] = []
    for place in project(rough, centres):
        squares = _squares(image, side, place, _FAR * scale)
        distances = np.hypot(*(squares - place).T) if len(squares) else np.empty(0)
        order = [index for index in np.argsort(distances)[:3] if distances[index] < _FAR * scale]
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


def _squares(image: Image, side: float, place: Points, reach: float) -> Points:
    """Centres of the dark squares of about that side, around a place."""
    times = max(1, int(side / _SQUARE_PIXELS))
    left, top = (max(0, int(at - reach - 2 * side)) for at in place)
    right, bottom = (max(0, int(at + reach + 2 * side)) for at in place)
    part, shrink = image[top:bottom, left:right], 1 / times
    if min(part.shape) < times:
        return np.empty((0, 2))
    small = smaller(part, times)
    around = int(side * shrink * 2.2) | 1
    dark = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, 18)
    outlines, _tree = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    wanted = (side * shrink) ** 2
    sized = [np.asarray(each) for each in outlines if 0.45 * wanted < cv2.contourArea(each) < 2 * wanted]
    found = [_centre(each) for each in sized if _square(each)]
    return (np.array(found, dtype=np.float64).reshape(-1, 2) + 0.5) / shrink - 0.5 + (left, top)


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


def _matched(image: Image, matrix: Matrix, template: Template) -> list[Seen]:
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
    x, y, alike = best_place(cv2.bitwise_not(seen), patch.dark)
    return np.array([x - reach, y - reach]) / COARSE if alike > _ALIKE else None


def best_place(seen: Any, wanted: Image) -> tuple[float, float, float]:
    """Where `seen` is most like `wanted`, to a fraction of a pixel, and how alike they are: 1 is the same."""
    likeness = cv2.matchTemplate(seen, wanted, cv2.TM_CCOEFF_NORMED)
    _low, best, _where, (x, y) = cv2.minMaxLoc(likeness)
    return x + _peak(likeness[y, :], x), y + _peak(likeness[:, x], y), best


def _peak(line: NDArray[Any], at: int) -> float:
    """The top of the parabola through a maximum and its neighbours, from -0.5 to 0.5."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, top, after = (float(value) for value in line[at - 1 : at + 2])
    bend = before - 2 * top + after
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, (before - after) / (2 * bend)))


def _fit(seen: list[Seen], matrix: Matrix) -> Matrix:
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
