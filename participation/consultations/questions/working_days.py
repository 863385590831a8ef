"""Working days as the offices of Québec count them: Monday to Friday, without the holidays. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

_DAY = timedelta(days=1)


def due_day(received: date, days: int) -> date:
    """The last of so many working days that follow the day of reception."""
    day = received
    while days > 0:
        day += _DAY
        days -= is_worked(day)
    return day


def worked_before(day: date, days: int) -> date:
    """So many working days before a day; the day itself where that is none."""
    while days > 0:
        day -= _DAY
        days -= is_worked(day)
    return day


def first_in_time(today: date, days: int) -> date:
    """The earliest day of reception whose answer is not overdue today."""
    day = today
    while due_day(day - _DAY, days) >= today:
        day -= _DAY
    return day


def is_worked(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


@lru_cache(maxsize=16)
def holidays(year: int) -> frozenset[date]:
    """Statutory holidays of Québec (N-1.1, s. 60), with both days of Easter on which offices close.

    The National Holiday and Canada Day that fall on a Sunday are taken on the Monday.
    """
    easter = _easter(year)
    return frozenset(
        {
            date(year, 1, 1),
            easter - 2 * _DAY,
            easter + _DAY,
            _monday_before(date(year, 5, 25)),
            _after_sunday(date(year, 6, 24)),
            _after_sunday(date(year, 7, 1)),
            _monday_before(date(year, 9, 8)),
            _monday_before(date(year, 10, 15)),
            date(year, 12, 25),
        }
    )


def _monday_before(day: date) -> date:
    """The last Monday that comes before this day."""
    return day - timedelta(days=day.weekday() or 7)


def _after_sunday(day: date) -> date:
    return day + _DAY if day.weekday() == 6 else day


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    century, of_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    golden = year % 19
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * rest + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
