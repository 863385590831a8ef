"""What voters type, as values: codes, declarations, choices; and what is wrong with it, in plain words."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData

from participation.ballots.faults import explain, name_of
from participation.counting.answers import Answer, canonical, problems
from participation.counting.spec import BallotSpec, MatchField, Question, QuestionKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.register.identity import normalise_code
from participation.typed import Errors, text_of, whole_number

MAX_TEXT = 120
_POSTAL_CODE = re.compile(r"[A-CEGHJ-NPRSTVXY]\d[A-CEGHJ-NPRSTV-Z]\d[A-CEGHJ-NPRSTV-Z]\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def read_code(form: FormData) -> tuple[str, Errors]:
    """A personal code or a receipt code: spaces, dashes and small letters are accepted."""
    code = normalise_code(text_of(form, "code"))
    return code, {} if code else {"code": _("Type the code.")}


SORTS = ("number", "title", "cost", "-cost")


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """What somebody looks for in a list of projects. Nothing here says what they choose."""

    q: str = ""
    borough: str = ""
    contest: str = ""
    category: str = ""
    sort: str = "number"

    @property
    def query(self) -> str:
        """The address's query of this filter, empty when it filters nothing."""
        values = {name: getattr(self, name) for name in self.__slots__}
        given = {name: value for name, value in values.items() if value and value != "number"}
        return f"?{urlencode(given)}" if given else ""


def read_filter(values: Mapping[str, Any]) -> ProjectFilter:
    """A filter from an address or a form; what is unknown filters nothing."""
    texts = {
        name: value.strip()[:MAX_TEXT] for name in ProjectFilter.__slots__ if isinstance(value := values.get(name), str)
    }
    if texts.get("sort") not in SORTS:
        texts["sort"] = "number"
    return ProjectFilter(**texts)


# The declaration of an open register.

_MISSING = {
    MatchField.FIRST_NAME: _("Type your first name."),
    MatchField.LAST_NAME: _("Type your last name."),
    MatchField.POSTAL_CODE: _("Type your postal code."),
    MatchField.EMAIL: _("Type your e-mail address."),
}


def read_fields(form: FormData, match_fields: Sequence[MatchField]) -> tuple[dict[str, str], Errors]:
    """The matching fields that the spec asks for, in one written form on every channel.

    The birthday is posted as `birth_day` and `birth_month` and becomes "DD-MM"; a postal code becomes
    "H2X 1Y4". Errors are keyed by the names of the posted fields.
    """
    fields: dict[str, str] = {}
    errors: Errors = {}
    for name in match_fields:
        if name is MatchField.BIRTH_DAY_MONTH:
            fields[name] = _read_birthday(form, errors)
        else:
            fields[name] = text_of(form, name)
            if not fields[name]:
                errors[name] = _MISSING[name]
    _check_postal_code(fields, errors)
    email = fields.get(MatchField.EMAIL)
    if email and not _EMAIL.fullmatch(email):
        errors[MatchField.EMAIL] = _("Type the e-mail address in full, such as name@example.org.")
    return fields, {name: errors[name] for name in _posted(match_fields) if name in errors}


def _posted(match_fields: Sequence[MatchField]) -> Iterator[str]:
    """The names of the fields that a person fills in, in the order of the page: so are the errors listed."""
    for name in match_fields:
        yield from ("birth_day", "birth_month") if name is MatchField.BIRTH_DAY_MONTH else (name.value,)


def _read_birthday(form: FormData, errors: Errors) -> str:
    day, month = (text_of(form, name) for name in ("birth_day", "birth_month"))
    if not month.isdecimal() or not 1 <= int(month) <= 12:
        errors["birth_month"] = _("Choose the month in which you were born.")
    days = calendar.monthrange(2000, int(month))[1] if "birth_month" not in errors else 31
    if not day.isdecimal() or not 1 <= int(day) <= days:
        errors["birth_day"] = _("Type the day of the month on which you were born, from 1 to %(days)s.", days=days)
    if "birth_day" in errors or "birth_month" in errors:
        return ""
    return f"{int(day):02d}-{int(month):02d}"


def _check_postal_code(fields: dict[str, str], errors: Errors) -> None:
    typed = fields.get(MatchField.POSTAL_CODE)
    if not typed:
        return
    compact = re.sub(r"[\s-]", "", typed).upper()
    if _POSTAL_CODE.fullmatch(compact):
        fields[MatchField.POSTAL_CODE] = f"{compact[:3]} {compact[3:]}"
    else:
        errors[MatchField.POSTAL_CODE] = _("A postal code has three letters and three digits, such as H2X 1Y4.")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody declared: matching fields and the ballot style of their district."""

    fields: Mapping[str, str]
    style: str


def read_declaration(form: FormData, spec: BallotSpec) -> tuple[Declaration, Errors]:
    """The declaration, complete when there is no error."""
    fields, errors = read_fields(form, spec.match_fields)
    style = text_of(form, "style") if len(spec.styles) > 1 else spec.styles[0].id
    if style not in spec.style:
        errors["style"] = _("Choose the district in which you live or run a business.")
    if form.get("eligible") != "1":
        errors["eligible"] = _("Tick the box to declare that you may vote. Without it your ballot cannot be received.")
    return Declaration(fields, style), errors


# The choices.


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """The answer of one question as posted, what is wrong with it, and whether it is blank on purpose."""

    answer: Answer
    errors: list[Message] = field(default_factory=list)
    blank: bool = False

    @property
    def needs_blank_question(self) -> bool:
        """Nothing is chosen and nobody said that this is meant: the page asks."""
        return not self.answer and not self.blank and not self.errors


def read_answer(form: FormData, question: Question, locale: str) -> ReadAnswer:
    """Reads `c.<question>.<option>` = 1, points or rank; for one choice `c.<question>` = option."""
    unread: list[Message] = []
    pairs = list(_posted_pairs(form, question, unread, locale))
    answer = canonical(question, _without_gaps(question, pairs))
    faults = [explain(question, problem, answer, locale) for problem in problems(question, answer)]
    return ReadAnswer(answer, unread + faults, blank=form.get("blank") == "1")


def _posted_pairs(form: FormData, question: Question, unread: list[Message], locale: str) -> list[tuple[str, int]]:
    prefix = f"c.{question.id}"
    if question.kind is QuestionKind.CHOOSE_ONE:
        return [(option_id, 1) for option_id in form.getlist(prefix) if isinstance(option_id, str) and option_id]
    pairs = []
    for name, value in form.multi_items():
        if name.startswith(f"{prefix}.") and isinstance(value, str) and value.strip():
            option_id = name.removeprefix(f"{prefix}.")
            amount = whole_number(value)
            if amount is None:
                unread.append(_not_a_number(question, option_id, value, locale))
            else:
                pairs.append((option_id, amount))
    return pairs


def _not_a_number(question: Question, option_id: str, typed: str, locale: str) -> Message:
    option = question.by_id.get(option_id)
    return _(
        "“%(typed)s” is not a whole number. Type the points for %(project)s again.",
        typed=typed.strip()[:20],
        project=name_of(option, locale) if option else "?",
    )


def _without_gaps(question: Question, pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Ranks 1, 2, 4 are read as 1, 2, 3: the order is clear. Equal ranks stay, and are asked about."""
    if question.kind is not QuestionKind.RANKING or any(rank < 0 for _option, rank in pairs):
        return pairs
    given = sorted({rank for _option, rank in pairs if rank})
    if len(given) < len([rank for _option, rank in pairs if rank]):
        return pairs
    place = {rank: index for index, rank in enumerate(given, 1)}
    return [(option_id, place.get(rank, 0)) for option_id, rank in pairs]


def move(question: Question, answer: Answer, request: str) -> Answer:
    """The ranking after one press on up or down (`<question>.<option>.up`); others are renumbered 1, 2, 3 …"""
    order = [option_id for option_id, _rank in sorted(answer, key=lambda pair: pair[1])]
    option_id, _dot, direction = request.removeprefix(f"{question.id}.").rpartition(".")
    if option_id in order and direction in ("up", "down"):
        here = order.index(option_id)
        there = max(0, min(here + (-1 if direction == "up" else 1), len(order) - 1))
        order[here], order[there] = order[there], order[here]
    return tuple((option_id, rank) for rank, option_id in enumerate(order, 1))
