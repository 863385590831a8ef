"""Tables of few people, made such that no cell tells of any: pure functions on numbers.

Statistical practice, with the figures that the office's brief proposes: a cell under ten is hidden; where a hidden cell
could be worked out from the sum of its row or column, another one is hidden with it; what stays is rounded to five.
"""

from __future__ import annotations

from collections.abc import Sequence

FEWEST = 10
ROUNDED_TO = 5
Table = list[list[int | None]]


def suppressed(cells: Sequence[Sequence[int]]) -> Table:
    """The table with its hidden cells as None. Its last row and column must be the sums of the others."""
    hidden = {(row, column) for row, line in enumerate(cells) for column, number in enumerate(line) if number < FEWEST}
    lines = _lines(len(cells), len(cells[0]))
    while exposed := next((line for line in lines if len(hidden.intersection(line)) == 1), None):
        hidden.add(min((each for each in exposed if each not in hidden), key=lambda at: cells[at[0]][at[1]]))
    return [
        [None if (row, column) in hidden else _rounded(number) for column, number in enumerate(line)]
        for row, line in enumerate(cells)
    ]


def _lines(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    """Every row and every column, each of which adds up; one of a single cell says nothing of another."""
    across = [[(row, column) for column in range(columns)] for row in range(rows)]
    down = [[(row, column) for row in range(rows)] for column in range(columns)]
    return [line for line in across + down if len(line) > 1]


def _rounded(number: int) -> int:
    return (number + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
