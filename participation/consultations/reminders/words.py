"""The names that people read about reminders."""

from __future__ import annotations

from participation.consultations.reminders.models import ReminderKind
from participation.i18n import lazy as _
from participation.mail import MailState

KINDS = {
    ReminderKind.TURN: _("Turn at a hearing"),
    ReminderKind.BRIEF: _("Last days for the brief"),
    ReminderKind.DUE: _("Answer due soon"),
    ReminderKind.OVERDUE: _("Answer overdue"),
    ReminderKind.ANSWER: _("Question answered"),
}
MAIL_STATES = {
    MailState.WAITING: _("Waits in the outbox"),
    MailState.SENDING: _("On its way"),
    MailState.SENT: _("Sent"),
    MailState.REFUSED: _("Refused by the mail server"),
    MailState.DOUBTFUL: _("May have gone: call to be sure"),
}
MAIL_TONES = {MailState.SENT: "good", MailState.REFUSED: "bad", MailState.DOUBTFUL: "warn"}
