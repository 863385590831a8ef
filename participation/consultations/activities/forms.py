"""What is typed about an activity, before and after it, as values or translated errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.consultations.activities.models import Activity, ActivityKind, HowCounted
from participation.consultations.words import LANGUAGES
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.typed import Errors, Typed, as_typed, day_of, wall_clock

LONGEST = timedelta(days=7)
MOST = 1_000_000
"""People or views of one activity: more is a slip of the hand."""
SPOKEN = tuple(language for language in LANGUAGES if language != "und")
TEXTS = ("title", "place", "access")
FIELDS = (
    "kind", *(f"{name}_{locale}" for name in TEXTS for locale in LOCALES), "starts_at", "ends_at", "link", "cancelled",
)  # fmt: skip
ATTENDANCE_FIELDS = ("people", "how_counted", "views", "views_on")


@dataclass(frozen=True, slots=True)
class ActivityDraft:
    kind: ActivityKind
    title: dict[str, str]
    place: dict[str, str]
    access: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    link: str
    languages: list[str]
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many came, and apart from them how often a webcast was seen. Either is None where it is not known."""

    people: int | None
    how_counted: HowCounted | None
    views: int | None
    views_on: date | None


def read_activity(form: FormData, zone: ZoneInfo, at: datetime) -> tuple[ActivityDraft, Errors]:
    typed = Typed(form)
    kind = typed.one("kind", ActivityKind, ActivityKind.OTHER)
    title = typed.words("title", 200, _("Write what it is called, in French first."))
    place = typed.words("place", 300, _("Write where it is held, in French first."))
    access = typed.words("access", 500)
    starts = typed.moment("starts_at", zone, _("Give the day and the hour at which it begins."))
    ends = typed.moment("ends_at", zone, _("Give the day and the hour at which it ends."))
    if starts and ends and not timedelta() < ends - starts <= LONGEST:
        typed.errors["ends_at"] = _("It ends after it has begun, and within seven days.")
    link = typed.text("link", 300)
    if link and not re.fullmatch(r"https?://\S+", link):
        typed.errors["link"] = _("Write the whole address, beginning with https://, or leave it empty.")
    languages = [language for language in SPOKEN if language in typed.all("languages")]
    cancelled = typed.ticked("cancelled")
    return ActivityDraft(
        kind, title, place, access, starts or at, ends or at, link, languages, cancelled
    ), typed.errors  # fmt: skip


def read_attendance(form: FormData, today: date) -> tuple[Attendance, Errors]:
    """`today` on the wall calendar of the process: no figure is of a later day."""
    typed = Typed(form)
    people = _figure(typed, "people")
    how = typed.one("how_counted", HowCounted, HowCounted.ONE_BY_ONE) if people is not None else None
    views = _figure(typed, "views")
    day = day_of(typed.raw("views_on"))
    if views is not None and (day is None or day > today):
        typed.errors["views_on"] = _("Give the day on which this figure was read, today or before.")
    return Attendance(people, how, views, day if views is not None else None), typed.errors


def _figure(typed: Typed, name: str) -> int | None:
    return typed.integer(name, 0, MOST) if typed.raw(name) else None


def activity_values(row: Activity, zone: ZoneInfo) -> dict[str, Any]:
    texts = {f"{name}_{locale}": getattr(row, name).get(locale, "") for name in TEXTS for locale in LOCALES}
    return {
        **texts,
        "kind": row.kind,
        "starts_at": wall_clock(row.starts_at, zone),
        "ends_at": wall_clock(row.ends_at, zone),
        "link": row.link,
        "languages": row.languages,
        "cancelled": row.cancelled,
    }


def attendance_values(row: Activity) -> dict[str, Any]:
    return {
        "people": row.people,
        "how_counted": row.how_counted or HowCounted.ONE_BY_ONE,
        "views": row.views,
        "views_on": row.views_on.isoformat() if row.views_on else "",
    }


def activity_as_typed(form: FormData) -> dict[str, Any]:
    """What was typed, whole, for a page that comes back."""
    return {**as_typed(form, FIELDS), "languages": [str(value) for value in form.getlist("languages")]}
