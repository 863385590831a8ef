"""Reads of contributions: lists for the public and for staff, one by its number or its code, figures."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_
from sqlmodel import Session, col

from participation.consultations import narrowing
from participation.consultations.models import (
    AboutKind,
    Attachment,
    AttachmentRole,
    ConsultationSettings,
    Contribution,
    ContributionChannel,
    ContributionKind,
    ContributionState,
    ContributionTally,
    ContributionText,
    Contributor,
    Flag,
    ModerationDecision,
    Stance,
)
from participation.processes.models import Phase, PhaseKind

PAGE = 25
MOST = 2**31
"""What no number of a row reaches, and an address may."""
OVER = timedelta(days=60)
"""So long after its last stage it is forgotten who followed a process, and on which devices something was clicked."""
LETTERS = {
    ContributionKind.COMMENT: "C",
    ContributionKind.QUESTION: "Q",
    ContributionKind.BRIEF: "M",
    ContributionKind.IDEA: "I",
    ContributionKind.KIT: "T",
}
"""Before the register number, alike in both languages: M for « mémoire », T for « trousse »."""


def settings_of(session: Session, process_id: uuid.UUID) -> ConsultationSettings:
    """How the process takes contributions; the defaults where nobody chose."""
    return session.get(ConsultationSettings, process_id) or ConsultationSettings(process_id=process_id)


def processes_over(at: datetime, kinds: Collection[PhaseKind] = tuple(PhaseKind)) -> Select[Any]:
    """The keys of processes whose last stage of these kinds ended some time ago."""
    query = select(col(Phase.process_id)).where(col(Phase.kind).in_(kinds)).group_by(col(Phase.process_id))
    return query.having(func.max(col(Phase.ends_at)) < at - OVER)


def by_receipt(session: Session, receipt_hash: str) -> Contribution | None:
    return session.execute(select(Contribution).where(col(Contribution.receipt_hash) == receipt_hash)).scalar()


def by_number(session: Session, process_id: uuid.UUID, number: int) -> Contribution | None:
    if number >= MOST:
        return None
    query = select(Contribution).where(col(Contribution.process_id) == process_id, col(Contribution.number) == number)
    return session.execute(query).scalar()


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    DISCUSSED = "discussed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contributions a list shows. Empty fields leave nothing out."""

    public: bool = False
    """Published comments alone, each text once: those that begin a thread, or the replies to `parent_id`."""
    parent_id: uuid.UUID | None = None
    kind: ContributionKind | None = None
    state: ContributionState | None = None
    theme: str = ""
    channel: ContributionChannel | None = None
    language: str = ""
    about: AboutKind | None = None
    about_ref: str = ""
    once: bool = False
    """Leave out what stands under another contribution with the same text."""
    sort: Sort = Sort.NEWEST


@dataclass(frozen=True, slots=True)
class Shown:
    """A contribution as pages show it: its newest words, and its author where they agreed to be named."""

    id: uuid.UUID
    number: int
    kind: ContributionKind
    state: ContributionState
    title: str
    text: str
    version: int
    name: str
    group: str
    official: bool
    channel: ContributionChannel
    theme: str
    stance: Stance | None
    about: AboutKind
    about_ref: str
    passage: str
    language: str
    received_at: datetime
    parent_id: uuid.UUID | None
    replies: int
    people: int
    late: bool
    senders: int = 1
    """People who sent this text, in contributions of which this one stands for all."""
    same_as_id: uuid.UUID | None = None
    helped: int = 0
    """Readers whom it helped; shown where the process lets them say so."""

    @property
    def reference(self) -> str:
        """C-231: the letter of its kind and its number in the register."""
        return f"{LETTERS[self.kind]}-{self.number}"


_COLUMNS = (
    "id", "number", "kind", "state", "official", "channel", "theme", "stance", "about", "about_ref", "passage",
    "language", "received_at", "parent_id", "replies", "people", "late", "version", "senders", "same_as_id", "helped",
)  # fmt: skip


def _listing() -> Select[Any]:
    columns = [col(getattr(Contribution, name)) for name in _COLUMNS]
    words = (col(ContributionText.title), col(ContributionText.text))
    author = (col(Contributor.name), col(Contributor.group_name), col(Contributor.show_name))
    return (
        select(*columns, *words, *author)
        .join(
            ContributionText,
            and_(
                col(ContributionText.contribution_id) == col(Contribution.id),
                col(ContributionText.version) == col(Contribution.version),
            ),
        )
        .outerjoin(Contributor, col(Contributor.contribution_id) == col(Contribution.id))
    )


def _shown(row: Any, *, named: bool) -> Shown:
    shows = row.show_name or named
    columns = {name: getattr(row, name) for name in _COLUMNS}
    name, group = (row.name or "", row.group_name or "") if shows else ("", "")
    return Shown(title=row.title, text=row.text, name=name, group=group, **columns)


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list, and where the next one begins; empty at the end."""

    rows: list[Shown]
    next_cursor: str


def listed(
    session: Session, process_id: uuid.UUID, wanted: Wanted, cursor: str = "", *, named: bool = False, limit: int = PAGE
) -> Listed:
    """So many contributions from `cursor` on, in one query whose cost does not grow with the register.

    `named`: for staff, who read the name also where the public does not.
    """
    query = _listing().where(*_conditions(session, process_id, wanted))
    if after := _decode(cursor, wanted.sort):
        query = query.where(_beyond(wanted.sort, after))
    rows = session.execute(query.order_by(*_order(wanted)).limit(limit + 1)).all()
    shown = [_shown(row, named=named) for row in rows[:limit]]
    return Listed(shown, _encode(shown[-1], wanted.sort) if len(rows) > limit else "")


def _conditions(session: Session, process_id: uuid.UUID, wanted: Wanted) -> list[ColumnElement[bool]]:
    here = [col(Contribution.process_id) == process_id]
    choices: list[dict[str, object]] = [
        {"theme": wanted.theme},
        {"channel": wanted.channel},
        {"about": wanted.about, "about_ref": wanted.about_ref},
    ]
    if wanted.public:
        parent = col(Contribution.parent_id)
        here += [
            col(Contribution.kind) == ContributionKind.COMMENT,
            col(Contribution.state) == ContributionState.PUBLISHED,
            parent == wanted.parent_id if wanted.parent_id else parent.is_(None),
            col(Contribution.same_as_id).is_(None),
        ]
        here += [narrowing.beside("language") == wanted.language] if wanted.language else []
    else:
        choices += [{"kind": wanted.kind}, {"state": wanted.state}, {"language": wanted.language}]
        here += [narrowing.beside("same_as_id").is_(None)] if wanted.once else []
    facets = [{name: value for name, value in choice.items() if value} for choice in choices]
    return narrowing.narrowed(session, here, [facet for facet in facets if facet])


def _keys(sort: Sort) -> list[Any]:
    """The columns of an order; the last one makes it total. All of them go the same way, so that an index serves."""
    at, own = col(Contribution.received_at), col(Contribution.id)
    return [col(Contribution.replies), at, own] if sort is Sort.DISCUSSED else [at, own]


def _order(wanted: Wanted) -> list[Any]:
    """What is the same in all rows comes first: PostgreSQL does not see by itself that an index whose column IS NULL
    throughout is in the order of the columns behind it."""
    same = [col(Contribution.parent_id), col(Contribution.same_as_id)] if wanted.public else []
    keys = [*same, *_keys(wanted.sort)]
    return keys if wanted.sort is Sort.OLDEST else [key.desc() for key in keys]


@dataclass(frozen=True, slots=True)
class _After:
    replies: int
    at: datetime
    id: uuid.UUID


def _beyond(sort: Sort, after: _After) -> ColumnElement[bool]:
    """What comes after a row, as one comparison of rows: a deep page costs what the first one costs."""
    keys = _keys(sort)
    values = [after.replies, after.at, after.id][-len(keys) :]
    there = tuple_(*(literal(value, key.type) for key, value in zip(keys, values, strict=True)))
    return tuple_(*keys) > there if sort is Sort.OLDEST else tuple_(*keys) < there


def _encode(row: Shown, sort: Sort) -> str:
    text = f"{sort.value}|{row.replies}|{row.received_at.isoformat()}|{row.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, sort: Sort) -> _After | None:
    """Where a page begins; None for the first one, and for what is no cursor of this order."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        name, replies, at, own = text.split("|")
        after = _After(int(replies), datetime.fromisoformat(at).astimezone(UTC), uuid.UUID(own))
    except (ValueError, OverflowError, binascii.Error):
        return None
    return after if name == sort.value and 0 <= after.replies < MOST else None


def one(session: Session, contribution_id: uuid.UUID, *, named: bool = False) -> Shown | None:
    row = session.execute(_listing().where(col(Contribution.id) == contribution_id)).first()
    return _shown(row, named=named) if row else None


def some(session: Session, contribution_ids: Sequence[uuid.UUID], *, named: bool = False) -> dict[uuid.UUID, Shown]:
    """Id → contribution, for those that exist."""
    rows = session.execute(_listing().where(col(Contribution.id).in_(contribution_ids)))
    return {row.id: _shown(row, named=named) for row in rows}


@dataclass(frozen=True, slots=True)
class TallyRow:
    kind: ContributionKind
    state: ContributionState
    channel: ContributionChannel
    theme: str
    number: int
    people: int


def tally(session: Session, process_id: uuid.UUID) -> list[TallyRow]:
    """How many there are of each sort: a few dozen rows whatever the size of the register."""
    names = ("kind", "state", "channel", "theme", "number", "people")
    query = select(*(col(getattr(ContributionTally, name)) for name in names)).where(
        col(ContributionTally.process_id) == process_id,
        (col(ContributionTally.number) > 0) | (col(ContributionTally.people) > 0),
    )
    return [TallyRow(*row) for row in session.execute(query)]


def versions_of(session: Session, contribution_id: uuid.UUID) -> list[ContributionText]:
    """Every version of the words, newest first."""
    query = select(ContributionText).where(col(ContributionText.contribution_id) == contribution_id)
    return list(session.execute(query.order_by(col(ContributionText.version).desc())).scalars())


def contributor_of(session: Session, contribution_id: uuid.UUID) -> Contributor | None:
    return session.get(Contributor, contribution_id)


def attachments_of(session: Session, contribution_id: uuid.UUID) -> list[Attachment]:
    query = select(Attachment).where(col(Attachment.contribution_id) == contribution_id)
    return list(session.execute(query.order_by(col(Attachment.file_name), col(Attachment.id))).scalars())


def pictures_of(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Attachment]]:
    """Contribution → the pictures of the sheet from which it was transcribed, for staff alone."""
    query = select(Attachment).where(
        col(Attachment.contribution_id).in_(ids), col(Attachment.role) == AttachmentRole.IMAGE
    )
    found: dict[uuid.UUID, list[Attachment]] = {}
    for picture in session.execute(query.order_by(col(Attachment.id))).scalars():
        found.setdefault(picture.contribution_id, []).append(picture)
    return found


def decisions_of(session: Session, contribution_id: uuid.UUID) -> list[ModerationDecision]:
    """What moderators decided on it, oldest first."""
    query = select(ModerationDecision).where(col(ModerationDecision.contribution_id) == contribution_id)
    return list(session.execute(query.order_by(col(ModerationDecision.at), col(ModerationDecision.id))).scalars())


def open_flags_number(session: Session, process_id: uuid.UUID) -> int:
    """How many reports and appeals nobody has looked at yet."""
    still_open = (col(Flag.process_id) == process_id, col(Flag.settled_at).is_(None))
    return int(session.execute(select(func.count()).where(*still_open)).scalar_one())


def open_flags(session: Session, process_id: uuid.UUID, most: int | None = None) -> list[tuple[Flag, Contribution]]:
    """Reports and appeals that nobody has looked at yet, oldest first; at most so many."""
    query = (
        select(Flag, Contribution)
        .join(Contribution, col(Contribution.id) == col(Flag.contribution_id))
        .where(col(Flag.process_id) == process_id, col(Flag.settled_at).is_(None))
        .order_by(col(Flag.at), col(Flag.id))
        .limit(most)
    )
    return [(found, row) for found, row in session.execute(query)]
