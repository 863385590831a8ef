"""A small printed form whose geometry is written down here, so that reading can be tested without a process."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import segno
import typst

from participation.paper.serials import qr_content
from participation.paper.sheets.geometry import FormLayout, Mark, PageLayout, Region

WIDTH, HEIGHT = 215.9, 279.4
TARGET = 6.0
ROWS = (12, 10)
"""Options of the two questions of a side."""
PITCH = 8.3
TOP = 46.0
LEFT = 17.0

_SOURCE = """
#let sheet = json(bytes(sys.inputs.sheet))
#set document(title: "Sample")
#set page(width: sheet.width * 1mm, height: sheet.height * 1mm, margin: 0mm)
#set text(font: "Libertinus Serif", size: 11pt)
#let at(x, y, body) = place(top + left, dx: x * 1mm, dy: y * 1mm, body)
#for side in sheet.sides {
  page({
    for f in side.fiducials {
      at(f.x, f.y, rect(width: f.w * 1mm, height: f.h * 1mm, fill: black))
      if f.hole { at(f.x + f.w / 3, f.y + f.h / 3, rect(width: f.w / 3 * 1mm, height: f.h / 3 * 1mm, fill: white)) }
    }
    at(30, 14, text(size: 20pt, weight: "bold")[Sample vote of a fictional town])
    at(30, 26, [Choose up to five projects. Put a mark in the square of each. Fold before you hand it in.])
    for m in side.marks {
      at(m.x, m.y, rect(width: m.w * 1mm, height: m.h * 1mm, stroke: 1.4pt))
      let number = align(center + horizon, text(fill: white, weight: "bold", m.number))
      at(m.x + m.w + 3, m.y, rect(width: 7mm, height: 6mm, fill: black, inset: 0pt, number))
      at(m.x + m.w + 13, m.y + 1, strong(m.title))
      at(175, m.y + 1, m.cost)
      at(m.x, m.y + m.h + 1.15, line(length: 180mm, stroke: 0.5pt))
    }
    if side.qr != "" {
      at(side.serial.x, side.serial.y, image(bytes(side.qr), format: "svg", width: side.serial.w * 1mm))
    }
    at(60, 262, [Form #sheet.form, side #side.page, number #sheet.number])
  })
}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed form: its PDF, and what its codes say."""

    pdf: bytes
    serial: str


def layout(form: str = "SAMPLE1FR", sides: int = 1) -> FormLayout:
    return FormLayout(WIDTH, HEIGHT, tuple(_side(side) for side in range(1, sides + 1)), form)


def _side(side: int) -> PageLayout:
    marks, y = [], TOP
    for question, count in enumerate(ROWS, start=1):
        for option in range(1, count + 1):
            marks.append(Mark(f"q{side}{question}", f"o{option}", LEFT, y, TARGET, TARGET))
            y += PITCH
        y += 9
    corners = (("nw", 8, 8), ("ne", WIDTH - 14, 8), ("sw", 8, HEIGHT - 14), ("se", WIDTH - 14, HEIGHT - 14))
    fiducials = tuple(Region(name, x, y, 6, 6) for name, x, y in corners)
    places = (Region("serial", 59, 260, 100, 8),)
    return PageLayout(side, tuple(marks), fiducials, Region("qr", 180, HEIGHT - 30, 13, 13), (), places)


def code(form: str, side: int, serial: str) -> str:
    return qr_content(form, side, serial)


def printed(serial: str, form: str = "SAMPLE1FR", sides: int = 1) -> Sheet:
    """The PDF of one form with that serial; an empty serial prints no code."""
    found = layout(form, sides)
    data = {
        "width": WIDTH, "height": HEIGHT, "form": form, "number": serial,
        "sides": [_drawn(page, form, serial) for page in found.pages],
    }  # fmt: skip
    pdf = typst.compile(
        _SOURCE.encode(), format="pdf", sys_inputs={"sheet": json.dumps(data)}, ignore_system_fonts=True,
        timestamp=datetime(2026, 11, 22, tzinfo=UTC),
    )  # fmt: skip
    assert isinstance(pdf, bytes)
    return Sheet(pdf, serial)


@cache
def blank(form: str = "SAMPLE1FR", sides: int = 1) -> bytes:
    return printed("", form, sides).pdf


def _drawn(page: PageLayout, form: str, serial: str) -> dict[str, object]:
    return {
        "page": page.page,
        "serial": _box(page.serial or Region("qr", 0, 0, 0, 0)),
        "qr": _qr(code(form, page.page, serial)) if serial else "",
        "fiducials": [_box(each) | {"hole": each.name == "nw"} for each in page.fiducials],
        "marks": [
            _box(mark) | {"number": f"{number:02d}", "title": _title(number), "cost": f"{number * 7 + 20} 000 $"}
            for number, mark in enumerate(page.marks, start=1)
        ],
    }


def _box(part: Mark | Region) -> dict[str, float]:
    return {"x": part.x, "y": part.y, "w": part.w, "h": part.h}


_PLACES = ("park of the old mill", "library garden", "bicycle path by the river", "warm shelter at the square")


def _title(number: int) -> str:
    return f"Renew the {_PLACES[number % 4]}, stage {number}"


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
