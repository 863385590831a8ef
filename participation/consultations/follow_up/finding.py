"""What the search finds of a report, its recommendations and what the City says: from the day on which it is public."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlmodel import Session, col

from participation import search
from participation.consultations.documents.reading import ask_for_words
from participation.consultations.follow_up import queries
from participation.consultations.follow_up.models import Report
from participation.db import Database
from participation.extraction.reader import Words
from participation.files import StoredFile
from participation.processes.models import LocalText
from participation.processes.queries import OpenProcess, process_by_id
from participation.search import Entry

REPORT, RECOMMENDATION, FOLLOW_UP = "report", "recommendation", "follow-up"
BOTH = "fr+en"


def refresh(session: Session, process: OpenProcess, at: datetime) -> None:
    """Everything of the report is found, or nothing while it is not public; its pages once the worker has read them."""
    report = queries.report_of(session, process.id)
    if report is None or not queries.is_public(report, _day(process, at)):
        _forget(session, process.id)
        return
    search.index(session, process.id, REPORT, process.id, [_card(report)])
    for each in queries.recommendations(session, process.id):
        search.index(session, process.id, RECOMMENDATION, each.id, [_entry(each.number, each.words, "/report")])
        said = [_entry(each.number, each.now.words, "/follow-up")] if each.now and _words(each.now.words) else []
        search.index(session, process.id, FOLLOW_UP, each.id, said)
    if file := queries.file_of(session, report):
        ask_for_words(session, file.digest, file.media_type)


def _forget(session: Session, process_id: uuid.UUID) -> None:
    search.forget(session, REPORT, process_id)
    for each in queries.recommendations(session, process_id):
        search.forget(session, RECOMMENDATION, each.id)
        search.forget(session, FOLLOW_UP, each.id)


def find_opened(database: Database, at: datetime) -> int:
    """The worker's step: reports whose day has come; how many."""
    with database.reading() as session:
        delivered = select(col(Report.process_id)).where(col(Report.delivered_on).is_not(None))
        waiting = [each for each in session.execute(delivered).scalars() if _is_due(session, each, at)]
    for process_id in waiting:
        with database.writing() as session:
            process = process_by_id(session, process_id)
            assert process is not None
            refresh(session, process, at)
    return len(waiting)


def _is_due(session: Session, process_id: uuid.UUID, at: datetime) -> bool:
    """Whether a report is public that nobody finds yet."""
    process = process_by_id(session, process_id)
    assert process is not None
    public = queries.is_public(queries.report_of(session, process_id), _day(process, at))
    return public and not search.entries_of(session, REPORT, process_id)


def note_words(session: Session, digest: str, words: Words, at: datetime) -> None:
    """The worker has opened a file: its pages are found where it is a report that everybody may read."""
    query = select(Report).join(StoredFile, col(StoredFile.id) == col(Report.file_id))
    for report in session.execute(query.where(col(StoredFile.digest) == digest)).scalars():
        process = process_by_id(session, report.process_id)
        if process and queries.is_public(report, _day(process, at)):
            search.index(session, process.id, REPORT, process.id, [_card(report), *_pages(report, words)])


def _day(process: OpenProcess, at: datetime) -> date:
    return at.astimezone(process.zone).date()


def _words(texts: LocalText) -> str:
    return "\n".join(text for text in (texts.get("fr", ""), texts.get("en", "")) if text)


def _card(report: Report) -> Entry:
    body = "\n".join(filter(None, (report.title.get("en", ""), _words(report.summary))))
    return Entry(report.title.get("fr", ""), body, "/report", BOTH, weight=0)


def _entry(number: int, words: LocalText, page: str) -> Entry:
    """A recommendation, or the newest answer to it, is cited by its number."""
    return Entry("", _words(words), f"{page}#r{number}", BOTH, str(number), position=number)


def _pages(report: Report, words: Words) -> Iterator[Entry]:
    for page, text in sorted(words.texts.items()):
        if text.strip():
            yield Entry(report.title.get("fr", ""), text, f"/report/file#page={page}", part=page, position=page)
