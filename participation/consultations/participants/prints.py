"""The slip on paper: handed in apart from everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from participation import i18n
from participation.consultations.participants.questions import Asked
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.printing import render
from participation.processes.queries import OpenProcess

TITLE = _("Who takes part?")
WHY = _(
    "%(body)s asks this to see whom the consultation reaches, and whom it does not. Nobody needs to answer: not "
    "answering takes nothing away."
)
APART = _(
    "Your answers are added to sums and forgotten at once. They are never put beside what you wrote, and nobody, not "
    "even we, can find them again to show or correct them."
)
ON_PAPER = _("Do not write your name. Hand this slip in apart from everything else; it is destroyed once it is keyed.")
FEW = _("What fewer than ten people answered is never shown.")


def notice(process: OpenProcess, locale: str) -> list[str]:
    """What whoever asks must say (A-2.1, s. 65)."""
    body = i18n.words_of(process.organisation.name, locale)
    return [translate(WHY, locale) % {"body": body}, translate(APART, locale), translate(FEW, locale)]


def slip(process: OpenProcess, asked: Sequence[Asked], locale: str, at: datetime, *, demo: bool) -> bytes:
    """One sheet to print and copy, as PDF."""
    return render(
        "participants",
        {
            "locale": locale,
            "demo": demo,
            "printed_at": at.isoformat(),
            "organisation": i18n.words_of(process.organisation.name, locale),
            "process": i18n.words_of(process.process.title, locale),
            "title": translate(TITLE, locale),
            "notice": [*notice(process, locale), translate(ON_PAPER, locale)],
            "questions": [
                {
                    "title": translate(each.title, locale),
                    "why": translate(each.why, locale),
                    "options": [translate(label, locale) for _code, label in each.options],
                }
                for each in asked
            ],
        },
    )
