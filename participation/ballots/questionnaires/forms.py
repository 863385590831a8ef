"""One page of a questionnaire as it was sent: ticks and words of any length. What is wrong is said by `pages`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import FormData

from participation.counting.spec import Question, QuestionKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import number

Read = tuple[dict[str, tuple[str, ...]], dict[str, str]]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_answers(form: FormData, questions: Iterable[Question]) -> Read:
    """(ticks, words) of these questions; options that the question does not have are left out."""
    ticks: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    for question in questions:
        if question.kind is QuestionKind.OPEN_TEXT:
            if said := words_of(form, f"w.{question.id}"):
                words[question.id] = said
        elif ticked := ticks_of(form, question):
            ticks[question.id] = ticked
    return ticks, words


def ticks_of(form: FormData, question: Question) -> tuple[str, ...]:
    sent = {str(value) for value in form.getlist(f"a.{question.id}")}
    return tuple(option.id for option in question.options if option.id in sent)


def words_of(form: FormData, name: str) -> str:
    """As typed, any script and direction, with plain line ends and without characters that no keyboard has."""
    value = form.get(name)
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip() if isinstance(value, str) else ""


def too_many(found: int, limit: int) -> Message:
    return ngettext(
        "You ticked %(found)s answers; at most %(num)s can be sent. Take some away.",
        "You ticked %(found)s answers; at most %(num)s can be sent. Take some away.",
        limit,
        found=found,
    )


def too_long(found: int, limit: int, locale: str) -> Message:
    return _(
        "This text has %(found)s characters; at most %(limit)s can be sent. It is all still here: shorten it, or send "
        "the whole as a brief.",
        found=number(found, locale),
        limit=number(limit, locale),
    )
