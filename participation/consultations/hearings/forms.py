"""What is typed about hearings: a session, a registration, a turn, as values or translated errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.consultations import words
from participation.consultations.hearings.models import HearingSession, Need
from participation.consultations.models import ContributionChannel
from participation.i18n import lazy as _
from participation.typed import Errors, Typed, as_typed, wall_clock

BY_STAFF = (
    ContributionChannel.PHONE,
    ContributionChannel.COUNTER,
    ContributionChannel.ROOM,
    ContributionChannel.POST,
    ContributionChannel.EMAIL,
)
LONGEST_SESSION = 12 * 3600
SESSION_FIELDS = ("place_fr", "place_en", "starts_at", "ends_at", "speak_minutes", "exchange_minutes", "webcast")
SPEAKER_FIELDS = (
    "name", "group", "subject", "language", "email", "phone", "needs_note", "brief", "turn", "consent", "nonce",
    "channel",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionDraft:
    place: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    speak_minutes: int
    exchange_minutes: int
    webcast: str


@dataclass(frozen=True, slots=True)
class SpeakerDraft:
    name: str
    group: str
    subject: str
    language: str
    email: str
    phone: str
    needs: list[str]
    needs_note: str
    brief: int | None
    """Its register number."""
    turn: tuple[int, int] | None
    """(session number, position); None lets the office choose."""


def read_session(form: FormData, zone: ZoneInfo, at: datetime) -> tuple[SessionDraft, Errors]:
    typed = Typed(form)
    place = typed.words("place", 200, _("Write where it is held, in French first."))
    starts = typed.moment("starts_at", zone, _("Give the day and the hour at which it begins."))
    ends = typed.moment("ends_at", zone, _("Give the day and the hour at which it ends."))
    if starts and ends and not 0 < (ends - starts).total_seconds() <= LONGEST_SESSION:
        typed.errors["ends_at"] = _("It ends after it has begun, and within twelve hours.")
    webcast = typed.text("webcast", 300)
    if webcast and not re.fullmatch(r"https?://\S+", webcast):
        typed.errors["webcast"] = _("Write the whole address, beginning with https://, or leave it empty.")
    draft = SessionDraft(
        place=place,
        starts_at=starts or at,
        ends_at=ends or at,
        speak_minutes=typed.integer("speak_minutes", 1, 120),
        exchange_minutes=typed.integer("exchange_minutes", 0, 120),
        webcast=webcast,
    )
    return draft, typed.errors


def session_values(row: HearingSession, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "place_fr": row.place.get("fr", ""),
        "place_en": row.place.get("en", ""),
        "starts_at": wall_clock(row.starts_at, zone),
        "ends_at": wall_clock(row.ends_at, zone),
        "speak_minutes": row.speak_minutes,
        "exchange_minutes": row.exchange_minutes,
        "webcast": row.webcast,
    }


def read_speaker(form: FormData, *, by_staff: bool = False) -> tuple[SpeakerDraft, Errors]:
    """Somebody who wishes to speak. They are reached by e-mail or telephone: one of both is needed."""
    typed = Typed(form)
    name = typed.text("name", 120, _("Write the name of who will speak."))
    email, phone = typed.email(), typed.text("phone", 60)
    if not email and not phone:
        typed.errors["phone"] = _("Leave a telephone number or an e-mail address: we tell you your hour.")
    language = typed.raw("language")
    draft = SpeakerDraft(
        name=name,
        group=typed.text("group", 200),
        subject=typed.text("subject", 200),
        language=language if language in words.LANGUAGES else "und",
        email=email,
        phone=phone,
        needs=[need for need in typed.all("needs") if need in set(Need)],
        needs_note=typed.text("needs_note", 1000),
        brief=_brief(typed),
        turn=read_turn(typed),
    )
    if not typed.ticked("consent") and not by_staff:
        typed.errors["consent"] = _("Tick the box: hearings are public.")
    return draft, typed.errors


def _brief(typed: Typed) -> int | None:
    bare = re.sub(r"\s", "", typed.raw("brief")).upper().removeprefix("M-")
    if bare and not re.fullmatch(r"\d{1,9}", bare):
        typed.errors["brief"] = _("Write the number on its receipt, such as M-12, or leave it empty.")
        return None
    return int(bare) if bare else None


def read_brief(form: FormData) -> tuple[int | None, Errors]:
    typed = Typed(form)
    return _brief(typed), typed.errors


def read_turn(typed: Typed) -> tuple[int, int] | None:
    """2-5: the fifth turn of session 2."""
    found = re.fullmatch(r"(\d{1,6})-(\d{1,4})", typed.raw("turn"))
    if typed.raw("turn") and not found:
        typed.errors["turn"] = _("Choose one of the list.")
    return (int(found[1]), int(found[2])) if found else None


def read_channel(form: FormData) -> tuple[ContributionChannel, Errors]:
    typed = Typed(form)
    channel = typed.one("channel", ContributionChannel, ContributionChannel.PHONE)
    if channel not in BY_STAFF:
        typed.errors["channel"] = _("Choose one of the list.")
    return channel, typed.errors


def read_transcript(form: FormData) -> tuple[str, Errors]:
    typed = Typed(form)
    number = typed.text("transcript", 20)
    if number and not re.fullmatch(r"\d{1,3}(\.\d{1,4}){0,3}", number):
        typed.errors["transcript"] = _("Write the number of a document, such as 5.1, or leave it empty.")
    return number, typed.errors


def speaker_as_typed(form: FormData) -> dict[str, Any]:
    """What somebody typed who registers, whole, for a page that comes back."""
    return {**as_typed(form, SPEAKER_FIELDS), "needs": [str(value) for value in form.getlist("needs")]}
