"""The corner squares of a questionnaire as more places by which its page is laid flat.

A ballot is printed all over. A questionnaire may have nothing at its right but what people write: what is found there
is half a corner square, which the edge of a picture can pass for.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from participation.paper.scanning.registration import Pose, Seen, best_place
from participation.paper.scanning.template import PATCH, PER_MM, Image, Template, window
from participation.paper.sheets.geometry import Region

REACH = 3.0
"""How far from its place a square is looked for, in millimetres."""
SQUARE, AROUND = 6.0, 1.5
"""Millimetres of a square's side, and of paper around it that are compared too."""
_ALIKE = 0.8


def anchored(image: Image, pose: Pose, template: Template) -> Pose:
    """The pose with what the corner squares say, in place of print that holds only a part of one; of a ballot, the same
    pose."""
    if not template.by_corners:
        return pose
    corners = list(_corners(image, pose, template))
    print_ = (seen for seen in pose.bends if not any(_overlaps(seen, corner) for corner in corners))
    return Pose(pose.matrix, (*print_, *corners))


def _overlaps(patch: Seen, corner: Seen) -> bool:
    across, down = np.abs(patch[0] - corner[0])
    return bool(across < (PATCH[0] + SQUARE) / 2 and down < (PATCH[1] + SQUARE) / 2)


def _corners(image: Image, pose: Pose, template: Template) -> Iterator[Seen]:
    """The middle of each square that is seen, and how far from there it is."""
    for square in template.side.fiducials:
        wanted = template.dark[window(square, PER_MM, AROUND)]
        x, y, alike = best_place(_seen(image, pose, square, wanted.shape), wanted)
        if alike > _ALIKE:
            middle = np.array([square.x + square.w / 2, square.y + square.h / 2])
            yield middle, np.array([x, y]) / PER_MM - REACH


def _seen(image: Image, pose: Pose, square: Region, shape: tuple[int, ...]) -> Image:
    """Darkness around the place of a square, at PER_MM."""
    reach = round(REACH * PER_MM)
    rows, columns = window(square, PER_MM, AROUND)
    left, top = ((part.start - reach + 0.5) / PER_MM for part in (columns, rows))
    back = np.array([[1 / PER_MM, 0, left], [0, 1 / PER_MM, top], [0, 0, 1]])
    size = shape[1] + 2 * reach, shape[0] + 2 * reach
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(image, pose.matrix @ back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.bitwise_not(seen), dtype=np.uint8)
