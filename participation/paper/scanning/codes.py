"""The code of a sheet: which form, which side, which copy; where on the image it is, and which way up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

from participation.paper.scanning.template import Image, smaller

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


@dataclass(frozen=True, slots=True)
class Found:
    """A QR code on an image: its text, and its four corners from its own top left, clockwise."""

    text: str
    corners: NDArray[np.float64]


def codes(image: Image) -> list[Found]:
    """Every QR code of the image, sought quickly first and then with more and more patience."""
    for times, patient in ((2, False), (1, False), (1, True)):
        found = [_found(each, 1 / times) for each in _read(smaller(image, times), patient)]
        if found:
            return found
    return []


def _read(image: Image, patient: bool) -> list[Any]:
    return list(zxingcpp.read_barcodes(image, formats=_QR, try_rotate=patient, try_downscale=patient, try_invert=False))


def _found(code: Any, scale: float) -> Found:
    place = code.position
    corners = [(each.x, each.y) for each in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]
    return Found(code.text, (np.array(corners, dtype=np.float64) + 0.5) / scale - 0.5)
