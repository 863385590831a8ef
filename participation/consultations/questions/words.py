"""The names that people read for how far a question has come."""

from __future__ import annotations

from participation.consultations.questions.queries import QuestionState
from participation.i18n import lazy as _

STATES = {
    QuestionState.RECEIVED: _("Received by the office"),
    QuestionState.SENT: _("Sent to who must answer"),
    QuestionState.ANSWERED: _("Answered"),
    QuestionState.MERGED: _("Answered with another"),
    QuestionState.REFUSED: _("Not published"),
    QuestionState.WITHDRAWN: _("Withdrawn by its author"),
}
WAITS = _("Waits for its answer")
"""What the public reads while a question is received or sent."""
