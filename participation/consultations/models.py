"""What people contribute in their own words, who they are where they said so, and what became of it.

A contribution is authored, moderated, versioned and erasable: the opposite of a ballot. Its words and its author lie in
tables of their own, so that either can be erased while the register number stays.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from participation.counting.spec import Capture
from participation.db import SQLITE_WITHOUT_ROWID, Instant, Json, choice, new_id
from participation.privacy import personal


class ContributionKind(StrEnum):
    COMMENT = "comment"
    QUESTION = "question"
    BRIEF = "brief"
    IDEA = "idea"
    KIT = "kit"
    """What a group wrote on the return sheet of its participation kit."""


class ContributionChannel(StrEnum):
    """How somebody took part; a ballot never comes by e-mail."""

    ONLINE = "online"
    COUNTER = "counter"
    POST = "post"
    PHONE = "phone"
    ROOM = "room"
    EMAIL = "email"


class ContributionState(StrEnum):
    PENDING = "pending"
    """Received; a moderator has not read it yet."""
    PUBLISHED = "published"
    REFUSED = "refused"
    """Not published, with a reason of the charter. It stays in the record of the commission."""
    WITHDRAWN = "withdrawn"
    """Taken back by its author."""


class Stance(StrEnum):
    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"
    QUESTION = "question"


class AboutKind(StrEnum):
    """What a contribution speaks of, where it is not the whole consultation."""

    WHOLE = "whole"
    DOCUMENT = "document"
    PROJECT = "project"
    THEME = "theme"
    QUESTION = "question"


class Moderation(StrEnum):
    BEFORE = "before"
    AFTER = "after"


class ConsultationSettings(SQLModel, table=True):
    """How a process takes contributions. Without a row, the defaults hold."""

    __tablename__ = "consultation_settings"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    moderation: Moderation = Field(default=Moderation.BEFORE, sa_type=choice(Moderation))
    stances: bool = Field(default=False)
    """Whether a comment may say that it is for, against, neutral or a question."""
    reactions: bool = Field(default=False)
    """Whether readers may say that a comment helped them understand. A reaction is never participation."""
    edit_minutes: int = Field(default=30)
    """How long an author may correct an online contribution."""
    themes: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    """[{"code": "heights", "title": {"fr": …, "en": …}}], in order."""
    charter: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    """What moderation goes by, in addition to the common rules, per language."""


class RegisterCounter(SQLModel, table=True):
    """The last number given in the register of contributions of a process; its row lock gives them out one by one."""

    __tablename__ = "register_counter"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    last: int = Field(default=0)


class ContributionTally(SQLModel, table=True):
    """How many contributions there are of each sort, kept with every change: pages never count the whole register."""

    __tablename__ = "contribution_tally"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    kind: ContributionKind = Field(primary_key=True, sa_type=choice(ContributionKind))
    state: ContributionState = Field(primary_key=True, sa_type=choice(ContributionState))
    channel: ContributionChannel = Field(primary_key=True, sa_type=choice(ContributionChannel))
    theme: str = Field(primary_key=True, max_length=40)
    number: int = Field(default=0)
    people: int = Field(default=0)


_LISTED = ("process_id", "kind", "state", "parent_id", "same_as_id")
"""What every list of the public is narrowed by: its indexes begin with it."""
_NEWEST, _DISCUSSED, _NUMBERED = ("received_at", "id"), ("replies", "received_at", "id"), ("number",)
_REGISTER = ("kind", "state", "theme", "channel", "language")
"""By what the register of the staff can be narrowed."""
_BENCH = ("kind", "theme", "channel", "borough", "language", "coded")
"""By what the workbench can be."""


def _list(name: str, narrowed: tuple[str, ...], order: tuple[str, ...], beside: tuple[str, ...]) -> Index:
    """The index of a list: what it is narrowed by, then its order, then what else it may be narrowed by.

    So a page is a stretch of the index, and what does not belong there is passed over before its row is read.
    """
    rest = [column for column in beside if column not in narrowed]
    return Index(f"ix_contribution_{name}", *narrowed, *order, *rest)


def _public_lists() -> Iterator[Index]:
    """What everybody reads, by theme, way and subject, in both orders; and the replies of a thread."""
    for name, order in (("public", _NEWEST), ("discussed", _DISCUSSED)):
        for facet in ((), ("theme",), ("channel",), ("about", "about_ref")):
            yield _list("_".join((name, *facet[:1])), (*_LISTED, *facet), order, ("theme", "channel", "language"))


def _staff_lists() -> Iterator[Index]:
    """The register, newest first, and the workbench, by number."""
    yield _list("register", ("process_id",), _NEWEST, (*_REGISTER, "same_as_id"))
    for facet in _REGISTER:
        yield _list(f"register_{facet}", ("process_id", facet), _NEWEST, (*_REGISTER, "same_as_id"))
    for facet in _BENCH:
        yield _list(f"bench_{facet}", ("process_id", facet), _NUMBERED, (*_BENCH, "state", "official"))


class Contribution(SQLModel, table=True):
    """One contribution, whatever way it came. Its words: `ContributionText`; its author: `Contributor`."""

    __tablename__ = "contribution"
    __table_args__ = (
        UniqueConstraint("process_id", "number"),
        Index("ix_contribution_same", "same_as_id", "number"),
        Index("ix_contribution_news", "parent_id", "published_at", "id", "state"),
        *_public_lists(),
        *_staff_lists(),
    )

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    number: int
    """Its number in the register of the process: one series for every kind and every way."""
    kind: ContributionKind = Field(sa_type=choice(ContributionKind))
    state: ContributionState = Field(sa_type=choice(ContributionState))
    parent_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id")
    about: AboutKind = Field(default=AboutKind.WHOLE, sa_type=choice(AboutKind))
    about_ref: str = Field(default="", max_length=80)
    """A document's number, the address of a project below /projects, a question's number, a theme's code."""
    passage: str = Field(default="", max_length=300)
    """The words of a document that a comment speaks of, or the page."""
    theme: str = Field(default="", max_length=40)
    stance: Stance | None = Field(default=None, sa_type=choice(Stance))
    official: bool = Field(default=False)
    """Written by the office, and marked so."""
    channel: ContributionChannel = Field(sa_type=choice(ContributionChannel))
    capture: Capture = Field(sa_type=choice(Capture))
    place_id: uuid.UUID | None = Field(default=None, foreign_key="place.id")
    activity_id: uuid.UUID | None = Field(default=None, foreign_key="activity.id", index=True)
    """The kiosk, walk or session at which it was collected, where it was."""
    people: int = Field(default=1)
    """How many speak: the people present where it is a kit, the senders where one text came many times."""
    language: str = Field(max_length=8)
    borough: str = Field(default="", max_length=120)
    received_at: datetime = Field(sa_type=Instant)
    """When it reached us: the phase is judged on it, never on the day of keying."""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was published last; None while nobody has."""
    version: int = Field(default=1)
    """The newest version of its words."""
    late: bool = Field(default=False)
    """It came after its stage had ended; it is kept, and said so."""
    replies: int = Field(default=0)
    """Published replies below it."""
    helped: int = Field(default=0)
    """On how many devices somebody said that it helped them understand. In no figure of participation, in no export."""
    same_as_id: uuid.UUID | None = Field(default=None, foreign_key="contribution.id")
    """The contribution with the same text, under which it stands; never one that itself stands under another."""
    senders: int = Field(default=1)
    """How many people sent its text, in how many contributions ever: kept on the one that stands for all of them."""
    nonce_hash: str = Field(max_length=64, unique=True)
    receipt_hash: str = Field(max_length=64, unique=True)
    coded: bool = Field(default=False)
    """Whether some words of it stand under a code of the analysis."""
    fingerprint: str = Field(max_length=64, index=True)
    """Equal for texts that are equal but for case, accents, spaces and punctuation."""


class ContributionText(SQLModel, table=True):
    """The words of a contribution in one version; the newest is shown, the earlier ones are kept."""

    __tablename__ = "contribution_text"

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    version: int = Field(primary_key=True)
    title: str = Field(default="", max_length=200)
    text: str = Field(
        sa_type=Text,
        sa_column_kwargs=personal(
            "taking opinions into account",
            basis="A-2.1 s. 64",
            audience="everybody, once published",
            retention="as long as the record of the consultation",
        ),
    )
    written_at: datetime = Field(sa_type=Instant)
    written_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")


_CONTACT = personal(
    "answering people and telling them what follows",
    basis="A-2.1 s. 64",
    audience="staff of the process",
    retention="one year after the report, or the months that the consultation names",
)


class Contributor(SQLModel, table=True):
    """Who contributed, as far as they said; erasable as a whole."""

    __tablename__ = "contributor"

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    name: str = Field(
        default="",
        max_length=120,
        sa_column_kwargs=personal(
            "saying whose opinion it is, where its author wishes",
            basis="A-2.1 s. 64",
            audience="everybody, where its author agrees",
            retention="with the record where it is public, otherwise with the contacts",
        ),
    )
    group_name: str = Field(default="", max_length=200)
    show_name: bool = Field(default=False)
    """Highest privacy by default (A-2.1, s. 63.7): a name shows only where its owner said so."""
    email: str = Field(default="", max_length=254, sa_column_kwargs=_CONTACT)
    phone: str = Field(default="", max_length=60, sa_column_kwargs=_CONTACT)


class AttachmentRole(StrEnum):
    ORIGINAL = "original"
    REDACTED = "redacted"
    """The copy for the public, where the original names people or addresses."""
    IMAGE = "image"
    """A picture of the sheet that a contribution was transcribed from."""
    MESSAGE = "message"
    """An e-mail as it came, with its headers. Never public."""
    ENCLOSURE = "enclosure"
    """What came with an e-mail. Never public."""


class Attachment(SQLModel, table=True):
    """A file of a contribution, by the digest under which the folder of files keeps it."""

    __tablename__ = "attachment"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    contribution_id: uuid.UUID = Field(foreign_key="contribution.id", index=True)
    role: AttachmentRole = Field(sa_type=choice(AttachmentRole))
    digest: str = Field(max_length=64)
    file_name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int


class TextPiece(SQLModel, table=True):
    """Digests of some words of a letter, by which a nearly equal one that comes later finds it."""

    __tablename__ = "text_piece"
    __table_args__ = (SQLITE_WITHOUT_ROWID,)

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    piece: int = Field(primary_key=True, sa_type=BigInteger)
    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id", index=True)


class NearText(SQLModel, table=True):
    """A text that is nearly an earlier one, of which nobody has said yet whether they are one letter."""

    __tablename__ = "near_text"
    __table_args__ = (Index("ix_near_text_list", "process_id", "share", "contribution_id"),)

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    earlier_id: uuid.UUID = Field(foreign_key="contribution.id", index=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    share: float
    """How alike they are: 1 is the same."""


class KeptApart(SQLModel, table=True):
    """Two nearly equal texts of which a person said that they are two; `one_id` is the smaller key."""

    __tablename__ = "kept_apart"

    one_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    other_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")


class Decision(StrEnum):
    PUBLISHED = "published"
    REFUSED = "refused"
    RESTORED = "restored"
    """Published after an appeal or a second look."""


class RefusalReason(StrEnum):
    """The reasons of the charter. They are the same for every way of taking part."""

    OFF_TOPIC = "off-topic"
    HATE = "hate"
    THREAT = "threat"
    DEFAMATION = "defamation"
    PERSONAL_DATA = "personal-data"
    ADVERTISING = "advertising"
    REPEATED = "repeated"
    """The same person sent the same text again; the text is in the record once."""


class ModerationDecision(SQLModel, table=True):
    """What a moderator decided and why. Append-only; the public reads it without names."""

    __tablename__ = "moderation_decision"
    __table_args__ = (Index("ix_moderation_decision_log", "process_id", "decision", "at", "id"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    contribution_id: uuid.UUID = Field(foreign_key="contribution.id", index=True)
    decision: Decision = Field(sa_type=choice(Decision))
    reason: RefusalReason | None = Field(default=None, sa_type=choice(RefusalReason))
    note: str = Field(default="", max_length=500)
    """Said to the author beside the reason."""
    at: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID = Field(foreign_key="account.id")


class RefusalTally(SQLModel, table=True):
    """How often something was refused for a reason, kept with every decision: the charter says so."""

    __tablename__ = "refusal_tally"

    process_id: uuid.UUID = Field(primary_key=True, foreign_key="process.id")
    reason: RefusalReason = Field(primary_key=True, sa_type=choice(RefusalReason, "refusal_tally_reason"))
    number: int = Field(default=0)


class Flag(SQLModel, table=True):
    """A reader or an author asks for another look: a report, or an appeal against a refusal."""

    __tablename__ = "contribution_flag"
    __table_args__ = (Index("ix_contribution_flag_open", "process_id", "settled_at", "at"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    contribution_id: uuid.UUID = Field(foreign_key="contribution.id", index=True)
    appeal: bool = Field(default=False)
    reason: RefusalReason | None = Field(default=None, sa_type=choice(RefusalReason, "flag_reason"))
    note: str = Field(
        default="",
        max_length=1000,
        sa_column_kwargs=personal(
            "looking at a contribution again",
            basis="A-2.1 s. 64",
            audience="staff of the process",
            retention="one year after the report, or the months that the consultation names",
        ),
    )
    at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)


class Reaction(SQLModel, table=True):
    """On one device somebody said that a comment helped them understand; gone when they take it back."""

    __tablename__ = "reaction"

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    device_hash: str = Field(
        primary_key=True,
        max_length=64,
        sa_column_kwargs=personal(
            "counting a reader once",
            basis="A-2.1 s. 64",
            audience="nobody: it is read by the program",
            retention="60 days after comments have closed",
        ),
    )
    """A keyed digest of the random number that the device keeps in a cookie."""
    at: datetime = Field(sa_type=Instant)


_NETWORK = personal(
    "stopping who floods or insults",
    basis="A-2.1 s. 64",
    audience="nobody: it is read by the program",
    retention="14 days, or until a suspension ends",
)


class Origin(SQLModel, table=True):
    """From which network a contribution was sent, as a keyed digest: what a suspension goes by. Forgotten soon."""

    __tablename__ = "contribution_origin"

    contribution_id: uuid.UUID = Field(primary_key=True, foreign_key="contribution.id")
    network_hash: str = Field(max_length=64, index=True, sa_column_kwargs=_NETWORK)
    at: datetime = Field(sa_type=Instant, index=True)


class Suspension(SQLModel, table=True):
    """Nothing is taken from a network until an hour; a moderator said why, and may end it sooner."""

    __tablename__ = "suspension"
    __table_args__ = (Index("ix_suspension_network", "process_id", "network_hash", "until"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    process_id: uuid.UUID = Field(foreign_key="process.id")
    contribution_id: uuid.UUID = Field(foreign_key="contribution.id")
    """The one that led to it."""
    network_hash: str = Field(max_length=64, sa_column_kwargs=_NETWORK)
    reason: RefusalReason = Field(sa_type=choice(RefusalReason, "suspension_reason"))
    at: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    account_id: uuid.UUID = Field(foreign_key="account.id")
