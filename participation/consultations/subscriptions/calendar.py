"""The calendar of a consultation as iCalendar (RFC 5545). Pure: text from values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_OCTETS = 75
"""Of a line, its end not counted (3.1)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, [starts, ends). `uid` names it for good."""

    uid: str
    starts: datetime
    ends: datetime
    title: str
    url: str
    place: str = ""
    text: str = ""
    cancelled: bool = False


def calendar_text(
    title: str, entries: Sequence[Entry], zone: ZoneInfo, *, language: str, edited_at: datetime, edition: int
) -> str:
    """The file. `edited_at` and `edition`: when the calendar was last changed, and for the how manieth time."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//participation//consultation//{language.upper()}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(title)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for entry in entries:
        lines += _event(entry, zone, language, edited_at, edition)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _event(entry: Entry, zone: ZoneInfo, language: str, edited_at: datetime, edition: int) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{entry.uid}"
    yield f"DTSTAMP:{_utc(edited_at)}"
    yield f"LAST-MODIFIED:{_utc(edited_at)}"
    yield f"SEQUENCE:{edition}"
    starts, ends = entry.starts.astimezone(zone), entry.ends.astimezone(zone)
    if starts.time() == ends.time() == time():
        yield f"DTSTART;VALUE=DATE:{_day(starts.date())}"
        yield f"DTEND;VALUE=DATE:{_day(max(ends.date(), starts.date() + timedelta(days=1)))}"
    else:
        yield f"DTSTART:{_utc(entry.starts)}"
        yield f"DTEND:{_utc(entry.ends)}"
    yield f"SUMMARY;LANGUAGE={language}:{_escaped(entry.title)}"
    if entry.place:
        yield f"LOCATION:{_escaped(entry.place)}"
    if entry.text:
        yield f"DESCRIPTION;LANGUAGE={language}:{_escaped(entry.text)}"
    if entry.cancelled:
        yield "STATUS:CANCELLED"
    yield f"URL:{entry.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _escaped(text: str) -> str:
    """A value of type TEXT (3.3.11)."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, never within a character; each but the first begins with a space."""
    piece = ""
    for sign in line:
        if len((piece + sign).encode()) > MOST_OCTETS:
            yield piece
            piece = " "
        piece += sign
    yield piece
