"""Whether a colour can be read, and the stylesheet that puts it in place of river."""

from __future__ import annotations

import itertools
import re

import pytest

from participation import colour
from participation.templating import STATIC

PALETTE = [
    "".join(["#", *(f"{part:02X}" for part in parts)]) for parts in itertools.product(range(0, 256, 51), repeat=3)
]
DECLARATIONS = re.compile(r"--river: (\S+); --on-river: (\S+); --tint-river: (\S+) }")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#FFFFFF", "#FFFFFF", 1.0),
        ("#0B4A6F", "#FBFAF7", 9.05),
        ("#0B4A6F", "#FFFFFF", 9.45),
        ("#767676", "#FFFFFF", 4.54),
        ("#777777", "#FFFFFF", 4.48),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colour.contrast(one, other) == colour.contrast(other, one)


def test_paper_decides_and_not_white_alone() -> None:
    assert colour.contrast("#767676", colour.WHITE) >= colour.ENOUGH
    assert not colour.is_readable("#767676")


def test_a_darker_shade_is_always_found() -> None:
    for each in PALETTE:
        assert colour.is_readable(colour.readable(each)), each
    assert colour.readable("#0B4A6F") == "#0B4A6F"


def test_links_buttons_and_notices_can_be_read_by_day_and_by_night() -> None:
    for each in filter(colour.is_readable, PALETTE):
        day, dark, system_dark = DECLARATIONS.findall(colour.theme(each))
        assert dark == system_dark
        assert day[0] == each
        for river, on_river, tint in (day, dark):
            white = on_river.replace("#FFF", "#FFFFFF") if on_river == "#FFF" else on_river
            assert colour.contrast(river, white) >= 4.5, each
            assert colour.contrast(river, tint) >= 4.5, each
        assert colour.contrast(dark[0], colour.DARK_PAPER) >= colour.ENOUGH_IN_THE_DARK
        assert colour.contrast(dark[0], colour.DARK_SURFACE) >= colour.ENOUGH_IN_THE_DARK


def test_the_grounds_are_those_of_the_stylesheet() -> None:
    tokens = (STATIC / "css" / "app.css").read_text(encoding="utf-8")
    light, dark = re.findall(r"--paper: (#\w+); --surface: (#\w+)", tokens)[:2]
    assert light == (colour.PAPER, "#FFF")
    assert dark == (colour.DARK_PAPER, colour.DARK_SURFACE)


def test_the_stylesheet_holds_custom_properties_alone() -> None:
    css = colour.theme("#7B2458")
    assert set(re.findall(r"[{;] (--[\w-]+):", css)) == {"--river", "--on-river", "--tint-river"}
    assert len(re.findall(r"[\w-]+: ", css)) == 10, "nine properties and one media query"
    assert colour.theme_version("#7B2458") != colour.theme_version("#7B2459")
