"""The limited child in which strangers' files are opened: `python -m participation.paper.scanning.child`.

It has no database, no secret and no network to speak of; its memory, its time for each page and the files it may
write are limited by the system. It speaks lines of JSON: told a file, it answers page by page, and asks for the
forms that it meets. Whoever holds the other end must expect it to die at any moment (`scanner.py`).
"""

from __future__ import annotations

import base64
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
from pypdfium2 import PdfiumError

from participation.paper.scanning.files import open_file
from participation.paper.scanning.pictures import BadFile, FileProblem
from participation.paper.scanning.problems import Problem
from participation.paper.scanning.reading import Reading, read_page
from participation.paper.scanning.template import Template, templates_of
from participation.paper.serials import SideCode
from participation.paper.sheets.geometry import FormLayout, Mark, PageLayout, Region

MEMORY = 1024**3
"""Bytes on top of what the program itself takes."""
SECONDS_A_PAGE = 20
"""Of processor time."""


class Desk:
    """The child's end of the line."""

    def __init__(self) -> None:
        self.forms: dict[tuple[str, bool], dict[int, Template]] = {}

    def template(self, code: SideCode) -> Template | None:
        """The side of a form, asked for once: first seen, the reader's other end prints its blank."""
        key = code.form, bool(code.serial)
        if key not in self.forms:
            tell({"want": code.form, "numbered": bool(code.serial)})
            answer = hear()
            self.forms[key] = _form(answer) if answer.get("layout") else {}
        return self.forms[key].get(code.side)

    def read(self, path: Path, first: int) -> Iterator[dict[str, Any]]:
        """How many pages there are, then each from `first`; or why the file cannot be read."""
        allow(SECONDS_A_PAGE)
        try:
            source = open_file(path)
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
                yield {"page": number} | self.told(reading)
        source.close()

    def told(self, reading: Reading) -> dict[str, Any]:
        sides = self.forms.get((reading.form, bool(reading.serial)), {})
        return {
            "serial": reading.serial,
            "form": reading.form,
            "side": reading.side,
            "sides": len(sides),
            "answers": reading.answers,
            "unclear": reading.unclear,
            "problems": [each.value for each in reading.problems],
        }


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
    return FormLayout(data["width"], data["height"], pages, data["form"])


def limit() -> None:
    """Memory, written files and dumps, for good."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow(seconds: int) -> None:
    """So much more processor time; beyond it the system ends the process."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, hard))


def tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hear() -> dict[str, Any]:
    """The next line; the program ends where there is none."""
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    found: dict[str, Any] = json.loads(line)
    return found


def main() -> None:
    """Reads files until the other end closes the line."""
    cv2.setNumThreads(1)
    limit()
    desk = Desk()
    while True:
        asked = hear()
        for message in desk.read(Path(asked["read"]), asked["first"]):
            tell(message)
        tell({"done": True})


if __name__ == "__main__":
    main()
