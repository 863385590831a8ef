"""How much ink is in each target, and whether that is a mark, nothing, or a matter for a person.

A target is clear or empty only by a wide margin; the band between is unclear, and so is every target with ink about
that is not plainly the mark of one. The limits come from the simulation in tests/paper: `python -m
tests.bench.scanning` prints how far clear and empty lie apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from participation.paper.scanning.boxes import doubts
from participation.paper.scanning.flat import AREA, Flat, is_framed
from participation.paper.scanning.spots import (
    around,
    find_spots,
    goes_on,
    inked,
    is_scribbled,
    is_written_on,
    strangers,
    stroke_of,
)
from participation.paper.scanning.targets import State, Target, Why
from participation.paper.scanning.template import LINE_INSET, PER_MM, Gap, Image, Pixels, Template, window
from participation.paper.sheets.geometry import Mark

DARK = 100
"""Darkness (of 255) of a stroke that was meant…"""
CORE = 105
"""…and of its smoothed middle: noise on a grey patch does not reach that."""
FAINT = 20
"""Darkness above which a smoothed spot is no longer paper."""
MARKED_AREA, CORE_AREA = 0.6, 0.25
"""Least square millimetres of dark ink, and of its middle, in a marked target…"""
MARKED_LENGTH = 0.3
"""…and its least extent, as a share of the target's width."""
EMPTY_AREA, EMPTY_AREA_WHITE = 0.25, 0.08
"""Most square millimetres that are not white in an empty target; where paper came out all white, a pen stroke may have
lost all but a few dots to that."""
SPECK_AREA, SPECK_LENGTH = 0.8, 1.05
"""Most square millimetres, and most millimetres of one piece, of what is dust and no mark: the least mark of the
simulations has 2.5 and 2.8."""
GHOST = 36
"""Darkness that a stain, or the trace of something rubbed out, stays below: half that of the faintest mark."""
HALO_AREA, HALO_AROUND = 1.6, 2.0
"""Square millimetres of grey in a marked target and so many millimetres around it, away from the mark's dark lines:
something was rubbed out."""
HALO_REACH = 9
"""Pixels of the square around a dark pixel that belong to its line."""
BRIDGE = 28
"""Darkness, as the mean along a column, that is ink between two targets…"""
_EDGE = 0.45
"""…looked for so many millimetres from each."""
_ASLANT = 1.6
"""Millimetres that a line may lean from one half of the strip to the other."""


@dataclass(frozen=True, slots=True)
class Measured(Target):
    """One target as measured; areas in square millimetres, the length in millimetres."""

    dark: float = 0.0
    length: float = 0.0
    grey: float = 0.0
    straight: bool = False
    """A mark that is a single straight stroke."""

    def doubted(self, why: Why) -> Measured:
        """The same, unclear if it was not yet."""
        return self if self.state is State.UNCLEAR else replace(self, state=State.UNCLEAR, why=why)


def measure(flat: Flat, template: Template) -> tuple[list[Measured], bool]:
    """Every target of the side, and whether somebody wrote elsewhere on the sheet."""
    print_, side = template.printed(flat.blur), template.side
    insides = zip(side.marks, template.lines, print_.insides, strict=True)
    found = [_inside(flat, template, *each) for each in insides]
    spots = find_spots(flat, template)
    concerned = around(spots, side.marks)
    for gap, plain in zip(template.gaps, print_.gaps, strict=True):
        pair, touch = (found[gap.first], found[gap.second]), concerned[gap.first].joins(concerned[gap.second])
        if _could_be_one_line(pair, touch) and _bridged(flat, gap, plain):
            found[gap.first], found[gap.second] = (each.doubted(Why.BRIDGE) for each in pair)
    strange = strangers(spots, template, concerned)
    judged = [one.doubted(Why.NEAR) if each.near & strange else one for one, each in zip(found, concerned, strict=True)]
    why = doubts(judged, inked(flat, template))
    read = [one.doubted(why[place]) if place in why else one for place, one in enumerate(judged)]
    return read, is_written_on(spots, template, concerned)


def _could_be_one_line(pair: tuple[Measured, Measured], touch: bool) -> bool:
    """Whether ink between two targets would matter: one of them has a single stroke, or both have ink that is one piece
    or not clear. A tick or a cross that reaches over to a neighbour is still the mark of its own target."""
    states = {each.state for each in pair}
    if State.CLEAR not in states:
        return False
    return pair[0].straight or pair[1].straight or State.UNCLEAR in states or (State.EMPTY not in states and touch)


def _inside(flat: Flat, template: Template, mark: Mark, line: Pixels, free: NDArray[np.bool_]) -> Measured:
    if not is_framed(flat, line):
        return Measured(mark, State.UNCLEAR, Why.FRAME)
    here = window(mark, PER_MM, -LINE_INSET)
    dark, grey = free & (flat.dark[here] >= DARK), free & (flat.soft[here] >= FAINT)
    found = Measured(mark, State.CLEAR, None, *_largest(dark), _area(grey))
    if _is_empty(flat, found, grey, here):
        return replace(found, state=State.EMPTY)
    core = _area(free & (flat.soft[here] >= CORE))
    if found.dark < MARKED_AREA or core < CORE_AREA or found.length < MARKED_LENGTH * mark.w:
        return found.doubted(Why.BETWEEN)
    if _is_smudged(flat, template, mark):
        return found.doubted(Why.HALO)
    if is_scribbled(flat, template, mark):
        return found.doubted(Why.SCRIBBLE)
    stroke = stroke_of(dark)
    if stroke is not None and goes_on(flat, template, mark, stroke):
        return found.doubted(Why.LINE)
    return replace(found, straight=stroke is not None)


def _is_empty(flat: Flat, found: Measured, grey: NDArray[np.bool_], here: tuple[slice, slice]) -> bool:
    """Whether nobody marked a target: nothing is in it, or dust, or something too faint for any pen or pencil."""
    if flat.white:
        return found.grey <= EMPTY_AREA_WHITE
    if found.grey <= EMPTY_AREA or int(flat.soft[here][grey].max()) < GHOST:
        return True
    return found.grey <= SPECK_AREA and _largest(grey)[1] <= SPECK_LENGTH


def _is_smudged(flat: Flat, template: Template, mark: Mark) -> bool:
    """Whether there is grey in and around a target away from its dark lines, as when something is rubbed out."""
    here = window(mark, PER_MM, HALO_AROUND)
    lines = cv2.dilate((flat.dark[here] >= DARK).astype(np.uint8), np.ones((HALO_REACH, HALO_REACH), np.uint8))
    free = template.printed(flat.blur).shows(here)
    return _area(free & (lines == 0) & (flat.soft[here] >= FAINT)) > HALO_AREA


def _area(pixels: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(pixels)) / AREA


def _largest(dark: NDArray[np.bool_]) -> tuple[float, float]:
    """Area and longer side of the largest connected piece: two dots are no stroke."""
    _count, _labels, stats, _centres = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    pieces = stats[1:]
    if not len(pieces):
        return 0.0, 0.0
    best = pieces[int(pieces[:, cv2.CC_STAT_AREA].argmax())]
    longest = max(best[cv2.CC_STAT_WIDTH], best[cv2.CC_STAT_HEIGHT])
    return float(best[cv2.CC_STAT_AREA]) / AREA, float(longest) / PER_MM


def _bridged(flat: Flat, gap: Gap, plain: Image) -> bool:
    """Whether ink spans the strip between two targets: in both halves of it, and at about the same place.

    Each column of the strip is compared with the strip's own middle value, so that a strip that lies a little off is
    no ink, nor a line that is printed along it.
    """
    here = gap.rows, gap.columns
    excess = flat.dark[here].astype(np.float32) - plain
    excess = excess if gap.down else excess.T
    edge, half = round(_EDGE * PER_MM), excess.shape[0] // 2
    near, far = excess[edge:half].mean(axis=0), excess[half:-edge].mean(axis=0)
    near, far = near - np.median(near) > BRIDGE, far - np.median(far) > BRIDGE
    reach = np.ones(2 * round(_ASLANT * PER_MM) + 1)
    return bool((near & (np.convolve(far, reach, "same") > 0)).any())
