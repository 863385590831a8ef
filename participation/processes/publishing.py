"""From draft to promise: the frozen BallotSpec, its publication, and its withdrawal while the box is empty."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation import audit
from participation.accounts.permissions import Actor
from participation.counting.canonical import dump_spec, load_rule, spec_digest
from participation.counting.spec import (
    BallotSpec,
    MatchField,
    Option,
    Question,
    QuestionKind,
    RegisterKind,
    Style,
    Text,
)
from participation.errors import Conflict, Invalid
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes import queries
from participation.processes.completeness import missing_for_publication
from participation.processes.models import (
    Contest,
    LocalText,
    Process,
    ProcessState,
    Project,
    Spec,
    Window,
    WindowKind,
)
from participation.processes.queries import WHOLE_STYLE, OpenProcess, SpecRow, style_id


@dataclass(frozen=True, slots=True)
class SpecPublished:
    spec_id: uuid.UUID
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class PublicationWithdrawn:
    spec_id: uuid.UUID
    version: int


def text_of(words: LocalText) -> Text:
    """The languages that are filled in, French first."""
    return tuple((locale, words[locale]) for locale in LOCALES if words.get(locale))


def build_spec(session: Session, found: OpenProcess, version: int) -> BallotSpec:
    """What publishing now would freeze."""
    process = found.process
    contests = queries.contests_of(session, process.id)
    projects = queries.projects_of(session, [contest.id for contest in contests])
    by_contest: dict[uuid.UUID, list[Project]] = {contest.id: [] for contest in contests}
    for project in projects:
        by_contest[project.contest_id].append(project)
    closed = process.register_kind is RegisterKind.CLOSED
    return BallotSpec(
        id=found.path.strip("/"),
        version=version,
        questions=tuple(_question(contest, by_contest[contest.id]) for contest in contests),
        styles=_styles(process, contests),
        register=process.register_kind,
        match_fields=() if closed else tuple(name for name in MatchField if name in process.match_fields),
        precedence=process.precedence,
        change_until_close=process.change_until_close,
        disclosure=process.disclosure,
        minimum_age=process.minimum_age,
        eligibility=text_of(process.eligibility),
    )


def _question(contest: Contest, projects: list[Project]) -> Question:
    knapsack = contest.kind is QuestionKind.KNAPSACK
    return Question(
        id=contest.code,
        title=text_of(contest.title),
        kind=contest.kind,
        options=tuple(_option(project) for project in projects),
        envelope=contest.envelope,
        min_choices=1 if knapsack else contest.min_choices,
        max_choices=max(len(projects), 1) if knapsack else contest.max_choices,
        max_points=contest.max_points,
        max_points_each=contest.max_points_each,
        rule=load_rule(contest.rule),
    )


def _option(project: Project) -> Option:
    return Option(
        id=project.code,
        number=project.number,
        title=text_of(project.title),
        cost=project.cost,
        category=project.category,
        borough=project.borough,
    )


def _styles(process: Process, contests: list[Contest]) -> tuple[Style, ...]:
    """One style per district: the contests of everybody and its own. One for all where there is no district."""
    districts = list(dict.fromkeys(contest.district for contest in contests if contest.district))
    if not districts:
        return (Style(WHOLE_STYLE, text_of(process.title), tuple(contest.code for contest in contests)),)
    return tuple(
        Style(
            style_id(district),
            (("fr", district),),
            tuple(contest.code for contest in contests if contest.district in ("", district)),
        )
        for district in districts
    )


BoxIsEmpty = Callable[[Session, uuid.UUID], bool]
"""Whether nobody has voted under a spec. Processes may not look into the ballot box: who knows it hands this in."""


def publish(
    session: Session,
    found: OpenProcess,
    *,
    create_key: Callable[[uuid.UUID], None],
    box_is_empty: BoxIsEmpty,
    at: datetime,
    by: Actor | None = None,
) -> SpecRow:
    """Freezes the spec, opens its windows and makes its voting key. Returns the published spec.

    Invalid when something is missing. Conflict when it is published already, or when a new version is asked
    for and the box holds a ballot. `create_key` is `Keys.create`: it writes its file before the commit, because a
    key without a vote harms nobody, and a vote without its key would take no ballot.
    """
    process = found.process
    if process.state is ProcessState.PUBLISHED:
        raise Conflict(_("This vote is published already. Nothing was changed."))
    _refuse_gaps(session, process)
    if earlier := queries.current_spec(session, process.id):
        _refuse_full_box(session, earlier, box_is_empty)
    row = _freeze(session, found, at)
    session.add_all(_windows(process, row.id, at, by))
    process.state = ProcessState.PUBLISHED
    session.add(process)
    session.flush()
    _record(session, process, SpecPublished(row.id, row.spec.version, row.digest), at, by)
    create_key(row.id)
    return row


def _refuse_gaps(session: Session, process: Process) -> None:
    if gaps := missing_for_publication(session, process):
        raise Invalid(
            ngettext(
                "%(num)s thing is missing before publishing.",
                "%(num)s things are missing before publishing.",
                len(gaps),
            ),
            gaps[0].message,
        )


def _refuse_full_box(session: Session, spec: SpecRow, box_is_empty: BoxIsEmpty) -> None:
    if not box_is_empty(session, spec.id):
        raise Conflict(
            _("Somebody has voted already, so what voters were promised can no longer change. Nothing was changed."),
            _("A project can still be excluded, withdrawn or topped up, and voting hours changed by two people."),
        )


def _freeze(session: Session, found: OpenProcess, at: datetime) -> SpecRow:
    version = next_version(session, found.id)
    spec = build_spec(session, found, version)
    row = Spec(process_id=found.id, version=version, content=dump_spec(spec), digest=spec_digest(spec), published_at=at)
    session.add(row)
    session.flush()  # windows refer to it
    return SpecRow(row.id, found.id, row.digest, at, spec, found.zone)


def _windows(process: Process, spec_id: uuid.UUID, at: datetime, by: Actor | None) -> list[Window]:
    wanted = queries.voting_of(process).windows
    ways = {
        WindowKind.ONLINE_OPENS: process.online,
        WindowKind.ONLINE_CLOSES: process.online,
        WindowKind.PAPER_OPENS: process.paper,
        WindowKind.PAPER_CLOSES: process.paper,
        WindowKind.POST_CLOSES: process.paper,
    }
    return [
        Window(
            spec_id=spec_id,
            kind=kind,
            effective_at=moment,
            recorded_at=at,
            first_account_id=by.account_id if by else None,
        )
        for kind, moment in wanted.items()
        if ways.get(kind)
    ]


def next_version(session: Session, process_id: uuid.UUID) -> int:
    """One more than the newest published version."""
    query = select(func.max(col(Spec.version))).where(col(Spec.process_id) == process_id, col(Spec.series) == "")
    newest = session.execute(query).scalar()
    return (newest or 0) + 1


def withdraw_publication(
    session: Session,
    process: Process,
    *,
    reason: str,
    box_is_empty: BoxIsEmpty,
    at: datetime,
    by: Actor | None = None,
) -> None:
    """Makes a published vote a draft again, to correct it. Conflict as soon as the box holds anything."""
    spec = queries.current_spec(session, process.id)
    if process.state is not ProcessState.PUBLISHED or spec is None:
        raise Conflict(_("This vote is not published. Nothing was changed."))
    _refuse_full_box(session, spec, box_is_empty)
    process.state = ProcessState.DRAFT
    session.add(process)
    session.flush()
    _record(session, process, PublicationWithdrawn(spec.id, spec.spec.version), at, by, reason)


def _record(
    session: Session, process: Process, event: object, at: datetime, by: Actor | None, reason: str = ""
) -> None:
    scope = audit.Scope(process.organisation_id, process.id)
    audit.record(session, event, at=at, account_id=by.account_id if by else None, scope=scope, reason=reason)
