"""What goes and when: the parts of a consultation that hold contacts, each with what makes a row of it hold one."""

from __future__ import annotations

import calendar
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal_column, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from participation.consultations.briefs.models import Brief
from participation.consultations.follow_up import queries as follow_up
from participation.consultations.hearings.models import HearingTurn, Speaker
from participation.consultations.models import (
    Attachment,
    AttachmentRole,
    Contribution,
    ContributionState,
    Contributor,
    Flag,
)
from participation.consultations.questions.models import Respondent
from participation.db import core_table
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.queries import OpenProcess


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that hold something of somebody: they stay, and these columns are emptied."""

    name: str
    words: Message
    table: type[SQLModel]
    owner: ColumnElement[bool] | None
    """How a row is one of the process that `Contribution` names; None where it names the process itself."""
    holds: ColumnElement[bool]
    emptied: Mapping[str, Any]


_OF_CONTRIBUTOR = col(Contributor.contribution_id) == col(Contribution.id)
_IS_WITHHELD = exists().where(col(Brief.contribution_id) == col(Contribution.id), col(Brief.withheld))
_IS_PUBLIC = and_(col(Contributor.show_name), col(Contribution.state) == ContributionState.PUBLISHED, ~_IS_WITHHELD)
_HAS_TURN = exists().where(col(HearingTurn.speaker_id) == col(Speaker.id))
PARTS = (
    Part(
        "contacts",
        _("E-mail addresses and telephone numbers of who contributed"),
        Contributor,
        _OF_CONTRIBUTOR,
        or_(col(Contributor.email) != "", col(Contributor.phone) != ""),
        {"email": "", "phone": ""},
    ),
    Part(
        "names",
        _("Names of who contributed, where they are not published"),
        Contributor,
        _OF_CONTRIBUTOR,
        and_(col(Contributor.name) != "", ~_IS_PUBLIC),
        {"name": ""},
    ),
    Part(
        "reasons",
        _("Why somebody wishes that their name stay off a brief"),
        Brief,
        None,
        col(Brief.withheld_reason) != "",
        {"withheld_reason": ""},
    ),
    Part(
        "speakers",
        _("How to reach speakers, and what they need to come"),
        Speaker,
        None,
        or_(
            col(Speaker.email) != "",
            col(Speaker.phone) != "",
            col(Speaker.needs_note) != "",
            cast(col(Speaker.needs), String) != "[]",
        ),
        {"email": "", "phone": "", "needs": [], "needs_note": ""},
    ),
    Part(
        "speaker_names",
        _("Names of who registered to speak and never had a turn, or cancelled"),
        Speaker,
        None,
        and_(col(Speaker.name) != "", ~_HAS_TURN),
        {"name": ""},
    ),
    Part(
        "flags",
        _("Words of reports and appeals"),
        Flag,
        col(Flag.contribution_id) == col(Contribution.id),
        col(Flag.note) != "",
        {"note": ""},
    ),
    Part(
        "respondents",
        _("E-mail addresses of who answers questions"),
        Respondent,
        None,
        col(Respondent.email) != "",
        {"email": ""},
    ),
)
FILES = _("E-mails as they came, pictures of sheets, and originals of briefs that have a copy for the public")


def belongs(part: Part, process_id: uuid.UUID) -> ColumnElement[bool]:
    """The rows of this part that hold something in a process, for a SELECT, UPDATE or DELETE of its table."""
    if part.owner is None:
        return and_(core_table(part.table).c.process_id == process_id, part.holds)
    found = select(col(Contribution.id)).where(part.owner, part.holds, col(Contribution.process_id) == process_id)
    return found.correlate(part.table).exists()


def attachments(process_id: uuid.UUID) -> ColumnElement[bool]:
    """Files that say who somebody is and are read by nobody any more."""
    copy = aliased(Attachment)
    has_copy = exists().where(
        col(copy.contribution_id) == col(Attachment.contribution_id), col(copy.role) == AttachmentRole.REDACTED
    )
    mine = select(col(Contribution.id)).where(
        col(Contribution.id) == col(Attachment.contribution_id), col(Contribution.process_id) == process_id
    )
    kinds = col(Attachment.role).in_((AttachmentRole.MESSAGE, AttachmentRole.IMAGE))
    original = and_(col(Attachment.role) == AttachmentRole.ORIGINAL, has_copy)
    return and_(mine.correlate(Attachment).exists(), or_(kinds, original))


def held(session: Session, process_id: uuid.UUID, most: int | None = None) -> dict[str, int]:
    """Name of a part → rows of it that hold something now; of each no more than `most` are counted."""
    numbers = {part.name: _count(session, part.table, belongs(part, process_id), most) for part in PARTS}
    return numbers | {"files": _count(session, Attachment, attachments(process_id), most)}


def _count(session: Session, table: type[SQLModel], which: ColumnElement[bool], most: int | None) -> int:
    rows = select(literal_column("1")).select_from(table).where(which).limit(most).subquery()
    return int(session.execute(select(func.count()).select_from(rows)).scalar_one())


def listed(numbers: Mapping[str, int]) -> list[tuple[Message, int]]:
    """The parts in words with their numbers, in order."""
    return [*((part.words, numbers[part.name]) for part in PARTS), (FILES, numbers["files"])]


def erased_on(session: Session, process: OpenProcess) -> date | None:
    """The day on which contacts go; None before the day of the report is known."""
    public = follow_up.public_on(follow_up.report_of(session, process.id))
    return months_after(public, process.process.contact_months) if public else None


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
