"""Building the process of a replay: organisation, people, register, and the vote, through the ordinary verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from participation import i18n, schema
from participation.accounts import queries as account_queries
from participation.accounts import service as accounts
from participation.accounts.models import Role
from participation.ballots.queries import box_is_empty
from participation.counting.spec import Disclosure, Question, RegisterKind
from participation.db import Database
from participation.errors import DomainError
from participation.processes import queries, service
from participation.processes.drafts import ContestDraft, PhaseDraft, PlaceDraft, ProjectDraft, Texts, Voting
from participation.processes.models import PhaseKind, Process, WindowKind
from participation.register import service as register
from participation.register.keys import Keys
from participation.replay.blueprint import PublishedBallot
from participation.replay.state import State

PLACE = "C1"
STAFF = {
    "administrator": (Role.ADMINISTRATOR,),
    "intake": (Role.INTAKE_CLERK,),
    "first": (Role.ENTRY_CLERK,),
    "second": (Role.ENTRY_CLERK,),
    "certifier-1": (Role.CERTIFIER,),
    "certifier-2": (Role.CERTIFIER,),
}
UNUSABLE = "no password opens this account"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be replayed."""

    question: Question
    ballots: list[PublishedBallot]

    @property
    def online(self) -> list[PublishedBallot]:
        return [ballot for ballot in self.ballots if not ballot.on_paper]

    @property
    def paper(self) -> list[PublishedBallot]:
        return [ballot for ballot in self.ballots if ballot.on_paper]


class CannotBeBuilt(ValueError):
    """The site refuses such a vote; the sentence says why. Nothing was written."""


def register_number(ballot: PublishedBallot) -> str:
    return f"{ballot.index:07d}"


def build(state: State, database: Database, keys: Keys, plan: Plan, at: datetime) -> None:
    """Migrates the database and builds everything in one transaction; taken up again, it finds what is there."""
    schema.upgrade(database)
    slug = f"rejeu-{state.derived('slug')[:10]}"
    with database.reading() as session:
        is_built = queries.process_at(session, slug, slug) is not None
    if not is_built:
        with database.writing() as session:
            _built_or_refused(session, state, keys, plan, slug, at)
    _note(state, database, slug)


def _built_or_refused(session: Session, state: State, keys: Keys, plan: Plan, slug: str, at: datetime) -> None:
    try:
        _build(session, state, keys, plan, slug, at)
    except DomainError as error:
        parts = [i18n.translate(part, "en") for part in (error.message, error.todo) if part]
        raise CannotBeBuilt("no vote can be made of this election. " + " ".join(parts)) from error


def _build(session: Session, state: State, keys: Keys, plan: Plan, slug: str, at: datetime) -> None:
    body = accounts.create_organisation(session, slug, {"fr": "Rejeu d’un scrutin", "en": "Replayed election"})
    for part, roles in STAFF.items():
        accounts.add_staff(
            session,
            email=f"{part}@{slug}.invalid",
            name=part,
            password_hash=UNUSABLE,
            roles=roles,
            organisation_id=body.id,
            at=at,
        )
    process = service.create_process(session, body.id, slug, dict(plan.question.title), at=at)
    _set_up(session, process, plan, at)
    found = queries.process_at(session, slug, slug)
    assert found is not None
    spec_row = service.publish(session, found, create_key=keys.create, box_is_empty=box_is_empty, at=at)
    style = spec_row.spec.styles[0].id
    register.import_voters(session, spec_row, ((register_number(ballot), style) for ballot in plan.ballots), at=at)
    register.issue_codes(session, keys, spec_row, at=at, make=state.code)


def _note(state: State, database: Database, slug: str) -> None:
    """Writes down where everything is."""
    with database.reading() as session:
        found = queries.process_at(session, slug, slug)
        assert found is not None
        spec_row = queries.current_spec(session, found.id)
        assert spec_row is not None
        people = account_queries.staff_of(session, found.organisation.id)
        notes = state.notes
        notes.slug, notes.place_code, notes.spec_id = slug, PLACE, str(spec_row.id)
        notes.accounts = {person.name: str(person.account_id) for person in people}
    notes.stage = "built"
    state.save()


def _set_up(session: Session, process: Process, plan: Plan, at: datetime) -> None:
    question = plan.question
    words = {"fr": "Rejeu d’un scrutin publié.", "en": "A published election, cast again."}
    opens, closes = at - timedelta(days=1), at + timedelta(days=30)
    texts = Texts(
        dict(question.title), summary=words, description=words, phone="000", retention={"fr": "fin", "en": "end"}
    )
    service.save_texts(session, process, texts, at=at)
    service.save_phase(session, process, PhaseDraft(PhaseKind.VOTE, opens, closes), at=at)
    service.save_place(session, process, PlaceDraft(PLACE, {"fr": "Comptoir", "en": "Counter"}), at=at)
    windows = {
        WindowKind.ONLINE_OPENS: opens,
        WindowKind.ONLINE_CLOSES: closes,
        WindowKind.PAPER_OPENS: opens,
        WindowKind.PAPER_CLOSES: closes,
    }
    voting = Voting(register_kind=RegisterKind.CLOSED, disclosure=Disclosure.BALLOTS, windows=windows)
    service.save_voting(session, process, voting, at=at)
    draft = ContestDraft(
        question.id,
        dict(question.title),
        question.envelope,
        kind=question.kind,
        min_choices=question.min_choices,
        max_choices=question.max_choices,
        max_points=question.max_points,
        max_points_each=question.max_points_each,
    )
    contest = service.save_contest(session, process, draft, at=at)
    projects = [
        ProjectDraft(
            option.number, dict(option.title), option.cost, code=option.id, summary=words, category=option.category
        )
        for option in question.options
    ]
    service.add_projects(session, process, contest, projects, at=at)
    service.save_rule(session, process, contest, question.rule, at=at)
