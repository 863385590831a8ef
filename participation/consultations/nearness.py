"""Which text is nearly an earlier one: found out as it comes in, so that the desk only reads it.

Of texts that are nearly one the first stands for the others: a thousand copies of a letter are a thousand proposals
to put one under the first, not half a million.
"""

from __future__ import annotations

import uuid

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlmodel import Session, col

from participation.consultations import queries
from participation.consultations.alike import NEARLY, is_a_letter, likeness, pieces, sketch
from participation.consultations.models import (
    Contribution,
    ContributionKind,
    ContributionState,
    ContributionText,
    KeptApart,
    NearText,
    TextPiece,
)
from participation.consultations.queries import Shown

GROUPED = (ContributionKind.COMMENT, ContributionKind.BRIEF, ContributionKind.IDEA)
"""Questions are joined at the desk of the questions, where one answer serves them all."""
STANDING = (ContributionState.PENDING, ContributionState.PUBLISHED)
COMPARED = 20
"""Earlier texts with the most pieces in common: one of them is the nearest."""
PROPOSED = 10
"""On one page, the most alike first; others follow once these are settled."""


def note(session: Session, row: Contribution, text: str) -> None:
    """Finds the earlier text that this one nearly is; where there is none, later ones find this one."""
    stands = row.state in STANDING and row.same_as_id is None and row.parent_id is None and not row.official
    if row.kind not in GROUPED or not stands or not is_a_letter(text):
        return
    own = pieces(text)
    digests = sketch(own)
    nearest = max(_candidates(session, row, own, digests), default=None)
    of = {"process_id": row.process_id, "contribution_id": row.id}
    if nearest and nearest[0] >= NEARLY:
        session.execute(insert(NearText).values(**of, share=nearest[0], earlier_id=nearest[1]))
    else:
        session.execute(insert(TextPiece), [of | {"piece": digest} for digest in digests])


def _candidates(
    session: Session, row: Contribution, own: frozenset[str], digests: list[int]
) -> list[tuple[float, uuid.UUID]]:
    """How alike each of the likeliest earlier texts is; none that a person keeps apart from this one."""
    shared = (
        select(col(TextPiece.contribution_id).label("id"), func.count().label("number"))
        .where(col(TextPiece.process_id) == row.process_id, col(TextPiece.piece).in_(digests))
        .group_by(col(TextPiece.contribution_id))
        .subquery()
    )
    newest = and_(
        col(ContributionText.contribution_id) == col(Contribution.id),
        col(ContributionText.version) == col(Contribution.version),
    )
    apart = select(KeptApart).where(
        or_(
            and_(col(KeptApart.one_id) == row.id, col(KeptApart.other_id) == col(Contribution.id)),
            and_(col(KeptApart.other_id) == row.id, col(KeptApart.one_id) == col(Contribution.id)),
        )
    )
    query = (
        select(col(Contribution.id), col(ContributionText.text))
        .join(shared, shared.c.id == col(Contribution.id))
        .join(ContributionText, newest)
        .where(col(Contribution.kind) == row.kind, col(Contribution.id) != row.id, ~apart.exists())
        .order_by(shared.c.number.desc(), col(Contribution.number))
        .limit(COMPARED)
    )
    return [(likeness(own, pieces(found.text)), found.id) for found in session.execute(query)]


def forget(session: Session, row: Contribution) -> None:
    """Its words changed, or it stands no more: what was nearly the same is compared with the others again."""
    here = or_(col(NearText.contribution_id) == row.id, col(NearText.earlier_id) == row.id)
    gone = session.execute(delete(NearText).where(here).returning(col(NearText.contribution_id))).scalars().all()
    session.execute(delete(TextPiece).where(col(TextPiece.contribution_id) == row.id))
    later = select(Contribution).where(col(Contribution.id).in_(gone), col(Contribution.id) != row.id)
    for each in session.execute(later.order_by(col(Contribution.number))).scalars().all():
        shown = queries.one(session, each.id)
        note(session, each, shown.text if shown else "")


def renew(session: Session, row: Contribution) -> None:
    """Compares it as it stands now."""
    forget(session, row)
    shown = queries.one(session, row.id)
    note(session, row, shown.text if shown else "")


def proposals(session: Session, process_id: uuid.UUID) -> tuple[list[tuple[Shown, Shown, float]], bool]:
    """Nearly equal texts that a person may put together: the earlier one, the later one, how alike they are; and
    whether there are more."""
    query = (
        select(col(NearText.earlier_id), col(NearText.contribution_id), col(NearText.share))
        .where(col(NearText.process_id) == process_id)
        .order_by(col(NearText.share).desc(), col(NearText.contribution_id).desc())
        .limit(PROPOSED + 1)
    )
    pairs = session.execute(query).all()
    shown = queries.some(session, [each for first, second, _share in pairs for each in (first, second)], named=True)
    found = [(shown[first], shown[second], share) for first, second, share in pairs[:PROPOSED]]
    return found, len(pairs) > PROPOSED
