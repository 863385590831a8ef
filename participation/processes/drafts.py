"""What staff fill in, as typed values: forms make them, the service stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from participation.counting.spec import Channel, Disclosure, MatchField, Precedence, QuestionKind, RegisterKind
from participation.processes.models import LocalText, PhaseKind, PlaceKind, WindowKind


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of a process. None of them is frozen by publishing."""

    title: LocalText
    summary: LocalText = field(default_factory=dict)
    description: LocalText = field(default_factory=dict)
    phone: str = ""
    email: str = ""
    retention: LocalText = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhaseDraft:
    kind: PhaseKind
    starts_at: datetime
    ends_at: datetime
    title: LocalText = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    code: str
    name: LocalText
    kind: PlaceKind = PlaceKind.LIVE
    channel: Channel = Channel.COUNTER
    address: str = ""
    hours: LocalText = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContestDraft:
    """A contest without its rule. Money in cents."""

    code: str
    title: LocalText
    envelope: int
    district: str = ""
    kind: QuestionKind = QuestionKind.APPROVAL
    min_choices: int = 1
    max_choices: int = 5
    max_points: int = 0
    max_points_each: int = 0


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """A project. `code` is made from the number where it is empty. Money in cents."""

    number: str
    title: LocalText
    cost: int
    code: str = ""
    summary: LocalText = field(default_factory=dict)
    description: LocalText = field(default_factory=dict)
    borough: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class ProjectWords:
    """What says more about a project and is not frozen by publishing."""

    summary: LocalText
    description: LocalText


@dataclass(frozen=True, slots=True)
class Voting:
    """Who may vote, by which ways, until when, and which of two votes stands."""

    register_kind: RegisterKind = RegisterKind.OPEN
    match_fields: tuple[MatchField, ...] = ()
    precedence: Precedence = Precedence.PAPER_WINS
    change_until_close: bool = False
    disclosure: Disclosure = Disclosure.TOTALS
    minimum_age: int = 12
    eligibility: LocalText = field(default_factory=dict)
    """What a voter declares; empty: composed by the service."""
    online: bool = True
    paper: bool = True
    windows: Mapping[WindowKind, datetime] = field(default_factory=dict)
