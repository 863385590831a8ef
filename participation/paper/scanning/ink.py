"""How much ink is in and around each target, and whether that is a mark, nothing, or a matter for a person.

The page is laid flat at PER_MM pixels a millimetre and turned into darkness: 0 is this sheet's own paper at that
place, 255 its own printed black. A target is clear or empty only by a wide margin; the band between is unclear.
The limits come from the simulation in tests/paper, which says how far clear and empty lie apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from participation.paper.geometry import Mark
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.registration import Points as Shift
from participation.paper.scanning.registration import Pose, Unregistered, best_place, project
from participation.paper.scanning.template import (
    PER_MM,
    Gap,
    Image,
    Matrix,
    Pixels,
    Template,
    image_of,
    window,
)

AREA = PER_MM * PER_MM
"""Pixels a square millimetre."""
DARK = 100
"""Darkness (of 255) of a stroke that was meant."""
INK = 72
"""Darkness from which something is ink at all."""
FAINT = 20
"""Darkness above which a smoothed spot is no longer paper."""
MARKED_AREA = 0.6
"""Least square millimetres of dark ink in a marked target…"""
MARKED_LENGTH = 1.8
"""…and the least extent of it in millimetres."""
EMPTY_AREA = 0.25
"""Most square millimetres that are not white in an empty target."""
HALO_AREA = 1.6
"""Square millimetres of grey away from the dark lines of a mark: something was rubbed out there."""
_INSET = 0.8
"""Millimetres from the target's line that belong to the line."""
_LINE = 0.49
"""Width of a target's printed line."""
_FRAMED = 0.85
"""The share of that line that must be seen."""
_SEEK = 1.2
_FRAME = 1.2
_FRAME_ALIKE = 0.5
_EDGE = 0.45
_BRIDGE = 28
_ASLANT = 1.6
_LEAST_BLACK = 90
MOST_BLUR = 0.42
"""Millimetres: beyond this a pen stroke is no darker than a smudge."""
_GRID = 8
OVER_ONE_SIDE = 0.75
"""How far a mark may leave its target, as a share of its size…"""
OVER_BOTH_SIDES = 0.45
"""…and how far on two opposite sides, beyond which it is a line that passes."""
LEAST_INSIDE = 0.3
NEAR = 3.0
NEAR_AREA = 0.4
WRITING_LENGTH = 9.0


class State(StrEnum):
    CLEAR = "clear"
    EMPTY = "empty"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Measured:
    """One target as measured; areas in square millimetres. `why` says what made it unclear."""

    mark: Mark
    state: State
    dark: float
    length: float
    grey: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Flat:
    """The page over its template."""

    dark: Image
    soft: Image
    """The same, smoothed, for what is faint."""
    blur: float
    """Standard deviation in millimetres."""


@dataclass(frozen=True, slots=True)
class _Spots:
    """Connected ink outside print. Boxes are left, top, right, bottom in millimetres."""

    labels: NDArray[np.int32]
    ink: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    areas: NDArray[np.float64]


SURE = 0.34
"""Millimetres by which print may be off or come out wider before it is taken for ink…"""
TIGHT = 0.17
"""…and before it may connect ink with ink."""
PRINT = 25
"""Darkness from which print may hide ink."""
SPOT = 3
"""Pixels a millimetre of the map of spots."""


def flatten(image: Image, pose: Pose, template: Template) -> Flat:
    """The darkness of the page, each place against its own paper. Raises Unregistered where it cannot be read."""
    flat = _laid_flat(image, pose, template)
    dark = cv2.subtract(np.full_like(flat, 255), cv2.divide(flat, _paper(flat), scale=255))
    black = float(np.median(dark[template.solid]))
    if black < _LEAST_BLACK:
        raise Unregistered(Problem.FAINT)
    dark = image_of(cv2.convertScaleAbs(dark, alpha=255 / black))
    blur = _blur(dark, template)
    if blur > MOST_BLUR:
        raise Unregistered(Problem.BLURRED)
    return Flat(dark, image_of(cv2.blur(dark, (3, 3))), blur)


def settled(flat: Flat, pose: Pose, template: Template) -> Pose | None:
    """A better pose where targets lie off their places: their own lines are added to what is known of the paper."""
    seen = zip(template.side.marks, template.lines, strict=True)
    if all(_is_framed(flat, line) for _mark, line in seen):
        return None
    centres = np.array([(mark.x + mark.w / 2, mark.y + mark.h / 2) for mark in template.side.marks])
    shifts = [_frame_shift(flat, template, mark) for mark in template.side.marks]
    bends = pose.bend(centres)
    more = [(c, bend + shift) for c, bend, shift in zip(centres, bends, shifts, strict=True) if shift is not None]
    return Pose(pose.matrix, (*pose.bends, *more))


def _frame_shift(flat: Flat, template: Template, mark: Mark) -> Shift | None:
    """How many millimetres the target's printed line is from its place; None where it is not found."""
    rows, columns = window(mark, PER_MM, _FRAME)
    reach = round(_SEEK * PER_MM)
    if rows.start < reach or columns.start < reach:
        return None
    expected = template.dark[rows, columns].copy()
    seen = flat.dark[rows.start - reach : rows.stop + reach, columns.start - reach : columns.stop + reach].copy()
    if seen.shape != (expected.shape[0] + 2 * reach, expected.shape[1] + 2 * reach):
        return None
    hole = round((_FRAME + _INSET + 0.3) * PER_MM)
    expected[hole:-hole, hole:-hole] = 0
    seen[hole + reach : -hole - reach, hole + reach : -hole - reach] = 0
    x, y, alike = best_place(seen, expected)
    return np.array([x - reach, y - reach]) / PER_MM if alike > _FRAME_ALIKE else None


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
    small = cv2.resize(flat, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    wide = np.ones((17, 17), np.uint8)
    small = cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, wide)
    small = cv2.blur(small, (9, 9))
    return image_of(cv2.resize(small, flat.shape[::-1], interpolation=cv2.INTER_LINEAR))


def measure(flat: Flat, template: Template) -> tuple[list[Measured], bool]:
    """Every target of the side, and whether somebody wrote elsewhere on the sheet."""
    spots = _spots(flat, template)
    inside = [_inside(flat, *each) for each in zip(template.side.marks, template.lines, strict=True)]
    plain = template.plain(flat.blur)
    for gap in template.gaps:
        if State.CLEAR in (inside[gap.first].state, inside[gap.second].state) and _bridged(flat, plain, gap):
            for place in (gap.first, gap.second):
                inside[place] = replace(inside[place], state=State.UNCLEAR, why="bridge")
    owners = _owners(spots, template)
    strangers = _strangers(spots, inside, owners)
    found = [_judged(first, owners[place], strangers, spots) for place, first in enumerate(inside)]
    return found, _writing(spots, template, owners)


def _inside(flat: Flat, mark: Mark, line: Pixels) -> Measured:
    if not _is_framed(flat, line):
        return Measured(mark, State.UNCLEAR, 0, 0, 0, "frame")
    rows, columns = window(mark, PER_MM, -_INSET)
    dark = flat.dark[rows, columns] >= DARK
    grey = flat.soft[rows, columns] >= FAINT
    area, length = float(dark.sum()) / AREA, _length(dark)
    grey_area = float(grey.sum()) / AREA
    if area >= MARKED_AREA and length >= MARKED_LENGTH * mark.w / 6:
        halo = grey & (cv2.dilate(dark.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
        if float(halo.sum()) / AREA > HALO_AREA:
            return Measured(mark, State.UNCLEAR, area, length, grey_area, "halo")
        return Measured(mark, State.CLEAR, area, length, grey_area)
    if grey_area <= EMPTY_AREA:
        return Measured(mark, State.EMPTY, area, length, grey_area)
    return Measured(mark, State.UNCLEAR, area, length, grey_area, "between")


def _length(dark: NDArray[np.bool_]) -> float:
    """The longer side of the box around what is dark, in millimetres."""
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not len(rows):
        return 0.0
    return float(max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1) / PER_MM


def _is_framed(flat: Flat, line: Pixels) -> bool:
    """Whether the target's printed line is where it belongs, to a quarter of a millimetre."""
    seen = flat.dark[line]
    darkest = math.erf(_LINE / 2 / (max(flat.blur, 0.05) * math.sqrt(2))) * 255
    return bool(seen.size and (seen > 0.55 * darkest).mean() > _FRAMED)


def _bridged(flat: Flat, plain: Image, gap: Gap) -> bool:
    """Whether ink spans the strip between two targets: in both halves of it, and at about the same place.

    Each column of the strip is compared with the strip's own middle value, so that a strip that lies a little off is
    no ink, nor a line that is printed along it.
    """
    excess = flat.dark[gap.rows, gap.columns].astype(np.float32) - plain[gap.rows, gap.columns]
    excess = excess if gap.down else excess.T
    edge, half = round(_EDGE * PER_MM), excess.shape[0] // 2
    near, far = excess[edge:half].mean(axis=0), excess[half:-edge].mean(axis=0)
    near, far = near - np.median(near) > _BRIDGE, far - np.median(far) > _BRIDGE
    reach = np.ones(2 * round(_ASLANT * PER_MM) + 1)
    return bool((near & (np.convolve(far, reach, "same") > 0)).any())


def _spots(flat: Flat, template: Template) -> _Spots:
    """Ink outside print. What may be print that came out wider joins spots but makes none, and small gaps are closed:
    a line that crosses print stays one line."""
    sure, near = (_ink(flat, template, off) for off in (SURE, TIGHT))
    print_there = (template.printed(flat.blur, TIGHT)[::2, ::2] > PRINT).astype(np.uint8)
    over_print = cv2.bitwise_and(cv2.dilate(near, np.ones((5, 5), np.uint8)), print_there)
    joined = cv2.bitwise_or(near, over_print)
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    rows, columns = np.nonzero(sure)
    names: NDArray[np.intp] = np.asarray(labels[rows, columns], dtype=np.intp)
    low, high = np.full((count, 2), 1e9), np.zeros((count, 2))
    places = np.column_stack([columns, rows]).astype(np.float64)
    np.minimum.at(low, names, places)
    np.maximum.at(high, names, places + 1)
    areas = np.bincount(names, minlength=count) / SPOT**2
    return _Spots(np.asarray(labels, dtype=np.int32), sure > 0, np.column_stack([low, high]) / SPOT, areas)


def _ink(flat: Flat, template: Template, off: float) -> Image:
    """1 where it is darker than print could be, at SPOT pixels a millimetre."""
    more = cv2.bitwise_and(cv2.subtract(flat.dark, template.printed(flat.blur, off)), template.free)
    _limit, ink = cv2.threshold(more, INK - 1, 1, cv2.THRESH_BINARY)
    return image_of(cv2.dilate(ink, np.ones((2, 2), np.uint8), anchor=(0, 0))[::2, ::2])


@dataclass(frozen=True, slots=True)
class _Near:
    """Which spots lie in a target's inside, with their areas there, and which near it."""

    within: dict[int, float]
    near: frozenset[int]


def _owners(spots: _Spots, template: Template) -> list[_Near]:
    found = []
    for mark in template.side.marks:
        inside, around = window(mark, SPOT, -_INSET), window(mark, SPOT, NEAR)
        labels = spots.labels[inside][spots.ink[inside]]
        names, counts = np.unique(labels, return_counts=True)
        within = {int(name): count / SPOT**2 for name, count in zip(names, counts, strict=True) if count >= 2}
        near = np.unique(spots.labels[around][spots.ink[around]])
        found.append(_Near(within, frozenset(int(name) for name in near)))
    return found


def _strangers(spots: _Spots, inside: list[Measured], owners: list[_Near]) -> frozenset[int]:
    """Spots that are no mark of exactly one target: lines that pass, rings, scribbles, marks over two targets."""
    strange = set()
    for name in {name for each in owners for name in each.near}:
        if spots.areas[name] < NEAR_AREA:
            continue
        homes = [place for place, each in enumerate(owners) if each.within.get(name, 0) >= 0.2]
        if len(homes) != 1 or _passes(spots, name, inside[homes[0]].mark, owners[homes[0]].within[name]):
            strange.add(name)
    return frozenset(strange)


def _passes(spots: _Spots, name: int, mark: Mark, within: float) -> bool:
    left, top, right, bottom = spots.boxes[name]
    across = (mark.x - left) / mark.w, (right - mark.x - mark.w) / mark.w
    along = (mark.y - top) / mark.h, (bottom - mark.y - mark.h) / mark.h
    if max(*across, *along) > OVER_ONE_SIDE or min(across) > OVER_BOTH_SIDES or min(along) > OVER_BOTH_SIDES:
        return True
    return bool(within < LEAST_INSIDE * spots.areas[name])


def _judged(first: Measured, near: _Near, strangers: frozenset[int], spots: _Spots) -> Measured:
    if first.state is State.UNCLEAR or not near.near & strangers:
        return first
    return Measured(first.mark, State.UNCLEAR, first.dark, first.length, first.grey, "near")


def _writing(spots: _Spots, template: Template, owners: list[_Near]) -> bool:
    """Whether there is ink of some length away from the targets, between the corner squares."""
    known = {name for each in owners for name in each.near}
    centres = [(each.x + each.w / 2, each.y + each.h / 2) for each in template.side.fiducials]
    left, right = min(x for x, _y in centres), max(x for x, _y in centres)
    top, bottom = min(y for _x, y in centres), max(y for _x, y in centres)
    sizes = np.maximum(spots.boxes[:, 2] - spots.boxes[:, 0], spots.boxes[:, 3] - spots.boxes[:, 1])
    for name in np.flatnonzero((sizes > WRITING_LENGTH) & (spots.areas > 1.5)):
        box = spots.boxes[name]
        if (
            int(name)
            and int(name) not in known
            and box[0] > left
            and box[2] < right
            and box[1] > top
            and box[3] < bottom
        ):
            return True
    return False
