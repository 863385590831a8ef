"""What moderators type: how a contribution stood when they read it, an answer of the office, a suspension."""

from __future__ import annotations

from starlette.datastructures import FormData

from participation.consultations.forms import LONGEST, read_text
from participation.consultations.models import ContributionState, RefusalReason
from participation.consultations.service import Seen
from participation.consultations.suspensions import DAYS
from participation.i18n import lazy as _
from participation.typed import Errors, Typed, text_of


def read_seen(form: FormData) -> Seen | None:
    """How it stood on the page, as 'pending.2'; None where the form does not say."""
    state, _dot, version = text_of(form, "seen", 30).partition(".")
    if state not in set(ContributionState) or not version.isdecimal():
        return None
    return Seen(ContributionState(state), int(version))


def read_answer(form: FormData) -> tuple[str, Errors]:
    typed = Typed(form)
    return read_text(typed, LONGEST), typed.errors


def read_suspension(form: FormData) -> tuple[tuple[RefusalReason, int], Errors]:
    """(reason, days)."""
    typed = Typed(form)
    reason = typed.one("suspended_for", RefusalReason, RefusalReason.HATE)
    days = typed.integer("days", min(DAYS), max(DAYS))
    if days not in DAYS:
        typed.errors["days"] = _("Choose one of the list.")
    return (reason, days), typed.errors
