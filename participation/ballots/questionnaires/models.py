"""Answers in words, which can be erased while the ballot keeps their digest; drafts that only their link can read."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from participation.counting.spec import Channel
from participation.db import SQLITE_WITHOUT_ROWID, Blob, choice, new_id
from participation.privacy import personal


class OpenAnswer(SQLModel, table=True):
    """One answer in somebody's own words. Erased: text and salt are gone, and the row says that one was here."""

    __tablename__ = "open_answer"
    __table_args__ = (CheckConstraint("(text IS NULL) = (salt IS NULL)", name="erased_with_salt"), SQLITE_WITHOUT_ROWID)

    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", primary_key=True)
    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    question_id: str = Field(max_length=20)
    channel: Channel = Field(sa_type=choice(Channel))
    language: str = Field(max_length=12)
    """Of the words, as told by the page or seen by the clerk: `fr`, `en` or `other`."""
    salt: str | None = Field(default=None, max_length=64)
    text: str | None = Field(
        default=None,
        sa_type=Text,
        sa_column_kwargs=personal(
            "hearing opinions in people’s own words",
            basis="A-2.1 s. 64",
            audience="the commission and its staff",
            retention="as the calendar of the body says",
        ),
    )


class QuestionnaireDraft(SQLModel, table=True):
    """A questionnaire that is not sent yet, as nobody here can read it: the key lies in the private link."""

    __tablename__ = "questionnaire_draft"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    id: str = Field(max_length=64, primary_key=True)
    """Made from the link, which cannot be made from it."""
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    sealed: bytes = Field(
        sa_type=Blob,
        sa_column_kwargs=personal(
            "going on later with a questionnaire",
            basis="A-2.1 s. 64",
            audience="who holds the private link",
            retention="until the day that the page names",
        ),
    )
    expires_on: date = Field(index=True)
