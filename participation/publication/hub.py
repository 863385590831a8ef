"""Where a process stands today, in the words and numbers of its page and of the home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from participation import i18n
from participation.counting.spec import Channel
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes.models import LocalText, Phase, PhaseKind, Place, PlaceKind, ProcessKind, WindowKind
from participation.processes.queries import Windows
from participation.processes.words import PHASES
from participation.publication.queries import ProcessRow

_OPENS = (WindowKind.ONLINE_OPENS, WindowKind.PAPER_OPENS)
_CLOSES = (WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES)


class Stage(StrEnum):
    """What a person meets: before the vote, the vote, the count, the result."""

    BEFORE = "before"
    OPEN = "open"
    SUSPENDED = "suspended"
    COUNTING = "counting"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage, with the moment that it turns on: opening, closing, or certification."""

    stage: Stage
    moment: datetime | None


def standing(windows: Windows, certified_at: datetime | None, at: datetime) -> Standing:
    """Derived from windows and certification; nothing is stored."""
    if certified_at is not None:
        return Standing(Stage.RESULT, certified_at)
    opens = min((windows.moments[kind] for kind in _OPENS if kind in windows.moments), default=None)
    closes = max((windows.moments[kind] for kind in _CLOSES if kind in windows.moments), default=None)
    if opens is None or at < opens:
        return Standing(Stage.BEFORE, opens)
    if closes is not None and at >= closes:
        return Standing(Stage.COUNTING, closes)
    return Standing(Stage.SUSPENDED if windows.suspended(at) else Stage.OPEN, closes)


@dataclass(frozen=True, slots=True)
class BigNumber:
    """A figure and its unit: 12 days left."""

    value: str
    unit: Message


def days_left(closes: datetime, at: datetime, zone: ZoneInfo, locale: str) -> BigNumber:
    """Whole days to the last one; on the last day its hour."""
    days = (i18n.local(closes, zone).date() - i18n.local(at, zone).date()).days
    if days < 1:
        return BigNumber(i18n.clock(closes, locale, zone), _("closes today"))
    return BigNumber(i18n.number(days, locale), ngettext("day left", "days left", days))


@dataclass(frozen=True, slots=True)
class HomeRow:
    """One process on the home page."""

    kind: ProcessKind
    title: LocalText
    summary: LocalText
    organisation: LocalText
    path: str
    standing: Standing
    big: BigNumber | None
    channels: tuple[str, ...]
    zone: ZoneInfo
    said: Message | None
    """Where it stands, in a sentence; None where no day is known."""


_SAID: dict[tuple[ProcessKind, Stage], Message] = {
    (ProcessKind.BUDGET, Stage.BEFORE): _("Voting opens on %(day)s."),
    (ProcessKind.BUDGET, Stage.COUNTING): _(
        "Voting closed on %(day)s. No result is known to anybody before the count."
    ),
    (ProcessKind.BUDGET, Stage.RESULT): _("Certified on %(day)s."),
    (ProcessKind.CONSULTATION, Stage.BEFORE): _("Opens on %(day)s."),
    (ProcessKind.CONSULTATION, Stage.COUNTING): _("The report comes out on %(day)s."),
    (ProcessKind.CONSULTATION, Stage.RESULT): _("Report of %(day)s."),
    (ProcessKind.MEETING, Stage.BEFORE): _("Meeting: %(moment)s."),
    (ProcessKind.MEETING, Stage.OPEN): _("Meeting: %(moment)s."),
    (ProcessKind.MEETING, Stage.COUNTING): _("Meeting of %(day)s. Its minutes are not published yet."),
    (ProcessKind.MEETING, Stage.RESULT): _("Minutes of the meeting of %(day)s."),
}


def home_row(row: ProcessRow, found: Standing, at: datetime, locale: str) -> HomeRow:
    zone = ZoneInfo(row.process.zone)
    return HomeRow(
        row.process.kind,
        row.process.title,
        row.process.summary,
        row.organisation.name,
        row.path,
        found,
        _big(row.process.kind, found, at, zone, locale),
        row.channels,
        zone,
        _said(row.process.kind, found, zone, locale),
    )


def _big(kind: ProcessKind, found: Standing, at: datetime, zone: ZoneInfo, locale: str) -> BigNumber | None:
    """Of what is open: the days that are left, or the hour of a meeting."""
    if found.stage is not Stage.OPEN or found.moment is None:
        return None
    if kind is ProcessKind.MEETING:
        return BigNumber(i18n.clock(found.moment, locale, zone), _("in the room"))
    return days_left(found.moment, at, zone, locale)


def _said(kind: ProcessKind, found: Standing, zone: ZoneInfo, locale: str) -> Message | None:
    sentence = _SAID.get((kind, found.stage))
    if sentence is None or found.moment is None:
        return None
    day, moment = (words(found.moment, locale, zone) for words in (i18n.long_date, i18n.date_and_time))
    return replace(sentence, params={"day": day, "moment": moment})


def timeline(phases: Sequence[Phase], at: datetime, zone: ZoneInfo, locale: str, stage: Stage) -> list[dict[str, Any]]:
    """The phases as the timeline macro takes them. An end at midnight belongs to the day before."""
    return [_phase(phase, at, zone, locale, stage) for phase in phases]


def _phase(phase: Phase, at: datetime, zone: ZoneInfo, locale: str, stage: Stage) -> dict[str, Any]:
    title = i18n.words_of(phase.title, locale) or i18n.translate(PHASES[phase.kind], locale)
    first, last = phase.starts_at, phase.ends_at - timedelta(seconds=1)
    note = ""
    ended_early = phase.kind is PhaseKind.VOTE and stage in (Stage.COUNTING, Stage.RESULT)
    if phase.starts_at <= at < phase.ends_at and not ended_early:
        big = days_left(last, at, zone, locale)
        last_day = i18n.local(at, zone).date() == i18n.local(last, zone).date()
        note = (
            i18n.translate(_("last day"), locale)
            if last_day
            else f"{big.value}{i18n.NO_BREAK_SPACE}{i18n.translate(big.unit, locale)}"
        )
    return {
        "title": title,
        "dates": _dates(i18n.local(first, zone).date(), i18n.local(last, zone).date(), at.year, locale),
        "state": "past" if phase.ends_at <= at else "current" if phase.starts_at <= at else "future",
        "share": round(100 * max(0.0, min(1.0, (at - first) / (phase.ends_at - first)))),
        "note": note,
        "url": "",
    }


def _dates(first: date, last: date, this_year: int, locale: str) -> str:
    """From when to when; a year is named where it is not the present one, once if both days share it."""
    named = first.year not in (this_year, last.year)
    begins = i18n.long_date(first, locale) if named else i18n.short_date(first, locale)
    ends = i18n.short_date(last, locale) if last.year == this_year else i18n.long_date(last, locale)
    return ends if first == last else f"{begins} – {ends}"


@dataclass(frozen=True, slots=True)
class Ways:
    """How to take part: places by channel, and when each way closes."""

    online: bool
    counters: list[Place]
    drops: list[Place]
    """Where a sealed envelope may be left."""
    post: list[Place]
    phone: str
    online_closes: datetime | None
    counters_close: datetime | None
    post_closes: datetime | None


def ways(process: Any, places: Sequence[Place], windows: Windows, at: datetime) -> Ways:
    """What is open now. A way that has closed is left out."""
    paper = process.paper and windows.paper_open(at)
    counters = [place for place in places if place.channel is Channel.COUNTER]
    return Ways(
        online=process.online and windows.online_open(at),
        counters=[place for place in counters if paper and place.kind is PlaceKind.LIVE],
        drops=[place for place in counters if paper and place.kind is PlaceKind.ENVELOPE],
        post=[place for place in places if place.channel is Channel.POST and process.paper and windows.post_open(at)],
        phone=process.phone,
        online_closes=windows.moments.get(WindowKind.ONLINE_CLOSES),
        counters_close=windows.moments.get(WindowKind.PAPER_CLOSES),
        post_closes=windows.moments.get(WindowKind.POST_CLOSES) or windows.moments.get(WindowKind.PAPER_CLOSES),
    )
