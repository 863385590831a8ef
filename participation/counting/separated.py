"""Lines of fields between semicolons, as in Pabulib files, with the place of every field.

A field may stand in double quotes, where semicolons, line ends and doubled quotes are part of it; quotes
inside an unquoted field are plain characters. Fields come without the blanks around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LONGEST_RECORD = 1000
"""Lines that one record may run over; a quote that is open for longer was never meant to be one."""

_NOTHING = "; \t\u00a0"

_FIELD = re.compile(r'(?:\A|;)(?:\s*"((?:[^"]|"")*+)"([^;]*)|([^;]*))')


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the number of its first line, its fields, and the column where the text of each begins, from 1."""

    line: int
    fields: tuple[str, ...]
    columns: tuple[int, ...]


class OpenQuoteError(ValueError):
    """A quoted field that does not end. `line` and `column` are where it begins."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: the quotation mark is never closed")
        self.line = line
        self.column = column


def records(lines: Sequence[str], first: int = 0) -> Iterator[Record]:
    """The records from `lines[first]` on. OpenQuoteError.

    Lines without anything are passed over, as are those of semicolons alone, which spreadsheets leave behind.
    """
    number = first
    while number < len(lines):
        length = 1
        if lines[number].strip(_NOTHING):
            record, length = record_at(lines, number)
            yield record
        number += length


def record_at(lines: Sequence[str], number: int) -> tuple[Record, int]:
    """The record that begins on `lines[number]`, and how many lines it takes."""
    text = lines[number]
    for length in range(1, LONGEST_RECORD):
        fields, columns, open_at = _split(text)
        if not open_at:
            return Record(number + 1, fields, columns), length
        following = number + length
        if following >= len(lines):
            break
        text = f"{text}\n{lines[following]}"
    raise OpenQuoteError(number + 1, open_at)


def _split(text: str) -> tuple[tuple[str, ...], tuple[int, ...], int]:
    """Fields, their columns, and the column of a quotation mark that is not closed, else 0."""
    fields, columns = [], []
    for found in _FIELD.finditer(text):
        quoted, tail, plain = found.groups()
        if quoted is None and plain.lstrip().startswith('"'):
            return (), (), found.start(3) + plain.index('"') + 1
        fields.append(plain.strip() if quoted is None else (quoted.replace('""', '"') + tail).strip())
        begin = found.start(3) + len(plain) - len(plain.lstrip()) if quoted is None else found.start(1)
        columns.append(begin + 1)
    return tuple(fields), tuple(columns), 0


def line_of(fields: Iterable[str]) -> str:
    """The fields as one line, quoted where they must be; `records` reads it back."""
    return ";".join(_quoted(field) for field in fields)


def _quoted(field: str) -> str:
    if any(mark in field for mark in ';"\n\r'):
        return '"' + field.replace('"', '""') + '"'
    return field
