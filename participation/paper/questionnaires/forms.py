"""A sheet as a clerk types it: where and when it came, ticks, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.ballots.questionnaires.forms import read_answers
from participation.counting.spec import BallotSpec
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper.questionnaires.service import Keyed, Read
from participation.processes.models import Place
from participation.processes.queries import Windows
from participation.typed import Errors, day_of, text_of

OTHER = "other"
LANGUAGES = (*LOCALES, OTHER)


@dataclass(frozen=True, slots=True)
class Intake:
    """Where sheets may come in, and when."""

    places: Sequence[Place]
    windows: Windows
    zone: ZoneInfo
    today: date


def read_sheet(form: FormData, spec: BallotSpec, intake: Intake) -> tuple[Keyed | None, Errors]:
    """A whole sheet; None with what is missing where it cannot be kept."""
    (place, received), errors = read_arrival(form, intake)
    return Keyed(place, received, read_answered(form, spec)) if place and received else None, errors


def read_arrival(form: FormData, intake: Intake) -> tuple[tuple[Place | None, datetime | None], Errors]:
    """Where it came in, and when as far as the day tells; both, or neither with what is missing."""
    errors: Errors = {}
    place = next((each for each in intake.places if each.code == text_of(form, "place")), None)
    if place is None:
        errors["place"] = _("Say where it came in.")
    day = day_of(text_of(form, "received"))
    if day is None or day > intake.today:
        errors["received"] = _("Give the day on which it came; it is not later than today.")
    if errors or place is None or day is None:
        return (None, None), errors
    moment = within(day, place, intake.windows, intake.zone)
    if not intake.windows.open_for(place.channel, moment):
        return (None, None), {"received": _("On that day no answer was received this way. Check the day it came.")}
    return (place, moment), errors


def read_answered(form: FormData, spec: BallotSpec) -> Read:
    """What somebody read on a sheet."""
    return Read(language_of(form), *read_answers(form, spec.questions))


def language_of(form: FormData) -> str:
    typed = text_of(form, "language")
    return typed if typed in LANGUAGES else LOCALES[0]


def within(day: date, place: Place, windows: Windows, zone: ZoneInfo) -> datetime:
    """The first moment of that day at which the place received anything, else its beginning: a sheet has a day only."""
    start = datetime.combine(day, time(), zone)
    moments = (start + timedelta(minutes=15) * quarter for quarter in range(96))
    return next((moment for moment in moments if windows.open_for(place.channel, moment)), start)
