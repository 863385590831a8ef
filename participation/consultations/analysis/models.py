"""The codes that a team keeps, the passages that it has put under them, and the numbers of answers in words."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, new_id
from participation.privacy import personal


class AnalysisCode(SQLModel, table=True):
    """One theme of the team's tree. Only the team reads it, so it has one title, in the team's language."""

    __tablename__ = "analysis_code"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    parent_id: uuid.UUID | None = Field(default=None, foreign_key="analysis_code.id")
    title: str = Field(max_length=120)


class CodedPassage(SQLModel, table=True):
    """Some words of one contribution, or of one answer to the questionnaire, under one code.

    The words themselves stay where they are, so that erasing them there erases them here: a passage knows its version
    and its place, in characters from `starts` to `ends`. Only what was copied from a file has no such place.
    """

    __tablename__ = "coded_passage"
    __table_args__ = (
        CheckConstraint("(contribution_id IS NULL) <> (answer_id IS NULL)", name="of_one"),
        CheckConstraint("(quote = '') = (ends > starts)", name="place_or_quote"),
        Index("ix_coded_passage_contributions", "process_id", "contribution_id"),
        Index("ix_coded_passage_answers", "process_id", "answer_id"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    code_id: uuid.UUID = Field(foreign_key="analysis_code.id", index=True)
    contribution_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id", index=True)
    answer_id: uuid.UUID | None = Field(default=None, index=True)
    """An answer of the questionnaire; no foreign key, for answers are laid out anew when intake closes."""
    version: int = Field(default=1)
    starts: int = Field(default=0)
    ends: int = Field(default=0)
    quote: str = Field(
        default="",
        sa_type=Text,
        sa_column_kwargs=personal(
            "taking opinions into account",
            basis="A-2.1 s. 64",
            audience="the commission and its staff",
            retention="as long as the record of the consultation",
        ),
    )
    """Words of a file, which have no place in the text."""
    page: str = Field(default="", max_length=20)
    """Of the file, as printed: 3, or 12-13."""
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)


class AnswerNumber(SQLModel, table=True):
    """The number under which an answer in words is cited: 57 in Q3-57.

    Numbers are given to twenty answers of a question or more at a time, in an order that says nothing: nobody can tell
    which answers came together.
    """

    __tablename__ = "answer_number"
    __table_args__ = (UniqueConstraint("spec_id", "question_id", "number"), SQLITE_WITHOUT_ROWID)

    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
    answer_id: uuid.UUID = Field(primary_key=True)
    question_id: str = Field(max_length=20)
    number: int
