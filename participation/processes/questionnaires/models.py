"""The questionnaire of a consultation as staff set it up; publishing freezes it into a BallotSpec."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import QuestionKind
from participation.db import Instant, Json, choice, new_id
from participation.processes.models import LocalText, ProcessState


class Questionnaire(SQLModel, table=True):
    """One of a process: what is said above it, how its paper is keyed, and why it may ask anything at all."""

    __tablename__ = "questionnaire"

    process_id: uuid.UUID = Field(foreign_key="process.id", primary_key=True)
    state: ProcessState = Field(default=ProcessState.DRAFT, sa_type=choice(ProcessState))
    introduction: LocalText = Field(default_factory=dict, sa_type=Json)
    closed_twice: bool = Field(default=False)
    """On paper, ticks are keyed by two people; else keyed once and read again, like answers in words."""
    purpose: str = Field(default="", max_length=2000)
    """The assessment that the law asks for before any survey (A-2.1, s. 63.3): what the answers are for …"""
    necessity: str = Field(default="", max_length=2000)
    """… why they cannot be had otherwise …"""
    ethics: str = Field(default="", max_length=2000)
    """… and what could hurt somebody, and what is done about it."""
    assessed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    published_count: uuid.UUID | None = Field(default=None)
    """The count whose figures everybody may see."""
    assessed_at: datetime | None = Field(default=None, sa_type=Instant)


class Theme(SQLModel, table=True):
    """A heading with its questions: a page online, a heading on paper."""

    __tablename__ = "questionnaire_theme"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    position: int
    title: LocalText = Field(sa_type=Json)


class DraftQuestion(SQLModel, table=True):
    """One question. Frozen into the spec as a Question; its number is its place."""

    __tablename__ = "questionnaire_question"
    __table_args__ = (
        UniqueConstraint("process_id", "code"),
        CheckConstraint("max_choices >= 0", name="limits"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    theme_id: uuid.UUID = Field(foreign_key="questionnaire_theme.id", index=True)
    code: str = Field(max_length=20)
    """Its id in the spec and in ballots: it stays when questions change places."""
    position: int
    kind: QuestionKind = Field(default=QuestionKind.CHOOSE_ONE, sa_type=choice(QuestionKind))
    title: LocalText = Field(sa_type=Json)
    why: LocalText = Field(default_factory=dict, sa_type=Json)
    help: LocalText = Field(default_factory=dict, sa_type=Json)
    options: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    """[{"id": "1", "title": {"fr": …, "en": …}}, …] in their order; an id stays when options change places."""
    max_choices: int = Field(default=1)
    shown_if: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """{"question": code, "options": [ids]}; empty: everybody is asked."""
