"""Sheets of a questionnaire between the hand that keyed them and the box."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id
from participation.privacy import personal


class SheetState(StrEnum):
    KEYED = "keyed"
    """By one person: somebody else reads it again beside the sheet."""
    DIFFERS = "differs"
    """Ticks were keyed twice and are not the same: a third person looks at the sheet."""
    CAST = "cast"
    """In the box. Nothing of what it says is left here."""
    WITHDRAWN = "withdrawn"
    """Keyed by mistake, twice, or of another questionnaire. Nothing is left of it either."""


class QuestionnaireSheet(SQLModel, table=True):
    """One sheet, or one call: what was keyed, until two people agree on it. No person's name, no code."""

    __tablename__ = "questionnaire_sheet"
    __table_args__ = (UniqueConstraint("spec_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    number: int
    """Noted on the sheet by who keyed it, so that it is found again."""
    place_id: uuid.UUID = Field(foreign_key="place.id")
    received: datetime = Field(sa_type=Instant)
    state: SheetState = Field(default=SheetState.KEYED, sa_type=choice(SheetState))
    language: str = Field(max_length=12)
    ticks: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """Question → options. Emptied when it is cast."""
    again: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """The same as a second person keyed them, where they differ."""
    text: dict[str, Any] = Field(
        default_factory=dict,
        sa_type=Json,
        sa_column_kwargs=personal(
            "hearing opinions in people’s own words",
            basis="A-2.1 s. 64",
            audience="keying desk",
            retention="until a second person has read it",
        ),
    )
    """Question → words as they stand on the sheet. Emptied when it is cast."""
    picture_id: uuid.UUID | None = Field(default=None, foreign_key="stored_file.id")
    """Of the sheet, for whoever reads it again without having it at hand. Dropped when it is cast."""
    keyed_by: uuid.UUID = Field(foreign_key="account.id")
    read_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    form_nonce: str = Field(max_length=64, unique=True)
    """Of the page: sent twice, it is one sheet. It has nothing to do with the ballot’s."""
