"""Reads of processes: the process itself, its spec, its windows, what is open now."""

import re
import unicodedata
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlmodel import Session, col

from participation import audit
from participation.accounts.models import Organisation
from participation.counting.canonical import load_spec
from participation.counting.spec import PAPER_CHANNELS, BallotSpec, Channel, CountingRule, MatchField
from participation.processes import desks, numbers
from participation.processes.drafts import Voting
from participation.processes.models import (
    Contest,
    LocalText,
    Phase,
    Place,
    PlaceKind,
    Process,
    ProcessKind,
    ProcessState,
    Project,
    ProjectChange,
    Spec,
    Window,
    WindowKind,
)

Part = TypeVar("Part", Phase, Place, Contest)
Found = TypeVar("Found", Phase, Place, Contest, Project)
WHOLE_STYLE = "all"
"""The style of a vote without districts: one ballot for everybody."""


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """What pages show of a public body."""

    id: uuid.UUID
    slug: str
    name: dict[str, str]
    address: str
    privacy_officer: dict[str, str]
    colour: str
    english_notice: bool


@dataclass(frozen=True, slots=True)
class OpenProcess:
    """A process with its organisation, as a route works on it."""

    process: Process
    organisation: OrganisationRow
    desks: frozenset[str] = frozenset()
    """Of the optional desks (`processes.desks`), those that it shows: known where a member of staff opened it."""

    @property
    def id(self) -> uuid.UUID:
        return self.process.id

    @property
    def path(self) -> str:
        """Its address below the language: /ville/quartiers-a-venir."""
        return f"/{self.organisation.slug}/{self.process.slug}"

    @property
    def staff_path(self) -> str:
        return f"/staff{self.path}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.process.zone)


def process_at(session: Session, organisation: str, slug: str) -> OpenProcess | None:
    """The process at this address, in one query."""
    return _opened(session, _at(organisation, slug))


def process_for_staff(session: Session, organisation: str, slug: str) -> OpenProcess | None:
    """The same with the desks that it shows, still in one query."""
    query = _with_organisation().add_columns(*desks.used_columns()).where(_at(organisation, slug))
    row = session.execute(query).first()
    return replace(_open(*row[:2]), desks=desks.shown(row[2:])) if row else None


def _at(organisation: str, slug: str) -> ColumnElement[bool]:
    return (col(Organisation.slug) == organisation) & (col(Process.slug) == slug)


def process_by_id(session: Session, process_id: uuid.UUID) -> OpenProcess | None:
    return _opened(session, col(Process.id) == process_id)


def processes_named(session: Session, slug: str) -> list[OpenProcess]:
    """The processes with this address in whatever organisation, by the organisation's address."""
    query = _with_organisation().where(col(Process.slug) == slug).order_by(col(Organisation.slug))
    return [_open(process, body) for process, body in session.execute(query)]


def _opened(session: Session, which: ColumnElement[bool]) -> OpenProcess | None:
    row = session.execute(_with_organisation().where(which)).first()
    return _open(*row) if row else None


def _with_organisation() -> Select[Process, Organisation]:
    return select(Process, Organisation).join(Organisation, col(Organisation.id) == col(Process.organisation_id))


def _open(process: Process, body: Organisation) -> OpenProcess:
    return OpenProcess(
        process,
        OrganisationRow(
            body.id, body.slug, body.name, body.address, body.privacy_officer, body.colour, body.english_notice
        ),
    )


def id_at(session: Session, organisation_id: uuid.UUID, slug: str) -> uuid.UUID | None:
    """Which process of the organisation has this address."""
    query = select(col(Process.id)).where(col(Process.organisation_id) == organisation_id, col(Process.slug) == slug)
    return session.execute(query).scalar_one_or_none()


def organisation_name(session: Session, organisation_id: uuid.UUID) -> LocalText:
    query = select(col(Organisation.name)).where(col(Organisation.id) == organisation_id)
    name: LocalText = session.execute(query).scalar_one()
    return name


def public_processes(session: Session) -> list[tuple[Process, Organisation]]:
    """Every process that the public may see, with its organisation."""
    query = (
        select(Process, Organisation)
        .join(Organisation, col(Organisation.id) == col(Process.organisation_id))
        .where(col(Process.state) != ProcessState.DRAFT)
        .order_by(col(Process.slug))
    )
    return [(process, body) for process, body in session.execute(query)]


def published_consultations(session: Session) -> list[uuid.UUID]:
    """The consultations that the public sees."""
    query = select(col(Process.id)).where(
        col(Process.kind) == ProcessKind.CONSULTATION, col(Process.state) == ProcessState.PUBLISHED
    )
    return list(session.execute(query.order_by(col(Process.id))).scalars())


def promised_processes(session: Session) -> list[OpenProcess]:
    """Every process that was ever published, also one whose publication was withdrawn."""
    promised = select(col(Spec.process_id))
    query = (
        _with_organisation().where(col(Process.id).in_(promised)).order_by(col(Organisation.slug), col(Process.slug))
    )
    return [_open(process, body) for process, body in session.execute(query)]


def phases_of(session: Session, process_id: uuid.UUID) -> list[Phase]:
    query = select(Phase).where(col(Phase.process_id) == process_id).order_by(col(Phase.starts_at))
    return list(session.execute(query).scalars())


def phases_of_all(session: Session, process_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Phase]]:
    """Process → its phases in order; no query for no process."""
    if not process_ids:
        return {}
    query = select(Phase).where(col(Phase.process_id).in_(process_ids)).order_by(col(Phase.starts_at))
    found: dict[uuid.UUID, list[Phase]] = {}
    for phase in session.execute(query).scalars():
        found.setdefault(phase.process_id, []).append(phase)
    return found


def places_of(session: Session, process_id: uuid.UUID) -> list[Place]:
    query = select(Place).where(col(Place.process_id) == process_id).order_by(col(Place.code))
    return list(session.execute(query).scalars())


def contests_of(session: Session, process_id: uuid.UUID) -> list[Contest]:
    query = select(Contest).where(col(Contest.process_id) == process_id).order_by(col(Contest.position))
    return list(session.execute(query).scalars())


def projects_of(session: Session, contest_ids: list[uuid.UUID]) -> list[Project]:
    """Projects in the order of their printed numbers."""
    query = select(Project).where(col(Project.contest_id).in_(contest_ids))
    return sorted(session.execute(query).scalars(), key=lambda project: numbers.order_of(project.number))


def find_in_process(session: Session, table: type[Part], process_id: uuid.UUID, key: str) -> Part | None:
    """The phase, place or contest of this process with this id, as the address gives it."""
    return _by_key(session, table, key, col(table.process_id) == process_id)


def find_project(session: Session, contest_id: uuid.UUID, key: str) -> Project | None:
    return _by_key(session, Project, key, col(Project.contest_id) == contest_id)


def _by_key(session: Session, table: type[Found], key: str, parent: ColumnElement[bool]) -> Found | None:
    try:
        row_id = uuid.UUID(key)
    except ValueError:
        return None
    return session.execute(select(table).where(col(table.id) == row_id, parent)).scalar_one_or_none()


def number_of_projects(session: Session, contest_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Contest id → how many projects it has; none are left out."""
    query = (
        select(col(Project.contest_id), func.count())
        .where(col(Project.contest_id).in_(contest_ids))
        .group_by(col(Project.contest_id))
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    return {contest_id: found.get(contest_id, 0) for contest_id in contest_ids}


def style_id(district: str) -> str:
    """Rosemont–La Petite-Patrie → rosemont-la-petite-patrie; `all` where no contest has a district."""
    return plain_address(district, 40) or WHOLE_STYLE


def plain_address(words: str, longest: int) -> str:
    """Words as they stand in an address: small letters without accents, digits, and dashes between them."""
    plain = unicodedata.normalize("NFKD", words.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-")[:longest].strip("-")


def paper_place_kinds(session: Session, process_id: uuid.UUID) -> list[PlaceKind]:
    """The kinds of the places that take paper ballots."""
    return [place.kind for place in places_of(session, process_id) if place.channel in PAPER_CHANNELS]


def voting_of(process: Process) -> Voting:
    """Register, precedence and hours as they stand in the draft."""
    return Voting(
        register_kind=process.register_kind,
        match_fields=tuple(MatchField(name) for name in process.match_fields),
        precedence=process.precedence,
        change_until_close=process.change_until_close,
        disclosure=process.disclosure,
        minimum_age=process.minimum_age,
        eligibility=process.eligibility,
        online=process.online,
        paper=process.paper,
        windows={WindowKind(kind): datetime.fromisoformat(moment) for kind, moment in process.planned_windows.items()},
    )


def stored_rule(rule: CountingRule) -> dict[str, Any]:
    """The fields of a rule that differ from the defaults, as `load_rule` reads them."""
    default = asdict(CountingRule())
    given = asdict(rule)
    return {name: value for name, value in given.items() if value != default[name]}


ROOM_GRACE = timedelta(seconds=60)
"""For which a vote from a dead spot of the room still arrives after its poll has closed; said on the wall."""


@dataclass(frozen=True, slots=True)
class SpecRow:
    """A published spec with its row's facts."""

    id: uuid.UUID
    process_id: uuid.UUID
    digest: str
    published_at: datetime
    spec: BallotSpec
    zone: ZoneInfo
    """Whose calendar its days follow; fixed by the first publication."""
    series: str = ""
    """Empty for what the process itself asks; a poll of a meeting has its own: the meeting, a hyphen, the poll."""

    @property
    def topic(self) -> str:
        """Who is woken by a ballot: the screens of a meeting; empty where nobody watches."""
        return self.series.partition("-")[0]

    @property
    def scope(self) -> audit.Scope:
        """Where events about this vote belong."""
        return audit.Scope(process_id=self.process_id)


@lru_cache(maxsize=256)
def _parsed(digest: str, content: str) -> BallotSpec:
    """A spec never changes, so each is parsed once per process."""
    return load_spec(content)


def _specs() -> Select[Spec, str]:
    """Published specs, each with its process's zone."""
    return select(Spec, col(Process.zone)).join(Process, col(Process.id) == col(Spec.process_id))


def _spec_row(row: Spec, zone: str) -> SpecRow:
    parsed = _parsed(row.digest, row.content)
    return SpecRow(row.id, row.process_id, row.digest, row.published_at, parsed, ZoneInfo(zone), row.series)


def _first_spec(session: Session, query: Select[Spec, str]) -> SpecRow | None:
    row = session.execute(query).first()
    return _spec_row(*row) if row else None


def current_spec(session: Session, process_id: uuid.UUID) -> SpecRow | None:
    """The newest published spec of the process, or None while it is a draft."""
    newest = _specs().where(*asked_by(process_id)).order_by(col(Spec.version).desc()).limit(1)
    return _first_spec(session, newest)


def asked_by(process_id: uuid.UUID) -> tuple[ColumnElement[bool], ...]:
    """The promises of a process itself, without the polls of its meetings."""
    return (col(Spec.process_id) == process_id, col(Spec.series) == "")


def specs_of(session: Session, process_id: uuid.UUID) -> list[SpecRow]:
    """Every published spec of the process, the newest last."""
    query = _specs().where(*asked_by(process_id)).order_by(col(Spec.version))
    return [_spec_row(*row) for row in session.execute(query)]


def spec_by_id(session: Session, spec_id: uuid.UUID) -> SpecRow | None:
    return _first_spec(session, _specs().where(col(Spec.id) == spec_id))


def specs_by_id(session: Session, spec_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, SpecRow]:
    """Several of them at once."""
    if not spec_ids:
        return {}
    rows = session.execute(_specs().where(col(Spec.id).in_(spec_ids)))
    return {row.id: row for row in (_spec_row(*each) for each in rows)}


@dataclass(frozen=True, slots=True)
class Windows:
    """When each way in opens and closes: the newest event of each kind stands."""

    moments: Mapping[WindowKind, datetime]

    def online_open(self, at: datetime) -> bool:
        """Whether a ballot cast online at this instant is received."""
        return self._between(at, WindowKind.ONLINE_OPENS, WindowKind.ONLINE_CLOSES) and not self.suspended(at)

    def paper_open(self, at: datetime) -> bool:
        """Whether a declaration handed in at this instant is in time."""
        return self._between(at, WindowKind.PAPER_OPENS, WindowKind.PAPER_CLOSES) and not self.suspended(at)

    def post_open(self, at: datetime) -> bool:
        closes = WindowKind.POST_CLOSES if WindowKind.POST_CLOSES in self.moments else WindowKind.PAPER_CLOSES
        return self._between(at, WindowKind.PAPER_OPENS, closes)

    def room_takes(self, at: datetime) -> bool:
        """Whether a poll of a meeting takes what arrives at this instant: while it is open, and a little after for
        what was sent in a dead spot. Whoever asks makes sure that the poll was seen open."""
        return self._takes(at, WindowKind.ROOM_OPENS, WindowKind.ROOM_CLOSES)

    def elsewhere_takes(self, at: datetime) -> bool:
        """Whether such a poll takes at this instant what is answered outside of the room."""
        return self._takes(at, WindowKind.ONLINE_OPENS, WindowKind.ONLINE_CLOSES)

    def _takes(self, at: datetime, opening: WindowKind, closing: WindowKind) -> bool:
        opens, closes = self.moments.get(opening), self.moments.get(closing)
        return opens is not None and opens <= at and (closes is None or at < closes + ROOM_GRACE)

    def open_for(self, channel: Channel, at: datetime) -> bool:
        """Whether what came in by this channel at this instant is in time. The day of keying plays no part."""
        if channel is Channel.POST:
            return self.post_open(at)
        return self.paper_open(at) if channel in PAPER_CHANNELS else self.online_open(at)

    def suspended(self, at: datetime) -> bool:
        stopped = self.moments.get(WindowKind.SUSPENDED)
        resumed = self.moments.get(WindowKind.RESUMED)
        return stopped is not None and stopped <= at and (resumed is None or resumed < stopped or resumed > at)

    @property
    def intake_closed_at(self) -> datetime | None:
        return self.moments.get(WindowKind.INTAKE_CLOSED)

    def intake_closed(self, at: datetime) -> bool:
        closed = self.intake_closed_at
        return closed is not None and closed <= at

    def all_closed(self, at: datetime) -> bool:
        """Whether no ballot and no declaration can come in any more."""
        closes = (WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, WindowKind.POST_CLOSES)
        return all(self.moments[kind] <= at for kind in closes if kind in self.moments)

    def _between(self, at: datetime, opens: WindowKind, closes: WindowKind) -> bool:
        start, end = self.moments.get(opens), self.moments.get(closes)
        return start is not None and end is not None and start <= at < end


def next_recorded_at(session: Session, spec_id: uuid.UUID, at: datetime) -> datetime:
    """`at`, or just after the newest window where that is not earlier: of two rows the later one stands."""
    query = select(col(Window.recorded_at)).where(col(Window.spec_id) == spec_id)
    newest = max(session.execute(query).scalars(), default=None)
    return at if newest is None or newest < at else newest + timedelta(microseconds=1)


_WINDOWS = (
    select(col(Window.kind), col(Window.effective_at))
    .where(col(Window.spec_id) == bindparam("spec_id"))
    .order_by(col(Window.recorded_at), col(Window.id))
)
_NEWEST = (
    select(func.max(col(Spec.version)))
    .join(Process, col(Process.id) == col(Spec.process_id))
    .where(
        col(Spec.process_id) == bindparam("process_id"),
        col(Spec.series) == bindparam("series"),
        col(Process.state) == ProcessState.PUBLISHED,
    )
    .scalar_subquery()
)
_STANDING_WINDOWS = _WINDOWS.where(bindparam("version") == _NEWEST)
"""Built once: on the way into the ballot box, making a statement costs as much as running it."""


def windows_of(session: Session, spec_id: uuid.UUID) -> Windows:
    """The windows as the events leave them."""
    rows = session.connection().execute(_WINDOWS, {"spec_id": spec_id})
    return Windows({row.kind: row.effective_at for row in rows})


def standing_windows(session: Session, spec_row: SpecRow) -> Windows:
    """The windows of a spec that is the newest of a published process; none for an older promise or a withdrawn one."""
    values = {
        "spec_id": spec_row.id,
        "process_id": spec_row.process_id,
        "series": spec_row.series,
        "version": spec_row.spec.version,
    }
    rows = session.connection().execute(_STANDING_WINDOWS, values)
    return Windows({row.kind: row.effective_at for row in rows})


def project_changes(session: Session, spec_id: uuid.UUID) -> list[ProjectChange]:
    """Exclusions, withdrawals and top-ups since publication, oldest first."""
    query = select(ProjectChange).where(col(ProjectChange.spec_id) == spec_id).order_by(col(ProjectChange.at))
    return list(session.execute(query).scalars())
