"""What is sent of a slip, online or keyed, and what staff choose to ask."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import FormData

from participation.consultations.models import ContributionChannel
from participation.consultations.participants.questions import QUESTIONS, Asked
from participation.i18n import lazy as _
from participation.typed import Errors, Typed

_NOT_KEYED = (ContributionChannel.ONLINE, ContributionChannel.EMAIL)
KEYED = tuple(channel for channel in ContributionChannel if channel not in _NOT_KEYED)
"""A slip comes by the ways by which paper or a voice comes."""


def read_slip(form: FormData, asked: Sequence[Asked]) -> tuple[dict[str, str], Errors]:
    """Question → answer, for what was answered. An empty slip is an error, for nothing would be done with it."""
    typed, found = Typed(form), {}
    for each in asked:
        answer = typed.raw(each.code)
        if answer in dict(each.options):
            found[each.code] = answer
        elif answer:
            typed.errors[each.code] = _("Choose one of the list.")
    if not found and not typed.errors and asked:
        typed.errors[asked[0].code] = _("Answer one question at least, or leave this page: nobody needs to answer.")
    return found, typed.errors


def read_channel(form: FormData) -> tuple[ContributionChannel, Errors]:
    typed = Typed(form)
    channel = typed.one("channel", ContributionChannel, ContributionChannel.COUNTER)
    if channel not in KEYED:
        typed.errors["channel"] = _("Choose one of the list.")
    return channel, typed.errors


def read_choice(form: FormData) -> list[str]:
    """The codes of the questions that are asked from now on."""
    ticked = {str(value) for value in form.getlist("questions")}
    return [code for code in QUESTIONS if code in ticked]
