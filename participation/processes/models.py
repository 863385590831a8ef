"""A process with its phases, contests and projects; published specs; windows as append-only events."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import Channel, Disclosure, Precedence, QuestionKind, RegisterKind
from participation.db import Cents, Instant, Json, choice, new_id

LocalText = dict[str, str]
"""A published text per language: {"fr": …, "en": …}."""


class ProcessState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class ProcessKind(StrEnum):
    """What the public is asked for. The first two have the same phases, places, people and desks of paper."""

    BUDGET = "budget"
    """A participatory budget: projects with a cost, a vote, a certified result."""
    CONSULTATION = "consultation"
    """A public consultation: documents, questions, opinions, briefs, a report; its ballot is a questionnaire."""
    MEETING = "meeting"
    """One meeting that stands alone (`live.alone`): no stage, no place, no paper but that of the room."""


class PhaseKind(StrEnum):
    ANNOUNCEMENT = "announcement"
    IDEAS = "ideas"
    STUDY = "study"
    VOTE = "vote"
    COUNT = "count"
    CHALLENGE = "challenge"
    RESULT = "result"
    DELIVERY = "delivery"
    MANDATE = "mandate"
    NOTICE = "notice"
    DOCUMENTS = "documents"
    ACTIVITIES = "activities"
    INFORMATION = "information"
    QUESTIONS = "questions"
    CONTRIBUTIONS = "contributions"
    BRIEFS = "briefs"
    """Deposit of briefs and registration to speak: it ends before the hearings."""
    HEARINGS = "hearings"
    ANALYSIS = "analysis"
    REPORT = "report"
    FOLLOW_UP = "follow_up"


_OF_A_BUDGET = (
    PhaseKind.ANNOUNCEMENT,
    PhaseKind.IDEAS,
    PhaseKind.STUDY,
    PhaseKind.VOTE,
    PhaseKind.COUNT,
    PhaseKind.CHALLENGE,
    PhaseKind.RESULT,
    PhaseKind.DELIVERY,
)
PHASES_OF: dict[ProcessKind, tuple[PhaseKind, ...]] = {
    ProcessKind.BUDGET: _OF_A_BUDGET,
    ProcessKind.CONSULTATION: tuple(kind for kind in PhaseKind if kind not in _OF_A_BUDGET),
    ProcessKind.MEETING: (),
}
"""The stages that a process of each kind may have, in their usual order."""


class Profile(StrEnum):
    """How much of the paper desk a process uses (FLOWS: people)."""

    BOROUGH = "borough"
    """Header, two keyings, reconciliation: from box to closed batch in four screens."""
    CITY = "city"
    """Also seals, bags, scans, post and telephone."""


class ProjectComments(StrEnum):
    """Until when people may comment on the projects of a vote."""

    NONE = "none"
    STUDY = "study"
    VOTE = "vote"


class Process(SQLModel, table=True):
    """A participatory budget, a consultation or a meeting of its own, of one organisation."""

    __tablename__ = "process"
    __table_args__ = (UniqueConstraint("organisation_id", "slug"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    organisation_id: uuid.UUID = Field(foreign_key="organisation.id", index=True)
    slug: str = Field(max_length=80)
    kind: ProcessKind = Field(default=ProcessKind.BUDGET, sa_type=choice(ProcessKind))
    state: ProcessState = Field(default=ProcessState.DRAFT, sa_type=choice(ProcessState))
    zone: str = Field(default="America/Toronto", max_length=60)
    title: LocalText = Field(sa_type=Json)
    summary: LocalText = Field(default_factory=dict, sa_type=Json)
    description: LocalText = Field(default_factory=dict, sa_type=Json)
    phone: str = Field(default="", max_length=60)
    """Printed on every sheet and page: a telephone number, never a QR code alone."""
    email: str = Field(default="", max_length=254)
    """Of a consultation: where people write to it; what comes there is recorded like a sheet."""
    retention: LocalText = Field(default_factory=dict, sa_type=Json)
    """When personal information is destroyed, as printed in the notice."""
    contact_months: int = Field(default=12)
    """Of a consultation: so many months after its report is public, contacts are erased."""
    # The draft of the spec: what the voter will be promised.
    register_kind: RegisterKind = Field(default=RegisterKind.OPEN, sa_type=choice(RegisterKind))
    match_fields: list[str] = Field(default_factory=list, sa_type=Json)
    precedence: Precedence = Field(default=Precedence.PAPER_WINS, sa_type=choice(Precedence))
    change_until_close: bool = Field(default=False)
    disclosure: Disclosure = Field(default=Disclosure.TOTALS, sa_type=choice(Disclosure))
    minimum_age: int = Field(default=12)
    eligibility: LocalText = Field(default_factory=dict, sa_type=Json)
    """What a voter declares; composed from the organisation and the minimum age until somebody writes it."""
    online: bool = Field(default=True)
    paper: bool = Field(default=True)
    profile: Profile = Field(default=Profile.BOROUGH, sa_type=choice(Profile))
    project_comments: ProjectComments = Field(default=ProjectComments.NONE, sa_type=choice(ProjectComments))
    planned_windows: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    """WindowKind → instant (ISO 8601 with its offset): the hours that publishing turns into windows."""


class Phase(SQLModel, table=True):
    """A dated stage, [starts_at, ends_at)."""

    __tablename__ = "phase"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="forwards"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    kind: PhaseKind = Field(sa_type=choice(PhaseKind))
    title: LocalText = Field(default_factory=dict, sa_type=Json)
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)


class PlaceKind(StrEnum):
    LIVE = "live"
    """The register is at hand: a ballot is handed over only after acceptance."""
    ENVELOPE = "envelope"
    """No register at hand: declarations and ballots arrive in envelopes and are checked in later."""


class Place(SQLModel, table=True):
    """A counter, library, mobile booth or the address that receives the post."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("process_id", "code"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    code: str = Field(max_length=20)
    kind: PlaceKind = Field(default=PlaceKind.LIVE, sa_type=choice(PlaceKind))
    channel: Channel = Field(default=Channel.COUNTER, sa_type=choice(Channel))
    name: LocalText = Field(sa_type=Json)
    address: str = Field(default="", max_length=300)
    hours: LocalText = Field(default_factory=dict, sa_type=Json)


class Contest(SQLModel, table=True):
    """One district's vote: envelope, kind of ballot, limits and rule. Frozen into the spec as a Question."""

    __tablename__ = "contest"
    __table_args__ = (
        UniqueConstraint("process_id", "code"),
        CheckConstraint("envelope >= 0", name="envelope"),
        CheckConstraint("min_choices >= 0 AND max_choices >= min_choices", name="limits"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    code: str = Field(max_length=20)
    """The question's id in the spec and in ballots."""
    position: int = Field(default=0)
    title: LocalText = Field(sa_type=Json)
    district: str = Field(default="", max_length=120)
    """Empty: everybody votes in it. Else it is on the ballot of that district's style only."""
    envelope: int = Field(sa_type=Cents)
    kind: QuestionKind = Field(default=QuestionKind.APPROVAL, sa_type=choice(QuestionKind))
    min_choices: int = Field(default=1)
    max_choices: int = Field(default=5)
    max_points: int = Field(default=0)
    max_points_each: int = Field(default=0)
    rule: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """The fields of `counting.spec.CountingRule` that differ from its defaults."""


class Project(SQLModel, table=True):
    """A votable project with a cost. Frozen into the spec as an Option."""

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("contest_id", "number"),
        UniqueConstraint("contest_id", "code"),
        CheckConstraint("cost >= 0", name="cost"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    contest_id: uuid.UUID = Field(foreign_key="contest.id", index=True)
    code: str = Field(max_length=80)
    """The option's id in the spec and in ballots; as text, ties go to the lowest."""
    number: str = Field(max_length=8)
    """Printed on the ballot and keyed."""
    title: LocalText = Field(sa_type=Json)
    summary: LocalText = Field(default_factory=dict, sa_type=Json)
    description: LocalText = Field(default_factory=dict, sa_type=Json)
    cost: int = Field(sa_type=Cents)
    borough: str = Field(default="", max_length=120)
    category: str = Field(default="", max_length=60)
    """What a reserved part of the envelope is for, such as `jeunesse`."""


class Spec(SQLModel, table=True):
    """A published BallotSpec: its canonical text and digest. Append-only."""

    __tablename__ = "ballot_spec"
    __table_args__ = (UniqueConstraint("process_id", "series", "version"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    series: str = Field(default="", max_length=40)
    """Empty for the vote or questionnaire of the process; each poll of a meeting is a series of its own."""
    version: int
    content: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)
    published_at: datetime = Field(sa_type=Instant)


class WindowKind(StrEnum):
    ONLINE_OPENS = "online_opens"
    ONLINE_CLOSES = "online_closes"
    PAPER_OPENS = "paper_opens"
    PAPER_CLOSES = "paper_closes"
    POST_CLOSES = "post_closes"
    ROOM_OPENS = "room_opens"
    ROOM_CLOSES = "room_closes"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    INTAKE_CLOSED = "intake_closed"


class Window(SQLModel, table=True):
    """When intake opens or closes. The newest row of a kind stands; extensions and early closing are new rows."""

    __tablename__ = "spec_window"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    kind: WindowKind = Field(sa_type=choice(WindowKind))
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    first_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")


class ProjectChangeKind(StrEnum):
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"
    TOP_UP = "top_up"


class ProjectChange(SQLModel, table=True):
    """What happened to a project after publication; shown with the result. Append-only, reason in the event."""

    __tablename__ = "project_change"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    question_id: str = Field(max_length=20)
    option_id: str = Field(max_length=80)
    kind: ProjectChangeKind = Field(sa_type=choice(ProjectChangeKind))
    amount: int = Field(default=0, sa_type=Cents)
    """Outside money in cents, for a top-up."""
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    reason: LocalText = Field(sa_type=Json)
