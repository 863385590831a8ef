"""Reads files through the limited child, and goes on where a file has killed it.

    with Scanner(forms) as scanner:
        for page in scanner.read(path, pictures=True):
            ...                                  # a ScannedPage each; page.picture is a JPEG, to be kept in a file
        png, = scanner.crops(kept, [around([page.targets[3].mark], 4)], page.per_mm)

No byte of a stranger's file is looked at in the process that uses this.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from participation.confined import SILENCE, Child, ChildDied
from participation.paper.scanning.fields import Field, fields_of
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.sets import ScannedPage
from participation.paper.scanning.targets import State, Target, Why
from participation.paper.sheets.geometry import FormLayout, Region

SECONDS_A_FILE = 120.0
SECONDS_A_PAGE = 2.0
"""A file may take SECONDS_A_FILE and this much for each of its pages."""
MOST_DEATHS = 5
"""Of children over one file; then its other pages are given up."""


@dataclass(frozen=True, slots=True)
class SheetForm:
    """A form as it is read: where everything is, and its own blank PDF to compare with."""

    layout: FormLayout
    blank: bytes


Forms = Callable[[str, bool], SheetForm | None]
"""The form with that code, numbered or not; None where nobody knows it."""


class PictureLost(Exception):
    """Nothing can be cut out of a picture; the text is one of FileProblem."""


class Scanner:
    """Reads files page by page. Use it as a context: leaving it ends the child."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.child = Child("participation.paper.scanning.child")
        self._known: dict[tuple[str, bool], SheetForm] = {}

    def __enter__(self) -> Scanner:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def read(
        self, path: Path, *, pictures: bool = False, fields: bool = False, first: int = 1
    ) -> Generator[ScannedPage, None, None]:
        """Every page of the file in order, from `first`; with `pictures`, each with its picture, which costs 10 ms a
        page; with `fields`, with its places for words cut out. A file that cannot be opened is one page 0 with the
        reason. Whatever is in the file, this ends and raises nothing."""
        name, count, done, deaths = path.name, 0, first - 1, 0
        until = time.monotonic() + SECONDS_A_FILE
        while deaths <= MOST_DEATHS:
            try:
                asked = {"path": str(path.resolve()), "first": done + 1, "pictures": pictures, "fields": fields}
                for message in self.child.ask({"read": asked}, until, self._form):
                    if "file_problem" in message:
                        yield ScannedPage(name, 0, problems=(message["file_problem"],))
                    elif "pages" in message:
                        until += 0 if count else SECONDS_A_PAGE * message["pages"]
                        count = message["pages"]
                    else:
                        page = self._page(name, message)
                        done = page.page
                        yield page
                return
            except ChildDied:
                deaths += 1
                if not count:
                    yield ScannedPage(name, 0, problems=(FileProblem.TOO_LARGE.value,))
                    return
                done += 1
                yield ScannedPage(name, done, problems=(Problem.UNREADABLE.value,))
                if time.monotonic() > until:
                    break
        for number in range(done + 1, count + 1):
            yield ScannedPage(name, number, problems=(Problem.UNREADABLE.value,))

    def stop(self) -> None:
        """Ends the child."""
        self.child.stop()

    def crops(self, picture: Path, boxes: Sequence[Region], per_mm: float) -> list[bytes]:
        """Parts of a page's picture as PNG, one for each box in millimetres. Raises PictureLost where the file is not
        the picture of a page, or a box lies outside it."""
        pixels = [[round(side * per_mm) for side in (box.x, box.y, box.w, box.h)] for box in boxes]
        asked = {"crop": {"path": str(picture.resolve()), "boxes": pixels}}
        try:
            (found,) = self.child.ask(asked, time.monotonic() + SILENCE)
        except ChildDied as error:
            raise PictureLost(FileProblem.CORRUPT.value) from error
        if "file_problem" in found or not all(found["crops"]):
            raise PictureLost(found.get("file_problem", FileProblem.TOO_SMALL.value))
        return [base64.b64decode(each) for each in found["crops"]]

    def _page(self, name: str, message: dict[str, Any]) -> ScannedPage:
        """What the child says of a page. Raises ChildDied where that makes no sense."""
        try:
            page = ScannedPage(
                name, message["page"], message.get("serial", ""), message.get("form", ""), message.get("side", 0),
                message.get("sides", 0), self._targets(message), tuple(message["problems"]),
                base64.b64decode(message.get("picture", "")), message.get("per_mm", 0.0), self._fields(message),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            self.stop()
            raise ChildDied from error
        return page

    def _targets(self, message: dict[str, Any]) -> tuple[Target, ...]:
        """The targets of the side, each with what was found in it."""
        states = message.get("targets")
        if not states:
            return ()
        layout = self._known[message["form"], bool(message["serial"])].layout
        pairs = zip(layout.side(message["side"]).marks, states, strict=True)
        return tuple(Target(mark, State(state), Why(why) if why else None) for mark, (state, why) in pairs)

    def _fields(self, message: dict[str, Any]) -> tuple[Field, ...]:
        """The places for words of the side, each with what was found in it."""
        found = message.get("fields")
        if not found:
            return ()
        layout = self._known[message["form"], bool(message["serial"])].layout
        pairs = zip(fields_of(layout, message["side"]), found, strict=True)
        return tuple(Field(region, bool(ink), base64.b64decode(png)) for region, (ink, png) in pairs)

    def _form(self, wanted: dict[str, Any]) -> dict[str, Any]:
        key = str(wanted["want"]), bool(wanted["numbered"])
        form = self._known[key] if key in self._known else self.forms(*key)
        if form is None:
            return {"layout": None}
        self._known[key] = form
        return {"layout": asdict(form.layout), "blank": base64.b64encode(form.blank).decode()}
