"""What a table of an export is: named columns, each explained, and rows that come one after the other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from participation.consultations.activities.queries import activities_of
from participation.consultations.analysis.queries import Bench
from participation.errors import Message
from participation.files import Files
from participation.i18n import translate, words_of
from participation.processes.queries import OpenProcess

Cell = str | int | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """From what and for whom a table is read."""

    session: Session
    process: OpenProcess
    bench: Bench
    locale: str
    """Of the headings, and of the words for channels, states and the like; what people wrote stays as they wrote it."""
    at: datetime
    files: Files | None = None
    """Where papers lie, for the bundle of them."""
    demo: bool = False
    """Whether everything in it is invented, which every file then says."""

    def word(self, names: Any, value: Any) -> str:
        """The name of a value in the language of the file; the value itself where it has none."""
        found = names.get(value)
        return translate(found, self.locale) if found is not None else str(value or "")

    def events(self) -> dict[uuid.UUID | None, str]:
        """The activities by their id: what each is called, with its day."""
        rows = activities_of(self.session, self.process.id)
        return {row.id: f"{words_of(row.title, self.locale)}, {self.day(row.starts_at)}" for row in rows}

    def day(self, moment: datetime | None) -> str:
        """2027-02-20, in the time zone of the process."""
        return moment.astimezone(self.process.zone).date().isoformat() if moment else ""


@dataclass(frozen=True, slots=True)
class Column:
    heading: Message
    meaning: Message
    """For the data dictionary."""


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is part of the address and of the file’s name."""

    name: str
    title: Message
    about: Message
    columns: tuple[Column, ...]
    rows: Callable[[Source], Iterator[Row]]

    def headings(self, locale: str) -> list[str]:
        return [translate(column.heading, locale) for column in self.columns]
