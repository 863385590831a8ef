"""Sheets of a questionnaire between the hand that keyed them and the box."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import Instant, Json, choice, new_id
from participation.paper.models.scans import ScanFileState
from participation.privacy import personal


class SheetState(StrEnum):
    SCANNED = "scanned"
    """It came in a scan, and nobody has keyed it yet; its ticks are those of which the machine is certain."""
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
    keyed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """None as long as it is only scanned."""
    read_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    form_nonce: str = Field(max_length=64, unique=True)
    """Of the page: sent twice, it is one sheet. It has nothing to do with the ballot’s."""


class QuestionnaireScan(SQLModel, table=True):
    """A file with scanned sheets that came in at one place on one day. What it was called is not kept."""

    __tablename__ = "questionnaire_scan"
    __table_args__ = (UniqueConstraint("spec_id", "number"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id")
    number: int
    place_id: uuid.UUID = Field(foreign_key="place.id")
    received: datetime = Field(sa_type=Instant)
    """When the sheets came in, as with one that is keyed from the paper."""
    nonce: str = Field(max_length=64, unique=True)
    """Of the form, with the place of the file in it: sent twice, its files are brought once."""
    digest: str = Field(max_length=64)
    """SHA-256 of its bytes: the same file twice is seen before it is read."""
    state: ScanFileState = Field(default=ScanFileState.WAITING, sa_type=choice(ScanFileState))
    problem: str = Field(default="", max_length=40)
    attempt: int = Field(default=1)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)


class QuestionnairePage(SQLModel, table=True):
    """A page of such a file. Deleted with its sheet, and at the latest when pictures are destroyed."""

    __tablename__ = "questionnaire_page"
    __table_args__ = (UniqueConstraint("scan_id", "page"),)

    id: uuid.UUID = Field(primary_key=True)
    """Made of the file and the page's number: a worker that was killed makes the same again."""
    scan_id: uuid.UUID = Field(foreign_key="questionnaire_scan.id")
    page: int
    form: str = Field(default="", max_length=40)
    side: int = Field(default=0)
    sides: int = Field(default=0)
    sheet_id: uuid.UUID | None = Field(default=None, foreign_key="questionnaire_sheet.id", index=True)
    """None where nobody can tell of which sheet it is: a person looks at it, and keys from the paper."""
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """Question → options that are ticked for certain. Emptied when they lie on the sheet."""
    unclear: list[Any] = Field(default_factory=list, sa_type=Json)
    """Questions of which the machine is not certain."""
    cuts: list[Any] = Field(default_factory=list, sa_type=Json)
    """Each place for words that was cut out: its question, and whether there may be ink in it."""
    problems: list[Any] = Field(default_factory=list, sa_type=Json)
    pictured: bool = Field(
        default=False,
        sa_column_kwargs=personal(
            "hearing opinions in people’s own words",
            basis="A-2.1 s. 64",
            audience="keying desk",
            retention="until a second person has read it, 60 days at most",
        ),
    )
    """Whether its picture and those of its places for words are on disk."""
