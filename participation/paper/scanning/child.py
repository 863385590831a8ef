"""The limited child in which strangers' files are opened: `python -m participation.paper.scanning.child`.

Told a file, it answers page by page, and asks for the forms that it meets; told a picture and boxes in it, it cuts
them out (`confined.py` has its limits, `scanner.py` the other end of its line).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
from pypdfium2 import PdfiumError

from participation.confined import allow, hear, limit, tell
from participation.paper.scanning.files import open_file
from participation.paper.scanning.pictures import BadFile
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.reading import Reading, read_page
from participation.paper.scanning.template import Image, Template, templates_of
from participation.paper.scanning.writing import cut_out
from participation.paper.serials import SideCode
from participation.paper.sheets.geometry import FormLayout, Mark, PageLayout, Region

MEMORY = 1024**3
"""Bytes on top of what the program itself takes."""
SECONDS_A_PAGE = 20
"""Of processor time."""
MOST_SIDES = 24
"""Sides of forms that are kept, at some twenty megabytes each; a pile of more forms takes longer, not more memory."""
PICTURE_QUALITY = 75
"""Of the JPEG of a page: about 150 kB for a letter."""


class Desk:
    """The child's end of the line."""

    def __init__(self) -> None:
        self.forms: dict[tuple[str, bool], dict[int, Template]] = {}

    def template(self, code: SideCode) -> Template | None:
        """The side of a form: first seen, the reader's other end prints its blank. What was not met for longest goes
        where there are too many."""
        key = code.form, bool(code.serial)
        found = self.forms.pop(key, None)
        if found is None:
            tell({"want": code.form, "numbered": bool(code.serial)})
            answer = hear()
            found = _form(answer) if answer.get("layout") else {}
        while self.forms and sum(map(len, self.forms.values())) + len(found) > MOST_SIDES:
            del self.forms[next(iter(self.forms))]
        self.forms[key] = found
        return found.get(code.side)

    def read(self, path: str, first: int, pictures: bool, fields: bool) -> Iterator[dict[str, Any]]:
        """How many pages there are, then each from `first`; or why the file cannot be read."""
        allow(SECONDS_A_PAGE)
        try:
            source = open_file(Path(path))
        except BadFile as error:
            yield {"file_problem": error.reason.value}
            return
        except (MemoryError, cv2.error):
            yield {"file_problem": FileProblem.TOO_LARGE.value}
            return
        yield {"pages": source.count}
        for number in range(first, source.count + 1):
            allow(SECONDS_A_PAGE)
            try:
                reading = read_page(source.page(number), self.template)
            except BadFile as error:
                yield {"page": number, "problems": [error.reason.value]}
            except (MemoryError, cv2.error):
                yield {"page": number, "problems": [Problem.UNREADABLE.value]}
            else:
                yield {"page": number} | self.told(reading, pictures, fields)
        source.close()

    def told(self, reading: Reading, pictures: bool, fields: bool) -> dict[str, Any]:
        """The page as `scanner.py` expects it: for each target of its side, in their order, its state and why; for
        each place for words whether there may be ink in it, with `fields` also its picture."""
        sides = self.forms.get((reading.form, bool(reading.serial)), {})
        picture = _jpeg(reading.picture) if pictures and reading.picture is not None else ""
        return {
            "serial": reading.serial,
            "form": reading.form,
            "side": reading.side,
            "sides": len(sides),
            "targets": [(each.state.value, each.why.value if each.why else "") for each in reading.measured],
            "problems": [each.value for each in reading.problems],
            "fields": list(zip(reading.fields, self._cut(reading, fields), strict=True)),
            "picture": picture,
            "per_mm": reading.per_mm,
        }

    def _cut(self, reading: Reading, wanted: bool) -> list[str]:
        """Each place for words as a PNG; nothing for each where pictures are not wanted."""
        if not wanted or not reading.fields or reading.picture is None:
            return [""] * len(reading.fields)
        fields = self.forms[reading.form, bool(reading.serial)][reading.side].fields
        return [_encoded(".png", part) for part in cut_out(reading.picture, fields, reading.per_mm)]


def crops(path: str, boxes: Sequence[Sequence[int]]) -> Iterator[dict[str, Any]]:
    """Parts of a picture, each left, top, width and height in pixels, as PNG; what lies outside is left away."""
    allow(SECONDS_A_PAGE)
    try:
        source = open_file(Path(path))
        image = source.page(1)
        source.close()
    except BadFile as error:
        yield {"file_problem": error.reason.value}
        return
    except (MemoryError, cv2.error):
        yield {"file_problem": FileProblem.TOO_LARGE.value}
        return
    parts = (image[max(0, top) : top + high, max(0, left) : left + wide] for left, top, wide, high in boxes)
    yield {"crops": [_encoded(".png", part) if part.size else "" for part in parts]}


def _jpeg(image: Image) -> str:
    return _encoded(".jpg", image, cv2.IMWRITE_JPEG_QUALITY, PICTURE_QUALITY)


def _encoded(kind: str, image: Image, *how: int) -> str:
    _done, data = cv2.imencode(kind, image, how)
    return base64.b64encode(data.tobytes()).decode()


def _form(answer: dict[str, Any]) -> dict[int, Template]:
    try:
        return templates_of(layout_of(answer["layout"]), base64.b64decode(answer["blank"]))
    except PdfiumError:
        return {}


def layout_of(data: dict[str, Any]) -> FormLayout:
    """A layout from `dataclasses.asdict` of one, after its way through JSON."""
    pages = tuple(
        PageLayout(
            page["page"],
            tuple(Mark(**mark) for mark in page["marks"]),
            tuple(Region(**region) for region in page["fiducials"]),
            Region(**page["serial"]) if page["serial"] else None,
            tuple(Region(**region) for region in page["texts"]),
            tuple(Region(**region) for region in page["places"]),
        )
        for page in data["pages"]
    )
    return FormLayout(data["width"], data["height"], pages, data["form"], data["is_questionnaire"])


def main() -> None:
    """Does what it is told until the other end closes the line."""
    cv2.setNumThreads(1)
    limit(MEMORY)
    desk = Desk()
    while True:
        asked = hear()
        answers = crops(**asked["crop"]) if "crop" in asked else desk.read(**asked["read"])
        for message in answers:
            tell(message)
        tell({"done": True})


if __name__ == "__main__":
    main()
