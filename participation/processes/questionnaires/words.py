"""The names that people read for the kinds of question."""

from __future__ import annotations

from participation.counting.spec import QuestionKind
from participation.i18n import lazy as _

KINDS = {
    QuestionKind.CHOOSE_ONE: _("One answer"),
    QuestionKind.APPROVAL: _("Several answers"),
    QuestionKind.OPEN_TEXT: _("In one’s own words"),
}
KIND_HINTS = {
    QuestionKind.CHOOSE_ONE: _("One tick. Only this kind can send people on paper to another question."),
    QuestionKind.APPROVAL: _("Ticks, with a most."),
    QuestionKind.OPEN_TEXT: _("A box to write in; lines on paper. Never counted by what it says."),
}
