"""What goes into `cast` and what comes out: claims, entries, receipts, refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from participation.ballots.models import BallotRejection
from participation.counting.answers import Choices, Problem
from participation.counting.spec import Capture, Channel, RulingKind
from participation.register.models import SetAside


@dataclass(frozen=True, slots=True)
class Source:
    """How the person took part, and how the ballot got into the box."""

    channel: Channel
    capture: Capture
    place_id: uuid.UUID | None = None
    batch_id: uuid.UUID | None = None
    batch_round: int | None = None


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """“I hold this code”: its keyed hash."""

    code_hash: str


@dataclass(frozen=True, slots=True)
class DeclaredClaim:
    """“I declare to be eligible”: the matching fields as typed."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PaperClaim:
    """“A declaration was accepted for it”: which form of which batch. Nobody knows whose."""

    batch_id: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class PhoneClaim:
    """“A declaration was accepted for it” on the phone: a one-time number was used up. Nobody knows whose."""


@dataclass(frozen=True, slots=True)
class AnonymousClaim:
    """Nobody is asked who they are: an answer to a questionnaire, through whatever door."""


@dataclass(frozen=True, slots=True)
class RoomClaim:
    """“I take part in this meeting”: what stands for one person in a poll, a device or a card from the door. Whether
    it was in the room is said by the channel."""

    identity: str


Claim = CodeClaim | DeclaredClaim | PaperClaim | PhoneClaim | AnonymousClaim | RoomClaim


@dataclass(frozen=True, slots=True)
class OpenText:
    """An answer in one's own words, in the language that it is written in. The ballot keeps its salted digest."""

    question_id: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One ballot on its way into the box. The nonce is random, made with the form, and never stored."""

    claim: Claim
    style: str
    choices: Choices
    source: Source
    received: datetime
    nonce: str
    ruling: RulingKind = RulingKind.VALID
    rejection: BallotRejection | None = None
    texts: tuple[OpenText, ...] = ()
    """Questionnaires: `choices` has the closed questions, these are the others."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The ballot is in the box. The code proves that, never how somebody voted."""

    code: str


class RefusalReason(StrEnum):
    NOT_OPEN = "not-open"
    INTAKE_CLOSED = "intake-closed"
    UNKNOWN_CODE = "unknown-code"
    ALREADY_RECEIVED = "already-received"
    INVALID_ANSWERS = "invalid-answers"
    WRONG_STYLE = "wrong-style"
    DECLARATION_INCOMPLETE = "declaration-incomplete"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing was written for this entry, and why."""

    reason: RefusalReason
    problems: tuple[Problem, ...] = field(default=())


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    CASE = "case"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Declared:
    """A paper declaration as the intake desk presents it: a code, a register number, or fields.

    `anonymous` is the path of ages 12-13: no identity at all, one ballot, never matched.
    """

    place_id: uuid.UUID
    channel: Channel
    style: str
    received: datetime
    first_account_id: uuid.UUID
    second_account_id: uuid.UUID | None = None
    code: str | None = None
    register_number: str | None = None
    fields: Mapping[str, str] | None = None
    anonymous: bool = False
    slip_code: str = ""
    """The code printed on the slip's stub, where there is one; else it is drawn when the slip is accepted."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the desk does next: hand over a ballot, call two people to a case, or set aside unopened."""

    outcome: Outcome
    declaration_id: uuid.UUID
    stub_code: str
    replaced_online: bool = False
    refused: SetAside | None = None
