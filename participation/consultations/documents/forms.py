"""What staff type about documents, as typed values or translated errors; and back, to fill the fields."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.datastructures import FormData

from participation.consultations.documents import numbering
from participation.consultations.documents.models import DocumentKind
from participation.consultations.documents.queries import DocumentRow
from participation.consultations.documents.service import Draft
from participation.consultations.words import LANGUAGES
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.processes.models import LocalText
from participation.typed import Errors, Typed, day_of

FIELDS = (
    "number", "author", "kind", "language", "on_paper", "dated",
    *(f"{name}_{locale}" for name in ("title", "summary", "note", "reason") for locale in LOCALES),
)  # fmt: skip
_NO_DAY = _("Give the day that stands on the document.")


def read_document(form: FormData) -> tuple[Draft, Errors]:
    typed = Typed(form)
    wrong = _("Write a number such as 3.1: figures and points, at most three levels, none above 999.")
    draft = Draft(
        number=typed.matching("number", numbering.NUMBER, wrong),
        title=typed.words("title", 200, _("Give the title in French.")),
        author=typed.text("author", 160),
        kind=typed.one("kind", DocumentKind, DocumentKind.OTHER),
        language=typed.raw("language"),
        summary=typed.words("summary", 4000),
        on_paper=typed.ticked("on_paper"),
    )
    if draft.language not in LANGUAGES:
        typed.errors["language"] = _("Choose one of the list.")
    return draft, typed.errors


def read_version(form: FormData) -> tuple[date, LocalText, Errors]:
    typed = Typed(form)
    day = day_of(typed.raw("dated"))
    if day is None or not 1900 <= day.year <= 2200:
        typed.errors["dated"] = _NO_DAY
    return day or date.min, typed.words("note", 400), typed.errors


def read_section(form: FormData) -> tuple[int, LocalText, Errors]:
    typed = Typed(form)
    number = typed.integer("section", 1, 999)
    return number, typed.words("section_title", 160, _("Give the title in French.")), typed.errors


def read_reason(form: FormData) -> tuple[LocalText, Errors]:
    typed = Typed(form)
    missing = _("Give the reason in French: it is shown at the address of the document.")
    return typed.words("reason", 600, missing), typed.errors


def document_values(row: DocumentRow) -> dict[str, Any]:
    texts = {"title": row.title, "summary": row.summary}
    words = {f"{name}_{locale}": text.get(locale, "") for name, text in texts.items() for locale in LOCALES}
    plain = {name: getattr(row, name) for name in ("number", "author", "kind", "language")}
    return {**words, **plain, "on_paper": "1" if row.on_paper else ""}


def typed_values(form: FormData) -> dict[str, Any]:
    return {name: str(form.get(name) or "") for name in form}
