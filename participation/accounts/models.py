"""Organisations, accounts, what they may do, where they are signed in, and failed attempts."""

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, Json, choice, new_id
from participation.privacy import personal


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    INTAKE_CLERK = "intake_clerk"
    ENTRY_CLERK = "entry_clerk"
    ADJUDICATOR = "adjudicator"
    MODERATOR = "moderator"
    FACILITATOR = "facilitator"
    CERTIFIER = "certifier"
    OBSERVER = "observer"


class Organisation(SQLModel, table=True):
    """A public body: a city, a borough, an office."""

    __tablename__ = "organisation"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(max_length=60, unique=True)
    name: dict[str, str] = Field(sa_type=Json)
    address: str = Field(default="", max_length=300)
    privacy_title: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    """Whom to ask to see or correct personal information (A-2.1, s. 65), by title and not by name."""
    privacy_phone: str = Field(default="", max_length=40)
    privacy_email: str = Field(default="", max_length=254)
    colour: str = Field(default="", max_length=7)
    """Its own colour in place of river, as #RRGGBB; refused when its contrast on paper is under 4.5."""
    english_notice: bool = Field(default=False)
    """Whether readers attest, before its first page in English, that an exception of the Charter of the French
    language (C-11) covers them."""

    @property
    def privacy_officer(self) -> dict[str, str]:
        """Title, telephone and e-mail in a line per language, as every notice prints them; {} where none is known."""
        ways = [way for way in (self.privacy_phone.replace(" ", "\u00a0"), self.privacy_email) if way]
        titles = self.privacy_title or ({"fr": ""} if ways else {})
        return {locale: ", ".join(filter(None, [title, *ways])) for locale, title in titles.items()}


class Account(SQLModel, table=True):
    """A member of staff who signs in."""

    __tablename__ = "account"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(
        max_length=254,
        unique=True,
        sa_column_kwargs=personal(
            "sign-in", basis="employment", audience="administrators", retention="while employed, then one year"
        ),
    )
    name: str = Field(
        max_length=120,
        sa_column_kwargs=personal(
            "signs minutes and batches",
            basis="employment",
            audience="staff of the process",
            retention="one year after certification",
        ),
    )
    password_hash: str = Field(max_length=200)
    is_active: bool = Field(default=True)
    created_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Who made it and knows its first password; none where the operator did, by command."""
    password_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Who issued the one-time link by which the password was last chosen; none where the operator or nobody did."""


class Grant(SQLModel, table=True):
    """A role in one organisation, or in one process only."""

    __tablename__ = "account_grant"
    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) <> (process_id IS NULL)", name="one_place"),
        UniqueConstraint("account_id", "role", "organisation_id", "process_id"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    role: Role = Field(sa_type=choice(Role))
    organisation_id: uuid.UUID | None = Field(default=None, foreign_key="organisation.id")
    process_id: uuid.UUID | None = Field(default=None, foreign_key="process.id")


class StaffSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds the token, this row only its digest."""

    __tablename__ = "staff_session"

    token_digest: str = Field(max_length=64, primary_key=True)
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class PasswordLink(SQLModel, table=True):
    """A one-time link to choose a password with. Whoever holds it holds the token, this row only its digest."""

    __tablename__ = "password_link"

    account_id: uuid.UUID = Field(foreign_key="account.id", primary_key=True)
    token_digest: str = Field(max_length=64, unique=True)
    issued_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    expires_at: datetime = Field(sa_type=Instant)


class FailedAttempts(SQLModel, table=True):
    """How often something was got wrong lately, by keyed digest of who tried: no address is stored."""

    __tablename__ = "failed_attempts"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    bucket: str = Field(max_length=64, primary_key=True)
    failures: int
    window_start: datetime = Field(sa_type=Instant)
