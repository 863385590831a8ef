"""Project numbers: their order, and the code that a project gets from its number.

Ties go to the lowest code as text (counting rule of published elections), and voters are promised the lowest
number. Both are one order because a code made from a number is padded to a fixed width: 0009 comes before 0010.
"""

from __future__ import annotations

from collections.abc import Iterable

from participation.counting.spec import number_key

WIDTH = 4
"""The most characters that a number has where its project's code is made from it."""


def code_of(number: str) -> str:
    """The code of a project that was given none: 7, 07 and 007 are 0007."""
    return number_key(number).zfill(WIDTH)


def order_of(number: str) -> tuple[int, str]:
    """The order of printed numbers: 9 before 10, and 09 where 9 would stand."""
    key = number_key(number)
    return len(key), key


def in_same_order(projects: Iterable[tuple[str, str]]) -> bool:
    """Whether the (number, code) pairs sort alike by both: codes that people chose need not."""
    by_number = sorted(projects, key=lambda project: order_of(project[0]))
    return [code for _number, code in by_number] == sorted(code for _number, code in by_number)
