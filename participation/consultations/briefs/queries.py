"""Reads of briefs: the public list by number, the list of the staff, one with its files."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations import queries as contributions
from participation.consultations.briefs.models import Brief
from participation.consultations.documents.models import FileReading, VersionState
from participation.consultations.models import (
    Attachment,
    AttachmentRole,
    Contribution,
    ContributionKind,
    ContributionState,
)
from participation.consultations.queries import Shown
from participation.files import MediaType

SECTION = 8
"""Under which briefs stand in the documentation file of a consultation: 8.1, 8.2 …"""
PAGE = 100


@dataclass(frozen=True, slots=True)
class BriefFile:
    digest: str
    size: int
    """Bytes."""
    media_type: MediaType
    state: VersionState
    """Whether the worker has opened it: nobody but staff gets it before."""
    fault: str

    @property
    def is_checked(self) -> bool:
        return self.state is VersionState.READY


@dataclass(frozen=True, slots=True)
class BriefRow:
    """A brief with its files; names are in `shown` where the reader may see them."""

    shown: Shown
    file_number: int | None
    of_a_group: bool
    withheld: bool
    withheld_reason: str
    transcript: str
    original: BriefFile | None
    redacted: BriefFile | None

    @property
    def reference(self) -> str:
        """8.12, or nothing before it was published."""
        return f"{SECTION}.{self.file_number}" if self.file_number else ""

    @property
    def public_file(self) -> BriefFile | None:
        """The copy for the public where there is one; then nobody else reads the original."""
        return self.redacted or self.original

    @property
    def public_text(self) -> str:
        """The words that everybody reads: none where a copy stands in place of the original."""
        return "" if self.redacted else self.shown.text


def number_in(reference: str) -> int | None:
    """12 of 8.12; None for anything else."""
    found = re.fullmatch(rf"{SECTION}\.(\d{{1,6}})", reference)
    return int(found[1]) if found else None


def brief_of(session: Session, contribution_id: uuid.UUID) -> Brief | None:
    return session.get(Brief, contribution_id)


def contribution_at(session: Session, process_id: uuid.UUID, file_number: int) -> Contribution | None:
    """The brief with this number of the file, published or not any more."""
    query = (
        select(Contribution)
        .join(Brief, col(Brief.contribution_id) == col(Contribution.id))
        .where(col(Brief.process_id) == process_id, col(Brief.file_number) == file_number)
    )
    return session.execute(query).scalar()


def unnumbered(session: Session, process_id: uuid.UUID) -> list[Contribution]:
    """Public briefs without a number of the file, by register number. One that stands under another needs none."""
    query = (
        select(Contribution)
        .outerjoin(Brief, col(Brief.contribution_id) == col(Contribution.id))
        .where(
            col(Contribution.process_id) == process_id,
            col(Contribution.kind) == ContributionKind.BRIEF,
            col(Contribution.state) == ContributionState.PUBLISHED,
            col(Contribution.same_as_id).is_(None),
            col(Brief.file_number).is_(None),
        )
        .order_by(col(Contribution.number))
    )
    return list(session.execute(query).scalars())


def published(session: Session, process_id: uuid.UUID, after: int = 0) -> tuple[list[BriefRow], int]:
    """So many public briefs by number, and the number after which the next page begins, 0 at the end."""
    query = (
        select(col(Brief.contribution_id), col(Brief.file_number))
        .join(Contribution, col(Contribution.id) == col(Brief.contribution_id))
        .where(
            col(Brief.process_id) == process_id,
            col(Brief.file_number) > after,
            col(Contribution.state) == ContributionState.PUBLISHED,
            col(Contribution.same_as_id).is_(None),
        )
        .order_by(col(Brief.file_number))
        .limit(PAGE + 1)
    )
    found = session.execute(query).all()
    rows = some(session, [row[0] for row in found[:PAGE]])
    return rows, found[PAGE - 1][1] if len(found) > PAGE else 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which briefs the list of the staff shows. Empty fields leave nothing out; `before` is where a page begins."""

    state: ContributionState | None = None
    late: bool = False
    withheld: bool = False
    unredacted: bool = False
    """Without a copy for the public."""
    before: int = 0


def listed(session: Session, process_id: uuid.UUID, wanted: Wanted) -> tuple[list[BriefRow], int]:
    """So many briefs, the newest register number first, and the number before which the next page begins."""
    query = (
        select(col(Contribution.id), col(Contribution.number))
        .outerjoin(Brief, col(Brief.contribution_id) == col(Contribution.id))
        .where(*_conditions(process_id, wanted))
        .order_by(col(Contribution.number).desc())
        .limit(PAGE + 1)
    )
    found = session.execute(query).all()
    rows = some(session, [row[0] for row in found[:PAGE]], named=True)
    return rows, found[PAGE - 1][1] if len(found) > PAGE else 0


def _conditions(process_id: uuid.UUID, wanted: Wanted) -> list[Any]:
    found: list[Any] = [col(Contribution.process_id) == process_id, col(Contribution.kind) == ContributionKind.BRIEF]
    if wanted.state:
        found.append(col(Contribution.state) == wanted.state)
    if wanted.late:
        found.append(col(Contribution.late))
    if wanted.withheld:
        found.append(col(Brief.withheld))
    if wanted.unredacted:
        copies = select(col(Attachment.contribution_id)).where(col(Attachment.role) == AttachmentRole.REDACTED)
        found.append(col(Contribution.id).not_in(copies))
    if wanted.before:
        found.append(col(Contribution.number) < wanted.before)
    return found


def some(session: Session, ids: Sequence[uuid.UUID], *, named: bool = False) -> list[BriefRow]:
    """These briefs in this order. `named`: for staff, who read the name also where the public does not.

    One that came by another door than the deposit, such as an e-mail, has no row of its own before it is published.
    """
    shown, files = contributions.some(session, ids, named=named), _files(session, ids)
    query = select(Brief).where(col(Brief.contribution_id).in_(ids))
    briefs = {row.contribution_id: row for row in session.execute(query).scalars()}
    return [_row(shown[each], briefs.get(each), files, named=named) for each in ids]


def _row(
    shown: Shown, brief: Brief | None, files: dict[tuple[uuid.UUID, AttachmentRole], BriefFile], *, named: bool
) -> BriefRow:
    return BriefRow(
        shown=shown,
        file_number=brief.file_number if brief else None,
        of_a_group=brief.of_a_group if brief else bool(shown.group),
        withheld=bool(brief and brief.withheld),
        withheld_reason=brief.withheld_reason if brief and named else "",
        transcript=brief.transcript if brief else "",
        original=files.get((shown.id, AttachmentRole.ORIGINAL)),
        redacted=files.get((shown.id, AttachmentRole.REDACTED)),
    )


def _files(session: Session, ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, AttachmentRole], BriefFile]:
    query = (
        select(Attachment, col(FileReading.state), col(FileReading.fault))
        .outerjoin(FileReading, col(FileReading.digest) == col(Attachment.digest))
        .where(col(Attachment.contribution_id).in_(ids))
    )
    return {
        (row.contribution_id, row.role): BriefFile(
            row.digest, row.size, MediaType(row.media_type), state or VersionState.WAITING, fault or ""
        )
        for row, state, fault in session.execute(query)
        if row.media_type in set(MediaType)
    }


def with_file(session: Session, digest: str) -> list[Contribution]:
    """The briefs that brought these bytes, as original or as the copy for the public."""
    query = select(Contribution).join(Attachment, col(Attachment.contribution_id) == col(Contribution.id))
    return list(
        session.execute(
            query.where(
                col(Attachment.digest) == digest,
                col(Attachment.role).in_((AttachmentRole.ORIGINAL, AttachmentRole.REDACTED)),
                col(Contribution.kind) == ContributionKind.BRIEF,
            )
        ).scalars()
    )
