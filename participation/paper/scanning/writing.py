"""Whether somebody wrote in a place for words, and the place as a picture.

Ink that is missed here is an answer that is lost in silence, and ink that is not there costs one look: the limits lie
far below those of a mark.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from participation.paper.scanning.flat import AREA, Flat
from participation.paper.scanning.template import PER_MM, Image, Template, window
from participation.paper.sheets.geometry import Region

FAINTEST = 30
"""Darkness (of 255) of the smoothed page from which something may be a stroke…"""
LEAST, LEAST_WHITE = 0.3, 0.08
"""…if there are so many square millimetres of it beside the printed lines; and where paper came out all white, in which
light pencil loses all but a few dots."""
AROUND = 3.0
"""Millimetres around a place that are cut out with it: letters hang over its edges."""


def inked_fields(flat: Flat, template: Template) -> tuple[bool, ...]:
    """For each place of the side for words, whether there may be ink in it."""
    prints = zip(template.side.texts, template.printed(flat.blur).texts, strict=True)
    lines = {region.name: print_ for region, print_ in prints}
    return tuple(_is_inked(flat, region, lines[region.name]) for region in template.fields)


def _is_inked(flat: Flat, region: Region, print_: Image) -> bool:
    ink = np.count_nonzero(cv2.subtract(flat.soft[window(region, PER_MM)], print_) >= FAINTEST)
    return float(ink) / AREA > (LEAST_WHITE if flat.white else LEAST)


def cut_out(picture: Image, regions: Sequence[Region], per_mm: float) -> list[Image]:
    """The regions of a page that is laid flat, each with a little around it."""
    return [picture[window(region, per_mm, AROUND)] for region in regions]
