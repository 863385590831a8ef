"""Hearings: the sessions of a commission, who registered to speak, and who speaks when."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.consultations.models import ContributionChannel
from participation.db import Instant, Json, choice, new_id
from participation.privacy import personal


class Need(StrEnum):
    """What somebody needs to come and be understood."""

    SIGN_LANGUAGE = "sign-language"
    TRANSPORT = "transport"
    CHILDCARE = "childcare"
    OTHER = "other"


class SpeakerState(StrEnum):
    REGISTERED = "registered"
    HEARD = "heard"
    ABSENT = "absent"
    WITHDRAWN = "withdrawn"
    """By themselves; the place is free again."""


class HearingSession(SQLModel, table=True):
    """One sitting, cut into turns of the same length: so many minutes to speak, so many to answer the commission."""

    __tablename__ = "hearing_session"
    __table_args__ = (UniqueConstraint("process_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    number: int
    """In its address; given once."""
    place: dict[str, str] = Field(sa_type=Json)
    """Name and address, as people read them."""
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    speak_minutes: int = Field(default=10)
    exchange_minutes: int = Field(default=10)
    webcast: str = Field(default="", max_length=300)


_CONTACT = personal(
    "answering people and telling them what follows",
    basis="A-2.1 s. 64",
    audience="who organises the hearings",
    retention="one year after the report, or the months that the consultation names",
)
_NEEDS = personal(
    "letting people come and be understood",
    basis="A-2.1 s. 64",
    audience="who organises the hearings",
    retention="one year after the report, or the months that the consultation names",
)


class Speaker(SQLModel, table=True):
    """Somebody who registered to speak. Name and group are read by everybody: hearings are public."""

    __tablename__ = "speaker"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    state: SpeakerState = Field(default=SpeakerState.REGISTERED, sa_type=choice(SpeakerState))
    name: str = Field(
        max_length=120,
        sa_column_kwargs=personal(
            "hearing people in public",
            basis="A-2.1 s. 64",
            audience="everybody",
            retention="with the record where it is public, otherwise with the contacts",
        ),
    )
    group_name: str = Field(default="", max_length=200)
    subject: str = Field(default="", max_length=200)
    """What they will speak of, in a few words."""
    language: str = Field(max_length=8)
    email: str = Field(default="", max_length=254, sa_column_kwargs=_CONTACT)
    phone: str = Field(default="", max_length=60, sa_column_kwargs=_CONTACT)
    needs: list[str] = Field(default_factory=list, sa_type=Json, sa_column_kwargs=_NEEDS)
    needs_note: str = Field(default="", sa_type=Text, sa_column_kwargs=_NEEDS)
    brief_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id")
    channel: ContributionChannel = Field(sa_type=choice(ContributionChannel))
    late: bool = Field(default=False)
    registered_at: datetime = Field(sa_type=Instant)
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    transcript: str = Field(default="", max_length=20)
    """Number of the document that tells what they said, such as 5.1."""
    code_hash: str = Field(max_length=64, unique=True)


class HearingTurn(SQLModel, table=True):
    """Who speaks when: one speaker for one turn, and one turn for one speaker."""

    __tablename__ = "hearing_turn"

    session_id: uuid.UUID = Field(primary_key=True, foreign_key="hearing_session.id")
    position: int = Field(primary_key=True)
    """From 1."""
    speaker_id: uuid.UUID = Field(foreign_key="speaker.id", unique=True)
