"""What happens to a brief: it is deposited, gets a copy for the public, is published under a number of the file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation import search
from participation.consultations import queries as contributions
from participation.consultations import service
from participation.consultations.briefs import queries
from participation.consultations.briefs.forms import Deposit
from participation.consultations.briefs.models import Brief, BriefCounter
from participation.consultations.briefs.queries import BriefFile, BriefRow
from participation.consultations.documents.reading import ask_for_words
from participation.consultations.entries import Contributed, ContributionReceipt, ContributionSource, FileOf
from participation.consultations.models import (
    Attachment,
    AttachmentRole,
    Contribution,
    ContributionKind,
    ContributionState,
)
from participation.db import insert_new
from participation.extraction.reader import Words
from participation.files import MediaType, Stored, drop_use, kept_file
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys

KIND = "brief"


@dataclass(frozen=True, slots=True)
class BriefPublished:
    contribution_number: int
    brief: str
    """Its number in the file, such as 8.12."""


@dataclass(frozen=True, slots=True)
class BriefRedacted:
    """A copy for the public was put beside the original, or taken away again."""

    contribution_number: int
    removed: bool


_AT_HOME = ContributionSource()


@dataclass(frozen=True, slots=True)
class Door:
    """How and when a brief came in."""

    received: datetime
    nonce: str
    source: ContributionSource = _AT_HOME


def deposit(
    session: Session,
    keys: Keys,
    process: OpenProcess,
    brief: Deposit,
    stored: Stored | None,
    door: Door,
    *,
    at: datetime,
) -> ContributionReceipt:
    """Writes the brief and its file; sent twice it is one. Conflict where it is typed at home and the stage is over."""
    entry = Contributed(
        kind=ContributionKind.BRIEF,
        text=brief.text,
        title=brief.title,
        language=brief.language,
        received=door.received,
        nonce=door.nonce,
        source=door.source,
        author=brief.author,
        theme=brief.theme,
        files=(_file(AttachmentRole.ORIGINAL, stored),) if stored else (),
    )
    receipt = service.contribute(session, keys, process, entry, at=at)
    if queries.brief_of(session, receipt.contribution_id) is None:
        row = Brief(contribution_id=receipt.contribution_id, process_id=process.id, of_a_group=brief.of_a_group)
        row.withheld, row.withheld_reason = brief.withheld, brief.reason
        session.add(row)
        if stored:
            session.add(kept_file(stored))
            ask_for_words(session, stored.digest, stored.media_type)
        session.flush()
    return receipt


def _file(role: AttachmentRole, stored: Stored) -> FileOf:
    kind = stored.media_type
    return FileOf(role, stored.digest, f"{role.value}.{kind.value}", kind.value, stored.size)


def redact(
    session: Session, process: OpenProcess, row: Contribution, stored: Stored | None, *, at: datetime, by: uuid.UUID
) -> None:
    """The copy that everybody reads in place of the original, which stays for the commission; None takes it away."""
    old = select(Attachment).where(
        col(Attachment.contribution_id) == row.id, col(Attachment.role) == AttachmentRole.REDACTED
    )
    for gone in session.scalars(old).all():
        drop_use(session, gone.digest, at)
        session.delete(gone)
    session.flush()
    if stored:
        file = _file(AttachmentRole.REDACTED, stored)
        session.add(
            Attachment(
                contribution_id=row.id,
                role=file.role,
                digest=file.digest,
                file_name=file.file_name,
                media_type=file.media_type,
                size=file.size,
            )
        )
        session.add(kept_file(stored))
    session.flush()
    Hand(process, by, at).record(session, BriefRedacted(row.number, stored is None))
    refresh(session, process, row)


def set_transcript(session: Session, process: OpenProcess, contribution_id: uuid.UUID, number: str) -> None:
    """The document that tells what its author said at a hearing; empty for none."""
    brief = queries.brief_of(session, contribution_id) or Brief(contribution_id=contribution_id, process_id=process.id)
    brief.transcript = number
    session.add(brief)
    session.flush()


def settle(session: Session, process: OpenProcess, row: Contribution, *, at: datetime, by: uuid.UUID | None) -> None:
    """After its state changed: what is published for the first time gets the next number of the file, be it this one or
    one that stood under the same words until now. The search follows."""
    for each in queries.unnumbered(session, process.id):
        brief = queries.brief_of(session, each.id) or Brief(contribution_id=each.id, process_id=process.id)
        brief.file_number, brief.published_at = _next_number(session, process.id), at
        session.add(brief)
        session.flush()
        if by:
            Hand(process, by, at).record(session, BriefPublished(each.number, f"{queries.SECTION}.{brief.file_number}"))
        refresh(session, process, each)
    refresh(session, process, row)


def _next_number(session: Session, process_id: uuid.UUID) -> int:
    insert_new(session, BriefCounter, [{"process_id": process_id, "last": 0}])
    taken = (
        update(BriefCounter)
        .where(col(BriefCounter.process_id) == process_id)
        .values(last=col(BriefCounter.last) + 1)
        .returning(col(BriefCounter.last))
    )
    return int(session.execute(taken).scalar_one())


def refresh(session: Session, process: OpenProcess, row: Contribution) -> None:
    """What the search finds of a brief while everybody may read it: its title, its author and its words; those of its
    file once the worker has opened it again."""
    brief = _public(session, row)
    if brief is None:
        search.forget(session, KIND, row.id)
        return
    search.index(session, process.id, KIND, row.id, [_card(brief)])
    if brief.public_file:
        ask_for_words(session, brief.public_file.digest, brief.public_file.media_type)


def note_words(session: Session, digest: str, words: Words, at: datetime) -> None:
    """The worker has opened a file: its pages are found where it is what everybody reads of a brief."""
    del at
    for row in queries.with_file(session, digest):
        brief = _public(session, row)
        if brief and brief.public_file and brief.public_file.digest == digest:
            entries = [_card(brief), *_pages(brief, brief.public_file, words)]
            search.index(session, row.process_id, KIND, row.id, entries)


def _public(session: Session, row: Contribution) -> BriefRow | None:
    """The brief as everybody reads it; None where nobody may."""
    shown = contributions.one(session, row.id)
    if shown is None or shown.state is not ContributionState.PUBLISHED or shown.same_as_id:
        return None
    return queries.some(session, [row.id])[0]


def _card(brief: BriefRow) -> search.Entry:
    body = "\n".join(filter(None, (brief.shown.name, brief.shown.group, brief.public_text)))
    return search.Entry(
        brief.shown.title, body, f"/briefs/{brief.reference}", brief.shown.language, brief.reference,
        position=brief.file_number or 0,
    )  # fmt: skip


def _pages(brief: BriefRow, file: BriefFile, words: Words) -> Iterator[search.Entry]:
    """Page by page where it is a PDF; a text of an office program has no pages before it is printed."""
    paged, address = file.media_type is MediaType.PDF, f"/briefs/{brief.reference}/file"
    texts = words.texts if paged else dict(enumerate(search.pieces_of("\n".join(words.texts.values())), 1))
    for place, text in sorted(texts.items()):
        if text.strip():
            yield search.Entry(
                brief.shown.title, text, f"{address}#page={place}" if paged else f"/briefs/{brief.reference}",
                brief.shown.language, brief.reference, part=place, position=brief.file_number or 0,
            )  # fmt: skip
