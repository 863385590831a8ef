"""Ballots of a print run, marked and scanned in simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from participation.paper.sheets import print_commands
from participation.paper.sheets.geometry import Mark, PageLayout
from participation.paper.sheets.print_commands import Asked
from participation.settings import Settings
from tests.builders import NOON
from tests.paper import simulated_sheets as simulated
from tests.paper.simulated_sheets import Image, Pen, Scan

WHITE = np.full((1650, 1275), 245, np.uint8)
"""An empty side."""
DPI = 150


@dataclass(frozen=True)
class Print:
    """Ballots as they came from the printer."""

    pdf: bytes
    serials: list[str]
    marks: Mapping[str, Mark]

    def sheet(self, place: int, *chosen: str, line: str = "") -> Image:
        """Sheet `place` from 1 with these projects marked, scanned; a line that passes through the square of `line`."""
        random = np.random.default_rng(place)
        page = simulated.page_of(self.pdf, PageLayout(place, (), (), None))
        for number in chosen:
            simulated.cross(page, self.marks[number], random, Pen(0.9, 0.5))
        if line:
            mark = self.marks[line]
            simulated.draw(page, random, Pen(0.9, 0.6), [[(mark.x - 6, mark.y - 6), (mark.x + 12, mark.y + 12)]])
        return simulated.scanned(page, Scan(dpi=DPI, degrees=float(random.uniform(-1, 1))), random)


def printed(settings: Settings, slug: str, copies: int, folder: Path) -> Print:
    """A print run of ballots on one side."""
    asked, out = Asked(slug), folder / "run.pdf"
    made = print_commands.print_run(settings, asked, copies, out, lambda: NOON).as_json()
    layout = print_commands.layout_of(settings, asked)
    marks = {
        str(int(mark["option"])): Mark("ville", mark["option"], *(mark[f"{name}_mm"] for name in "xywh"))
        for mark in layout["pages"][0]["marks"]
    }
    return Print(out.read_bytes(), made["serials"], marks)
