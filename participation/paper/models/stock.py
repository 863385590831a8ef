"""Forms and envelopes per place, as counted by hand; forms of the intake desk that were sent already."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from participation.db import SQLITE_WITHOUT_ROWID, Instant, choice, new_id


class StockKind(StrEnum):
    """What happened to blank forms and envelopes of a place, as counts (FLOWS: identities)."""

    BLANKS_RECEIVED = "blanks_received"
    UNUSED = "unused"
    ISSUED = "issued"
    """Handed out or mailed with envelopes, counted by hand; at a counter the accepted declarations say it."""
    REPLACED = "replaced"
    """Spoiled at the counter and replaced (détérioré)."""
    NOT_RETURNED = "not_returned"
    INNER_OPENED = "inner_opened"
    EMPTY_ENVELOPE = "empty_envelope"
    EXTRA = "extra"


class StockEntry(SQLModel, table=True):
    """A signed number of forms, append-only: a correction is another entry."""

    __tablename__ = "stock_entry"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    kind: StockKind = Field(sa_type=choice(StockKind))
    amount: int
    nonce: str = Field(max_length=64, unique=True)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)


class IntakeSubmission(SQLModel, table=True):
    """A form of the intake desk that was sent: sent again, it has the same outcome and accepts nobody twice.

    It refers to no declaration and holds no name; the outcome is sealed. Emptied after a day.
    """

    __tablename__ = "intake_submission"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    nonce_hash: str = Field(max_length=64, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    outcome: str = Field(max_length=1000)
    day: date
