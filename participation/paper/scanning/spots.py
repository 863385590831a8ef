"""Ink outside print, as connected spots: which are the mark of one target, and which pass, ring or cover more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from participation.paper.scanning.flat import Flat
from participation.paper.scanning.template import (
    INK,
    LINE_INSET,
    PER_MM,
    SPOTS_PER_MM,
    Image,
    Template,
    image_of,
    smaller,
    window,
)
from participation.paper.sheets.geometry import Mark

OVER_ONE_SIDE = 0.75
"""How far a mark may leave its target, as a share of its size…"""
OVER_BOTH_SIDES = 0.45
"""…and how far on two opposite sides. Beyond, it is a line that passes."""
LEAST_INSIDE = 0.45
"""The share of a mark's ink that must lie in its target."""
HOME_AREA = 0.2
"""Square millimetres inside a target from which a spot belongs to it."""
NEAR = 3.0
"""Millimetres around a target in which a stranger makes it doubtful…"""
NEAR_AREA, SPECK = 0.4, 1.1
"""…if it has so many square millimetres, and so many millimetres: what is smaller is dust, wherever it lies."""
THIN, LONG = 0.4, 6.0
"""Millimetres: what is thinner and not longer is the edge of a printed line."""
STRAIGHT = 0.35
"""Standard deviation in millimetres across a stroke that is one line."""
GOES_ON = 0.6
"""The share of what is visible of a stroke's continuation that is ink, from which it is a line that passes…"""
OUTSIDE, OUTSIDE_BLURRED = 0.95, 1.2
"""Millimetres outside a target, and so many times the blur, which spreads its printed line, at which ink leaves it…"""
EXITS = 5
"""…in so many places, one more than a cross, when it is scribbled over…"""
WIDE_EXIT, CORNER = 0.4, 0.17
"""…or over this share of two opposite sides, their corners left out, where the arms of a cross end."""
_LEAST_SEEN = 6
"""…if so many points are visible."""
WRITING_LENGTH, WRITING_AREA = 2.5, 0.7
"""Millimetres and square millimetres from which ink elsewhere is no speck: writing, or a cross beside its square."""
THIN_RULE, ON_RULE = 1.2, 0.9
"""Millimetres to which a printed line that lies off is high, and the share of it that is near where it belongs."""
WRITTEN_AREA = 0.8
"""Square millimetres of ink in a place to write in from which something is written there."""


@dataclass(frozen=True, slots=True)
class Spots:
    """Every spot by its number in `labels`. Boxes are left, top, right, bottom in mm; areas, in mm², of sure ink."""

    labels: NDArray[np.int32]
    ink: NDArray[np.bool_]
    boxes: NDArray[np.float64]
    areas: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Around:
    """The spots inside a target, with their areas there, and all that come near it."""

    inside: dict[int, float]
    near: frozenset[int]

    def joins(self, other: Around) -> bool:
        """Whether one spot lies in both."""
        return not self.inside.keys().isdisjoint(other.inside)


def find_spots(flat: Flat, template: Template) -> Spots:
    """Ink outside print. What may be print that came out wider joins spots but makes none, and a line that crosses
    print stays one line."""
    printed = template.printed(flat.blur)
    sure, near = (_ink(flat, limit) for limit in (printed.sure, printed.near))
    is_sure = sure.view(np.bool_)
    over_print = cv2.bitwise_and(cv2.dilate(near, np.ones((5, 5), np.uint8)), printed.there)
    count, found = cv2.connectedComponents(cv2.bitwise_or(near, over_print), connectivity=8)
    labels = np.asarray(found, dtype=np.int32)
    places = np.flatnonzero(is_sure)
    names = labels.ravel()[places].astype(np.intp)
    rows, columns = np.divmod(places, labels.shape[1])
    boxes = np.empty((count, 4))
    for side, (values, low) in enumerate(((columns, True), (rows, True), (columns, False), (rows, False))):
        edge = np.full(count, 1_000_000 if low else -1, dtype=np.intp)
        (np.minimum if low else np.maximum).at(edge, names, values)
        boxes[:, side] = edge + (not low)
    areas = np.bincount(names, minlength=count) / SPOTS_PER_MM**2
    return Spots(labels, is_sure, boxes / SPOTS_PER_MM, areas)


def _ink(flat: Flat, limit: Image) -> Image:
    """1 where it is darker than print could be, at SPOTS_PER_MM."""
    ink = smaller(image_of(cv2.compare(flat.dark, limit, cv2.CMP_GT)), PER_MM // SPOTS_PER_MM)
    return image_of(cv2.threshold(ink, 0, 1, cv2.THRESH_BINARY)[1])


def inked(flat: Flat, template: Template) -> set[str]:
    """Names of the places to write in where somebody wrote."""
    places = zip(template.side.texts, template.printed(flat.blur).texts, strict=True)
    return {place.name for place, print_ in places if _is_inked(flat.dark[window(place, PER_MM)], print_)}


def _is_inked(dark: Image, print_: Image) -> bool:
    return float((cv2.subtract(dark, print_) >= INK).sum()) / PER_MM**2 > WRITTEN_AREA


def around(spots: Spots, marks: Sequence[Mark]) -> list[Around]:
    """For each target the spots that concern it."""
    found = []
    for mark in marks:
        inside, near = window(mark, SPOTS_PER_MM, -LINE_INSET), window(mark, SPOTS_PER_MM, NEAR)
        names, counts = np.unique(spots.labels[inside][spots.ink[inside]], return_counts=True)
        areas = {int(name): count / SPOTS_PER_MM**2 for name, count in zip(names, counts, strict=True) if count > 1}
        found.append(Around(areas, frozenset(np.unique(spots.labels[near][spots.ink[near]]).tolist())))
    return found


def strangers(spots: Spots, template: Template, concerned: Sequence[Around]) -> frozenset[int]:
    """Spots near targets that are no mark of exactly one: lines that pass, rings, scribbles, marks over several.

    Two marks in targets side by side may touch over the print between them: they are not strange for that, because
    ink that goes from one to the other is looked for on its own (`ink.measure`).
    """
    marks, side_by_side = template.side.marks, {(gap.first, gap.second) for gap in template.gaps}
    strange = set()
    for name in {name for each in concerned for name in each.near if _matters(spots, name)}:
        homes = [place for place, each in enumerate(concerned) if each.inside.get(name, 0) >= HOME_AREA]
        at_home = len(homes) == 1 or (homes[0], homes[-1]) in side_by_side if homes else False
        inside = sum(concerned[place].inside[name] for place in homes)
        if not at_home or _passes(spots, name, [marks[place] for place in homes], inside):
            strange.add(name)
    return frozenset(strange)


def _matters(spots: Spots, name: int) -> bool:
    """Whether a spot is more than a speck, or than a printed line that came out a little wider in one place."""
    shortest, longest = sorted(spots.boxes[name, 2:] - spots.boxes[name, :2])
    return bool(spots.areas[name] >= NEAR_AREA and longest > SPECK and (shortest > THIN or longest > LONG))


def _passes(spots: Spots, name: int, homes: Sequence[Mark], inside: float) -> bool:
    left, top, right, bottom = spots.boxes[name]
    first, last, w, h = homes[0], homes[-1], homes[0].w, homes[0].h
    across = (first.x - left) / w, (right - last.x - last.w) / w
    along = (first.y - top) / h, (bottom - last.y - last.h) / h
    if max(*across, *along) > OVER_ONE_SIDE or min(across) > OVER_BOTH_SIDES or min(along) > OVER_BOTH_SIDES:
        return True
    return bool(inside < LEAST_INSIDE * spots.areas[name])


def is_written_on(spots: Spots, template: Template, concerned: Sequence[Around]) -> bool:
    """Whether there is ink of some length away from the targets and between the corner squares."""
    corners = template.side.fiducials
    low = np.array([min(each.x + each.w for each in corners), min(each.y + each.h for each in corners)])
    high = np.array([max(each.x for each in corners), max(each.y for each in corners)])
    sizes = (spots.boxes[:, 2:] - spots.boxes[:, :2]).max(axis=1)
    within = (spots.boxes[:, :2] > low).all(axis=1) & (spots.boxes[:, 2:] < high).all(axis=1)
    found = np.flatnonzero(within & (sizes > WRITING_LENGTH) & (spots.areas > WRITING_AREA))
    near = {name for each in concerned for name in each.near}
    return any(name not in near and not _is_rule(spots, template, name) for name in found.tolist())


def _is_rule(spots: Spots, template: Template, name: int) -> bool:
    """Whether a spot is a printed line across the sheet that lies a little off, and no writing."""
    left, top, right, bottom = (spots.boxes[name] * SPOTS_PER_MM).astype(np.intp)
    if min(right - left, bottom - top) > THIN_RULE * SPOTS_PER_MM:
        return False
    here = slice(top, bottom + 1), slice(left, right + 1)
    mine = (spots.labels[here] == name) & spots.ink[here]
    return bool(template.rules[here][mine].mean() > ON_RULE)


def is_scribbled(flat: Flat, template: Template, mark: Mark) -> bool:
    """Whether the ink of a mark leaves its target in many places, or over much of two opposite sides: scribbling out
    does. It is looked for along the outline of the target, a little outside."""
    lines = _outline(mark, OUTSIDE + OUTSIDE_BLURRED * flat.blur)
    outline = _closed(_is_dark_along(flat, template, np.concatenate(lines)))
    if int(np.count_nonzero(outline & ~np.roll(outline, 1))) >= EXITS:
        return True
    sides = np.split(outline, np.cumsum([len(line) for line in lines])[:-1])
    wide = [float(_middle(side).mean()) > WIDE_EXIT for side in sides]
    return (wide[0] and wide[2]) or (wide[1] and wide[3])


def _middle(side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    skipped = round(CORNER * len(side))
    return side[skipped:-skipped]


def _closed(outline: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The outline without gaps that a thin line has where it goes along between two pixels."""
    wider = np.any([np.roll(outline, step) for step in range(-2, 3)], axis=0)
    return np.asarray(np.all([np.roll(wider, step) for step in range(-2, 3)], axis=0))


def _outline(mark: Mark, away: float) -> Sequence[NDArray[np.intp]]:
    """Pixels (column, row) `away` from a target, side by side from the top left corner clockwise."""
    left, top = (mark.x - away) * PER_MM, (mark.y - away) * PER_MM
    wide, high = (mark.w + 2 * away) * PER_MM, (mark.h + 2 * away) * PER_MM
    across, down = np.arange(int(wide)), np.arange(int(high))
    sides = (
        np.column_stack([left + across, np.full(len(across), top)]),
        np.column_stack([np.full(len(down), left + wide), top + down]),
        np.column_stack([left + wide - across, np.full(len(across), top + high)]),
        np.column_stack([np.full(len(down), left), top + high - down]),
    )
    return [side.round().astype(np.intp) for side in sides]


def _is_dark_along(flat: Flat, template: Template, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    columns, rows = (places.clip(0, np.array(template.size) - 1)).T
    return np.asarray(template.printed(flat.blur).shows((rows, columns)) & (flat.soft[rows, columns] >= INK))


@dataclass(frozen=True, slots=True)
class Stroke:
    """Ink that is one straight stroke: its middle and direction, in pixels of the target's inside."""

    middle: NDArray[np.float64]
    way: NDArray[np.float64]


def stroke_of(dark: NDArray[np.bool_]) -> Stroke | None:
    """The one straight stroke that the ink inside a target is, or None."""
    rows, columns = np.nonzero(dark)
    if len(rows) < 2:
        return None
    points = np.column_stack([columns, rows]).astype(np.float64)
    spread, axes = np.linalg.eigh(np.cov(points, rowvar=False))
    if spread[0] > (STRAIGHT * PER_MM) ** 2 or spread[1] < 4 * spread[0]:
        return None
    return Stroke(points.mean(axis=0), axes[:, 1])


def goes_on(flat: Flat, template: Template, mark: Mark, stroke: Stroke) -> bool:
    """Whether a stroke goes on outside its target, print aside: then it is a line across the sheet and no mark."""
    inside = window(mark, PER_MM, -LINE_INSET)
    start = stroke.middle + np.array([inside[1].start, inside[0].start])
    steps = np.arange(0.9 * mark.w, 2.2 * mark.w, 1 / PER_MM)[:, None] * PER_MM
    return any(_is_line(flat, template, start + way * steps * stroke.way) for way in (-1, 1))


def _is_line(flat: Flat, template: Template, line: NDArray[np.float64]) -> bool:
    """Whether a line of points is mostly ink where neither print nor another target hides that."""
    places = line[((line >= 0) & (line < np.array(template.size) - 1)).all(axis=1)].round().astype(np.intp)
    rows, columns = places[:, 1], places[:, 0]
    visible = template.printed(flat.blur).shows((rows, columns)) & ~template.targets[rows, columns]
    seen = _darkest(flat.soft, rows[visible], columns[visible])
    return bool(len(seen) >= _LEAST_SEEN and (seen >= INK).mean() >= GOES_ON)


def _darkest(image: Image, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Image:
    """The darkest of each pixel and its eight neighbours."""
    bottom, right = (side - 1 for side in image.shape)
    around = [(down, along) for down in (-1, 0, 1) for along in (-1, 0, 1)]
    return image_of(
        np.max([image[(rows + y).clip(0, bottom), (columns + x).clip(0, right)] for y, x in around], axis=0)
    )
