"""What people read for the answers of the City."""

from __future__ import annotations

from participation.consultations.follow_up.models import Outcome
from participation.i18n import lazy as _

OUTCOMES = {
    Outcome.ACCEPTED: _("Accepted"),
    Outcome.PARTLY: _("Accepted in part"),
    Outcome.REFUSED: _("Not accepted"),
    Outcome.PENDING: _("No decision yet"),
}
TONES = {Outcome.ACCEPTED: "good", Outcome.PARTLY: "now", Outcome.REFUSED: "bad", Outcome.PENDING: "neutral"}
"""How each is shown, beside its words."""
