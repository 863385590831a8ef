"""Numbers of documents: 3, 3.1, 8.12, in the order in which people count."""

from __future__ import annotations

import re

NUMBER = r"[1-9]\d{0,2}(\.[1-9]\d{0,2}){0,2}"
"""At most three levels, none above 999."""


def place_of(number: str) -> int:
    """Its place in the file: 3.2 before 3.12, 3 before 3.1."""
    levels = [int(level) for level in number.split(".")]
    return sum(level * 1000 ** (2 - place) for place, level in enumerate(levels))


def section_of(number: str) -> int:
    return int(number.partition(".")[0])


def is_number(written: str) -> bool:
    return re.fullmatch(NUMBER, written) is not None


def next_in(numbers: list[str], section: int) -> str:
    """The first number after the last one of a section: 3.4 after 3.3."""
    taken = [int(number.split(".")[1]) for number in numbers if section_of(number) == section and "." in number]
    return f"{section}.{max(taken, default=0) + 1}"
