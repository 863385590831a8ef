"""Sums of what people said of themselves. There is no row of a person: what is added cannot be told apart again."""

import uuid

from sqlmodel import Field, SQLModel

from participation.consultations.models import ContributionChannel
from participation.db import Json, choice


class ParticipantQuestions(SQLModel, table=True):
    """What a consultation asks on its slip, in order. Without a row, nothing is asked."""

    __tablename__ = "participant_questions"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    codes: list[str] = Field(default_factory=list, sa_type=Json)


class ParticipantTally(SQLModel, table=True):
    """How many slips that came one way give an answer; with neither question nor answer, how many slips there are."""

    __tablename__ = "participant_tally"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    channel: ContributionChannel = Field(primary_key=True, sa_type=choice(ContributionChannel))
    question: str = Field(primary_key=True, max_length=20)
    answer: str = Field(primary_key=True, max_length=20)
    number: int = Field(default=0)


class ParticipantNonce(SQLModel, table=True):
    """That a page was sent, so that sent twice it is one slip. It says neither what nor when."""

    __tablename__ = "participant_nonce"

    nonce_hash: str = Field(primary_key=True, max_length=64)
