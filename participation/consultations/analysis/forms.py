"""What analysts type: codes, and the words that go under them."""

from __future__ import annotations

import uuid

from starlette.datastructures import FormData

from participation.consultations.analysis.service import Marked
from participation.errors import Message
from participation.i18n import lazy as _
from participation.typed import Errors, Typed, whole_number

LONGEST_TITLE = 120
LONGEST_QUOTE = 20_000


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def read_title(form: FormData) -> tuple[str, Errors]:
    typed = Typed(form)
    missing: Message = _("Give the code a title.")
    title = " ".join(typed.text("title", LONGEST_TITLE, missing).split())
    return title, typed.errors


def read_code(form: FormData, name: str) -> uuid.UUID | None:
    """The code that was chosen in a list; None where none was."""
    return _key(Typed(form).raw(name))


def read_marked(form: FormData) -> tuple[Marked, Errors]:
    """The words with the codes that were ticked; a new code is made by the caller."""
    typed = Typed(form)
    words = typed.text("words", LONGEST_QUOTE, _("Select the words, or paste them here."))
    page = typed.text("page", 20)
    codes = tuple(key for text in typed.all("codes") if (key := _key(text)) is not None)
    if not codes and not typed.raw("title"):
        typed.errors["codes"] = _("Choose at least one code, or name a new one.")
    typed.text("title", LONGEST_TITLE)
    return Marked(words, whole_number(typed.raw("near")) or 0, page, codes), typed.errors
