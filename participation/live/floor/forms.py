"""What is typed about a question from the floor: the question itself, and a decision on it."""

from __future__ import annotations

from starlette.datastructures import FormData

from participation.consultations.forms import plain_name, read_text
from participation.consultations.models import RefusalReason
from participation.i18n import lazy as _
from participation.live.floor.service import AskDraft
from participation.typed import Errors, Typed, nonce_of

LONGEST = 500
"""Characters: what a wall can show and somebody can read aloud."""
FIELDS = ("text", "name", "subject", "nonce")


def read_question(form: FormData, language: str) -> tuple[AskDraft, Errors]:
    """A question; nothing is required but its words."""
    typed = Typed(form)
    text = read_text(typed, LONGEST)
    name = plain_name(typed.text("name", 120))
    subject = " ".join(typed.text("subject", 100).split())
    return AskDraft(text, language, nonce_of(form), name, subject), typed.errors


def read_refusal(form: FormData) -> tuple[RefusalReason, str, Errors]:
    typed = Typed(form)
    reason = typed.one("reason", RefusalReason, RefusalReason.OFF_TOPIC)
    if typed.errors:
        typed.errors["reason"] = _("Choose the reason, which whoever asked will read.")
    return reason, typed.text("note", 300), typed.errors


def read_limit(form: FormData) -> tuple[int, Errors]:
    typed = Typed(form)
    return typed.integer("per_device", 1, 20), typed.errors
