"""What is read at the workbench, one piece after the other: contributions of every kind, then answers in words.

A piece is named by its stable reference: C-231 is no. 231 of the register, 8.12 a brief by its number in the
documentation file, Q3-57 the answer no. 57 to question 3.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from participation.consultations.briefs.queries import SECTION
from participation.consultations.models import ContributionChannel, ContributionKind
from participation.consultations.queries import LETTERS
from participation.counting.spec import BallotSpec, QuestionKind

OF_LETTER = {letter: kind for kind, letter in LETTERS.items()}
_REGISTERED = re.compile(r"([A-Z])-([1-9]\d{0,8})")
_ANSWERED = re.compile(r"Q([1-9]\d{0,2})-([1-9]\d{0,8})")
ANSWER = "answer"
"""In the place of a kind of contribution: an answer to an open question of the questionnaire."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a piece stands: contributions by their number come first, then answers by question and number."""

    question: int
    """0 for a contribution; else the place of its question among all of the questionnaire, from 1."""
    number: int

    def __str__(self) -> str:
        """As an address says where a page begins."""
        return f"{self.question}-{self.number}"


def place_of(text: str) -> Position | None:
    """The position that an address says; None for anything else."""
    found = re.fullmatch(r"(\d{1,3})-(\d{1,9})", text)
    return Position(int(found[1]), int(found[2])) if found else None


def reference_of(kind: ContributionKind, number: int, file_number: int | None) -> str:
    """8.12 for a brief that has its number in the file, else C-231."""
    return f"{SECTION}.{file_number}" if file_number else f"{LETTERS[kind]}-{number}"


def position_of(reference: str) -> Position | None:
    """Where C-231 or Q3-57 stands; None for what is neither. Where 8.12 stands only the file knows."""
    if found := _ANSWERED.fullmatch(reference):
        return Position(int(found[1]), int(found[2]))
    found = _REGISTERED.fullmatch(reference)
    return Position(0, int(found[2])) if found and found[1] in OF_LETTER else None


class Coded(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants to see; empty fields leave nothing out."""

    kind: str = ""
    """A kind of contribution, or ANSWER."""
    theme: str = ""
    channel: str = ""
    borough: str = ""
    language: str = ""
    question: str = ""
    """Answers to this question alone."""
    coded: str = ""

    @property
    def contributions(self) -> bool:
        """Whether any contribution can be meant."""
        return not self.question and self.kind != ANSWER

    @property
    def answers(self) -> bool:
        """Whether any answer can be meant: answers know no borough, and never come by e-mail."""
        by_mail = self.channel == ContributionChannel.EMAIL
        return self.kind in ("", ANSWER) and not self.borough and not by_mail

    @property
    def query(self) -> dict[str, str]:
        """The same for an address."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


def read_wanted(asked: Mapping[str, str]) -> Wanted:
    """From an address; what it does not know is left out."""
    kinds = {*ContributionKind, ANSWER}
    allowed = {"kind": kinds, "channel": set(ContributionChannel), "coded": set(Coded)}
    values = {name: asked.get(name, "")[:120] for name in Wanted.__slots__}
    return Wanted(**{name: value for name, value in values.items() if value in allowed.get(name, {value})})


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece to be read and coded, with its words in their newest version."""

    position: Position
    reference: str
    """8.12, C-231 or Q3-57: what is cited."""
    registered: str
    """The same by the number of the register, for a brief that got one of the file later."""
    kind: str
    contribution_id: uuid.UUID | None
    answer_id: uuid.UUID | None
    channel: str
    language: str
    borough: str
    theme: str
    refused: bool
    pending: bool
    people: int
    version: int
    title: str
    text: str | None
    """None where the words were erased."""
    has_file: bool

    @property
    def source_id(self) -> uuid.UUID:
        found = self.contribution_id or self.answer_id
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question of the questionnaire with its place among all of them."""

    id: str
    place: int
    title: dict[str, str]
    theme: dict[str, str]


def asked_of(spec: BallotSpec | None) -> list[Asked]:
    """The open questions, in their order; their places count the closed ones too, as on the sheet."""
    if spec is None or not spec.is_questionnaire:
        return []
    return [
        Asked(question.id, place, dict(question.title), dict(question.theme))
        for place, question in enumerate(spec.questions, 1)
        if question.kind is QuestionKind.OPEN_TEXT
    ]
