"""Forms that waited in a clerk's browser: taken in their order, each once, and told what is saved already.

A station sends what the keying form would have sent, several forms at once. Nothing here sees the other clerk's pass.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlmodel import Session
from starlette.datastructures import FormData

from participation.counting.spec import Question
from participation.errors import Conflict, Invalid, Message
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.keying import service
from participation.paper.keying.forms import line_name, read_keying
from participation.paper.marks import line_of
from participation.paper.models.batches import Interpretation
from participation.paper.queries import KeyedForm, MyPass
from participation.typed import text_of

MOST_AT_ONCE = 60
"""Forms in one request; a station with more sends them one lot after another."""


class Outcome(StrEnum):
    """What became of a form that was sent."""

    SAVED = "saved"
    SAME = "same"
    """It was saved before: the answer to it was lost on the way."""
    HELD = "held"
    """Something else stands at its position, which this form has not seen; nothing was written."""
    REFUSED = "refused"
    """It cannot be read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a station is told about one form."""

    nonce: str
    outcome: Outcome
    message: Message | None = None
    held: KeyedForm | None = None


def keyer_of(account_id: uuid.UUID) -> str:
    """By what a browser tells one clerk's waiting forms from another's: it names nobody."""
    return hashlib.sha256(b"keyer|" + account_id.bytes).hexdigest()[:16]


def check_pass(form: FormData, mine: MyPass) -> None:
    """Conflict when the forms were keyed in another pass, by another person at the same station."""
    if text_of(form, "pass") != str(mine.session_id):
        raise Conflict(
            _("These forms were keyed by somebody else at this station. Nothing was saved, and they are still here."),
            _("The person who keyed them signs in and opens the batch."),
        )


def read_forms(form: FormData) -> list[FormData]:
    """The keying forms of a request, in the order in which they were keyed. Invalid when it is none."""
    try:
        sent = json.loads(str(form.get("forms") or "[]"))
    except json.JSONDecodeError:
        sent = None
    if not isinstance(sent, list) or len(sent) > MOST_AT_ONCE or not all(isinstance(each, dict) for each in sent):
        raise Invalid(_("This request cannot be read. Nothing was saved."))
    return [FormData([(str(name), str(value)) for name, value in each.items()]) for each in sent]


def take(session: Session, mine: MyPass, questions: Sequence[Question], forms: Iterable[FormData]) -> list[Answer]:
    """Saves each form that can be read and whose position is free, in their order."""
    return [_take_one(session, mine, questions, form) for form in forms]


def _take_one(session: Session, mine: MyPass, questions: Sequence[Question], form: FormData) -> Answer:
    typed, errors = read_keying(form, questions, numbered=mine.numbered)
    if typed.reading is None:
        message = next(iter(errors.values()), _("This form cannot be read. Key it again."))
        return Answer(typed.nonce, Outcome.REFUSED, message)
    try:
        new = service.key_form(
            session, mine, typed.position, typed.reading,
            nonce=typed.nonce, replaces=typed.replaces, seconds=typed.seconds,
        )  # fmt: skip
    except service.AlreadyKeyed as held:
        return Answer(typed.nonce, Outcome.HELD, held=held.form)
    return Answer(typed.nonce, Outcome.SAVED if new else Outcome.SAME)


def saved_forms(session: Session, mine: MyPass, questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Every form of one's own pass as the station keeps it: for going back, and to see where one is missing."""
    return [form_data(questions, form) for form in queries.keyed_in(session, mine.session_id)]


def form_data(questions: Sequence[Question], form: KeyedForm) -> dict[str, Any]:
    """A saved form as the fields that would key it again."""
    return {"position": form.position, "nonce": form.nonce, "fields": dict(_fields(questions, form))}


def _fields(questions: Sequence[Question], form: KeyedForm) -> Mapping[str, str]:
    lines = {line_name(each): line_of(each.kind, form.reading.marks.get(each.id, ())) for each in questions}
    how = form.reading.interpretation
    return {**lines, "serial": form.reading.serial, "ruling": "" if how is Interpretation.CHOICES else how.value}
