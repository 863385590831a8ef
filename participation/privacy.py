"""The data map in code: every column that can hold personal data says why it exists and how long it lives.

A guard fails on a column that looks personal and declares nothing. Notices (A-2.1, s. 65) and the public
data register are rendered from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData

KEY = "personal"


@dataclass(frozen=True, slots=True)
class Personal:
    """Why a column holds personal data, on what ground, who sees it and how long it is kept."""

    purpose: str
    basis: str
    audience: str
    retention: str


def personal(purpose: str, *, basis: str, audience: str, retention: str) -> dict[str, Any]:
    """What a SQLModel `Field` takes as `sa_column_kwargs` to declare the column in the data map."""
    return {"info": {KEY: Personal(purpose, basis, audience, retention)}}


def data_map(metadata: MetaData) -> dict[tuple[str, str], Personal]:
    """(table, column) → its declaration, for every declared column."""
    return {
        (table.name, column.name): column.info[KEY]
        for table in metadata.sorted_tables
        for column in table.columns
        if KEY in column.info
    }
