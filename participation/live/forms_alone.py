"""What is typed about a meeting of its own: the meeting, and what a process would say for it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.i18n import DEFAULT_ZONE
from participation.live.alone import AloneDraft
from participation.live.forms import read_meeting
from participation.processes.forms import zone_of
from participation.typed import Errors, Typed

WORDS = ("summary_fr", "summary_en", "phone")


def read_alone(form: FormData, zone: ZoneInfo) -> tuple[AloneDraft | None, Errors]:
    """Whole, or what is wrong with it."""
    draft, errors = read_meeting(form, zone)
    typed = Typed(form)
    summary, phone = typed.words("summary", 400), typed.text("phone", 60)
    errors |= typed.errors
    return (AloneDraft(draft, summary, phone) if draft and not errors else None), errors


def read_zone(form: FormData) -> tuple[ZoneInfo, Errors]:
    """Whose clock the meeting follows; where it is none of the list, that of the site."""
    typed = Typed(form)
    name = zone_of(typed)
    return (DEFAULT_ZONE if typed.errors else ZoneInfo(name)), typed.errors
