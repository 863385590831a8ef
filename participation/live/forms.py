"""What is typed about a room: a meeting, a poll, totals of hands; and what a telephone answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.answers import Answer, canonical, problems
from participation.counting.spec import Capture, Question, QuestionKind
from participation.errors import Message
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.live.models import Door, PollKind
from participation.live.service import MeetingDraft, PollDraft
from participation.processes.models import LocalText
from participation.register.identity import SLIP_CODE_LENGTH, is_code, normalise_code
from participation.typed import Errors, Typed, text_of, whole_number

MEETING_FIELDS = ("title_fr", "title_en", "starts_at", "place", "door", "expected", "captions_url", "begin_with")
POLL_FIELDS = ("title_fr", "title_en", "kind", "options_fr", "options_en", "max_choices", "seconds")
MOST_OPTIONS = 20
LONGEST_TEXT = 500
"""Characters of an answer in one's own words: what a wall can show."""
MOST_DOOR_CARDS = 400
LONGEST_ON_SITE = timedelta(days=28)
"""Shorter than a browser keeps its mark, which makes one device answer once."""
_CODE = re.compile(r"\d{6}")
_POINT = re.compile(
    r"(?:(?P<hour>\d{1,2})\s?[:hH]\s?(?P<minute>[0-5]\d)?\s+)?(?P<title>.*?)(?:\s+(?P<url>https?://\S{1,280}))?"
)


def read_code(typed: str) -> str:
    """The six digits of a join code, however they were grouped; empty where it is none."""
    digits = re.sub(r"[\s\-\u00a0\u202f]", "", typed)
    return digits if _CODE.fullmatch(digits) else ""


def read_meeting(form: FormData, zone: ZoneInfo) -> tuple[MeetingDraft | None, Errors]:
    typed = Typed(form)
    title = typed.words("title", 200, _("Give the meeting a name, in French first."))
    starts_at = typed.moment("starts_at", zone, _("Give the day and the hour at which it begins."))
    place = typed.text("place", 300)
    door = typed.one("door", Door, Door.DEVICE)
    expected = typed.integer("expected", 1, 20_000)
    captions = typed.text("captions_url", 300)
    if captions and not captions.startswith(("https://", "http://")):
        typed.errors["captions_url"] = _("Give the whole address, with https:// before it.")
    if typed.errors or starts_at is None:
        return None, typed.errors
    return MeetingDraft(title, starts_at, place, door, expected, captions), {}


def read_until(form: FormData, zone: ZoneInfo, at: datetime) -> tuple[datetime | None, Errors]:
    """The hour at which a question closes on the site."""
    typed = Typed(form)
    until = typed.moment("until", zone, _("Give the day and the hour at which it closes."))
    if until and not at < until <= at + LONGEST_ON_SITE:
        days = LONGEST_ON_SITE.days
        typed.errors["until"] = _("Give an hour to come, at most %(days)s days from now.", days=days)
        return None, typed.errors
    return until, typed.errors


def read_agenda(form: FormData) -> list[dict[str, Any]]:
    """One line for each point, in French and beside it in English: an hour first, the address of a document last.

    Neither is asked for; those of the French line stand."""
    points = zip_longest(*(_lines(str(form.get(f"agenda_{locale}") or "")) for locale in LOCALES), fillvalue="")
    return [_agenda_line(dict(zip(LOCALES, lines, strict=True))) for lines in points][:MOST_OPTIONS]


def _agenda_line(lines: dict[str, str]) -> dict[str, Any]:
    found = {locale: parts for locale, line in lines.items() if (parts := _POINT.fullmatch(line))}
    hour, minute, url = next(((f["hour"], f["minute"], f["url"]) for f in found.values()), (None, None, None))
    clock = f"{int(hour):02d}:{minute or '00'}" if hour and int(hour) < 24 else ""
    return {"hour": clock, "title": {locale: parts["title"] for locale, parts in found.items()}, "url": url or ""}


def agenda_text(agenda: Sequence[Mapping[str, Any]], locale: str) -> str:
    """The points as they are typed."""
    lines = ((line["hour"], line["title"].get(locale, ""), line["url"]) for line in agenda)
    return "\n".join(" ".join(filter(None, parts)) for parts in lines)


def read_door_cards(typed: str) -> int:
    """How many cards of the door to print; a batch of forty where nothing sensible was typed."""
    number = whole_number(typed)
    return number if number is not None and 1 <= number <= MOST_DOOR_CARDS else 40


def read_card(typed: str) -> str:
    """The code of a card as it is stored, typed or scanned: a scanner gives the address with the code behind it.
    Empty where a sign was misread."""
    code = normalise_code(typed.rpartition("#")[2])[:40]
    return code if is_code(code, SLIP_CODE_LENGTH) else ""


def read_poll(form: FormData) -> tuple[PollDraft | None, Errors]:
    """A poll; its answers are typed one a line, in French and beside it in English."""
    typed = Typed(form)
    title = typed.words("title", 300, _("Write the question, in French first."))
    kind = typed.one("kind", PollKind, PollKind.SINGLE)
    options = _options(form) if kind not in (PollKind.YES_NO, PollKind.TEXT) else []
    if kind not in (PollKind.YES_NO, PollKind.TEXT) and not 2 <= len(options) <= MOST_OPTIONS:
        typed.errors["options_fr"] = _("Write from 2 to %(most)s answers, one a line.", most=MOST_OPTIONS)
    most = typed.integer("max_choices", 1, MOST_OPTIONS, empty=1)
    seconds = typed.integer("seconds", 0, 86_400, empty=0)
    if typed.errors:
        return None, typed.errors
    return PollDraft(title, kind, options, most, seconds or None), {}


def _options(form: FormData) -> list[LocalText]:
    """Line by line; an English line that is missing leaves the French one alone."""
    lines = {locale: _lines(str(form.get(f"options_{locale}") or "")) for locale in LOCALES}
    together = zip_longest(*lines.values(), fillvalue="")
    return [{locale: line for locale, line in zip(LOCALES, option, strict=True) if line} for option in together]


def _lines(text: str) -> list[str]:
    return [" ".join(line.split())[:200] for line in text.splitlines() if line.strip()]


def read_totals(form: FormData, question: Question) -> tuple[Capture, dict[str, int], Errors]:
    """Hands or cards, and how many for each answer; an empty field is nobody."""
    typed = Typed(form)
    capture = typed.one("capture", Capture, Capture.HAND_COUNT)
    totals, errors = {}, typed.errors
    for option in question.options:
        raw = text_of(form, f"total_{option.id}", 9)
        number = whole_number(raw) if raw else 0
        if number is None or not 0 <= number <= 20_000:
            errors[f"total_{option.id}"] = _("Enter a whole number from %(least)s to %(most)s.", least=0, most=20_000)
        else:
            totals[option.id] = number
    return capture, totals, errors


def read_answer(form: FormData, question: Question) -> tuple[Answer, str, Message | None]:
    """The answer of a telephone, its words where it is answered in words, and what is wrong with it."""
    if question.kind is QuestionKind.OPEN_TEXT:
        words = " ".join(str(form.get("words") or "").split())
        if not words:
            return (), "", _("Write something before you send it.")
        if len(words) > LONGEST_TEXT:
            return (), "", _("At most %(limit)s characters; this has %(found)s.", limit=LONGEST_TEXT, found=len(words))
        return (), words, None
    answer = canonical(question, _ranks(form, question) if question.kind is QuestionKind.RANKING else _ticks(form))
    if not answer:
        return (), "", _("Choose an answer before you send it.")
    if found := problems(question, answer):
        return (), "", _FAULTS.get(found[0].fault.value, _OTHER)
    return answer, "", None


_FAULTS: Mapping[str, Message] = {
    "over": _("Fewer answers may be chosen. Take some away."),
    "rank-gap": _("Use each rank once, beginning with 1."),
}
_OTHER = _("This answer does not fit the question. Choose again.")


def _ticks(form: FormData) -> list[tuple[str, int]]:
    return [(str(value), 1) for value in form.getlist("choice")]


def _ranks(form: FormData, question: Question) -> list[tuple[str, int]]:
    ranks = ((option.id, whole_number(text_of(form, f"rank_{option.id}", 4))) for option in question.options)
    return [(option_id, rank) for option_id, rank in ranks if rank]
