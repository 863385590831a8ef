"""A page laid flat over its form, as darkness: 0 is this sheet's own paper at that place, 255 its own printed black."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from participation.paper.scanning.problems import Problem
from participation.paper.scanning.registration import Points, Pose, Unregistered, best_place, project
from participation.paper.scanning.template import (
    LINE_INSET,
    PER_MM,
    Image,
    Matrix,
    Pixels,
    Template,
    image_of,
    smaller,
    window,
)
from participation.paper.sheets.geometry import Mark

AREA = PER_MM * PER_MM
"""Pixels a square millimetre."""
MOST_BLUR = 0.42
"""Millimetres: beyond this a pen stroke is no darker than a smudge."""
_LEAST_BLACK = 90
"""How much darker than paper print must be, of 255."""
_LINE = 0.49
"""Width of a target's printed line in millimetres."""
_FRAMED = 0.85
"""The share of that line that must be seen."""
_REACH = 1.2
"""How far from its place a target is looked for; also how much around it is compared."""
_ALIKE = 0.5
_ALL_WHITE = 0.6
"""The share of a sheet that is as white as can be where its paper has no grain."""
_GRID = 16
"""Pixels between the points at which the bend of the paper is computed."""


@dataclass(frozen=True, slots=True)
class Flat:
    """The page over its template, at PER_MM."""

    dark: Image
    soft: Image
    """The same, smoothed, for what is faint."""
    blur: float
    """Standard deviation of the scanner's or camera's blur in millimetres."""
    white: bool
    """Whether paper came out all white, without its own grain: in black and white, or with much contrast."""


def flat_page(image: Image, pose: Pose, template: Template) -> Flat:
    """The page laid flat by its pose, and once more where the targets' own lines say it better. Raises Unregistered."""
    flat = _flattened(image, pose, template)
    if all(is_framed(flat, line) for line in template.lines):
        return flat
    return _flattened(image, _corrected(flat, pose, template), template)


def is_framed(flat: Flat, line: Pixels) -> bool:
    """Whether a target's printed line is where it belongs, to a quarter of a millimetre."""
    seen = flat.dark[line]
    darkest = math.erf(_LINE / 2 / (max(flat.blur, 0.05) * math.sqrt(2))) * 255
    return bool(seen.size and (seen > 0.55 * darkest).mean() > _FRAMED)


def _flattened(image: Image, pose: Pose, template: Template) -> Flat:
    flat = _laid_flat(image, pose, template)
    bright = cv2.divide(flat, _paper(flat), scale=255)
    black = 255 - float(np.median(bright.ravel()[template.solid]))
    if black < _LEAST_BLACK:
        raise Unregistered(Problem.FAINT)
    darkness = (np.arange(255, -1, -1) * (255 / black)).round().clip(0, 255).astype(np.uint8)
    dark = image_of(cv2.LUT(bright, darkness))
    blur = _blur(dark, template)
    if blur > MOST_BLUR:
        raise Unregistered(Problem.BLURRED)
    white = float((flat[::4, ::4] == 255).mean()) > _ALL_WHITE
    return Flat(dark, image_of(cv2.blur(dark, (3, 3))), blur, white)


def _corrected(flat: Flat, pose: Pose, template: Template) -> Pose:
    """The pose with the places of the targets added to what is known of the paper."""
    centres = np.array([(mark.x + mark.w / 2, mark.y + mark.h / 2) for mark in template.side.marks])
    shifts = [_frame_shift(flat, template, mark) for mark in template.side.marks]
    bends = pose.bend(centres)
    more = [(c, bend + shift) for c, bend, shift in zip(centres, bends, shifts, strict=True) if shift is not None]
    return Pose(pose.matrix, (*pose.bends, *more))


def _frame_shift(flat: Flat, template: Template, mark: Mark) -> Points | None:
    """How many millimetres the target's printed line is from its place; None where it is not found."""
    rows, columns = window(mark, PER_MM, _REACH)
    reach = round(_REACH * PER_MM)
    if rows.start < reach or columns.start < reach:
        return None
    expected = template.dark[rows, columns].copy()
    seen = flat.dark[rows.start - reach : rows.stop + reach, columns.start - reach : columns.stop + reach].copy()
    if seen.shape != (expected.shape[0] + 2 * reach, expected.shape[1] + 2 * reach):
        return None
    hole = round((_REACH + LINE_INSET + 0.3) * PER_MM)
    expected[hole:-hole, hole:-hole] = 0
    seen[hole + reach : -hole - reach, hole + reach : -hole - reach] = 0
    x, y, alike = best_place(seen, expected)
    return np.array([x - reach, y - reach]) / PER_MM if alike > _ALIKE else None


def _laid_flat(image: Image, pose: Pose, template: Template) -> Image:
    width, height = template.size
    if pose.flat:
        back: Matrix = np.array([[1 / PER_MM, 0, 0.5 / PER_MM], [0, 1 / PER_MM, 0.5 / PER_MM], [0, 0, 1]])
        flat = cv2.warpPerspective(
            image, pose.matrix @ back, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return image_of(flat)
    columns, rows = width // _GRID + 2, height // _GRID + 2
    xs, ys = np.meshgrid(np.arange(columns) * _GRID + (_GRID - 1) / 2, np.arange(rows) * _GRID + (_GRID - 1) / 2)
    places = (np.column_stack([xs.ravel(), ys.ravel()]) + 0.5) / PER_MM
    moved = project(pose.matrix, places + pose.bend(places)).reshape(rows, columns, 2).astype(np.float32)
    maps: Any = cv2.resize(moved, (columns * _GRID, rows * _GRID), interpolation=cv2.INTER_LINEAR)[:height, :width]
    flat = cv2.remap(image, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return image_of(flat)


def _blur(dark: Image, template: Template) -> float:
    """How blurred the page is, in millimetres of standard deviation: how wide the edges of its corner squares are."""
    widths = []
    for each in template.side.fiducials:
        part = dark[window(each, PER_MM, 1.5)]
        between = float(((part > 51) & (part < 204)).sum()) / AREA
        widths.append(between / (4 * each.w) / 1.68)
    return float(np.median(widths))


def _paper(flat: Image) -> Image:
    """How bright the paper is at each place: what remains when everything narrower than a centimetre is taken away."""
    small = smaller(flat, 4)
    bright = cv2.blur(cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, np.ones((17, 17), np.uint8)), (9, 9))
    return image_of(cv2.resize(bright, flat.shape[::-1], interpolation=cv2.INTER_LINEAR))
