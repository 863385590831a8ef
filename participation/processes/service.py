"""Verbs on a process while it is set up: create, save, remove. Publishing is in `publishing`.

What voters are promised (contests, projects, rules, register, precedence) can be saved only while the
process is a draft; words, phases and places stay open to correction.
"""

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete
from sqlmodel import Session, col

from participation import audit
from participation.accounts.permissions import Actor
from participation.counting.spec import PAPER_CHANNELS, CountingRule, RegisterKind, number_key
from participation.errors import Conflict, Invalid, Message
from participation.i18n import lazy as _
from participation.processes import eligibility, numbers, policy, queries
from participation.processes.completeness import missing_for_publication
from participation.processes.drafts import (
    ContestDraft,
    PhaseDraft,
    PlaceDraft,
    ProjectDraft,
    ProjectWords,
    Texts,
    Voting,
)
from participation.processes.models import (
    Contest,
    LocalText,
    Phase,
    Place,
    Process,
    ProcessKind,
    ProcessState,
    Project,
)
from participation.processes.publishing import publish, withdraw_publication
from participation.processes.windows import add_window, change_project

__all__ = [
    "add_window",
    "change_project",
    "create_process",
    "missing_for_publication",
    "publish",
    "withdraw_publication",
]

Row = TypeVar("Row", Phase, Place, Contest)


class FieldProblem(Invalid):
    """Something that only the stored rows can tell about one field of a form."""

    def __init__(self, field: str, message: Message) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class ProcessCreated:
    slug: str


@dataclass(frozen=True, slots=True)
class ProcessEdited:
    """`part` is texts, phase, place, voting, contest, rule or project; `what` names the row, without words."""

    part: str
    what: str = ""
    removed: bool = False


def create_process(
    session: Session,
    organisation_id: uuid.UUID,
    slug: str,
    title: LocalText,
    *,
    at: datetime,
    by: Actor | None = None,
    zone: str = "America/Toronto",
    kind: ProcessKind = ProcessKind.BUDGET,
) -> Process:
    """A new draft. FieldProblem when the organisation has a process at this address."""
    _refuse_taken(session, organisation_id, slug)
    process = Process(organisation_id=organisation_id, slug=slug, title=title, zone=zone, kind=kind)
    process.eligibility = _eligibility(session, process, Voting())
    session.add(process)
    session.flush()  # its id is a foreign key of what follows
    _record(session, process, ProcessCreated(slug), at, by)
    return process


def save_texts(session: Session, process: Process, texts: Texts, *, at: datetime, by: Actor | None = None) -> None:
    """The words of the process; they may be corrected after publishing too."""
    _store(session, process, asdict(texts))
    _record(session, process, ProcessEdited("texts"), at, by)


def save_address(
    session: Session, process: Process, slug: str, zone: str, *, at: datetime, by: Actor | None = None
) -> None:
    """Where the process lies and whose clock it follows; fixed by its first publication."""
    require_draft(process)
    if queries.current_spec(session, process.id):
        raise Conflict(_("This address was published before, so it stays. Nothing was changed."))
    _refuse_taken(session, process.organisation_id, slug, process.id)
    _store(session, process, {"slug": slug, "zone": zone})
    _record(session, process, ProcessEdited("address", slug), at, by)


def _refuse_taken(session: Session, organisation_id: uuid.UUID, slug: str, own: uuid.UUID | None = None) -> None:
    found = queries.id_at(session, organisation_id, slug)
    if found not in (None, own):
        raise FieldProblem("slug", _("Your organisation has a process at this address already. Choose another one."))


def save_phase(
    session: Session,
    process: Process,
    draft: PhaseDraft,
    *,
    phase: Phase | None = None,
    at: datetime,
    by: Actor | None = None,
) -> Phase:
    """A phase, new or changed. Invalid when it runs backwards."""
    if draft.ends_at <= draft.starts_at:
        raise FieldProblem("ends_at", _("A phase ends after it starts. Give a later end."))
    saved = _save(session, Phase, phase, draft, process_id=process.id)
    _record(session, process, ProcessEdited("phase", draft.kind.value), at, by)
    return saved


def save_place(
    session: Session,
    process: Process,
    draft: PlaceDraft,
    *,
    place: Place | None = None,
    at: datetime,
    by: Actor | None = None,
) -> Place:
    """A place, new or changed. How it handles paper is fixed once the process is published."""
    places = queries.places_of(session, process.id)
    if any(other.code == draft.code for other in places if other is not place):
        raise FieldProblem("code", _("Another place has this code. Choose another one."))
    if place and process.state is not ProcessState.DRAFT and (place.kind, place.channel) != (draft.kind, draft.channel):
        raise FieldProblem("kind", _("Voting is published: how this place handles ballots cannot change any more."))
    others = [other.kind for other in places if other is not place and other.channel in PAPER_CHANNELS]
    problem = policy.voting_problems(queries.voting_of(process), [*others, draft.kind]).get("precedence")
    if problem and process.state is not ProcessState.DRAFT:
        raise FieldProblem("kind", problem)
    saved = _save(session, Place, place, draft, process_id=process.id)
    _record(session, process, ProcessEdited("place", draft.code), at, by)
    return saved


def save_voting(session: Session, process: Process, voting: Voting, *, at: datetime, by: Actor | None = None) -> None:
    """Register, precedence and hours. Invalid with the reason for a combination that cannot be promised."""
    require_draft(process)
    _refuse(policy.voting_problems(voting, queries.paper_place_kinds(session, process.id)))
    values = asdict(voting)
    closed = voting.register_kind is RegisterKind.CLOSED
    values["match_fields"] = [] if closed else [name.value for name in voting.match_fields]
    values["eligibility"] = _eligibility(session, process, voting)
    values["planned_windows"] = {kind.value: moment.isoformat() for kind, moment in values.pop("windows").items()}
    _store(session, process, values)
    _record(session, process, ProcessEdited("voting"), at, by)


def _eligibility(session: Session, process: Process, voting: Voting) -> LocalText:
    """What voters declare, as written; where nobody wrote it, composed for the age and register that are asked."""
    body = queries.organisation_name(session, process.organisation_id)
    before = eligibility.composed(body, process.register_kind, process.minimum_age)
    made = eligibility.composed(body, voting.register_kind, voting.minimum_age)
    written = {name: words for name, words in voting.eligibility.items() if words and words != before.get(name)}
    return {**made, **written}


def save_contest(
    session: Session,
    process: Process,
    draft: ContestDraft,
    *,
    contest: Contest | None = None,
    at: datetime,
    by: Actor | None = None,
) -> Contest:
    """A contest, new (last on the ballot) or changed; its rule is saved apart."""
    require_draft(process)
    others = [other for other in queries.contests_of(session, process.id) if other is not contest]
    if any(other.code == draft.code for other in others):
        raise FieldProblem("code", _("Another contest has this code. Choose another one."))
    _refuse(policy.contest_problems(draft))
    position = contest.position if contest else len(others)
    saved = _save(session, Contest, contest, draft, process_id=process.id, position=position)
    _record(session, process, ProcessEdited("contest", draft.code), at, by)
    return saved


def save_rule(
    session: Session, process: Process, contest: Contest, rule: CountingRule, *, at: datetime, by: Actor | None = None
) -> None:
    """How the contest is counted. Pairs name projects by their codes."""
    require_draft(process)
    _refuse(policy.rule_problems(contest.kind, rule))
    contest.rule = queries.stored_rule(rule)
    session.add(contest)
    session.flush()
    _record(session, process, ProcessEdited("rule", contest.code), at, by)


def save_project(
    session: Session,
    process: Process,
    contest: Contest,
    draft: ProjectDraft | ProjectWords,
    *,
    project: Project | None = None,
    at: datetime,
    by: Actor | None = None,
) -> Project:
    """A project, new or changed. FieldProblem when its number or code is taken.

    A code that was made from the number follows it; one that somebody chose stays. Once the vote is published
    only the words of a project that is there can be saved.
    """
    if project and isinstance(draft, ProjectWords):
        return _save_words(session, process, project, draft, at, by)
    require_draft(process)
    assert isinstance(draft, ProjectDraft)  # a project that is not there yet has more than words
    values = _project_values(draft, project)
    _refuse_same_number(queries.projects_of(session, [contest.id]), values, project)
    if project:
        _rename_in_pairs(contest, project.code, values["code"])
    saved = project or Project(contest_id=contest.id, **values)
    _store(session, saved, values)
    _record(session, process, ProcessEdited("project", f"{contest.code}/{saved.code}"), at, by)
    return saved


def only_words_change(process: Process, project: Project | None) -> bool:
    """Whether of this project nothing but `ProjectWords` can change any more: voters were promised the rest."""
    return project is not None and process.state is not ProcessState.DRAFT


def _save_words(
    session: Session, process: Process, project: Project, words: ProjectWords, at: datetime, by: Actor | None
) -> Project:
    _store(session, project, asdict(words))
    _record(session, process, ProcessEdited("project-words", project.code), at, by)
    return project


def add_projects(
    session: Session,
    process: Process,
    contest: Contest,
    drafts: Iterable[ProjectDraft],
    *,
    at: datetime,
    by: Actor | None = None,
) -> int:
    """Many projects at once, with one event. FieldProblem at the first number that is taken."""
    require_draft(process)
    known = queries.projects_of(session, [contest.id])
    before = len(known)
    for draft in drafts:
        values = _project_values(draft)
        _refuse_same_number(known, values, None)
        known.append(Project(contest_id=contest.id, **values))
    session.add_all(known[before:])
    session.flush()
    _record(session, process, ProcessEdited("project", contest.code), at, by)
    return len(known) - before


def _project_values(draft: ProjectDraft, project: Project | None = None) -> dict[str, Any]:
    """The columns of the draft, with a code made from the number where nobody chose one."""
    made = project is not None and draft.code == project.code == numbers.code_of(project.number)
    if draft.code and not made:
        return asdict(draft)
    code = numbers.code_of(draft.number)
    if len(code) > numbers.WIDTH:
        raise FieldProblem("number", _("Use digits, at most %(limit)s, such as 07.", limit=numbers.WIDTH))
    return {**asdict(draft), "code": code}


def _rename_in_pairs(contest: Contest, before: str, after: str) -> None:
    """The pairs of which only one is funded name projects by their codes."""
    pairs = [[after if code == before else code for code in pair] for pair in contest.rule.get("exclusive_pairs", ())]
    if pairs and before != after:
        contest.rule = {**contest.rule, "exclusive_pairs": pairs}


def _refuse_same_number(known: Iterable[Project], values: dict[str, Any], project: Project | None) -> None:
    key = number_key(values["number"])
    for other in known:
        if other is project:
            continue
        if number_key(other.number) == key:
            message = _("Another project of this contest has the number %(number)s.", number=other.number)
            raise FieldProblem("number", message)
        if other.code == values["code"]:
            raise FieldProblem("code", _("Another project of this contest has the code %(code)s.", code=other.code))


def remove(
    session: Session, process: Process, row: Phase | Place | Contest | Project, *, at: datetime, by: Actor | None = None
) -> None:
    """Takes a row out of the draft. A phase can go at any time; a contest takes its projects with it."""
    if not isinstance(row, Phase):
        require_draft(process)
    if isinstance(row, Contest):
        session.execute(delete(Project).where(col(Project.contest_id) == row.id))
    what = row.kind.value if isinstance(row, Phase) else row.code
    part = type(row).__name__.lower()
    session.delete(row)
    session.flush()
    _record(session, process, ProcessEdited(part, what, removed=True), at, by)


def require_draft(process: Process) -> None:
    """Conflict when the process is published: what voters were promised no longer changes."""
    if process.state is not ProcessState.DRAFT:
        raise Conflict(
            _("This vote is published: what voters were promised is frozen. Nothing was changed."),
            _("While the ballot box is empty, the publication can be withdrawn and corrected."),
        )


def _refuse(problems: dict[str, Message]) -> None:
    """Raises the first problem; forms have shown them all before."""
    for field, message in problems.items():
        raise FieldProblem(field, message)


def _save(session: Session, table: type[Row], row: Row | None, draft: Any, **keys: Any) -> Row:
    """Stores the draft in its row, made here where there is none."""
    values = {**asdict(draft), **keys}
    saved = row or table(**values)
    _store(session, saved, values)
    return saved


def _store(session: Session, row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()  # ids and constraints are needed before the next statement


def _record(session: Session, process: Process, event: object, at: datetime, by: Actor | None) -> None:
    scope = audit.Scope(process.organisation_id, process.id)
    audit.record(session, event, at=at, account_id=by.account_id if by else None, scope=scope)
