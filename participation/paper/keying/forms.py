"""What clerks type, as values; and what is wrong with it, in plain words.

Field names that other programs may rely on:
  batch header  nonce place style channel received_on header_count seal_number seal_broken=1
  keying        position nonce replaces ruling numbers.<question id>      (one question: `numbers` too)
  third person  ruling numbers.<question id>
  gap           kind reason
  re-opening    reopen_reason
  recount       batches (several) places (several: every batch of these) reason
  stock         nonce place kind amount
The intake desk's are in `intake_forms`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.ballots.models import BallotRejection
from participation.counting.spec import SHEET_CHANNELS, BallotSpec, Channel, Question, QuestionKind
from participation.errors import Message, NotFound
from participation.i18n import lazy as _
from participation.paper.intake.boxes import BoxView
from participation.paper.keying.choosing import AtPlace
from participation.paper.keying.service import LAST_POSITION, Header
from participation.paper.marks import Flaw, FlawKind, Marks, Reading, parse_line
from participation.paper.models.batches import GapKind, Interpretation
from participation.paper.queries import MOST_FORMS
from participation.paper.serials import read_qr, read_serial
from participation.processes.models import Place
from participation.typed import Errors, day_of, nonce_of, text_of, whole_number

"""Field name → what is wrong with it; empty when nothing is."""


# The header of a batch.


@dataclass(frozen=True, slots=True)
class TypedHeader:
    """The header as typed, to be shown again; `header` when it is right."""

    values: Mapping[str, str]
    header: Header | None


HEADER_FIELDS = (
    "box", "place", "style", "channel", "received_on", "header_count", "seal_number", "seal_broken", "numbered",
)  # fmt: skip


def read_header(
    form: FormData,
    spec: BallotSpec,
    places: Sequence[Place],
    at: datetime,
    zone: ZoneInfo,
    box: BoxView | None = None,
) -> tuple[TypedHeader, Errors]:
    """The batch header, complete when there is no error. The channel is the place's unless it is given.

    From a box, place and district are the box's, and no more forms than it still holds.
    """
    values = {name: text_of(form, name) for name in HEADER_FIELDS}
    errors: Errors = {}
    place = next((each for each in places if each.code == values["place"]), None)
    if box is not None:
        place = next(each for each in places if each.id == box.row.place_id)
        values["style"] = box.row.style
    if place is None:
        errors["place"] = _("Choose the place from which these forms come.")
    today = at.astimezone(zone).date()
    received = day_of(values["received_on"]) if values["received_on"] else today
    if received is None or received > today:
        errors["received_on"] = _("Give the day on which these forms were received. It cannot be in the future.")
    count = whole_number(values["header_count"])
    if count is None or not 1 <= count <= MOST_FORMS:
        errors["header_count"] = _("Count the forms by hand: 1 to %(most)s.", most=MOST_FORMS)
    elif box is not None and count > box.left:
        errors["header_count"] = _("Only %(left)s ballots of this box are in no batch yet.", left=box.left)
    style = values["style"] or (spec.styles[0].id if len(spec.styles) == 1 else "")
    if style not in spec.style:
        errors["style"] = _("Choose the district printed on these forms.")
    if errors or place is None or received is None or count is None:
        return TypedHeader(values, None), errors
    channel = Channel(values["channel"]) if values["channel"] in set(SHEET_CHANNELS) else place.channel
    seal, broken, numbered = values["seal_number"][:40], bool(values["seal_broken"]), bool(values["numbered"])
    header = Header(place, style, channel, received, count, seal, broken, numbered, box.row.id if box else None)
    return TypedHeader(values, header), {}


# One form, as a clerk or the third person reads it.


class Key(StrEnum):
    """What a clerk pressed: the form as typed, one of the hot keys, or a step to another form."""

    NUMBERS = ""
    BLANK = "blank"
    OVER = "over"
    UNCLEAR = "unclear"
    NOT_OURS = "not-ours"
    SKIP = "skip"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A form as keyed; `reading` is None while something is wrong, and for skip and back."""

    position: int
    key: Key
    nonce: str
    replaces: str
    serial: str
    """As typed, to be shown again."""
    lines: Mapping[str, str]
    reading: Reading | None
    seconds: int | None = None


def line_name(question: Question) -> str:
    return f"numbers.{question.id}"


MOST_SECONDS = 3600
"""A form that stayed longer on the screen was not being keyed all that time."""


def read_keying(form: FormData, questions: Sequence[Question], *, numbered: bool) -> tuple[TypedForm, Errors]:
    """One form as keyed. Unknown numbers, repetitions and too many marks are no error: they are kept.

    A serial may be left out, where it cannot be read on the sheet; one that is typed must be one.
    """
    key = Key(pressed) if (pressed := text_of(form, "ruling")) in set(Key) else Key.NUMBERS
    lines, typed = _lines(form, questions), text_of(form, "serial", 60) if numbered else ""
    errors: Errors = {}
    reading: Reading | None = None
    if key is Key.NUMBERS:
        reading = _typed_reading(questions, lines, errors)
    elif key in (Key.BLANK, Key.OVER, Key.UNCLEAR, Key.NOT_OURS):
        reading = Reading(Interpretation(key.value), {})
    serial = serial_of(typed)
    if reading is not None and typed and not serial:
        errors["serial"] = _("“%(typed)s” is not a serial number of this kind of form. Type its seven digits again.",
                             typed=typed)  # fmt: skip
        reading = None
    if reading is not None:
        reading = replace(reading, serial=serial)
    again, seconds = text_of(form, "replaces", 1000), whole_number(text_of(form, "seconds"))
    if seconds is not None and not 0 < seconds <= MOST_SECONDS:
        seconds = None
    return TypedForm(_position(form), key, nonce_of(form), again, typed, lines, reading, seconds), errors


def serial_of(typed: str) -> str:
    """The seven digits of a serial as keyed, or as a wand reads them off the sheet's QR; empty where it is none."""
    code = read_qr(typed)
    return (code.serial if code else read_serial(typed)) or ""


def _position(form: FormData) -> int:
    position = whole_number(text_of(form, "position"))
    if position is None or not 1 <= position <= LAST_POSITION:
        raise NotFound(_("There is no such form in a batch. Nothing was saved."))
    return position


def _lines(form: FormData, questions: Sequence[Question]) -> dict[str, str]:
    if len(questions) == 1 and "numbers" in form:
        return {questions[0].id: text_of(form, "numbers", 1000)}
    return {question.id: text_of(form, line_name(question), 1000) for question in questions}


def _typed_reading(questions: Sequence[Question], lines: Mapping[str, str], errors: Errors) -> Reading | None:
    marks: dict[str, tuple[tuple[str, int], ...]] = {}
    for question in questions:
        typed = parse_line(question.kind, lines[question.id])
        if typed.refused:
            errors[line_name(question)] = _refused(question.kind, typed.refused[0])
        if typed.marks:
            marks[question.id] = typed.marks
    if errors:
        return None
    if not marks:
        errors[line_name(questions[0])] = _("No number was typed. If the form has no mark at all, press Blank.")
        return None
    return Reading(Interpretation.CHOICES, marks)


def _refused(kind: QuestionKind, piece: str) -> Message:
    if kind is QuestionKind.CUMULATIVE:
        return _("“%(typed)s” has no points. Type the number, a colon and the points, such as 7:3.", typed=piece)
    return _("“%(typed)s” is not a project number. Type it again.", typed=piece)


@dataclass(frozen=True, slots=True)
class TypedRuling:
    """What the third person reads or rules; `reading` is None while something is wrong."""

    pressed: str
    lines: Mapping[str, str]
    reading: Reading | None
    rejection: BallotRejection | None


def read_ruling(form: FormData, questions: Sequence[Question]) -> tuple[TypedRuling, Errors]:
    """A reading from the paper: numbers, blank, unclear, no form here, or a reason to reject.

    The numbers typed beside a reason are kept as the marks of the rejected ballot; those on a sheet of another vote
    mean nothing here.
    """
    pressed = text_of(form, "ruling")
    lines = _lines(form, questions)
    errors: Errors = {}
    if pressed in (Interpretation.BLANK, Interpretation.MISSING):
        return TypedRuling(pressed, lines, Reading(Interpretation(pressed), {}), None), errors
    if pressed == BallotRejection.NOT_OURS:
        return TypedRuling(pressed, lines, Reading(Interpretation.NOT_OURS, {}), BallotRejection.NOT_OURS), errors
    if pressed in set(BallotRejection):
        rejection = BallotRejection(pressed)
        marks = _marks_as_read(questions, lines, errors)
        kind = Interpretation.CHOICES if marks else Interpretation.UNCLEAR
        return TypedRuling(pressed, lines, None if errors else Reading(kind, marks), rejection), errors
    return TypedRuling("", lines, _typed_reading(questions, lines, errors), None), errors


def _marks_as_read(questions: Sequence[Question], lines: Mapping[str, str], errors: Errors) -> Marks:
    if not any(line.strip() for line in lines.values()):
        return {}
    reading = _typed_reading(questions, lines, errors)
    return reading.marks if reading else {}


def explain(flaw: Flaw) -> Message:
    """Why a form cannot be counted as it was read, in a sentence."""
    if flaw.kind is FlawKind.UNKNOWN_NUMBER:
        return _("Number %(number)s is not on this ballot.", number=flaw.number)
    if flaw.kind is FlawKind.TWICE:
        return _("The same project was given twice.")
    if flaw.kind is FlawKind.SERIAL_TWICE and flaw.found:
        return _("Serial %(serial)s was keyed in batch %(number)s as well. Lay both sheets side by side.",
                 serial=flaw.number, number=flaw.found)  # fmt: skip
    if flaw.kind is FlawKind.SERIAL_TWICE:
        return _("Serial %(serial)s was keyed twice in this batch. Lay both sheets side by side.", serial=flaw.number)
    if flaw.kind is FlawKind.SERIAL_FOREIGN:
        return _("Serial %(serial)s was not printed for this vote and district. Find out where this sheet comes from.",
                 serial=flaw.number)  # fmt: skip
    if flaw.kind is FlawKind.NOT_OURS:
        return _("A clerk found a sheet that is no ballot of this vote.")
    if flaw.kind is FlawKind.OVER and not flaw.found:
        return _("A clerk found more marks than the ballot allows.")
    if flaw.kind is FlawKind.OVER:
        return _("%(found)s choices; the ballot allows %(limit)s.", found=flaw.found, limit=flaw.limit)
    if flaw.kind is FlawKind.UNDER:
        return _("%(found)s choices; the ballot asks for at least %(limit)s.", found=flaw.found, limit=flaw.limit)
    if flaw.kind is FlawKind.OVER_BUDGET:
        return _("The chosen projects cost more than the envelope.")
    if flaw.kind is FlawKind.OVER_POINTS:
        return _("%(found)s points; the ballot allows %(limit)s.", found=flaw.found, limit=flaw.limit)
    if flaw.kind is FlawKind.OVER_POINTS_EACH:
        return _("%(found)s points for project %(number)s; the ballot allows %(limit)s for one.",
                 found=flaw.found, number=flaw.number, limit=flaw.limit)  # fmt: skip
    if flaw.kind is FlawKind.RANK_GAP:
        return _("The ranks do not follow each other.")
    return _("A clerk found the form unclear.")


# A batch read anew.


def read_reason(form: FormData, name: str = "reason") -> tuple[str, Errors]:
    """Why something is done again, in a sentence."""
    reason = text_of(form, name, 500)
    if len(reason) < 10:
        return reason, {name: _("Say in a sentence why these ballots are to be read anew.")}
    return reason, {}


@dataclass(frozen=True, slots=True)
class TypedRecount:
    """What was ticked and typed, to be shown again, and the numbers of the batches that it means."""

    batches: Sequence[str] = ()
    places: Sequence[str] = ()
    """Codes of the places of which every batch is chosen."""
    reason: str = ""
    numbers: tuple[int, ...] = ()


def read_recount(form: FormData, choice: Sequence[AtPlace]) -> tuple[TypedRecount, Errors]:
    """The chosen batches, one by one or by their place, and why they are recounted."""
    ticked, codes = ([str(each) for each in form.getlist(name)] for name in ("batches", "places"))
    numbers = {number for each in ticked if (number := whole_number(each)) is not None}
    numbers.update(number for place in choice if place.code in codes for number in place.numbers)
    reason, errors = read_reason(form)
    if not numbers:
        errors = {"batches": _("Choose at least one batch."), **errors}
    return TypedRecount(ticked, codes, reason, tuple(sorted(numbers))), errors


# Signatures and stock.


def read_gap(form: FormData) -> tuple[GapKind, str, Errors]:
    """Which gap somebody signs, and why it exists."""
    kind = GapKind(typed) if (typed := text_of(form, "kind")) in set(GapKind) else GapKind.COUNT
    reason = text_of(form, "reason", 500)
    if len(reason) < 10:
        return kind, reason, {"reason": _("Say in a sentence why the numbers differ: it is printed with the result.")}
    return kind, reason, {}
