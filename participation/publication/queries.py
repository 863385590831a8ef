"""Reads for the pages that compose: what is open, where a process stands, what waits for whom."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.accounts.models import Organisation
from participation.consultations.models import ContributionState, ContributionTally
from participation.counting.spec import Channel
from participation.counts.models import Certification, Count
from participation.counts.queries import certified_among
from participation.live.alone import meetings_alone
from participation.live.models import Meeting
from participation.paper.models.batches import Batch, BatchState
from participation.processes.models import Phase, Place, Process, ProcessKind, Spec, Window
from participation.processes.queries import Windows, phases_of_all, public_processes
from participation.publication.models import Proposal, ProposalState
from participation.register.models import Case, CaseState


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process with what decides its state: windows of its newest spec, certification, ways to take part."""

    process: Process
    organisation: Organisation
    spec_id: uuid.UUID | None
    windows: Windows
    certified_at: datetime | None
    channels: tuple[str, ...]
    phases: tuple[Phase, ...]
    """Of a consultation; a vote stands where its windows say."""
    meeting: Meeting | None = None
    """Of a process that is there for one meeting."""

    @property
    def path(self) -> str:
        return f"/{self.organisation.slug}/{self.process.slug}"


def public_rows(session: Session) -> list[ProcessRow]:
    """Every process that the public may see, in six queries whatever their number."""
    return _rows(session, public_processes(session))


def organisation_rows(session: Session, organisation_ids: Collection[uuid.UUID]) -> list[ProcessRow]:
    """Every process of these organisations, drafts too."""
    query = (
        select(Process, Organisation)
        .join(Organisation, col(Organisation.id) == col(Process.organisation_id))
        .where(col(Process.organisation_id).in_(organisation_ids))
        .order_by(col(Organisation.slug), col(Process.slug))
    )
    return _rows(session, [(process, body) for process, body in session.execute(query)])


def process_rows(session: Session, process_ids: Collection[uuid.UUID]) -> list[ProcessRow]:
    """These processes, for those whose role is in one process only."""
    query = (
        select(Process, Organisation)
        .join(Organisation, col(Organisation.id) == col(Process.organisation_id))
        .where(col(Process.id).in_(process_ids))
        .order_by(col(Process.slug))
    )
    return _rows(session, [(process, body) for process, body in session.execute(query)])


def _rows(session: Session, found: list[tuple[Process, Organisation]]) -> list[ProcessRow]:
    ids = [process.id for process, _body in found]
    specs = newest_specs(session, ids)
    windows = windows_of_all(session, specs.values())
    certified = certified_among(session, specs.values())
    places = place_channels(session, ids)
    phases = phases_of_all(session, [process.id for process, _b in found if process.kind is ProcessKind.CONSULTATION])
    meetings = meetings_alone(session, [process.id for process, _b in found if process.kind is ProcessKind.MEETING])
    return [
        ProcessRow(
            process,
            body,
            specs.get(process.id),
            windows.get(specs.get(process.id), Windows({})),
            certified.get(specs[process.id]) if process.id in specs else None,
            _channels(process, places.get(process.id, frozenset())),
            tuple(phases.get(process.id, ())),
            meetings.get(process.id),
        )
        for process, body in found
    ]


def newest_specs(session: Session, process_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Process → its newest published spec, without reading the spec."""
    rows = session.execute(
        select(col(Spec.process_id), col(Spec.id))
        .where(col(Spec.process_id).in_(process_ids), col(Spec.series) == "")
        .order_by(col(Spec.version))
    )
    return {row.process_id: row.id for row in rows}


def windows_of_all(session: Session, spec_ids: Collection[uuid.UUID]) -> dict[uuid.UUID | None, Windows]:
    """Spec → its windows; the newest row of a kind stands."""
    rows = session.execute(
        select(col(Window.spec_id), col(Window.kind), col(Window.effective_at))
        .where(col(Window.spec_id).in_(spec_ids))
        .order_by(col(Window.recorded_at), col(Window.id))
    )
    moments: dict[uuid.UUID | None, dict[object, datetime]] = {}
    for row in rows:
        moments.setdefault(row.spec_id, {})[row.kind] = row.effective_at
    return {spec_id: Windows(found) for spec_id, found in moments.items()}  # type: ignore[arg-type]


def place_channels(session: Session, process_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, frozenset[Channel]]:
    """Process → the channels of its places."""
    rows = session.execute(
        select(col(Place.process_id), col(Place.channel)).where(col(Place.process_id).in_(process_ids)).distinct()
    )
    found: dict[uuid.UUID, set[Channel]] = {}
    for row in rows:
        found.setdefault(row.process_id, set()).add(row.channel)
    return {process_id: frozenset(channels) for process_id, channels in found.items()}


def _channels(process: Process, of_places: frozenset[Channel]) -> tuple[str, ...]:
    """The ways to take part, in the order of the channels."""
    if process.kind is ProcessKind.MEETING:
        return (Channel.ROOM.value,)
    open_ways = set(of_places) if process.paper else set()
    if process.online:
        open_ways.add(Channel.ONLINE)
    return tuple(channel.value for channel in Channel if channel in open_ways)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody in one vote, as numbers."""

    open_cases: int = 0
    open_batches: int = 0
    proposals: int = 0
    counts_to_sign: int = 0


def contributions_to_read(session: Session, process_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Consultation → how many contributions nobody has read: one query, a few dozen rows each."""
    process_id, number = col(ContributionTally.process_id), func.sum(col(ContributionTally.number))
    waiting = (process_id.in_(process_ids), col(ContributionTally.state) == ContributionState.PENDING)
    return {
        row[0]: int(row[1]) for row in session.execute(select(process_id, number).where(*waiting).group_by(process_id))
    }


def waiting(session: Session, spec_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Waiting]:
    """Spec → what waits there: four queries whatever their number."""
    cases = _counted(session, Case, col(Case.state) == CaseState.OPEN, spec_ids)
    batches = _counted(session, Batch, col(Batch.state) == BatchState.OPEN, spec_ids)
    proposals = _counted(session, Proposal, col(Proposal.state) == ProposalState.OPEN, spec_ids)
    unsigned = _counts_to_sign(session, spec_ids)
    return {
        spec_id: Waiting(
            cases.get(spec_id, 0), batches.get(spec_id, 0), proposals.get(spec_id, 0), unsigned.get(spec_id, 0)
        )
        for spec_id in spec_ids
    }


def _counted(
    session: Session, table: type[Case] | type[Batch] | type[Proposal], wanted: object, spec_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, int]:
    spec_id = col(table.spec_id)
    query = select(spec_id, func.count()).where(spec_id.in_(spec_ids), wanted).group_by(spec_id)  # type: ignore[arg-type]
    return {row[0]: row[1] for row in session.execute(query)}


def _counts_to_sign(session: Session, spec_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Specs whose newest count has fewer than two signatures: 1."""
    query = (
        select(col(Count.spec_id), col(Count.id), func.count(col(Certification.account_id)))
        .outerjoin(Certification, col(Certification.count_id) == col(Count.id))
        .where(col(Count.spec_id).in_(spec_ids))
        .group_by(col(Count.spec_id), col(Count.id), col(Count.at))
        .order_by(col(Count.at))
    )
    newest = {spec_id: signatures for spec_id, _count, signatures in session.execute(query)}
    return {spec_id: int(signatures < 2) for spec_id, signatures in newest.items()}
