"""The limited child in which the words of strangers' files are read: `python -m participation.extraction.child`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from participation.confined import allow, hear, limit, tell
from participation.extraction.faults import Fault
from participation.extraction.formats import Refused, open_pages

MEMORY = 1024**3
SECONDS_TO_OPEN, SECONDS_A_PAGE = 30, 10
"""Of processor time."""


def read(path: str, kind: str, first: int) -> Iterator[dict[str, Any]]:
    """How many pages there are, then the words of each from `first`; or why the file is refused."""
    allow(SECONDS_TO_OPEN)
    try:
        pages = open_pages(Path(path), kind)
        yield {"pages": pages.count}
        for number in range(first, pages.count + 1):
            allow(SECONDS_A_PAGE)
            yield {"page": number, "text": pages.text(number)}
    except Refused as error:
        yield {"fault": error.fault.value}
    except MemoryError:
        yield {"fault": Fault.TOO_LARGE.value}


def main() -> None:
    """Does what it is told until the other end closes the line."""
    limit(MEMORY)
    while True:
        for message in read(**hear()):
            tell(message)
        tell({"done": True})


if __name__ == "__main__":
    main()
