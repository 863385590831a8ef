"""What becomes of a letter, in words."""

from __future__ import annotations

from participation.i18n import lazy as _
from participation.mail import MailState

MAIL_STATES = {
    MailState.WAITING: _("Waits to be sent"),
    MailState.SENDING: _("On its way"),
    MailState.SENT: _("Sent"),
    MailState.REFUSED: _("Refused by the mail server"),
    MailState.DOUBTFUL: _("Perhaps sent: the line broke, and nothing is sent twice"),
}
