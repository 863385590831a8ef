"""The documentation file of the fictional consultation: its papers are set here and read as if the worker had."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from sqlmodel import Session

from participation import i18n
from participation.accounts.permissions import Actor
from participation.consultations.documents import queries, service
from participation.consultations.documents.models import DocumentKind
from participation.consultations.documents.service import Brought, Draft
from participation.db import Database
from participation.demo.content import both
from participation.demo.gare.content import Days
from participation.extraction.reader import Words
from participation.files import DOCUMENTS, Files, Stored
from participation.printing import FONTS
from participation.processes.hand import Hand
from participation.processes.models import LocalText
from participation.processes.queries import OpenProcess, places_of, process_by_id
from participation.settings import Settings

HERE = Path(__file__).parent
FICTIONAL = "DONNÉES FICTIVES — FICTIONAL DATA"
MOST_BYTES = 5_000_000
Page = Sequence[str]
"""A heading and its paragraphs."""


def load(database: Database, settings: Settings, by: Actor, process_id: uuid.UUID, days: Days, today: int) -> None:
    """The papers that were out on `today`, a day counted from the notice, and where they lie on paper."""
    found: dict[str, Any] = json.loads((HERE / "papers.json").read_text("utf-8"))
    files = Files(settings)
    with database.writing() as session:
        process = process_by_id(session, process_id)
        assert process is not None
        for number, title in found["sections"].items():
            service.name_section(session, Hand(process, by.account_id, days.on(-2, 10)), int(number), both(*title))
        for each in found["documents"]:
            if each["day"] <= today:
                _add(session, files, process, by, days, each, today)


def _add(
    session: Session, files: Files, process: OpenProcess, by: Actor, days: Days, each: dict[str, Any], today: int
) -> None:
    hand = Hand(process, by.account_id, days.on(each["day"], 10))
    number, title, kind = each["number"], both(*each["title"]), DocumentKind(each["kind"])
    on_paper = each.get("on_paper", False)
    draft = Draft(number, title, each["author"], kind, "fr", both(*each["summary"]), on_paper)
    pages = each["pages"]
    service.add_document(session, hand, draft, _brought(files, each, pages, hand, {}))
    _read(session, hand, number, pages)
    if on_paper:
        _deliver(session, hand, number, ("BIB", "BAM"))
    newer = each.get("newer")
    if newer and newer["day"] <= today:
        later = Hand(process, by.account_id, days.on(newer["day"], 15))
        pages = [*pages, newer["page"]]
        service.add_version(
            session, later, _row(session, process, number), _brought(files, each, pages, later, both(*newer["note"]))
        )
        _read(session, later, number, pages)
        _deliver(session, later, number, ("BIB",))


def _brought(files: Files, each: dict[str, Any], pages: Sequence[Page], hand: Hand, note: LocalText) -> Brought:
    return Brought(printed(files, each, pages, hand.at), hand.at.date(), note)


def printed(files: Files, each: Mapping[str, Any], pages: Sequence[Page], at: datetime) -> Stored:
    """A paper as a tagged PDF, on disk."""
    data = {
        "title": each["title"][0],
        "author": each["author"],
        "number": each["number"],
        "dated": i18n.long_date(at, "fr"),
        "fictional": FICTIONAL,
        "pages": [{"heading": page[0], "paragraphs": list(page[1:])} for page in pages],
    }
    inputs = {"data": json.dumps(data)}
    pdf = typst.compile(
        HERE / "paper.typ", format="pdf", sys_inputs=inputs, font_paths=_fonts(), ignore_system_fonts=True
    )
    assert isinstance(pdf, bytes)
    return files.put(io.BytesIO(pdf), DOCUMENTS, most=MOST_BYTES)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    paths: list[Path] = [FONTS] if FONTS.is_dir() else []
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)


def _row(session: Session, process: OpenProcess, number: str) -> queries.DocumentRow:
    found = queries.document_at(queries.documents_of(session, process.id), number)
    assert found is not None
    return found


def _read(session: Session, hand: Hand, number: str, pages: Sequence[Page]) -> None:
    """What the worker would find on the pages of the file."""
    texts = {place: "\n".join(filter(None, page)) for place, page in enumerate(pages, 1)}
    version = _row(session, hand.process, number).versions[0]
    service.note_read(session, version.id, Words(None, len(pages), texts), hand.at)
    session.flush()


def _deliver(session: Session, hand: Hand, number: str, codes: tuple[str, ...]) -> None:
    row = _row(session, hand.process, number)
    for place in places_of(session, hand.process.id):
        if place.code in codes:
            service.deliver(session, hand, place.id, row, row.versions[0])
