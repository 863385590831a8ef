"""What a comment speaks of where it is not the whole consultation: a document or a passage of it, a project, a
question, a theme; and the words and the address by which pages name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations import queries
from participation.consultations.documents import queries as documents
from participation.consultations.entries import About
from participation.consultations.models import AboutKind, ContributionKind, ContributionState
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.models import Contest, LocalText, Project
from participation.processes.queries import OpenProcess

LONGEST_PASSAGE = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be commented on."""

    about: About
    name: Message
    title: LocalText
    path: str
    """Below the public address of the process; empty where it has no page of its own."""


def subject_of(session: Session, process: OpenProcess, typed: Mapping[str, str]) -> Subject | None:
    """What `about`, `ref` and `passage` of an address or a form name; None for the whole, and for what is not there."""
    kind, ref = str(typed.get("about") or ""), str(typed.get("ref") or "")[:80]
    found = _FINDERS[kind](session, process, ref) if kind in _FINDERS and ref else None
    if found is None:
        return None
    reference, name, title, path = found
    passage = " ".join(str(typed.get("passage") or "").split()) if kind == AboutKind.DOCUMENT else ""
    return Subject(About(AboutKind(kind), reference, passage[:LONGEST_PASSAGE]), name, title, path)


_Found = tuple[str, Message, LocalText, str] | None


def _document(session: Session, process: OpenProcess, ref: str) -> _Found:
    rows = [row for row in documents.documents_of(session, process.id) if row.is_public and not row.withdrawn_at]
    row = documents.document_at(rows, ref)
    if row is None:
        return None
    return row.number, _("document %(number)s", number=row.number), row.title, f"/documents/{row.number}"


def _project(session: Session, process: OpenProcess, ref: str) -> _Found:
    contest, _bar, number = ref.partition("/")
    query = (
        select(col(Project.title))
        .join(Contest, col(Contest.id) == col(Project.contest_id))
        .where(col(Contest.process_id) == process.id, col(Contest.code) == contest, col(Project.number) == number)
    )
    title = session.execute(query).scalar()
    return None if title is None else (ref, _("project %(number)s", number=number), title, f"/projects/{ref}")


def _question(session: Session, process: OpenProcess, ref: str) -> _Found:
    row = queries.by_number(session, process.id, int(ref)) if ref.isdecimal() and len(ref) < 10 else None
    if row is None or row.kind is not ContributionKind.QUESTION or row.state is not ContributionState.PUBLISHED:
        return None
    return ref, _("question %(reference)s", reference=f"Q-{ref}"), {}, f"/questions/{ref}"


def _theme(session: Session, process: OpenProcess, ref: str) -> _Found:
    themes = queries.settings_of(session, process.id).themes
    title = next((theme["title"] for theme in themes if theme["code"] == ref), None)
    return None if title is None else (ref, _("the theme"), title, "")


_FINDERS = {
    AboutKind.DOCUMENT.value: _document,
    AboutKind.PROJECT.value: _project,
    AboutKind.QUESTION.value: _question,
    AboutKind.THEME.value: _theme,
}
