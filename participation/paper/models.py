"""Batches of paper ballots and their independent keyings; stock figures per place."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.ballots.models import BallotRejection
from participation.counting.spec import Channel
from participation.db import SQLITE_WITHOUT_ROWID, Instant, Json, choice, new_id
from participation.privacy import personal


class BatchState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Batch(SQLModel, table=True):
    """At most 50 forms of one place and style under one printed header with a hand count."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("spec_id", "number"),
        CheckConstraint("header_count BETWEEN 1 AND 50", name="at_most_fifty"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: a header sent twice is one batch."""
    style: str = Field(max_length=40)
    channel: Channel = Field(sa_type=choice(Channel))
    received_on: date
    header_count: int
    seal_number: str = Field(default="", max_length=40)
    seal_broken: bool = Field(default=False)
    numbered: bool = Field(default=False)
    """Whether its forms carry a serial, which is then keyed with each form."""
    box_id: uuid.UUID | None = Field(default=None, foreign_key="box.id", index=True)
    """The box that its forms were taken from, where the vote works with boxes."""
    state: BatchState = Field(default=BatchState.OPEN, sa_type=choice(BatchState))
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: uuid.UUID = Field(foreign_key="account.id")
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    forms_cast: int = Field(default=0)
    """How many of its forms were put into the box when it closed, whatever their ruling."""


class KeyingSession(SQLModel, table=True):
    """One clerk's pass over a batch: the first or the independent second."""

    __tablename__ = "keying_session"
    __table_args__ = (
        UniqueConstraint("batch_id", "pass_number"),
        UniqueConstraint("batch_id", "account_id"),
        CheckConstraint("pass_number IN (1, 2)", name="two_passes"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id", index=True)
    pass_number: int
    account_id: uuid.UUID = Field(foreign_key="account.id")
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class Interpretation(StrEnum):
    CHOICES = "choices"
    BLANK = "blank"
    OVER = "over"
    """More marks than anybody would key, read as too many."""
    UNCLEAR = "unclear"
    MISSING = "missing"
    """There is no form at this position: only a third person, paper in hand, says so."""


class Keying(SQLModel, table=True):
    """One form as one clerk read it: the marks exactly as keyed, unknown numbers and all."""

    __tablename__ = "keying"
    __table_args__ = (
        UniqueConstraint("session_id", "position"),
        UniqueConstraint("session_id", "nonce"),
        CheckConstraint("position BETWEEN 1 AND 99", name="position_in_batch"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="keying_session.id", index=True)
    position: int
    interpretation: Interpretation = Field(sa_type=choice(Interpretation))
    marks: dict[str, Any] = Field(sa_type=Json)
    """Question id → list of [number as keyed, value]."""
    serial: str = Field(default="", max_length=7, index=True)
    """The printed serial of the ballot half, digits only; empty on a form without one."""
    seconds: int | None = Field(default=None)
    """From the form's coming up to its saving, a length of time and no instant; empty where nobody measured."""
    nonce: str = Field(max_length=64)
    """Made by the form: a form saved twice is one keying."""


class Adjudication(SQLModel, table=True):
    """What a third person ruled on a form whose two keyings differ, or that is an exception.

    The reading comes first, made from the paper without sight of the keyings; the ruling once both are shown.
    """

    __tablename__ = "adjudication"
    __table_args__ = (UniqueConstraint("batch_id", "position"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id", index=True)
    position: int
    account_id: uuid.UUID = Field(foreign_key="account.id")
    reading: Interpretation = Field(sa_type=choice(Interpretation, "reading"))
    reading_marks: dict[str, Any] = Field(sa_type=Json)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    """Empty while only the third person's own reading is saved."""
    interpretation: Interpretation | None = Field(default=None, sa_type=choice(Interpretation))
    rejection: BallotRejection | None = Field(default=None, sa_type=choice(BallotRejection))
    marks: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class GapKind(StrEnum):
    COUNT = "count"
    """Header and keyed forms differ."""
    EXCESS = "excess"
    """More forms come from the place than declarations were accepted there."""


class GapSignature(SQLModel, table=True):
    """Two people sign the same difference; the reason in words lies with the event."""

    __tablename__ = "gap_signature"
    __table_args__ = (UniqueConstraint("batch_id", "kind", "account_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id", index=True)
    kind: GapKind = Field(sa_type=choice(GapKind))
    account_id: uuid.UUID = Field(foreign_key="account.id")
    difference: int
    """Signed: a signature under another difference counts for nothing."""
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_type=Instant)


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


class SampleAudit(SQLModel, table=True):
    """The audit by sample of one contest of a count, with the risk limit that was announced before the dice."""

    __tablename__ = "sample_audit"
    __table_args__ = (UniqueConstraint("count_id", "question_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    count_id: uuid.UUID = Field(foreign_key="ballot_count.id")
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    question_id: str = Field(max_length=40)
    risk_percent: int
    announced_at: datetime = Field(sa_type=Instant)
    seed: str = Field(default="", max_length=200)
    """The digits of the dice; empty until they are thrown."""


class SampleReading(SQLModel, table=True):
    """A drawn paper ballot as it was read again. Who read it stands with the event."""

    __tablename__ = "sample_reading"
    __table_args__ = (UniqueConstraint("audit_id", "batch_id", "position"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    audit_id: uuid.UUID = Field(foreign_key="sample_audit.id", index=True)
    batch_id: uuid.UUID = Field(foreign_key="batch.id")
    position: int
    interpretation: Interpretation = Field(sa_type=choice(Interpretation))
    marks: dict[str, Any] = Field(sa_type=Json)
    rejection: BallotRejection | None = Field(default=None, sa_type=choice(BallotRejection))


class Paper(StrEnum):
    LETTER = "letter"
    LEGAL = "legal"
    A4 = "a4"


class Profile(StrEnum):
    """How much of the paper desk a process uses (FLOWS: people)."""

    BOROUGH = "borough"
    """Header, two keyings, reconciliation: from box to closed batch in four screens."""
    CITY = "city"
    """Also seals, bags, scans, post and telephone."""


class PaperSettings(SQLModel, table=True):
    """How a process works with paper, where it departs from what is usual."""

    __tablename__ = "paper_settings"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    numbered: bool = Field(default=True)
    """Whether ballots are printed with a serial; else they are initialled and matched by their place in the batch."""
    profile: Profile = Field(default=Profile.BOROUGH, sa_type=choice(Profile))


class TeamException(SQLModel, table=True):
    """A vote with paper that was opened with fewer people than it needs. Append-only, printed with the result."""

    __tablename__ = "team_exception"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id", index=True)
    missing: list[str] = Field(default_factory=list, sa_type=Json)
    """The posts that nobody could take, one for each missing person."""
    reason: str = Field(default="", max_length=500)
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID = Field(foreign_key="account.id")


class PrintState(StrEnum):
    ORDERED = "ordered"
    AT_ONCE = "at_once"
    """Printed by the command that ordered it."""
    READY = "ready"
    """The file waits to be fetched."""
    DELIVERED = "delivered"
    STOPPED = "stopped"
    """Something went wrong; it may be started again."""
    DROPPED = "dropped"
    """Given up, or never delivered: the file is gone and its copies never enter the stock."""


class PrintRun(SQLModel, table=True):
    """An order of blank ballots. The row asks for the work; the worker prints, part by part."""

    __tablename__ = "print_run"
    __table_args__ = (
        CheckConstraint("copies BETWEEN 1 AND 10000", name="copies_in_one_run"),
        CheckConstraint("printed BETWEEN 0 AND copies", name="printed_at_most_ordered"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID | None = Field(default=None, foreign_key="place.id", index=True)
    """Whose stock it is for; empty where it is for none yet."""
    style: str = Field(max_length=40)
    language: str = Field(max_length=10)
    paper: Paper = Field(sa_type=choice(Paper))
    large: bool
    numbered: bool
    copies: int
    on_site: bool = Field(default=False)
    """Extras that a place prints by itself because it runs out."""
    state: PrintState = Field(default=PrintState.ORDERED, sa_type=choice(PrintState))
    printed: int = Field(default=0)
    """Copies whose part of the file is whole and on disk."""
    attempt: int = Field(default=1)
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: an order sent twice is one run."""
    ordered_at: datetime = Field(sa_type=Instant)
    ordered_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Empty where the operator ordered on the command line."""
    ready_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was delivered or dropped."""


class BallotSerial(SQLModel, table=True):
    """A serial that was printed, with the keyed hash of the stub code that hangs on the same ballot half.

    It lies in the order of its number, and once the run is printed nothing says where in the pile it was.
    Nothing of a declaration slip, whose stub has a code of its own from another draw, is ever here.
    """

    __tablename__ = "ballot_serial"
    __table_args__ = (UniqueConstraint("spec_id", "stub_hash"), SQLITE_WITHOUT_ROWID)

    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
    serial: str = Field(primary_key=True, max_length=7)
    stub_hash: str = Field(max_length=64)
    run_id: uuid.UUID = Field(foreign_key="print_run.id", index=True)
    part: int | None = Field(default=None)
    """Which part of the run is being made with it; emptied when the run is printed."""


class Bag(SQLModel, table=True):
    """A sealed bag of outer envelopes, or one day's mail, received by two people. What is in it is only counted."""

    __tablename__ = "bag"
    __table_args__ = (
        UniqueConstraint("spec_id", "number"),
        CheckConstraint("counted BETWEEN 0 AND 2000", name="counted_by_hand"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: a bag received twice is one bag."""
    seal_number: str = Field(default="", max_length=40)
    seal_broken: bool = Field(default=False)
    counted: int
    """Outer envelopes by hand count."""
    received_at: datetime = Field(sa_type=Instant)
    """Day and hour at which it reached the address: the postmark plays no part."""
    recorded_at: datetime = Field(sa_type=Instant)
    received_by: uuid.UUID = Field(foreign_key="account.id")
    witnessed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """The second person, who counted too. Nothing is checked in before."""
    witnessed_at: datetime | None = Field(default=None, sa_type=Instant)
    checked_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    """Who said that every envelope of it is checked in, and put the inner ones into boxes."""
    checked_at: datetime | None = Field(default=None, sa_type=Instant)


class Finding(StrEnum):
    """What was found in a bag, as counts. No row says of which envelope."""

    ACCEPTED = "accepted"
    SET_ASIDE = "set_aside"
    CASE = "case"
    SECOND_SLIP = "second_slip"
    """One more slip in an outer envelope that held two."""
    LOOSE = "loose"
    """A ballot without an inner envelope."""
    FOLDED = "folded"
    """Of those, how many a second person has folded, unseen, into an envelope."""


class BagTally(SQLModel, table=True):
    """How often something was found in a bag so far."""

    __tablename__ = "bag_tally"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    bag_id: uuid.UUID = Field(primary_key=True, foreign_key="bag.id")
    finding: Finding = Field(primary_key=True, sa_type=choice(Finding))
    style: str = Field(primary_key=True, max_length=40)
    """The district of an accepted declaration; empty for everything else."""
    number: int = Field(default=0)


class CheckIn(SQLModel, table=True):
    """Who checked in envelopes of a bag (0: without a bag): none of them opens its inner envelopes."""

    __tablename__ = "check_in"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    place_id: uuid.UUID = Field(primary_key=True, foreign_key="place.id")
    bag_number: int = Field(primary_key=True)
    account_id: uuid.UUID = Field(primary_key=True, foreign_key="account.id")


class BoxState(StrEnum):
    FILLING = "filling"
    OPENED = "opened"
    MERGED = "merged"
    """Its contents were poured, unopened, into another box."""


class Box(SQLModel, table=True):
    """A ballot box of one place and style: folded ballots of a counter, or inner envelopes, unopened."""

    __tablename__ = "box"
    __table_args__ = (
        UniqueConstraint("spec_id", "number"),
        CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged_somewhere"),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    number: int
    nonce: str = Field(max_length=64, unique=True)
    style: str = Field(max_length=40)
    state: BoxState = Field(default=BoxState.FILLING, sa_type=choice(BoxState))
    merged_into: uuid.UUID | None = Field(default=None, foreign_key="box.id")
    made_at: datetime = Field(sa_type=Instant)
    made_by: uuid.UUID = Field(foreign_key="account.id")


class BoxContent(SQLModel, table=True):
    """So many envelopes or ballots were put into a box, append-only: a correction is another entry."""

    __tablename__ = "box_content"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    box_id: uuid.UUID = Field(foreign_key="box.id", index=True)
    bag_number: int = Field(default=0)
    """The bag that the inner envelopes were in; 0 for the tray of cases, for what came in no bag, and at a counter."""
    amount: int
    nonce: str = Field(max_length=64, unique=True)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    at: datetime = Field(sa_type=Instant)


class BoxException(SQLModel, table=True):
    """One of two people who sign that a box of fewer than twenty is opened alone, because there is no other."""

    __tablename__ = "box_exception"
    __table_args__ = (UniqueConstraint("box_id", "account_id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    box_id: uuid.UUID = Field(foreign_key="box.id", index=True)
    account_id: uuid.UUID = Field(foreign_key="account.id")
    reason: str = Field(max_length=500)
    at: datetime = Field(sa_type=Instant)


class BoxOpening(SQLModel, table=True):
    """What two people found in a box. Of envelopes: opened − empty + extra = ballots."""

    __tablename__ = "box_opening"
    __table_args__ = (CheckConstraint("ballots >= 0 AND empty <= inner_opened", name="counts"),)

    box_id: uuid.UUID = Field(primary_key=True, foreign_key="box.id")
    inner_opened: int = Field(default=0)
    empty: int = Field(default=0)
    extra: int = Field(default=0)
    ballots: int
    first_account_id: uuid.UUID = Field(foreign_key="account.id")
    counted_at: datetime = Field(sa_type=Instant)
    second_account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)


class PhoneNumber(SQLModel, table=True):
    """A one-time number by which somebody whose declaration was accepted on the phone says their choices.

    It refers to neither person nor ballot, is deleted before the ballot enters the box, and dies after a day.
    """

    __tablename__ = "phone_number"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    number_hash: str = Field(max_length=64, primary_key=True)
    """Keyed hash of the number, which is stored nowhere."""
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    place_id: uuid.UUID = Field(foreign_key="place.id", index=True)
    style: str = Field(max_length=40)
    nonce_hash: str = Field(max_length=64)
    """Of the form that asked for it: sent again, it is the same number."""
    expires_at: datetime = Field(sa_type=Instant, index=True)
    given_by: uuid.UUID = Field(foreign_key="account.id")
    keyed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    keyed: bytes | None = Field(default=None, sa_type=LargeBinary)
    """What the second agent keyed, sealed under the number itself, until the third has keyed the same."""


class LetterRun(SQLModel, table=True):
    """An order of letters with personal codes. Names and addresses lie sealed under a key of the run's own."""

    __tablename__ = "letter_run"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    nonce: str = Field(max_length=64, unique=True)
    """Made by the form: a list sent twice is one run."""
    paper: Paper = Field(sa_type=choice(Paper))
    letters: int
    ordered_at: datetime = Field(sa_type=Instant)
    ordered_by: uuid.UUID = Field(foreign_key="account.id")
    destroyed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the last names and addresses were destroyed, and their key with them."""


class LetterPart(SQLModel, table=True):
    """Some letters of a run in one language and size: one PDF, made, fetched and delivered as a whole.

    Its codes are made with it. A part that was not delivered is made again with other codes; the first never worked.
    """

    __tablename__ = "letter_part"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="letter_run.id")
    number: int = Field(primary_key=True)
    language: str = Field(max_length=10)
    large: bool
    letters: int
    state: PrintState = Field(default=PrintState.ORDERED, sa_type=choice(PrintState))
    attempt: int = Field(default=1)
    ready_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class LetterName(SQLModel, table=True):
    """Whom a letter of a part goes to. Destroyed as soon as the part is delivered or given up."""

    __tablename__ = "letter_name"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    run_id: uuid.UUID = Field(primary_key=True, foreign_key="letter_run.id")
    part: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    voter_id: uuid.UUID = Field(
        foreign_key="voter.id",
        sa_column_kwargs=personal(
            "sending letters", basis="A-2.1 s. 64", audience="nobody: it is read by the program",
            retention="until it is printed and delivered",
        ),
    )  # fmt: skip
    sealed: bytes = Field(
        sa_type=LargeBinary,
        sa_column_kwargs=personal(
            "sending letters", basis="A-2.1 s. 64", audience="administrators",
            retention="until it is printed and delivered",
        ),
    )  # fmt: skip


class KitOrder(SQLModel, table=True):
    """Somebody asked for a paper kit by mail. The address lies encrypted under the voting key until it is mailed."""

    __tablename__ = "kit_order"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    spec_id: uuid.UUID = Field(foreign_key="ballot_spec.id", index=True)
    nonce: str = Field(max_length=64, unique=True)
    language: str = Field(max_length=10)
    large: bool
    style: str = Field(max_length=40)
    asked_on: date
    fields: bytes = Field(
        sa_type=LargeBinary,
        sa_column_kwargs=personal(
            "mailing a kit", basis="A-2.1 s. 64", audience="intake desk", retention="until the kit is mailed"
        ),
    )


class KitFigure(SQLModel, table=True):
    """How many kits were mailed on a day: all that is left of the orders."""

    __tablename__ = "kit_figure"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    spec_id: uuid.UUID = Field(primary_key=True, foreign_key="ballot_spec.id")
    mailed_on: date = Field(primary_key=True)
    number: int = Field(default=0)
