"""What a clerk transcribes, as values or translated errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.consultations.entries import Author
from participation.consultations.forms import received_on
from participation.consultations.models import ContributionChannel, ContributionKind, Stance
from participation.consultations.words import LANGUAGES
from participation.i18n import lazy as _
from participation.typed import Errors, Typed

LONGEST = 100_000
"""Characters of a transcription; a longer one is a file."""
BY_STAFF = tuple(channel for channel in ContributionChannel if channel is not ContributionChannel.ONLINE)
TRANSCRIBED = (ContributionKind.COMMENT, ContributionKind.QUESTION, ContributionKind.IDEA, ContributionKind.KIT)
FIELDS = (
    "kind", "channel", "place", "activity", "received", "title", "text", "language", "theme", "stance", "name",
    "show_name", "group", "email", "phone", "borough", "people", "nonce",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transcribed:
    kind: ContributionKind
    channel: ContributionChannel
    place: str
    activity: str
    """The number of the one at which it was collected; empty where it came another way."""
    received: datetime
    title: str
    text: str
    language: str
    theme: str
    stance: Stance | None
    author: Author
    borough: str
    people: int


def read_transcribed(form: FormData, zone: ZoneInfo, at: datetime) -> tuple[Transcribed, Errors]:
    """One sheet, call or message. The day is that of its reception, at noon of the process's own zone."""
    typed = Typed(form)
    channel = typed.one("channel", ContributionChannel, ContributionChannel.COUNTER)
    if channel is ContributionChannel.ONLINE:
        typed.errors["channel"] = _("Choose one of the list.")
    kind = typed.one("kind", ContributionKind, ContributionKind.COMMENT)
    name, group = typed.text("name", 120), typed.text("group", 200)
    if typed.ticked("show_name") and not (name or group):
        typed.errors["name"] = _("Write the name that will be shown, or untick the box.")
    if kind is ContributionKind.KIT and not group:
        typed.errors["group"] = _("Write the name of the group, as on its return sheet.")
    language = typed.raw("language")
    found = Transcribed(
        kind=kind,
        channel=channel,
        place=typed.raw("place"),
        activity=typed.raw("activity"),
        received=received_on(typed, zone, at),
        title=typed.text("title", 200),
        text=typed.text("text", LONGEST, _("Transcribe the text first. Write [illisible] for what cannot be read.")),
        language=language if language in LANGUAGES else "und",
        theme=typed.raw("theme")[:40],
        stance=typed.one("stance", Stance, Stance.NEUTRAL) if typed.raw("stance") else None,
        author=Author(name, group, typed.ticked("show_name"), typed.text("email", 254), typed.text("phone", 60)),
        borough=typed.text("borough", 120),
        people=typed.integer("people", 1, 100_000, empty=1),
    )
    return found, typed.errors
