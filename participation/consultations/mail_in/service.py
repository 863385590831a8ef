"""Puts an e-mail into the register, once, with what it encloses."""

from __future__ import annotations

import hmac
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from participation.accounts.permissions import Actor
from participation.consultations import queries, service
from participation.consultations.entries import Author, Contributed, ContributionSource, FileOf
from participation.consultations.mail_in.reading import Message, read_message
from participation.consultations.models import AttachmentRole, ContributionChannel, ContributionKind
from participation.counting.spec import Capture
from participation.errors import DomainError, NotFound
from participation.errors import Message as Words
from participation.files import TEXTS, Files, MediaType, Stored, StoredFile, kept_file
from participation.i18n import lazy as _
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys
from participation.settings import Settings

MOST_BYTES = 25_000_000
"""Of one enclosure."""
LONGEST = 100_000
"""Characters of a contribution; a longer message has its whole text enclosed."""
OLDEST = timedelta(days=400)
"""Nobody brings a message that is older; a date beyond that is a mistake of somebody's machine."""
BRIEFS = frozenset({MediaType.PDF, MediaType.DOCX, MediaType.ODT})


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message at the door, its files on disk; `problem` where it is none."""

    name: str
    """What its file was called, or nothing for one that was pasted."""
    message: Message | None
    source: Stored | None
    """The message itself, where it is plain text."""
    enclosed: tuple[tuple[str, Stored], ...] = ()
    refused: tuple[str, ...] = ()
    """Names of enclosures of no kind that is kept."""
    problem: Words | None = None


def arrive(files: Files, name: str, raw: bytes) -> Arrived:
    """Reads a message and puts its files on disk, before any transaction begins."""
    try:
        message = read_message(raw)
    except DomainError as error:
        return Arrived(name, None, None, problem=error.message)
    kept, refused = [], []
    for each in message.enclosed:
        stored = _kept(files, each.data)
        if stored:
            kept.append((each.name, stored))
        else:
            refused.append(each.name or "?")
    if len(message.text) > LONGEST and (whole := _kept(files, message.text.encode())):
        kept.append(("text.txt", whole))
    return Arrived(name, message, _kept(files, raw), tuple(kept), tuple(refused))


def _kept(files: Files, data: bytes) -> Stored | None:
    try:
        return files.put(io.BytesIO(data), TEXTS, most=MOST_BYTES)
    except DomainError:
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person says of the messages that they bring."""

    kind: ContributionKind
    theme: str
    language: str


@dataclass(frozen=True, slots=True)
class Taken:
    number: int
    was_known: bool


def take(
    session: Session,
    settings: Settings,
    process: OpenProcess,
    arrived: Arrived,
    choice: Choice,
    *,
    at: datetime,
    by: Actor,
) -> Taken:
    """Its number in the register; a message that was brought before keeps the one that it has."""
    message = arrived.message
    assert message is not None
    keys = Keys(settings)
    sealed = hmac.digest(settings.key("mail-in"), f"{process.id}|{message.key}".encode(), "sha256").hex()
    known = queries.by_receipt(session, keys.plain_hash(keys.receipt_code(sealed)))
    if known:
        return Taken(known.number, was_known=True)
    files = tuple(_files(arrived, choice.kind))
    entry = Contributed(
        kind=choice.kind,
        text=message.text[:LONGEST],
        title=message.subject,
        language=choice.language,
        received=received(message, at),
        nonce=sealed,
        source=ContributionSource(ContributionChannel.EMAIL, Capture.KEYED, None, by.account_id),
        author=Author(message.name, "", False, message.email, ""),
        theme=choice.theme,
        files=files,
    )
    receipt = service.contribute(session, keys, process, entry, at=at)
    for stored in [stored for _own, stored in arrived.enclosed] + ([arrived.source] if arrived.source else []):
        session.add(kept_file(stored))
    session.flush()
    return Taken(receipt.number, was_known=False)


def received(message: Message, at: datetime) -> datetime:
    """When it came: the first of its dates that can be true. Never in the future, whatever it says."""
    return next((moment for moment in message.moments if at - OLDEST <= moment <= at), at)


def _files(arrived: Arrived, kind: ContributionKind) -> list[FileOf]:
    """The first document of a brief is the brief; everything else is for the staff alone."""
    found, brief = [], kind is ContributionKind.BRIEF
    for place, (name, stored) in enumerate(arrived.enclosed, 1):
        role = AttachmentRole.ENCLOSURE
        if brief and stored.media_type in BRIEFS:
            role, brief = AttachmentRole.ORIGINAL, False
        shown = name.rpartition(".")[0] or name or str(place)
        found.append(_file(role, f"{shown}.{stored.media_type.value}", stored))
    if arrived.source:
        found.append(_file(AttachmentRole.MESSAGE, "message.txt", arrived.source))
    return found


def _file(role: AttachmentRole, name: str, stored: Stored) -> FileOf:
    return FileOf(role, stored.digest, name[:200], stored.media_type.value, stored.size)


def file_of(session: Session, process: OpenProcess, number: int, attachment_id: UUID) -> tuple[str, StoredFile]:
    """A file of a contribution with its name without suffix. NotFound where there is none any more."""
    row = queries.by_number(session, process.id, number)
    files = queries.attachments_of(session, row.id) if row else []
    found = next((each for each in files if each.id == attachment_id), None)
    kept = select(StoredFile).where(col(StoredFile.dropped_at).is_(None)).limit(1)
    stored = session.execute(kept.where(col(StoredFile.digest) == found.digest)).scalar() if found else None
    if found is None or stored is None:
        raise NotFound(_("This file was destroyed at its date, or never kept."))
    return found.file_name.rpartition(".")[0] or found.file_name, stored
