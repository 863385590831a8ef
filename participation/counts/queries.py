"""Reads of counts: which is the newest, which is certified, who signed, what the box holds by disposition."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from participation.ballots.models import Ballot, RecountedRound, Superseding
from participation.ballots.queries import RECOUNTED
from participation.counting.reconciliation import Disposition, IdentityKey, disposition_of
from participation.counting.spec import Channel
from participation.counts.models import Certification, Count, CountState, IdentitySignature


@dataclass(frozen=True, slots=True)
class Certified:
    """A certified count and the moment of its second signature, with the minutes signed then."""

    count: Count
    at: datetime
    minutes: dict[str, Any]
    version: int
    """1 for the first certified count; a later one takes its place before the public, and it stays readable."""


def latest_count(session: Session, spec_id: uuid.UUID) -> Count | None:
    query = select(Count).where(col(Count.spec_id) == spec_id).order_by(col(Count.at).desc(), col(Count.id)).limit(1)
    return session.execute(query).scalar_one_or_none()


def count_by_id(session: Session, spec_id: uuid.UUID, count_id: uuid.UUID, *, lock: bool = False) -> Count | None:
    """The count; with `lock`, nobody else signs it meanwhile."""
    query = select(Count).where(col(Count.spec_id) == spec_id, col(Count.id) == count_id)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def certified_count(session: Session, spec_id: uuid.UUID) -> Certified | None:
    """The newest certified count: what the public sees."""
    versions = certified_counts(session, spec_id)
    return versions[-1] if versions else None


def certified_counts(session: Session, spec_id: uuid.UUID) -> list[Certified]:
    """Every certified count, oldest first: the versions of the result. There are as many as there were recounts."""
    rows = session.execute(
        select(Count, col(Certification.at), col(Certification.minutes))
        .join(Certification, col(Certification.count_id) == col(Count.id))
        .where(col(Count.spec_id) == spec_id, col(Certification.state) == CountState.CERTIFIED)
        .order_by(col(Certification.at), col(Count.at))
    )
    return [Certified(row[0], row[1], row[2], version) for version, row in enumerate(rows, start=1)]


def certified_among(session: Session, spec_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Spec → when its result was certified, for those that have one."""
    rows = session.execute(
        select(col(Count.spec_id), func.max(col(Certification.at)).label("at"))
        .join(Certification, col(Certification.count_id) == col(Count.id))
        .where(col(Count.spec_id).in_(spec_ids), col(Certification.state) == CountState.CERTIFIED)
        .group_by(col(Count.spec_id))
    )
    return {row.spec_id: row.at for row in rows}


@dataclass(frozen=True, slots=True)
class CountRow:
    """A count as it is listed, numbered in the order of time from 1."""

    id: uuid.UUID
    number: int
    at: datetime
    account_id: uuid.UUID | None
    digest: str
    input_digest: str
    signers: tuple[uuid.UUID, ...]
    certified: bool


def counts_of(session: Session, spec_id: uuid.UUID) -> list[CountRow]:
    """Every count of the spec, oldest first, with those who signed it."""
    columns = (Count.id, Count.at, Count.account_id, Count.digest, Count.input_digest)
    rows = session.execute(
        select(*map(col, columns)).where(col(Count.spec_id) == spec_id).order_by(col(Count.at), col(Count.id))
    ).all()
    signatures: dict[uuid.UUID, list[tuple[uuid.UUID, CountState]]] = {}
    for signed in session.execute(
        select(col(Certification.count_id), col(Certification.account_id), col(Certification.state))
        .where(col(Certification.count_id).in_([row.id for row in rows]))
        .order_by(col(Certification.at))
    ):
        signatures.setdefault(signed.count_id, []).append((signed.account_id, signed.state))
    return [
        CountRow(
            row.id,
            number,
            row.at,
            row.account_id,
            row.digest,
            row.input_digest,
            tuple(account for account, _ in signatures.get(row.id, ())),
            any(state is CountState.CERTIFIED for _, state in signatures.get(row.id, ())),
        )
        for number, row in enumerate(rows, start=1)
    ]


def dispositions(session: Session, spec_id: uuid.UUID) -> dict[Channel, dict[Disposition, int]]:
    """What became of the records so far, by channel. No choice is read: an identity may be shown at any time."""
    replaced = col(RecountedRound.batch_id).is_not(None).label("replaced")
    keys = (col(Ballot.channel), col(Ballot.ruling), col(Superseding.reason), replaced)
    pair = and_(col(Superseding.tag) == col(Ballot.tag), col(Superseding.revision) == col(Ballot.revision))
    rows = session.execute(
        select(*keys, func.count())
        .select_from(Ballot)
        .outerjoin(Superseding, pair)
        .outerjoin(RecountedRound, RECOUNTED)
        .where(col(Ballot.spec_id) == spec_id)
        .group_by(*keys)
    )
    found: dict[Channel, dict[Disposition, int]] = {}
    for channel, ruling, reason, recounted, number in rows:
        kind = disposition_of(ruling, reason, recounted=bool(recounted))
        by_kind = found.setdefault(channel, {})
        by_kind[kind] = by_kind.get(kind, 0) + number
    return found


@dataclass(frozen=True, slots=True)
class Signature:
    account_id: uuid.UUID
    reason: str


Gap = tuple[IdentityKey, str, int]
"""Which identity, of what, and by how much: a signature holds for exactly this difference."""


def gap_signatures(session: Session, spec_id: uuid.UUID) -> dict[Gap, list[Signature]]:
    """Who signed which difference, in the order of time."""
    query = (
        select(IdentitySignature)
        .where(col(IdentitySignature.spec_id) == spec_id)
        .order_by(col(IdentitySignature.at), col(IdentitySignature.id))
    )
    found: dict[Gap, list[Signature]] = {}
    for row in session.execute(query).scalars():
        gap = (row.identity, row.subject, row.difference)
        found.setdefault(gap, []).append(Signature(row.account_id, row.reason))
    return found
