"""Plain functions that build what a test needs, each with sensible defaults."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from participation import i18n
from participation.accounts import service as accounts
from participation.accounts.models import Organisation, Role
from participation.ballots.entries import AnonymousClaim, CodeClaim, DeclaredClaim, Entry, OpenText, PaperClaim, Source
from participation.counting.answers import canonical
from participation.counting.canonical import dump_spec, spec_digest
from participation.counting.spec import (
    BallotSpec,
    Capture,
    Channel,
    Condition,
    CountingRule,
    MatchField,
    Option,
    Precedence,
    Question,
    QuestionKind,
    RegisterKind,
    RulingKind,
    Style,
)
from participation.db import Database, new_id
from participation.processes.models import (
    Contest,
    Phase,
    PhaseKind,
    Place,
    PlaceKind,
    Process,
    ProcessState,
    Project,
    Spec,
    Window,
    WindowKind,
)
from participation.processes.queries import WHOLE_STYLE, SpecRow, spec_by_id
from participation.register import service as register
from participation.register.identity import normalise_code
from participation.register.keys import Keys

NOON = datetime(2027, 2, 24, 17, 0, tzinfo=UTC)
"""Noon in Montréal, in the third week of the vote."""
OPENS, CLOSES = NOON - timedelta(days=16), NOON + timedelta(days=18)
MATCH_FIELDS = (MatchField.FIRST_NAME, MatchField.LAST_NAME, MatchField.BIRTH_DAY_MONTH, MatchField.POSTAL_CODE)
PASSWORD_HASH = "not a hash: these accounts never sign in with a password"


def text(words: str) -> tuple[tuple[str, str], ...]:
    return (("fr", words), ("en", words + " (en)"))


def build_question(
    *,
    kind: QuestionKind = QuestionKind.APPROVAL,
    costs: Sequence[int] = (50_000_00, 40_000_00, 30_000_00, 20_000_00),
    envelope: int = 100_000_00,
    max_choices: int = 2,
    rule: CountingRule | None = None,
    id: str = "ville",
    **limits: Any,
) -> Question:
    """A question with one option per cost, numbered 1, 2, 3 …"""
    options = tuple(
        Option(str(place), f"{place:02d}", text(f"Projet {place}"), cost, borough="Verdun" if place % 2 else "Lachine")
        for place, cost in enumerate(costs, 1)
    )
    return Question(
        id,
        text("Ensemble de la ville"),
        kind,
        options,
        envelope,
        max_choices=max_choices,
        rule=rule or CountingRule(),
        **limits,
    )


DECLARED = (
    ("fr", "J’ai 14 ans ou plus. J’habite à Montréal ou j’y exploite un commerce."),
    ("en", "I am 14 or older. I live or run a business in Montréal."),
)


def build_spec(question: Question | None = None, **changes: Any) -> BallotSpec:
    """A closed register and one contest unless told otherwise."""
    question = question or build_question()
    spec = BallotSpec(
        id=str(new_id()),
        version=1,
        questions=(question,),
        styles=(Style("ville", text("Ville"), (question.id,)),),
        eligibility=DECLARED,
    )
    return replace(spec, **changes)


def build_questionnaire() -> BallotSpec:
    """Heights (one), why not (several, only for those against), and two questions in one's own words."""

    def options(*titles: str) -> tuple[Option, ...]:
        return tuple(Option(str(place), str(place), text(title), 0) for place, title in enumerate(titles, 1))

    def question(id: str, kind: QuestionKind, title: str, theme: str, *titles: str, **more: Any) -> Question:
        limits = {"min_choices": 0, "max_choices": 1, "envelope": 0, "why": text("Pour le rapport."), **more}
        return Question(id, text(title), kind, options(*titles), theme=text(theme), **limits)

    against = Condition("1", ("2", "3"))
    questions = (
        question("1", QuestionKind.CHOOSE_ONE, "Huit étages?", "Hauteurs et vues", "Pour", "Contre", "Autre"),
        question(
            "2",
            QuestionKind.APPROVAL,
            "Pourquoi?",
            "Hauteurs et vues",
            "Vent",
            "Ombre",
            shown_if=against,
            max_choices=2,
        ),
        question("3", QuestionKind.OPEN_TEXT, "Que voir d’ici?", "Hauteurs et vues"),
        question("4", QuestionKind.OPEN_TEXT, "Que garder du passé?", "Patrimoine"),
    )
    return BallotSpec(
        id=str(new_id()),
        version=1,
        questions=questions,
        styles=(Style(WHOLE_STYLE, text("Consultation"), tuple(question.id for question in questions)),),
        register=RegisterKind.NONE,
        precedence=Precedence.KEEP_ALL,
        minimum_age=0,
    )


def opinion(
    spec_row: SpecRow,
    choices: Mapping[str, Sequence[str]],
    texts: Mapping[str, str] | None = None,
    *,
    channel: Channel = Channel.ONLINE,
    place_id: uuid.UUID | None = None,
    at: datetime = NOON,
    nonce: str = "",
) -> Entry:
    """An answered questionnaire: question → options, question → words."""
    answers = tuple(
        (question.id, canonical(question, [(option, 1) for option in choices.get(question.id, ())]))
        for question in spec_row.spec.questions
    )
    words = tuple(OpenText(question_id, said, "fr") for question_id, said in (texts or {}).items())
    capture = Capture.SELF if channel is Channel.ONLINE else Capture.KEYED
    source = Source(channel, capture, place_id)
    ruling = RulingKind.VALID if choices or words else RulingKind.BLANK
    return Entry(
        AnonymousClaim(), WHOLE_STYLE, answers, source, at, nonce or uuid.uuid4().hex, ruling=ruling, texts=words
    )


def open_register(spec: BallotSpec, **changes: Any) -> BallotSpec:
    return replace(spec, register=RegisterKind.OPEN, match_fields=MATCH_FIELDS, **changes)


@dataclass(frozen=True, slots=True)
class World:
    """A published vote: what tests refer to."""

    organisation_id: uuid.UUID
    process_id: uuid.UUID
    spec_row: SpecRow
    place_id: uuid.UUID
    envelope_place_id: uuid.UUID
    path: str = "/ville/budget"


def build_world(
    database: Database,
    keys: Keys,
    spec: BallotSpec | None = None,
    *,
    slug: str = "budget",
    at: datetime = NOON,
    zone: str = i18n.DEFAULT_ZONE.key,
) -> World:
    """A published process with a counter, an envelope place and windows that are open at `at`."""
    opens, closes = at - (NOON - OPENS), at + (CLOSES - NOON)
    spec = spec or build_spec()
    with database.writing() as session:
        organisation = Organisation(
            slug="ville" if slug == "budget" else f"ville-{slug}", name={"fr": "Ville", "en": "City"}
        )
        session.add(organisation)
        session.flush()
        process = Process(
            organisation_id=organisation.id,
            slug=slug,
            state=ProcessState.PUBLISHED,
            zone=zone,
            title={"fr": "Budget participatif", "en": "Participatory budget"},
            summary={"fr": "Choisissez les projets.", "en": "Choose the projects."},
            phone="514 555-0100",
            retention={"fr": "30 jours après la certification", "en": "30 days after certification"},
            register_kind=spec.register,
            match_fields=[str(name) for name in spec.match_fields],
            precedence=spec.precedence,
            change_until_close=spec.change_until_close,
            disclosure=spec.disclosure,
        )
        session.add(process)
        session.flush()
        session.add(Phase(process_id=process.id, kind=PhaseKind.VOTE, starts_at=opens, ends_at=closes))
        _add_contests(session, process, spec)
        places = [
            Place(process_id=process.id, code="C1", name={"fr": "Bibliothèque", "en": "Library"}),
            Place(
                process_id=process.id,
                code="P1",
                kind=PlaceKind.ENVELOPE,
                channel=Channel.POST,
                name={"fr": "Poste", "en": "Post"},
            ),
        ]
        row = Spec(
            process_id=process.id,
            version=1,
            content=dump_spec(spec),
            digest=spec_digest(spec),
            published_at=opens,
        )
        session.add_all([*places, row])
        session.flush()
        _add_windows(session, row.id, opens, closes)
        world_ids = (organisation.id, process.id, row.id, places[0].id, places[1].id)
    keys.create(world_ids[2])
    with database.reading() as session:
        spec_row = spec_by_id(session, world_ids[2])
    assert spec_row is not None
    path = "/ville/budget" if slug == "budget" else f"/ville-{slug}/{slug}"
    return World(world_ids[0], world_ids[1], spec_row, world_ids[3], world_ids[4], path)


def _add_contests(session: Session, process: Process, spec: BallotSpec) -> None:
    for position, question in enumerate(spec.questions):
        contest = Contest(
            process_id=process.id,
            code=question.id,
            position=position,
            title=dict(question.title),
            envelope=question.envelope,
            kind=question.kind,
            min_choices=question.min_choices,
            max_choices=question.max_choices,
            max_points=question.max_points,
            max_points_each=question.max_points_each,
        )
        session.add(contest)
        session.flush()
        session.add_all(
            Project(
                contest_id=contest.id,
                code=option.id,
                number=option.number,
                title=dict(option.title),
                summary={"fr": "Résumé du projet.", "en": "Summary of the project."},
                description={"fr": "Description du projet.", "en": "Description of the project."},
                cost=option.cost,
                borough=option.borough,
                category=option.category,
            )
            for option in question.options
        )


def _add_windows(session: Session, spec_id: uuid.UUID, opens: datetime, closes: datetime) -> None:
    moments = {
        WindowKind.ONLINE_OPENS: opens,
        WindowKind.ONLINE_CLOSES: closes,
        WindowKind.PAPER_OPENS: opens,
        WindowKind.PAPER_CLOSES: closes,
        WindowKind.POST_CLOSES: closes + timedelta(days=3),
    }
    session.add_all(
        Window(spec_id=spec_id, kind=kind, effective_at=moment, recorded_at=opens - timedelta(days=5))
        for kind, moment in moments.items()
    )


AFTER_POST = CLOSES + timedelta(days=4)
"""When everything has closed by itself and intake may be closed."""


def build_account(database: Database, name: str, roles: Sequence[Role], organisation_id: uuid.UUID) -> uuid.UUID:
    """A member of staff with roles in the organisation."""
    with database.writing() as session:
        return accounts.add_staff(
            session,
            email=f"{name.lower().replace(' ', '.')}@ville.example",
            name=name,
            password_hash=PASSWORD_HASH,
            roles=tuple(roles),
            organisation_id=organisation_id,
            at=NOON,
        )


def build_codes(database: Database, keys: Keys, world: World, number: int, *, style: str = "ville") -> list[str]:
    """So many voters of a closed register with their personal codes."""
    with database.writing() as session:
        rows = [(f"V{place:05d}", style) for place in range(number)]
        register.import_voters(session, world.spec_row, rows, at=NOON)
        return [issued.code for issued in register.issue_codes(session, keys, world.spec_row, at=NOON)]


def choices(
    spec: BallotSpec, *chosen: str, style: str = "ville"
) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """The same chosen options (value 1, or rank by order) on the style's first question."""
    question = spec.questions_of(style)[0]
    ranked = question.kind is QuestionKind.RANKING
    answer = canonical(question, [(option, place if ranked else 1) for place, option in enumerate(chosen, 1)])
    return ((question.id, answer),)


def online_entry(keys: Keys, world: World, code: str, *chosen: str, at: datetime = NOON, nonce: str = "") -> Entry:
    """An online ballot with a personal code."""
    claim = CodeClaim(keys.code_hash(world.spec_row.id, normalise_code(code)))
    source = Source(Channel.ONLINE, Capture.SELF)
    return Entry(claim, "ville", choices(world.spec_row.spec, *chosen), source, at, nonce or uuid.uuid4().hex)


def person(first: str = "Ana", last: str = "Tremblay", born: str = "14-03", postal: str = "H2X 1Y4") -> dict[str, str]:
    """The matching fields of somebody fictional."""
    values = (first, last, born, postal)
    return {str(name): value for name, value in zip(MATCH_FIELDS, values, strict=True)}


def declared_entry(world: World, fields: dict[str, str], *chosen: str, at: datetime = NOON) -> Entry:
    """An online ballot by declaration, in an open register."""
    source = Source(Channel.ONLINE, Capture.SELF)
    return Entry(DeclaredClaim(fields), "ville", choices(world.spec_row.spec, *chosen), source, at, uuid.uuid4().hex)


def paper_entry(world: World, position: int, *chosen: str, batch_id: uuid.UUID | None = None, **changes: Any) -> Entry:
    """A keyed paper ballot of the counter."""
    batch = batch_id or new_id()
    source = Source(Channel.COUNTER, Capture.KEYED, world.place_id, batch)
    spec = world.spec_row.spec
    entry = Entry(PaperClaim(batch, position), "ville", choices(spec, *chosen), source, NOON, f"{batch}:{position}")
    return replace(entry, **changes)
