"""What the closing page posts: a change of hours to propose, a gap to sign."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.reconciliation import IdentityKey
from participation.counts.queries import Gap
from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.processes.models import WindowKind
from participation.processes.windows import past_hour
from participation.typed import Errors, Typed, text_of

REASON_LENGTH = 500
CHANGEABLE = (
    WindowKind.ONLINE_CLOSES,
    WindowKind.PAPER_CLOSES,
    WindowKind.POST_CLOSES,
    WindowKind.SUSPENDED,
    WindowKind.RESUMED,
)
"""What two people may change while voting runs; opening hours are fixed at publication."""


@dataclass(frozen=True, slots=True)
class WindowDraft:
    kind: WindowKind
    effective_at: datetime
    reason: str


def read_window(form: FormData, zone: ZoneInfo, at: datetime) -> tuple[WindowDraft | None, Errors]:
    """The proposed change, or the errors by field. The hour is that of the process's zone, and is to come."""
    typed = Typed(form)
    kind = next((kind for kind in CHANGEABLE if kind.value == typed.raw("kind")), None)
    if kind is None:
        typed.errors["kind"] = _("Choose what changes.")
    moment = typed.moment("effective_at", zone, _("Give the day and hour from which it holds."))
    if moment and (problem := past_hour(moment, at)):
        typed.errors["effective_at"] = problem
    reason = _reason(typed)
    if kind is None or moment is None or typed.errors:
        return None, typed.errors
    return WindowDraft(kind, moment, reason), {}


def _reason(typed: Typed) -> str:
    return typed.text("reason", REASON_LENGTH, _("Say why: the reason is kept and can be published."))


@dataclass(frozen=True, slots=True)
class GapDraft:
    gap: Gap
    reason: str


def read_gap(form: FormData) -> tuple[GapDraft | None, Errors]:
    """Which gap is signed and why, or the errors by field. Invalid when the hidden fields are not ours."""
    typed = Typed(form)
    reason = _reason(typed)
    try:
        gap = (IdentityKey(typed.raw("identity")), typed.raw("subject"), int(typed.raw("difference")))
    except ValueError as error:
        raise Invalid(_("This form is incomplete. Nothing was signed."), _("Reload the page and try again.")) from error
    return (None, typed.errors) if typed.errors else (GapDraft(gap, reason), {})


def read_id(form: FormData, name: str) -> uuid.UUID:
    """An id in a hidden field. Invalid when it is not one."""
    try:
        return uuid.UUID(text_of(form, name))
    except ValueError as error:
        raise Invalid(
            _("This form is incomplete. Nothing was changed."), _("Reload the page and try again.")
        ) from error
