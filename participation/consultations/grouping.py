"""One text that many people sent stands once, with the number of its senders; each of them keeps a register number.

Equal texts are put together by the program, nearly equal ones by a person. Nothing is dropped, and nobody's sending
counts as another opinion.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, outerjoin, select, update
from sqlmodel import Session, col

from participation import audit, search
from participation.consultations import nearness, queries
from participation.consultations.alike import is_a_letter
from participation.consultations.models import (
    Contribution,
    ContributionKind,
    ContributionState,
    Contributor,
    KeptApart,
    NearText,
)
from participation.consultations.nearness import GROUPED, STANDING
from participation.consultations.queries import Shown
from participation.consultations.tallies import count, hold
from participation.db import core_table, insert_new
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.queries import OpenProcess

SHOWN = 20
"""Of what has one text, so many are listed; how many there are is said."""


@dataclass(frozen=True, slots=True)
class TextsJoined:
    """`under` is the number of the contribution under which it stands; none where they were parted again."""

    contribution_number: int
    under: int | None


def join_equal(session: Session, row: Contribution, text: str) -> bool:
    """Puts a new contribution under the first one with the same words, whose state it then has; False without one."""
    if row.kind not in GROUPED or row.official or row.parent_id or (text and not is_a_letter(text)):
        return False
    query = (
        select(Contribution)
        .where(
            col(Contribution.process_id) == row.process_id,
            col(Contribution.fingerprint) == row.fingerprint,
            col(Contribution.kind) == row.kind,
            col(Contribution.state).in_(STANDING),
            col(Contribution.same_as_id).is_(None),
            col(Contribution.parent_id).is_(None),
            col(Contribution.id) != row.id,
        )
        .order_by(col(Contribution.number))
        .limit(1)
    )
    head = session.execute(query).scalar()
    if head is not None:
        _put_under(session, row, head)
    return head is not None


def _put_under(session: Session, row: Contribution, head: Contribution) -> None:
    """The figures go from a text of its own to a sender of the other one."""
    count(session, row, -1, -row.people)
    row.state, row.same_as_id = head.state, head.id
    count(session, row, 0, row.people)
    session.add(row)
    session.flush()
    make_findable(session, row)
    recount(session, head.id)


def make_findable(session: Session, row: Contribution) -> None:
    """The search finds a comment while everybody may read it. Questions and briefs see to it themselves."""
    if row.kind is not ContributionKind.COMMENT:
        return
    public = row.state is ContributionState.PUBLISHED and row.same_as_id is None
    shown = queries.one(session, row.id) if public else None
    entries = (
        [search.Entry(shown.title, shown.text, f"/comments/{row.number}", row.language, shown.reference,
                      position=row.number)]
        if shown else []
    )  # fmt: skip
    search.index(session, row.process_id, row.kind.value, row.id, entries)


def recount(session: Session, head_id: uuid.UUID) -> None:
    """How many people sent the text of a head: those who took theirs back left out, and one address counted once."""
    here = (col(Contribution.id) == head_id) | (col(Contribution.same_as_id) == head_id)
    standing = here & (col(Contribution.state) != ContributionState.WITHDRAWN)
    address = func.nullif(func.lower(col(Contributor.email)), "")
    query = select(
        func.count(address.distinct()),
        func.coalesce(func.sum(case((address.is_(None), col(Contribution.people)), else_=0)), 0),
    ).select_from(
        outerjoin(
            core_table(Contribution), core_table(Contributor), col(Contributor.contribution_id) == col(Contribution.id)
        )
    )
    known, nameless = session.execute(query.where(standing)).one()
    update_head = update(Contribution).where(col(Contribution.id) == head_id)
    session.execute(update_head.values(senders=int(known) + int(nameless)))


def members(session: Session, head_id: uuid.UUID, most: int | None = None) -> list[Contribution]:
    """What stands under a contribution, by number; at most so many."""
    query = select(Contribution).where(col(Contribution.same_as_id) == head_id).order_by(col(Contribution.number))
    return list(session.execute(query.limit(most)).scalars())


@dataclass(frozen=True, slots=True)
class Group:
    """What has one text, the head first; `more` where not all of it is here. Nothing where a text stands alone."""

    rows: list[Shown]
    more: bool


def group_of(session: Session, row: Contribution) -> Group:
    """The first `SHOWN` that stand under the same head, with names: for staff."""
    head_id = row.same_as_id or row.id
    ids = [head_id, *(each.id for each in members(session, head_id, SHOWN + 1))]
    found = queries.some(session, ids[: SHOWN + 1], named=True) if len(ids) > 1 else {}
    return Group([found[each] for each in ids if each in found], more=len(ids) > SHOWN + 1)


def leave(session: Session, row: Contribution) -> None:
    """It stands for itself again, because its words changed or its author took it back; the others stay together."""
    if row.same_as_id:
        head_id, row.same_as_id = row.same_as_id, None
        count(session, row, 1, 0)
        session.add(row)
        session.flush()
        make_findable(session, row)
        nearness.renew(session, row)
        recount(session, head_id)
        return
    others = members(session, row.id)
    heir = next((each for each in others if each.state is not ContributionState.WITHDRAWN), None)
    if heir is None:
        return
    heir.same_as_id = None
    count(session, heir, 1, 0)
    session.add(heir)
    session.flush()
    session.execute(update(Contribution).where(col(Contribution.same_as_id) == row.id).values(same_as_id=heir.id))
    make_findable(session, heir)
    nearness.renew(session, heir)
    recount(session, heir.id)
    recount(session, row.id)


def join(
    session: Session, process: OpenProcess, row: Contribution, head: Contribution, *, at: datetime, by: uuid.UUID
) -> None:
    """A person says that both are one letter. Conflict where one of them cannot stand so any more."""
    hold(session, process.id, row, head)
    if head.same_as_id:
        head = session.get_one(Contribution, head.same_as_id)
    ok = row.kind is head.kind and row.kind in GROUPED and row.state in STANDING and head.state in STANDING
    if not ok or row.id == head.id or row.same_as_id or row.process_id != head.process_id:
        raise Conflict(_("These two can no longer be put together. Nothing was changed."), _("Reload the page."))
    for each in members(session, row.id):
        count(session, each, 0, -each.people)
        each.state = head.state if each.state in STANDING else each.state
        each.same_as_id = head.id
        count(session, each, 0, each.people)
        session.add(each)
    row.senders = row.people
    _put_under(session, row, head)
    nearness.forget(session, row)
    _record(session, process, TextsJoined(row.number, head.number), at, by)


def part(session: Session, process: OpenProcess, row: Contribution, *, at: datetime, by: uuid.UUID) -> None:
    """A person says that it is a text of its own. Conflict where it stands for itself already."""
    hold(session, process.id, row)
    if row.same_as_id is None:
        raise Conflict(_("This text stands for itself already. Nothing was changed."))
    keep_apart(session, row.id, row.same_as_id)
    leave(session, row)
    _record(session, process, TextsJoined(row.number, None), at, by)


def keep_apart(session: Session, one: uuid.UUID, other: uuid.UUID) -> None:
    """A person has looked: these two are two texts, and nobody is asked again."""
    first, second = sorted((one, other))
    insert_new(session, KeptApart, [{"one_id": first, "other_id": second}])
    pair = (col(NearText.contribution_id).in_((one, other)), col(NearText.earlier_id).in_((one, other)))
    for asked in session.execute(select(col(NearText.contribution_id)).where(*pair)).scalars().all():
        nearness.renew(session, session.get_one(Contribution, asked))


def _record(session: Session, process: OpenProcess, event: object, at: datetime, account_id: uuid.UUID) -> None:
    scope = audit.Scope(process.organisation.id, process.id)
    audit.record(session, event, at=at, account_id=account_id, scope=scope)
