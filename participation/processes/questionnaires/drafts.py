"""What staff fill in about a questionnaire, as typed values: forms make them, the service stores them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from participation.counting.spec import QuestionKind
from participation.processes.models import LocalText, WindowKind


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question. `options` are the lines per language; `condition` is (code of an earlier question, ids)."""

    theme_id: uuid.UUID
    kind: QuestionKind
    title: LocalText
    why: LocalText
    help: LocalText = field(default_factory=dict)
    options: tuple[LocalText, ...] = ()
    max_choices: int = 1
    condition: tuple[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Necessity and ethics, before anybody is asked anything (A-2.1, s. 63.3)."""

    purpose: str
    necessity: str
    ethics: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said above the questions, when answers are received, how paper is keyed."""

    introduction: LocalText
    windows: Mapping[WindowKind, datetime]
    closed_twice: bool
