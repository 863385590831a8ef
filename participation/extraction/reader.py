"""The words of a file, page by page, through the limited child; a page at which it dies is left without words."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from participation.confined import Child, ChildDied
from participation.extraction.faults import Fault

SECONDS_A_FILE = 60.0
SECONDS_A_PAGE = 1.0
"""A file may take SECONDS_A_FILE and this much for each of its pages."""
MOST_DEATHS = 3
"""Of children over one file; then its other pages are left without words."""


@dataclass
class Words:
    """What was read: page → its words. With a `fault` the file is not to be handed on, and nothing was read."""

    fault: Fault | None = None
    pages: int = 0
    texts: dict[int, str] = field(default_factory=dict)
    unread: bool = False
    """Whether the child died at pages of it, which are without words."""

    @property
    def said(self) -> str:
        """What whoever brought it must know: the fault, or that some of its pages could not be read."""
        told = self.fault or (Fault.UNREAD if self.unread else None)
        return told.value if told else ""


def read_words(path: Path, kind: str) -> Words:
    """The words of a stored file of that kind, such as `pdf`. Whatever is in it, this ends and raises nothing."""
    found, done, until = Words(), 0, time.monotonic() + SECONDS_A_FILE
    child = Child("participation.extraction.child")
    try:
        for _life in range(MOST_DEATHS):
            try:
                for message in child.ask({"path": str(path.resolve()), "kind": kind, "first": done + 1}, until):
                    if "fault" in message:
                        return Words(Fault(message["fault"]))
                    if "pages" in message:
                        until += 0 if found.pages else SECONDS_A_PAGE * message["pages"]
                        found.pages = message["pages"]
                    else:
                        done = message["page"]
                        found.texts[done] = message["text"]
                return found
            except ChildDied:
                if not found.pages:
                    return Words(Fault.TOO_LARGE)
                done, found.unread = done + 1, True
        return found
    finally:
        child.stop()
