"""A sheet as a clerk types it: where and when it came, ticks, words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.ballots.questionnaires.forms import read_answers
from participation.counting.spec import BallotSpec
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper.questionnaires.service import Keyed
from participation.processes.models import Place
from participation.processes.queries import Windows
from participation.typed import Errors, day_of, text_of

OTHER = "other"
LANGUAGES = (*LOCALES, OTHER)


def read_sheet(
    form: FormData, spec: BallotSpec, places: Sequence[Place], windows: Windows, zone: ZoneInfo, today: date
) -> tuple[Keyed | None, Errors]:
    """A whole sheet; None with what is missing where it cannot be kept."""
    errors: Errors = {}
    place = next((each for each in places if each.code == text_of(form, "place")), None)
    if place is None:
        errors["place"] = _("Say where it came in.")
    day = day_of(text_of(form, "received"))
    if day is None or day > today:
        errors["received"] = _("Give the day on which it came; it is not later than today.")
    if errors or place is None or day is None:
        return None, errors
    ticks, words = read_answers(form, spec.questions)
    return Keyed(place, within(day, place, windows, zone), language_of(form), ticks, words), errors


def language_of(form: FormData) -> str:
    typed = text_of(form, "language")
    return typed if typed in LANGUAGES else LOCALES[0]


def within(day: date, place: Place, windows: Windows, zone: ZoneInfo) -> datetime:
    """The first moment of that day at which the place received anything, else its beginning: a sheet has a day only."""
    start = datetime.combine(day, time(), zone)
    moments = (start + timedelta(minutes=15) * quarter for quarter in range(96))
    return next((moment for moment in moments if windows.open_for(place.channel, moment)), start)
