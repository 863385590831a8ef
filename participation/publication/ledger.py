"""The sealer: commitments of ballots, supersedings, events and counts, chained in the order of time.

Each seal hashes the one before it and its own commitments, sorted, so nothing can be put in, taken out or
changed later without breaking every checkpoint after it. The seal of a ballot must not date it any finer than
the ballot does itself, which is to the day: while intake is open ballots are sealed once a night, after their
rewriting, and only those of days that are over. The rows that say that a ballot was replaced wait for the
close of intake.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, select
from sqlmodel import Session, col

from participation import audit
from participation.audit import Event
from participation.ballots.models import Ballot, RecountedRound, Superseding
from participation.ballots.service import commitment
from participation.counting.ledger import GENESIS, digest_of, next_link
from participation.counts.models import Count
from participation.counts.service import recounted_leaf, superseding_leaf
from participation.db import metadata
from participation.processes.models import Process, Spec, Window, WindowKind
from participation.processes.queries import asked_by
from participation.publication.models import Seal, SealedLeaf


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One seal as it is published."""

    sequence: int
    at: datetime
    leaves: int
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """What a verification found: seals read, the first broken one if any, and records changed since sealed."""

    seals: int
    leaves: int
    broken_at: int | None
    missing: int
    """Sealed ballots, supersedings, events or counts that are no longer there as they were."""

    @property
    def holds(self) -> bool:
        return self.broken_at is None and self.missing == 0


def seal(session: Session, process_id: uuid.UUID, at: datetime, *, rewritten: bool = False) -> Checkpoint | None:
    """Appends what is not sealed yet as the next link; None when there is nothing to seal, or not yet.

    While intake is open these are events and counts; after the night's rewriting, which `rewritten` says, also
    the ballots of every day before that of `at`. Once intake is closed it is everything.
    """
    locked = session.execute(select(col(Process.zone)).where(col(Process.id) == process_id).with_for_update())
    zone = ZoneInfo(locked.scalar_one())
    newest = checkpoints(session, process_id, limit=1)
    pending = set(_new_events(session, process_id)) | set(_counts(session, process_id))
    pending |= set(_settled_polls(session, process_id))
    if _intake_closed(session, process_id):
        pending |= set(_new_ballots(session, process_id)) | set(_supersedings(session, process_id))
    elif rewritten:
        pending |= set(_new_ballots(session, process_id, before=at.astimezone(zone).date()))
    fresh = _unsealed(session, pending)
    return _append(session, process_id, at, newest[0] if newest else None, fresh) if fresh else None


def _append(
    session: Session, process_id: uuid.UUID, at: datetime, newest: Checkpoint | None, fresh: list[str]
) -> Checkpoint:
    sequence, previous = (newest.sequence + 1, newest.digest) if newest else (1, GENESIS)
    link = Checkpoint(sequence, at, len(fresh), previous, next_link(previous, fresh))
    session.execute(
        insert(Seal).values(
            sequence=sequence, process_id=process_id, at=at, leaves=link.leaves, previous=previous, digest=link.digest
        )
    )
    rows = [{"digest": leaf, "process_id": process_id, "sequence": sequence} for leaf in fresh]
    for start in range(0, len(rows), 1000):
        session.execute(insert(SealedLeaf), rows[start : start + 1000])
    return link


def _unsealed(session: Session, leaves: Iterable[str]) -> list[str]:
    """Those of the commitments that are in no seal yet, sorted."""
    asked = sorted(set(leaves))
    sealed: set[str] = set()
    for start in range(0, len(asked), 500):
        query = select(col(SealedLeaf.digest)).where(col(SealedLeaf.digest).in_(asked[start : start + 500]))
        sealed.update(session.execute(query).scalars())
    return [leaf for leaf in asked if leaf not in sealed]


def _new_ballots(session: Session, process_id: uuid.UUID, before: date = date.max) -> Iterable[str]:
    """Commitments of ballots received on earlier days that are in no seal yet."""
    query = _unsealed_ballots().where(*asked_by(process_id), col(Ballot.received_on) < before)
    return session.execute(query).scalars()


def _settled_polls(session: Session, process_id: uuid.UUID) -> Iterable[str]:
    """The same of the polls of its meetings for which nothing arrives any more: their boxes are rewritten."""
    closed = select(col(Window.spec_id)).where(col(Window.kind) == WindowKind.INTAKE_CLOSED)
    query = _unsealed_ballots().where(
        col(Spec.process_id) == process_id, col(Spec.series) != "", col(Spec.id).in_(closed)
    )
    return session.execute(query).scalars()


def _unsealed_ballots() -> Select[str]:
    return (
        select(col(Ballot.commitment))
        .join(Spec, col(Spec.id) == col(Ballot.spec_id))
        .outerjoin(SealedLeaf, col(SealedLeaf.digest) == col(Ballot.commitment))
        .where(col(SealedLeaf.digest).is_(None))
    )


def _supersedings(session: Session, process_id: uuid.UUID) -> Iterator[str]:
    """Of ballots that were replaced, one by one, and of batches that were recounted."""
    query = (
        select(col(Superseding.tag), col(Superseding.revision), col(Superseding.reason))
        .join(Spec, col(Spec.id) == col(Superseding.spec_id))
        .where(col(Spec.process_id) == process_id)
    )
    for row in session.execute(query):
        yield superseding_leaf(row.tag, row.revision, row.reason)
    recounts = (
        select(col(RecountedRound.batch_id), col(RecountedRound.round), col(RecountedRound.by_round))
        .join(Spec, col(Spec.id) == col(RecountedRound.spec_id))
        .where(col(Spec.process_id) == process_id)
    )
    for batch_id, earlier, later in session.execute(recounts):
        yield recounted_leaf(batch_id, earlier, later)


def _new_events(session: Session, process_id: uuid.UUID) -> Iterable[str]:
    """Digests of events that are in no seal yet."""
    query = (
        select(col(Event.digest))
        .outerjoin(SealedLeaf, col(SealedLeaf.digest) == col(Event.digest))
        .where(col(Event.process_id) == process_id, col(SealedLeaf.digest).is_(None))
    )
    return session.execute(query).scalars()


def _events(session: Session, process_id: uuid.UUID) -> Iterator[str]:
    """The commitment of every event as its row gives it today, whatever its column says."""
    columns = [getattr(Event, name) for name in audit.COMMITTED]
    query = select(*map(col, columns)).where(col(Event.process_id) == process_id)
    return (audit.commitment(row._mapping) for row in session.execute(query))


def _counts(session: Session, process_id: uuid.UUID) -> Iterable[str]:
    query = (
        select(col(Count.id), col(Count.digest))
        .join(Spec, col(Spec.id) == col(Count.spec_id))
        .where(col(Spec.process_id) == process_id)
    )
    return (digest_of("count-run/1", [str(row.id), row.digest]) for row in session.execute(query))


def _intake_closed(session: Session, process_id: uuid.UUID) -> bool:
    query = (
        select(col(Window.id))
        .join(Spec, col(Spec.id) == col(Window.spec_id))
        .where(*asked_by(process_id), col(Window.kind) == WindowKind.INTAKE_CLOSED)
        .limit(1)
    )
    return session.execute(query).first() is not None


def checkpoints(session: Session, process_id: uuid.UUID, limit: int | None = None) -> list[Checkpoint]:
    """The seals of a process, newest first."""
    columns = (Seal.sequence, Seal.at, Seal.leaves, Seal.previous, Seal.digest)
    query = (
        select(*map(col, columns))
        .where(col(Seal.process_id) == process_id)
        .order_by(col(Seal.sequence).desc())
        .limit(limit)
    )
    return [Checkpoint(*row) for row in session.execute(query)]


def verify_chain(session: Session, process_id: uuid.UUID) -> ChainState:
    """Recomputes every seal from its commitments, and every sealed record's commitment from the record."""
    leaves: dict[int, list[str]] = defaultdict(list)
    for digest, sequence in session.execute(
        select(col(SealedLeaf.digest), col(SealedLeaf.sequence)).where(col(SealedLeaf.process_id) == process_id)
    ):
        leaves[sequence].append(digest)
    chain, previous, broken = checkpoints(session, process_id)[::-1], GENESIS, None
    for expected, link in enumerate(chain, start=1):
        whole = link.sequence == expected and link.previous == previous and link.leaves == len(leaves[link.sequence])
        if broken is None and not (whole and link.digest == next_link(previous, leaves[link.sequence])):
            broken = link.sequence
        previous = link.digest
    present = set(_ballots(session, process_id)) | set(_supersedings(session, process_id))
    present |= set(_events(session, process_id)) | set(_counts(session, process_id))
    sealed = {leaf for group in leaves.values() for leaf in group}
    return ChainState(len(chain), len(sealed), broken, len(sealed - present))


def _ballots(session: Session, process_id: uuid.UUID) -> Iterator[str]:
    """The commitment of every ballot as its row gives it today, whatever its column says."""
    table = metadata.tables["ballot"]
    specs = select(col(Spec.id)).where(col(Spec.process_id) == process_id)
    query = select(table).where(table.c.spec_id.in_(specs)).execution_options(yield_per=2000)
    return (commitment(row._mapping) for row in session.execute(query))
