"""Lists that are narrowed by several things at once: the rarest of them says where to look.

PostgreSQL keeps figures by which it finds that out itself; for SQLite some of each are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from participation.consultations.models import Contribution
from participation.db import core_table

Facet = Mapping[str, object]
"""One choice of a list: columns of a contribution that hold these values."""
COUNTED = 3_000
"""So many are counted of each: what is more common than that is common."""


class _Beside(FunctionElement[Any]):
    """A column that SQLite compares and never looks up: it keeps no figures of its own by which to choose an index."""

    name = "beside"
    inherit_cache = True


@compiles(_Beside)
def _plain(element: _Beside, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Beside, "sqlite")
def _signed(element: _Beside, compiler: Any, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


def narrowed(
    session: Session, within: Sequence[ColumnElement[bool]], facets: Sequence[Facet]
) -> list[ColumnElement[bool]]:
    """`within` and all of the facets, so that the index of the rarest one is read, however common the others are."""
    is_asked = len(facets) > 1 and session.get_bind().dialect.name == "sqlite"
    rarest = _rarest(session, within, facets) if is_asked else None
    found = list(within)
    for place, facet in enumerate(facets):
        found += [_equals(name, value, looked_up=rarest in (None, place)) for name, value in facet.items()]
    return found


def _rarest(session: Session, within: Sequence[ColumnElement[bool]], facets: Sequence[Facet]) -> int:
    counts = []
    for facet in facets:
        here = [_equals(name, value, looked_up=True) for name, value in facet.items()]
        some = select(literal_column("1")).select_from(Contribution).where(*within, *here).limit(COUNTED).subquery()
        counts.append(select(func.count()).select_from(some).scalar_subquery())
    numbers = list(session.execute(select(*counts)).one())
    return numbers.index(min(numbers))


def _equals(name: str, value: object, *, looked_up: bool) -> ColumnElement[bool]:
    column = core_table(Contribution).c[name] if looked_up else beside(name)
    return column == literal(value, column.type)


def beside(name: str) -> ColumnElement[Any]:
    """A column of a contribution that no index is to be chosen by."""
    column = core_table(Contribution).c[name]
    found = _Beside(column)
    found.type = column.type
    return found
