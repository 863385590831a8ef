"""What the pages of the documentation file show, and what its search finds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from participation.consultations.documents import queries, words
from participation.consultations.documents.queries import DocumentRow, VersionRow
from participation.errors import Message, NotFound
from participation.i18n import LOCALES, words_of
from participation.i18n import lazy as _
from participation.processes.queries import OpenProcess
from participation.search import Hit, Segment, parse, search, segments

A_PAGE = 20
"""Hits on one page."""
MOST_HITS_PAGES = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as it is shown; `lang` marks a text of another language than the page's."""

    hit: Hit
    title: list[Segment]
    kind: Message | str
    page: int
    lang: str
    title_lang: str


def public_documents(session: Session, process: OpenProcess) -> list[DocumentRow]:
    return [row for row in queries.documents_of(session, process.id) if row.is_public]


def public_document(session: Session, process: OpenProcess, number: str) -> DocumentRow:
    """The document with this number or that last had it. NotFound."""
    found = queries.document_at(public_documents(session, process), number)
    if found is None:
        raise NotFound(
            _("There is no document %(number)s in this file.", number=number[:12]),
            _("The list of documents shows them all."),
        )
    return found


def shown_version(row: DocumentRow, number: int) -> VersionRow:
    """A version that the public may see. NotFound, also where the document was withdrawn."""
    found = row.version(number)
    if found is None or not found.is_ready or row.withdrawn_at is not None:
        raise NotFound(_("There is no such version of this document."), _("Its own page shows what there is."))
    return found


def results(session: Session, process: OpenProcess, typed: str, kind: str, number: int, locale: str) -> dict[str, Any]:
    """A page of what the search finds."""
    query = parse(typed)
    kinds = [kind] if kind else []
    found = search(session, process.id, query, kinds=kinds, limit=A_PAGE, offset=(number - 1) * A_PAGE)
    titles = {row.id: row for row in queries.documents_of(session, process.id)} if found.hits else {}
    versions = {version.id: row for row in titles.values() for version in row.versions}
    total = found.by_kind.get(kind, 0) if kind else sum(found.by_kind.values())

    def shown(hit: Hit) -> Found:
        row = titles.get(hit.target_id) or versions.get(hit.target_id)
        words_here = words_of(row.title, locale) if row else ""
        title = segments(words_here, query, locale) if row else hit.title
        lang = hit.locale if hit.locale in LOCALES and hit.locale != locale else ""
        page = hit.part if "#page=" in hit.address else 0
        kind_words = words.ONE.get(hit.kind, hit.kind)
        return Found(hit, title, kind_words, page, lang, getattr(words_here, "lang", "" if row else lang))

    tabs: list[tuple[str, Message | str, int]] = [("", _("Everything"), sum(found.by_kind.values()))]
    tabs += [(each, words.FOUND.get(each, each), count) for each, count in sorted(found.by_kind.items())]
    return {
        "typed": typed,
        "asked": bool(query),
        "hits": [shown(hit) for hit in found.hits],
        "total": total,
        "tabs": [
            (label, "?" + urlencode({"q": typed, "kind": each}), each == kind, count) for each, label, count in tabs
        ],
        "number": number,
        "pages": max(1, -(-total // A_PAGE)),
        "more": "?" + urlencode({"q": typed, "kind": kind}) + "&page=",
    }


def places_with(session: Session, process_id: uuid.UUID, row: DocumentRow) -> list[tuple[Any, queries.CopyRow]]:
    """Where a paper copy of a document lies."""
    shelves = queries.board(session, process_id, [row])
    return [(shelf.place, copy) for shelf in shelves for copy in shelf.copies if copy.held is not None]
