"""What the three agents of the phone desk type.

Field names that other programs may rely on:
  caller   nonce reference code register_number <matching fields> style read_back=1
  another  nonce reference style reason
  choices  c nonce ruling numbers.<question id>
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.spec import BallotSpec, Question
from participation.i18n import lazy as _
from participation.paper.intake.forms import TypedDeclaration, read_declaration
from participation.paper.keying.forms import TypedRuling, explain, line_name, read_ruling
from participation.paper.marks import flaws
from participation.paper.models.batches import Interpretation
from participation.processes.models import Place
from participation.typed import Errors, text_of

REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,15}")
TELEPHONE = re.compile(r"(\D*\d){10,}")


def read_caller(
    form: FormData, spec: BallotSpec, place: Place, at: datetime, zone: ZoneInfo
) -> tuple[TypedDeclaration, str, Errors]:
    """The declaration as it was read back to the caller, and the call's reference."""
    errors: Errors = {}
    reference = read_reference(form, errors)
    typed, wrong = read_declaration(form, spec, place, at, zone)
    errors.update(wrong)
    if typed.anonymous:
        errors["kind"] = _("People of 12 and 13 vote with a code from a school, a library or a counter.")
    if not typed.read_back:
        errors["read_back"] = _("Read everything back to the person, who says that it is right.")
    return typed, reference, errors


def read_reference(form: FormData, errors: Errors) -> str:
    """The call's reference: of the call sheet or the telephone system, never a telephone number."""
    reference = text_of(form, "reference", 40)
    if not REFERENCE.fullmatch(reference) or TELEPHONE.search(reference):
        errors["reference"] = _("Type the reference of the call sheet: letters and digits, never a telephone number.")
    return reference


def read_another(form: FormData, spec: BallotSpec) -> tuple[str, str, Errors]:
    """District and reason of a number in place of one that died; the reference stands before the reason."""
    errors: Errors = {}
    reference, reason = read_reference(form, errors), text_of(form, "reason", 300)
    style = text_of(form, "style") or (spec.styles[0].id if len(spec.styles) == 1 else "")
    if style not in spec.style:
        errors["style"] = _("Choose the district of this person.")
    if len(reason) < 10:
        errors["reason"] = _("Say in a sentence what became of the first number. Name nobody.")
    return style, f"{reference}: {reason}", errors


def read_choices(form: FormData, questions: Sequence[Question]) -> tuple[TypedRuling, Errors]:
    """The choices as they were said. What could not be counted is an error here: the person is on the line."""
    typed, errors = read_ruling(form, questions)
    if typed.pressed not in ("", Interpretation.BLANK):
        errors[line_name(questions[0])] = _("On the phone there is nothing unclear: ask again.")
    elif typed.reading is not None:
        for flaw in flaws(questions, typed.reading):
            errors.setdefault(f"numbers.{flaw.question_id}", explain(flaw))
    return typed, errors
