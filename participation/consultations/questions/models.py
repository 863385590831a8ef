"""What becomes of a question after it was received: to whom it went, what was answered, with which other it is one."""

import uuid
from datetime import date, datetime

from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, new_id
from participation.privacy import personal


class QuestionSettings(SQLModel, table=True):
    """How questions are followed in a process. Without a row, the defaults hold."""

    __tablename__ = "question_settings"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    working_days: int = Field(default=10)
    """From the day when a question is received to the day when its answer is due."""


class Respondent(SQLModel, table=True):
    """A body that answers questions: a department, a developer, the office itself."""

    __tablename__ = "respondent"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    name: dict[str, str] = Field(sa_type=Json)
    email: str = Field(
        default="",
        max_length=254,
        sa_column_kwargs=personal(
            "reminding who must answer",
            basis="A-2.1 s. 64",
            audience="staff of the process",
            retention="one year after the report, or the months that the consultation names",
        ),
    )
    """Where it is reminded of answers that are due."""
    position: int


class Question(SQLModel, table=True):
    """One question on its way to an answer. A question that nobody has touched yet has no row."""

    __tablename__ = "question"

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    respondent_id: uuid.UUID | None = Field(default=None, foreign_key="respondent.id")
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    due: date | None = Field(default=None)
    """None: the usual number of working days after it was received."""
    same_as_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id", index=True)
    """The question that asks the same and is answered for both; never one that is itself the same as another."""
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its answer was first published."""


class Answer(SQLModel, table=True):
    """One version of an answer. The newest is worked on; the newest that was published is what everybody reads."""

    __tablename__ = "answer"

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    version: int = Field(primary_key=True)
    text: dict[str, str] = Field(sa_type=Json)
    documents: list[str] = Field(default_factory=list, sa_type=Json)
    """Numbers of the documentation file that it rests on, such as 3.2."""
    respondent_id: uuid.UUID | None = Field(default=None, foreign_key="respondent.id")
    """Who answered; None where it is the office itself."""
    written_at: datetime = Field(sa_type=Instant)
    written_by: uuid.UUID = Field(foreign_key="account.id")
    published_at: datetime | None = Field(default=None, sa_type=Instant)
