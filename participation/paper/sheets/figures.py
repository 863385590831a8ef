"""How many sides, sheets and grams each printed form will have, before a vote opens: from the real render.

A draft is printed as publishing now would freeze it. Renders run in one thread beside the request and are
remembered by content; the page waits `PATIENCE` for them and asks again for the rest.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import Any

from sqlmodel import Session

from participation.counting.canonical import spec_digest
from participation.counting.spec import BallotSpec, Text
from participation.errors import Message
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper import printed
from participation.paper.printed import Edition, Matter, Printed
from participation.printing import PrintError
from participation.processes.queries import (
    OpenProcess,
    SpecRow,
    Windows,
    contests_of,
    places_of,
    projects_of,
    voting_of,
)
from participation.settings import Settings

PATIENCE = 0.4
"""Seconds that a page waits for figures that nobody has asked for yet."""
MOST_KEPT = 1024
DATED = datetime(2000, 1, 1, tzinfo=UTC)
"""The printed date of a draft: always the same, so that equal texts are one render."""
EDITIONS = tuple(Edition(language, large=large) for language in LOCALES for large in (False, True))


@dataclass(frozen=True, slots=True)
class Figure:
    """One form in one edition. `sides` is None while it is being printed, and 0 where it cannot be."""

    edition: Edition
    sides: int | None

    @property
    def sheets(self) -> int:
        return Printed(b"", self.sides or 0).sheets

    @property
    def grams(self) -> Decimal:
        return Printed(b"", self.sides or 0).grams(self.edition.paper)


@dataclass(frozen=True, slots=True)
class FormFigures:
    """A form with its figures, one for each of `EDITIONS`."""

    name: Message
    district: Text | str
    figures: tuple[Figure, ...]


_printer = ThreadPoolExecutor(1, thread_name_prefix="form-figures")
_lock = Lock()
_renders: dict[str, Future[int]] = {}


def of_spec(session: Session, process: OpenProcess, spec: BallotSpec, settings: Settings) -> list[FormFigures]:
    """The figures of every form of this vote on letter paper, as far as they are known after `PATIENCE` seconds."""
    row = SpecRow(uuid.UUID(int=0), process.id, spec_digest(spec), DATED, spec, process.zone)
    windows = Windows(voting_of(process.process).windows)
    matter = Matter(process, row, places_of(session, process.id), windows, settings.base_url, settings.demo)
    wanted = [
        (name, district, [_render(form, data) for data in editions])
        for name, district, form, editions in _forms(session, matter)
    ]
    wait([future for _name, _district, futures in wanted for future in futures], timeout=PATIENCE)
    return [FormFigures(name, district, tuple(map(_figure, EDITIONS, futures))) for name, district, futures in wanted]


def _figure(edition: Edition, future: Future[int]) -> Figure:
    return Figure(edition, future.result() if future.done() else None)


def _forms(session: Session, matter: Matter) -> Iterator[tuple[Message, Text | str, str, Sequence[Mapping[str, Any]]]]:
    """(name, district, form, the data of each edition)."""
    spec = matter.spec_row.spec
    for style in spec.styles if spec.questions else ():
        title = style.title if len(spec.styles) > 1 else ""
        yield _("Ballot"), title, "ballot", [printed.ballot(matter, style.id, edition) for edition in EDITIONS]
    notices = {language: printed.notice(matter, language) for language in LOCALES}
    slips = [printed.declaration(matter, edition, notices[edition.language]) for edition in EDITIONS]
    yield _("Declaration slip"), "", "declaration", slips
    contests = {contest.id: contest.code for contest in contests_of(session, matter.process.id)}
    projects = {(contests[row.contest_id], row.code): row for row in projects_of(session, list(contests))}
    if projects:
        books = [printed.booklet(matter, projects, edition) for edition in EDITIONS]
        yield _("Project booklet"), "", "booklet", books


def _render(form: str, data: Mapping[str, Any]) -> Future[int]:
    """The render of these contents, begun where nobody has asked for it yet."""
    content = json.dumps([form, data], ensure_ascii=False, sort_keys=True)
    key = hashlib.sha256(content.encode()).hexdigest()
    with _lock:
        if key not in _renders:
            _renders[key] = _printer.submit(_sides, form, data)
            while len(_renders) > MOST_KEPT:
                _renders.pop(next(iter(_renders)))
        return _renders[key]


def _sides(form: str, data: Mapping[str, Any]) -> int:
    try:
        return printed.print_form(form, data).sides
    except PrintError:
        return 0
