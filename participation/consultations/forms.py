"""What people type when they contribute, as values or translated errors; nothing that was typed is lost."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.consultations.entries import Author
from participation.consultations.models import RefusalReason, Stance
from participation.consultations.spotting import Spotted, spot
from participation.consultations.words import LANGUAGES
from participation.i18n import lazy as _
from participation.typed import Errors, Typed, day_of

LONGEST = 10_000
"""Characters of a comment or question: six printed pages. A longer text is a brief."""
_JOINERS = "\u200c\u200d"
FIELDS = (
    "text",
    "name",
    "show_name",
    "email",
    "phone",
    "group",
    "theme",
    "stance",
    "language",
    "keep_personal",
    "nonce",
)


@dataclass(frozen=True, slots=True)
class Words:
    """A text with what its author said of it and of themselves."""

    text: str
    author: Author
    language: str
    theme: str = ""
    stance: Stance | None = None
    spotted: frozenset[Spotted] = field(default=frozenset())
    """What looks like personal data in a text whose author has not said that it may stay."""


def read_words(
    form: FormData, *, themes: frozenset[str] = frozenset(), longest: int = LONGEST, stances: bool = False
) -> tuple[Words, Errors]:
    """A text and its author. Personal data in it are an error once, until the box says that they may stay."""
    typed = Typed(form)
    text = read_text(typed, longest)
    theme = typed.raw("theme")
    language = typed.raw("language")
    asks = "text" not in typed.errors and not typed.ticked("keep_personal")
    found = frozenset(span.kind for span in spot(text)) if asks else frozenset()
    words = Words(
        text=text,
        author=_author(typed),
        language=language if language in LANGUAGES else "und",
        theme=theme if theme in themes else "",
        stance=typed.one("stance", Stance, Stance.NEUTRAL) if stances and typed.raw("stance") else None,
        spotted=found,
    )
    if found:
        typed.errors["text"] = _("This text will be read by everybody and seems to hold something personal.")
    return words, typed.errors


def read_text(typed: Typed, longest: int = LONGEST) -> str:
    """Somebody's words as they were typed; what nobody can see is no text."""
    nothing = _("Write your text first.")
    text = typed.text("text", longest, nothing)
    if text and not is_visible(text):
        typed.errors["text"] = nothing
    return text


def is_visible(text: str) -> bool:
    """Whether it holds at least one letter, digit, mark of punctuation or picture."""
    return any(unicodedata.category(sign)[0] in "LNPS" for sign in text)


def plain_name(text: str) -> str:
    """A name without the signs that nobody sees: those that turn the direction of a line, and those of no width.

    The two joiners stay where letters stand beside them: Persian and Indian names are written with them.
    """
    bare = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf") or sign in _JOINERS)
    return " ".join(bare.split()) if is_visible(bare) else ""


def _author(typed: Typed) -> Author:
    email = typed.email()
    name = plain_name(typed.text("name", 120))
    if typed.ticked("show_name") and not name:
        typed.errors["name"] = _("Write the name that will be shown, or untick the box.")
    return Author(
        name=name,
        group=plain_name(typed.text("group", 200)),
        show_name=typed.ticked("show_name"),
        email=email,
        phone=typed.text("phone", 60),
    )


def received_on(typed: Typed, zone: ZoneInfo, at: datetime) -> datetime:
    """The day when something reached the office, at noon of the process's own zone; now, where that is today."""
    day = day_of(typed.raw("received"))
    if day is None:
        typed.errors["received"] = _("Give the day when it reached you.")
        return at
    today = at.astimezone(zone).date()
    if day > today:
        typed.errors["received"] = _("This day has not come yet.")
    return at if day == today else datetime.combine(day, time(12), zone).astimezone(UTC)


def read_flag(form: FormData) -> tuple[tuple[RefusalReason | None, str], Errors]:
    """(reason, note) of a report."""
    typed = Typed(form)
    reason = typed.one("reason", RefusalReason, RefusalReason.OFF_TOPIC)
    return (reason, typed.text("note", 1000)), typed.errors


def read_decision(form: FormData) -> tuple[tuple[RefusalReason | None, str], Errors]:
    """(reason, note): no reason where it is published."""
    typed = Typed(form)
    if typed.raw("decision") == "publish":
        return (None, ""), {}
    reason = typed.one("reason", RefusalReason, RefusalReason.OFF_TOPIC)
    if "reason" in typed.errors:
        typed.errors["reason"] = _("Choose the reason of the charter for which it is not published.")
    return (reason, typed.text("note", 500)), typed.errors


def typed_values(form: FormData, names: tuple[str, ...] = FIELDS) -> dict[str, Any]:
    """What was typed, whole, for a page that comes back."""
    return {name: str(form.get(name) or "") for name in names}
