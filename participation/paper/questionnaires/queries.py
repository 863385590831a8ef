"""Reads of the desk: sheets that wait, sheets by place, scans with the pages of their sheets."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from participation.counting.spec import PAPER_CHANNELS
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.paper.models.questionnaires import (
    QuestionnairePage,
    QuestionnaireScan,
    QuestionnaireSheet,
    SheetState,
)
from participation.paper.models.scans import ScanFileState
from participation.processes.models import Place
from participation.processes.queries import places_of

WAITING = (SheetState.SCANNED, SheetState.KEYED, SheetState.DIFFERS)


def sheet_or_404(session: Session, spec_id: uuid.UUID, number: int, *, held: bool = False) -> QuestionnaireSheet:
    """The sheet of that number; `held`, nobody else changes it until the transaction ends."""
    query = select(QuestionnaireSheet).where(
        col(QuestionnaireSheet.spec_id) == spec_id, col(QuestionnaireSheet.number) == number
    )
    query = query.with_for_update() if held else query
    found: QuestionnaireSheet | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(_("There is no sheet of this number."))
    return found


def waiting_sheets(session: Session, spec_id: uuid.UUID) -> list[QuestionnaireSheet]:
    """What still wants a first, a second or a third person, in the order of its numbers."""
    query = select(QuestionnaireSheet).where(
        col(QuestionnaireSheet.spec_id) == spec_id, col(QuestionnaireSheet.state).in_(WAITING)
    )
    return list(session.execute(query.order_by(col(QuestionnaireSheet.number))).scalars())


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """How many sheets of a place stand where."""

    place: Place
    by_state: dict[SheetState, int]

    @property
    def total(self) -> int:
        """How many somebody has keyed."""
        keyed = (SheetState.KEYED, SheetState.DIFFERS, SheetState.CAST)
        return sum(self.by_state.get(state, 0) for state in keyed)


def figures(session: Session, process_id: uuid.UUID, spec_id: uuid.UUID) -> list[PlaceFigures]:
    """Place by place, for all that receive sheets or calls."""
    keys = (col(QuestionnaireSheet.place_id), col(QuestionnaireSheet.state))
    query = select(*keys, func.count()).where(col(QuestionnaireSheet.spec_id) == spec_id).group_by(*keys)
    found: dict[uuid.UUID, dict[SheetState, int]] = {}
    for place_id, state, number in session.execute(query):
        found.setdefault(place_id, {})[state] = number
    return [PlaceFigures(place, found.get(place.id, {})) for place in receiving_places(session, process_id)]


def receiving_places(session: Session, process_id: uuid.UUID) -> list[Place]:
    """Counters, addresses for post, telephone lines."""
    return [place for place in places_of(session, process_id) if place.channel in PAPER_CHANNELS]


def next_scanned(session: Session, spec_id: uuid.UUID, after: int) -> int | None:
    """The next sheet that is only scanned, in the order of the pile; the first one again after the last."""
    number = col(QuestionnaireSheet.number)
    query = select(number).where(
        col(QuestionnaireSheet.spec_id) == spec_id, col(QuestionnaireSheet.state) == SheetState.SCANNED
    )
    found: int | None = session.execute(query.order_by(number <= after, number).limit(1)).scalar()
    return found


@dataclass(frozen=True, slots=True)
class PageRow:
    """A scanned page as it is shown beside a form; `file` is the number of its scan."""

    id: uuid.UUID
    file: int
    page: int
    sides: int
    pictured: bool
    unclear: list[Any]
    cuts: list[Any]
    problems: list[Any]


def _pages() -> Select[Any]:
    columns = [getattr(QuestionnairePage, name) for name in PageRow.__dataclass_fields__ if name != "file"]
    number = col(QuestionnaireScan.number)
    query = select(*columns[:1], number, *columns[1:]).join(
        QuestionnaireScan, col(QuestionnaireScan.id) == col(QuestionnairePage.scan_id)
    )
    return query.order_by(number, col(QuestionnairePage.page))


def pages_of(session: Session, sheet: QuestionnaireSheet) -> list[PageRow]:
    """The scanned pages of a sheet, in the order of its sides; none where it was keyed from the paper."""
    return [PageRow(*row) for row in session.execute(_pages().where(col(QuestionnairePage.sheet_id) == sheet.id))]


def loose_pages(session: Session, spec_id: uuid.UUID) -> dict[int, list[PageRow]]:
    """Number of a scan that was read → its pages that are of no sheet."""
    query = _pages().where(
        col(QuestionnaireScan.spec_id) == spec_id,
        col(QuestionnaireScan.state) == ScanFileState.READ,
        col(QuestionnairePage.sheet_id).is_(None),
    )
    found: dict[int, list[PageRow]] = defaultdict(list)
    for row in session.execute(query):
        found[row[1]].append(PageRow(*row))
    return found


def scan_of_page(session: Session, spec_id: uuid.UUID, page_id: uuid.UUID) -> uuid.UUID:
    """Of which scan of this questionnaire a page is. NotFound where it is of none, or was read and deleted."""
    query = (
        select(col(QuestionnaireScan.id))
        .join(QuestionnairePage, col(QuestionnairePage.scan_id) == col(QuestionnaireScan.id))
        .where(col(QuestionnaireScan.spec_id) == spec_id, col(QuestionnairePage.id) == page_id)
    )
    found: uuid.UUID | None = session.execute(query).scalar()
    if found is None:
        raise NotFound(_("This sheet has no picture, or it is in the box already."))
    return found


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A file in the list of them, with its sheets as they are numbered."""

    scan: QuestionnaireScan
    first: int | None
    last: int | None
    sheets: int


def scans_of(session: Session, spec_id: uuid.UUID) -> list[ScanLine]:
    """Every file that was brought, the newest first. Sheets that are in the box are told by no scan any more."""
    number = col(QuestionnaireSheet.number)
    sheets = (
        select(col(QuestionnairePage.scan_id), number.label("number"))
        .join(QuestionnaireSheet, col(QuestionnaireSheet.id) == col(QuestionnairePage.sheet_id))
        .distinct()
        .subquery()
    )
    found = sheets.c
    query = (
        select(QuestionnaireScan, func.min(found.number), func.max(found.number), func.count(found.number))
        .outerjoin(sheets, found.scan_id == col(QuestionnaireScan.id))
        .where(col(QuestionnaireScan.spec_id) == spec_id)
        .group_by(*QuestionnaireScan.__table__.columns)  # type: ignore[attr-defined]
        .order_by(col(QuestionnaireScan.number).desc())
    )
    return [ScanLine(*row) for row in session.execute(query)]


def scan_or_404(session: Session, spec_id: uuid.UUID, number: int) -> QuestionnaireScan:
    """The file of that number, held until the transaction ends."""
    query = select(QuestionnaireScan).where(
        col(QuestionnaireScan.spec_id) == spec_id, col(QuestionnaireScan.number) == number
    )
    found: QuestionnaireScan | None = session.execute(query.with_for_update()).scalar_one_or_none()
    if found is None:
        raise NotFound(_("There is no scan of this number."))
    return found


def digests_of(session: Session, spec_id: uuid.UUID) -> set[str]:
    """What was brought so far."""
    query = select(col(QuestionnaireScan.digest)).where(col(QuestionnaireScan.spec_id) == spec_id)
    return set(session.execute(query).scalars()) - {""}


# For the worker.


def scans_to_read(session: Session) -> Sequence[QuestionnaireScan]:
    """Files that wait, oldest first."""
    query = select(QuestionnaireScan).where(col(QuestionnaireScan.state) == ScanFileState.WAITING)
    return session.execute(query.order_by(col(QuestionnaireScan.at), col(QuestionnaireScan.number))).scalars().all()


def scan_held(session: Session, scan_id: uuid.UUID) -> QuestionnaireScan:
    query = select(QuestionnaireScan).where(col(QuestionnaireScan.id) == scan_id).with_for_update()
    found: QuestionnaireScan = session.execute(query).scalar_one()
    return found


def last_page(session: Session, scan_id: uuid.UUID) -> int:
    """The highest page of a file that is kept; 0 where none is."""
    query = select(func.max(col(QuestionnairePage.page))).where(col(QuestionnairePage.scan_id) == scan_id)
    return int(session.execute(query).scalar() or 0)


def scans_before(before: datetime) -> Select[Any]:
    """The ids of what was brought before a moment."""
    return select(col(QuestionnaireScan.id)).where(col(QuestionnaireScan.at) < before)


def pages_kept(session: Session) -> dict[uuid.UUID, set[str]]:
    """Each scan → the files on disk that are still needed, by the first part of their names."""
    scans = select(col(QuestionnaireScan.id), col(QuestionnaireScan.state))
    unread = (ScanFileState.WAITING, ScanFileState.STOPPED)
    kept = {scan: {str(scan)} if state in unread else set() for scan, state in session.execute(scans)}
    pages = select(col(QuestionnairePage.scan_id), col(QuestionnairePage.id)).where(col(QuestionnairePage.pictured))
    for scan, page in session.execute(pages):
        kept[scan].add(str(page))
    return kept
