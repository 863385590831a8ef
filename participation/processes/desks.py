"""The desks that a small vote goes without, unless it has something of theirs already.

Each is shown where the profile is the city's, or where a condition holds that a package noted here, such as “there is a
bag”. The conditions are asked in the query that opens a process for its staff: no page asks once more.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import col

from participation.counting.spec import Channel
from participation.processes.models import Place, PlaceKind, Process, ProcessKind, Profile, Spec

OPTIONAL = ("/phone", "/phone-ballots", "/post", "/letters", "/bags", "/scans", "/questionnaire")
"""Addresses below the staff page of a process; that of a questionnaire stands for those below it."""


def _place(*wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(col(Place.id)).where(col(Place.process_id) == col(Process.id), *wanted).exists()


_LINE = _place(col(Place.channel) == Channel.PHONE)
_ASKED = (
    select(col(Spec.id))
    .where(col(Spec.process_id) == col(Process.id), col(Spec.series) == "")
    .where(col(Process.kind) == ProcessKind.CONSULTATION)
    .correlate(Process)
    .exists()
)
"""A questionnaire that was published."""
_USED: dict[str, list[ColumnElement[bool]]] = {
    "/phone": [_LINE],
    "/phone-ballots": [_LINE],
    "/post": [_place(col(Place.channel) == Channel.POST)],
    "/letters": [],
    "/bags": [_place(col(Place.kind) == PlaceKind.ENVELOPE)],
    "/scans": [],
    "/questionnaire": [_ASKED],
}


def used_where(desk: str, *conditions: ColumnElement[bool]) -> None:
    """Notes when a vote uses a desk whatever its profile; each condition names the `Process` of the outer query."""
    _USED[desk].extend(conditions)


def used_columns() -> list[ColumnElement[bool]]:
    """For the query of a process: one truth for each of OPTIONAL, in its order."""
    return [or_(col(Process.profile) == Profile.CITY, *_USED[desk]) for desk in OPTIONAL]


def shown(used: Sequence[bool]) -> frozenset[str]:
    """The desks of OPTIONAL that these columns say are shown."""
    return frozenset(desk for desk, here in zip(OPTIONAL, used, strict=True) if here)
