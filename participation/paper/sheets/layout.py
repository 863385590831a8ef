"""Where the targets, corner squares and QR codes of a ballot lie, asked of the form's own Typst file.

All lengths are millimetres from the top left corner of the sheet. Nothing here is measured by hand: each place
is metadata that the form sets inside the box that it draws (offline_forms/common/machine.typ).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from participation.paper import printed
from participation.paper.printed import PAPER_SIZES, Edition, Matter
from participation.paper.sheets.geometry import FormLayout as FormLayout
from participation.paper.sheets.geometry import Mark, PageLayout, Region
from participation.printing import marked


def form_layout(matter: Matter, style: str, edition: Edition) -> FormLayout:
    """The layout of the ballot of `style`, as `printing.render` draws it. A numbered edition differs from an unnumbered
    one: its stub takes room. About 0.15 s the first time. Raises PrintError."""
    return layout_of_data(printed.ballot(matter, style, edition))


def layout_of_data(data: Mapping[str, Any], form: str = "ballot") -> FormLayout:
    """The layout of the ballot, or of another form with targets, that `printing.render` makes of `data`. PrintError."""
    return _layout(form, json.dumps(data, ensure_ascii=False, sort_keys=True))


@lru_cache(maxsize=64)
def _layout(form: str, as_json: str) -> FormLayout:
    data = json.loads(as_json)
    found = marked(form, data, "mark", "region")
    width, height = PAPER_SIZES[data["paper"]]
    pages = tuple(_page(number, found) for number in range(1, max(each["page"] for each in found) + 1))
    return FormLayout(width, height, pages, data["form"], form == "questionnaire")


def _page(number: int, found: list[dict[str, Any]]) -> PageLayout:
    here = [each for each in found if each["page"] == number]
    times = Counter((each["question"], each["option"]) for each in here if "question" in each)
    marks = tuple(
        Mark(
            each["question"], each["option"], *_box(each),
            value=each["value"], slot=each["slot"], digit=each["digit"],
            several=not each["slot"] and times[each["question"], each["option"]] > 1,
        )
        for each in here if "question" in each
    )  # fmt: skip
    regions = {each["name"]: Region(each["name"], *_box(each)) for each in here if "name" in each}
    corners = ("top-left", "top-right", "bottom-left", "bottom-right")
    return PageLayout(
        page=number,
        marks=marks,
        fiducials=tuple(regions[f"fiducial-{corner}"] for corner in corners),
        serial=regions.get("qr"),
        texts=tuple(region for name, region in regions.items() if name.startswith("text-")),
        places=tuple(regions[name] for name in ("serial", "stub") if name in regions),
    )


def _box(each: dict[str, Any]) -> tuple[float, float, float, float]:
    x, y, w, h = (round(float(each[key]), 4) for key in "xywh")
    return x, y, w, h


def as_json(layout: FormLayout) -> dict[str, Any]:
    """The layout as `participation form-layout --json` prints it.

    A target of a list has the id of its project as `option`, and where it is one of several bubbles of its project also
    the points or the rank that it gives, "7:3". A target of a number box stands for one digit of a number that the
    voter writes, and says so: "slot 2 tens 3" is the bubble of the 3 in the tens of the second box ("ones",
    "hundreds" likewise), "slot 2 points 4" gives four points to the project of the second box. In a ranking the slot
    is the rank. A project whose number is 37 is chosen by two marks, "slot 2 tens 3" and "slot 2 ones 7". `fields` are
    the places to write in: "text-3" is that of the answer to question 3 of a questionnaire.
    """
    return {
        "form": layout.form,
        "width_mm": layout.width,
        "height_mm": layout.height,
        "pages": [
            {
                "page": page.page,
                "marks": [_mark(mark) for mark in page.marks],
                "fields": [_region(region) for region in page.texts],
                "fiducials": [_region(region) for region in page.fiducials],
                "qr": _region(page.serial) if page.serial else None,
            }
            for page in layout.pages
        ],
    }


def _mark(mark: Mark) -> dict[str, Any]:
    data: dict[str, Any] = {"question": mark.question, "option": mark.name, "value": mark.value}
    if mark.slot:
        data |= {"slot": mark.slot, "digit": mark.digit}
    return data | _millimetres(mark)


def _region(region: Region) -> dict[str, Any]:
    return {"name": region.name} | _millimetres(region)


def _millimetres(box: Mark | Region) -> dict[str, float]:
    return {"x_mm": box.x, "y_mm": box.y, "w_mm": box.w, "h_mm": box.h}
