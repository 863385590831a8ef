"""The demo's day: today, or the day that DEMO_TODAY fixes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from participation import i18n
from participation.settings import Settings


def demo_clock(settings: Settings) -> Callable[[], datetime] | None:
    """A clock that runs from noon of the fixed day; None when no day is fixed."""
    if not settings.demo or settings.demo_today is None:
        return None
    started = i18n.now()
    noon = datetime.combine(settings.demo_today, datetime.min.time(), i18n.DEFAULT_ZONE) + timedelta(hours=12)
    return lambda: (noon + (i18n.now() - started)).astimezone(started.tzinfo)
