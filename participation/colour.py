"""An organisation's own colour: whether it can be read, and the stylesheet that puts it in place of river.

Contrast and luminance are those of WCAG 2.2 (“contrast ratio”, “relative luminance”). Colours are #RRGGBB.
"""

from __future__ import annotations

import colorsys
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

PAPER, WHITE = "#FBFAF7", "#FFFFFF"
DARK_PAPER, DARK_SURFACE = "#0F1722", "#182231"
"""The grounds of static/css/app.css, light and dark."""
ENOUGH = 4.5
"""WCAG 1.4.3: text of any size."""
ENOUGH_IN_THE_DARK = 7.0
"""More than the minimum: a colour that is only mixed, not chosen, should leave no doubt."""
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def is_colour(text: str) -> bool:
    return bool(_HEX.fullmatch(text))


def contrast(one: str, other: str) -> float:
    """From 1.0 (the same) to 21.0 (black on white), whichever way round."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lowest_contrast(colour: str) -> float:
    """The contrast on the worse of the two light grounds."""
    return min(contrast(colour, PAPER), contrast(colour, WHITE))


def is_readable(colour: str) -> bool:
    """Whether it can carry links and buttons on paper and on white."""
    return lowest_contrast(colour) >= ENOUGH


def readable(colour: str) -> str:
    """The colour itself, or the first darker shade of it that can be read."""
    darker = (mix(colour, "#000000", percent) for percent in range(0, 101, 2))
    return next(shade for shade in darker if is_readable(shade))


def for_the_dark(colour: str) -> str:
    """The first lighter shade of the same hue that can be read on the dark grounds (the surface is the lighter)."""
    return next(shade for shade in _lighter(colour) if contrast(shade, DARK_SURFACE) >= ENOUGH_IN_THE_DARK)


def tint(colour: str, ground: str, strength: int) -> str:
    """The ground with at most `strength` % of the colour in it, so little that the colour can be read on it."""
    mixed = (mix(ground, colour, share) for share in range(strength, 0, -1))
    return next((back for back in mixed if contrast(colour, back) >= ENOUGH), ground)


def mix(one: str, other: str, percent: int) -> str:
    """`one` with `percent` % of `other`."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * percent / 100):02X}" for a, b in pairs)


@lru_cache(maxsize=64)
def theme(colour: str) -> str:
    """The stylesheet: custom properties only, in the layer of the tokens, so that print and high contrast still win."""
    dark = for_the_dark(colour)
    by_day = _properties(colour, "#FFF", tint(colour, WHITE, 9))
    by_night = _properties(dark, DARK_PAPER, tint(dark, DARK_PAPER, 20))
    return (
        "@layer tokens {\n"
        f'  :root, [data-theme="light"] {{ {by_day} }}\n'
        f'  [data-theme="dark"] {{ {by_night} }}\n'
        f"  @media (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ {by_night} }} }}\n"
        "}\n"
    )


@lru_cache(maxsize=64)
def theme_version(colour: str) -> str:
    """The digest of the stylesheet, for an address that can be cached for a year."""
    return hashlib.sha256(theme(colour).encode()).hexdigest()[:12]


def _properties(river: str, on_river: str, back: str) -> str:
    return f"--river: {river}; --on-river: {on_river}; --tint-river: {back}"


def _lighter(colour: str) -> Iterator[str]:
    """The colour, then lighter and lighter to white, its hue kept: mixing with white would wash it out."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    for step in range(101):
        light = lightness + (1 - lightness) * step / 100
        yield "#" + "".join(f"{round(part * 255):02X}" for part in colorsys.hls_to_rgb(hue, light, saturation))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
