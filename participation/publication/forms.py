"""What the closing page posts: a change of hours to propose, a gap to sign."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.reconciliation import IdentityKey
from participation.counts.queries import Gap
from participation.errors import Invalid, Message
from participation.i18n import lazy as _
from participation.processes.models import WindowKind
from participation.processes.windows import past_hour

Errors = dict[str, Message]
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
    errors: Errors = {}
    kind = next((kind for kind in CHANGEABLE if kind.value == _field(form, "kind")), None)
    if kind is None:
        errors["kind"] = _("Choose what changes.")
    moment = _moment(_field(form, "effective_at"), zone)
    if moment is None:
        errors["effective_at"] = _("Give the day and hour, as in 2027-03-14 20:00.")
    elif problem := past_hour(moment, at):
        errors["effective_at"] = problem
    reason = _reason(form, errors)
    if kind is None or moment is None or errors:
        return None, errors
    return WindowDraft(kind, moment, reason), {}


def _reason(form: FormData, errors: Errors) -> str:
    reason = _field(form, "reason")
    if not reason:
        errors["reason"] = _("Say why: the reason is kept and can be published.")
    elif len(reason) > REASON_LENGTH:
        errors["reason"] = _("The reason is longer than %(limit)s characters. Shorten it.", limit=REASON_LENGTH)
    return reason


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last year of the calendar, seen from another zone
        return None


@dataclass(frozen=True, slots=True)
class GapDraft:
    gap: Gap
    reason: str


def read_gap(form: FormData) -> tuple[GapDraft | None, Errors]:
    """Which gap is signed and why, or the errors by field. Invalid when the hidden fields are not ours."""
    errors: Errors = {}
    reason = _reason(form, errors)
    try:
        gap = (IdentityKey(_field(form, "identity")), _field(form, "subject"), int(_field(form, "difference")))
    except ValueError as error:
        raise Invalid(_("This form is incomplete. Nothing was signed."), _("Reload the page and try again.")) from error
    return (None, errors) if errors else (GapDraft(gap, reason), {})


def read_id(form: FormData, name: str) -> uuid.UUID:
    """An id in a hidden field. Invalid when it is not one."""
    try:
        return uuid.UUID(_field(form, name))
    except ValueError as error:
        raise Invalid(
            _("This form is incomplete. Nothing was changed."), _("Reload the page and try again.")
        ) from error


def _field(form: FormData, name: str) -> str:
    return str(form.get(name) or "").strip()
