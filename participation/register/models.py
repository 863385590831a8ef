"""Voters, codes, declarations, marks and cases. Marks and tags meet only through the voting key."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import Channel
from participation.db import SQLITE_WITHOUT_ROWID, Instant, choice, new_id
from participation.privacy import personal


class Voter(SQLModel, table=True):
    """An entry of a closed register: a number and a district, no name."""

    __tablename__ = "voter"
    __table_args__ = (UniqueConstraint("spec_id", "register_number"), SQLITE_WITHOUT_ROWID)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    register_number: str = Field(
        max_length=64,
        sa_column_kwargs=personal(
            "one person, one vote", basis="A-2.1 s. 64", audience="intake desk", retention="until intake closes"
        ),
    )
    style: str = Field(max_length=40)


class CodeState(StrEnum):
    UNUSED = "unused"
    USED = "used"
    CANCELLED = "cancelled"


class AccessCode(SQLModel, table=True):
    """A personal or anonymous code, as keyed hash. `voter_id` is empty for one of an anonymous pool."""

    __tablename__ = "access_code"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    code_hash: str = Field(max_length=64, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    voter_id: uuid.UUID | None = Field(default=None, foreign_key="voter.id", index=True)
    style: str = Field(max_length=40)
    state: CodeState = Field(default=CodeState.UNUSED, sa_type=choice(CodeState))


class Mark(SQLModel, table=True):
    """Has taken part, through which channel. One per person and spec; a replacement overwrites the channel."""

    __tablename__ = "mark"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", primary_key=True)
    voter_hash: str = Field(
        max_length=64,
        primary_key=True,
        sa_column_kwargs=personal(
            "one person, one vote",
            basis="A-2.1 s. 64",
            audience="nobody: it is read by the program",
            retention="kept as a number that belongs to nobody once intake is closed",
        ),
    )
    """HMAC with the spec's voting key: without the key it is nobody."""
    channel: Channel = Field(sa_type=choice(Channel))


class DoorCard(SQLModel, table=True):
    """A card that was handed to somebody at the door of a room: one person, one vote, and nobody's name."""

    __tablename__ = "door_card"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    room_id: uuid.UUID = Field(primary_key=True)
    """The meeting."""
    number: str = Field(max_length=20, primary_key=True)


class DeclarationState(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OPEN_CASE = "open_case"


class SetAside(StrEnum):
    """Why a declaration is refused; its envelope stays unopened (mis de côté)."""

    LATE = "late"
    UNSIGNED = "unsigned"
    NOT_ELIGIBLE = "not-eligible"
    WRONG_AREA = "wrong-area"
    DUPLICATE = "duplicate"
    NO_DECLARATION = "no-declaration"
    NOT_OURS = "not-ours"


_COMPARED = personal(
    "finding people who voted twice",
    basis="A-2.1 s. 64",
    audience="nobody: it is read by the program",
    retention="until intake closes",
)


class Declaration(SQLModel, table=True):
    """Who declared to be eligible, encrypted until every case is closed; and what became of it."""

    __tablename__ = "declaration"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID | None = Field(default=None, foreign_key="place.id", index=True)
    channel: Channel = Field(sa_type=choice(Channel))
    received_on: date
    style: str = Field(max_length=40)
    state: DeclarationState = Field(sa_type=choice(DeclarationState))
    set_aside: SetAside | None = Field(default=None, sa_type=choice(SetAside))
    fields: bytes | None = Field(
        default=None,
        sa_type=LargeBinary,
        sa_column_kwargs=personal(
            "finding people who voted twice",
            basis="A-2.1 s. 64",
            audience="intake desk and the two deciders of a case",
            retention="until every case is closed",
        ),
    )
    """The matching fields as typed, encrypted; emptied when intake closes."""
    voter_hash: str | None = Field(default=None, max_length=64, index=True, sa_column_kwargs=_COMPARED)
    near_a: str | None = Field(default=None, max_length=64, index=True, sa_column_kwargs=_COMPARED)
    near_b: str | None = Field(default=None, max_length=64, index=True, sa_column_kwargs=_COMPARED)
    near_c: str | None = Field(default=None, max_length=64, index=True, sa_column_kwargs=_COMPARED)
    """Keyed hashes of parts of the fields: two declarations that share one are compared by a person."""
    stub_hash: str | None = Field(default=None, max_length=64, unique=True)
    first_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")


class CaseState(StrEnum):
    OPEN = "open"
    SAME_PERSON = "same_person"
    TWO_PERSONS = "two_persons"


class Case(SQLModel, table=True):
    """A possible duplicate that two people decide. Deleted when intake closes; its outcome lives in figures."""

    __tablename__ = "register_case"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    declaration_id: uuid.UUID = Field(foreign_key="declaration.id", index=True)
    other_id: uuid.UUID | None = Field(default=None, foreign_key="declaration.id")
    state: CaseState = Field(default=CaseState.OPEN, sa_type=choice(CaseState))
    first_vote: CaseState | None = Field(default=None, sa_type=choice(CaseState, "first_vote"))
    first_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    document_seen: bool = Field(default=False)
    """The person showed a document to one of the two. It was looked at, and nothing of it was copied."""


class KeyDestruction(SQLModel, table=True):
    """The ledger of destroyed voting keys: a restored backup destroys them again."""

    __tablename__ = "key_destruction"

    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
    at: datetime = Field(sa_type=Instant)
