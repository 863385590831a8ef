"""The projects of a process as one immutable value, and the public pages that are made of nothing else.

One query reads everything that a list of projects shows, as raw rows. The rows are also the key under
which the finished page is kept: while they are the same, the page is, and no kept page is ever stale.
"""

from __future__ import annotations

import gzip
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Text, and_, bindparam, cast, select
from sqlmodel import Session

from participation.accounts.models import Organisation
from participation.db import metadata
from participation.i18n import words_of
from participation.processes.access import nothing_here
from participation.processes.models import (
    Contest,
    LocalText,
    Process,
    ProcessKind,
    ProcessState,
    Project,
    ProjectComments,
)

# Tables, not entities: a list of a hundred projects is one plain query.
_organisation, _process, _contest, _project = (
    metadata.tables[str(model.__tablename__)] for model in (Organisation, Process, Contest, Project)
)
_AT_ADDRESS = and_(
    _organisation.c.slug == bindparam("organisation"),
    _process.c.slug == bindparam("slug"),
    _process.c.state != ProcessState.DRAFT,
    _process.c.kind == ProcessKind.BUDGET,
)
_PLACE = _process.join(_organisation, _organisation.c.id == _process.c.organisation_id)
_SHELF: Any = (
    select(
        _contest.c.code,
        _project.c.code,
        _project.c.number,
        cast(_project.c.title, Text).label("project_title"),
        cast(_project.c.summary, Text).label("project_summary"),
        _project.c.cost,
        _project.c.borough,
        _project.c.category,
        cast(_contest.c.title, Text).label("contest_title"),
        _contest.c.envelope,
        cast(_process.c.title, Text).label("process_title"),
        cast(_organisation.c.name, Text).label("organisation_name"),
        _organisation.c.slug,
        _organisation.c.colour,
        _organisation.c.english_notice,
    )
    .select_from(
        _PLACE.outerjoin(_contest, _contest.c.process_id == _process.c.id).outerjoin(
            _project, _project.c.contest_id == _contest.c.id
        )
    )
    .where(_AT_ADDRESS)
    .order_by(_contest.c.position, _contest.c.code, _project.c.number)
)
_DESCRIPTION: Any = (
    select(_project.c.description, _process.c.project_comments)
    .select_from(
        _PLACE.join(_contest, _contest.c.process_id == _process.c.id).join(
            _project, _project.c.contest_id == _contest.c.id
        )
    )
    .where(_AT_ADDRESS, _contest.c.code == bindparam("contest"), _project.c.number == bindparam("number"))
)


class ShelfRow(NamedTuple):
    """A project with what is around it, in the order of `_SHELF`; texts are JSON as stored.

    The project's fields are None for a contest without one, the contest's too where there is none.
    """

    contest: str
    project: str
    number: str
    title: str
    summary: str
    cost: int
    borough: str
    category: str
    contest_title: str
    envelope: int
    process_title: str
    organisation_name: str
    organisation_slug: str
    colour: str
    english_notice: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A process or organisation as the layouts name it."""

    title: Mapping[str, str]
    slug: str = ""
    colour: str = ""
    english_notice: bool = False

    @property
    def name(self) -> Mapping[str, str]:
        return self.title


@dataclass(frozen=True, slots=True)
class ContestRow:
    """A contest as the public pages name it."""

    code: str
    title: str
    envelope: int


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project in the page's language."""

    contest: str
    id: str
    number: str
    title: str
    summary: str
    cost: int
    borough: str
    category: str
    url: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows as they are stored, ordered by contest: one per project, or one alone where there is none yet."""

    rows: tuple[ShelfRow, ...]

    @property
    def process(self) -> Named:
        return Named(json.loads(self.rows[0].process_title))

    @property
    def organisation(self) -> Named:
        row = self.rows[0]
        return Named(json.loads(row.organisation_name), row.organisation_slug, row.colour, row.english_notice)

    def contests(self, locale: str) -> list[ContestRow]:
        by_code = {row.contest: row for row in self.rows if row.contest}
        return [ContestRow(code, _words(row.contest_title, locale), row.envelope) for code, row in by_code.items()]

    def projects(self, locale: str, base: str) -> list[ProjectRow]:
        """In the order of contests and printed numbers; `base` is the address above a project's."""
        order = {code: place for place, code in enumerate(dict.fromkeys(row.contest for row in self.rows))}
        rows = [row for row in self.rows if row.project]
        rows.sort(key=lambda row: (order[row.contest], len(row.number), row.number))
        return [_project_row(row, locale, base) for row in rows]


def _project_row(row: ShelfRow, locale: str, base: str) -> ProjectRow:
    return ProjectRow(
        contest=row.contest,
        id=row.project,
        number=row.number,
        title=_words(row.title, locale),
        summary=_words(row.summary, locale),
        cost=row.cost,
        borough=row.borough,
        category=row.category,
        url=f"{base}/{row.contest}/{row.number}",
    )


def _words(raw: str, locale: str) -> str:
    return words_of(json.loads(raw), locale)


def read_shelf(session: Session, organisation: str, slug: str) -> Shelf:
    """The shelf of a published process, in one query. NotFound when there is none."""
    rows = session.connection().execute(_SHELF, {"organisation": organisation, "slug": slug}).all()
    if not rows:
        raise nothing_here()
    return Shelf(tuple(map(ShelfRow._make, rows)))


def description(session: Session, organisation: str, slug: str, contest: str, number: str) -> tuple[LocalText, bool]:
    """The long text of one project, which lists do not need, and whether its vote takes comments on projects."""
    values = {"organisation": organisation, "slug": slug, "contest": contest, "number": number}
    text, comments = session.connection().execute(_DESCRIPTION, values).one()
    return text, comments is not ProjectComments.NONE


@dataclass(frozen=True, slots=True)
class FinishedPage:
    """A page as text and as it travels: compressed once, not once per visitor."""

    plain: bytes
    compressed: bytes


class FinishedPages:
    """The last few pages made, each under everything that it was made of."""

    def __init__(self, size: int = 64) -> None:
        self._pages: OrderedDict[Any, FinishedPage] = OrderedDict()
        self._size = size

    def get(self, key: Any, make: Callable[[], str]) -> FinishedPage:
        """The page of this key, made now if it is not kept."""
        page = self._pages.get(key)
        if page is None:
            plain = make().encode()
            page = self._pages[key] = FinishedPage(plain, gzip.compress(plain, 9, mtime=0))
            while len(self._pages) > self._size:
                self._pages.popitem(last=False)
        return page
