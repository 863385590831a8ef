"""The names that people read about hearings."""

from __future__ import annotations

from participation.consultations.hearings.models import Need, SpeakerState
from participation.i18n import lazy as _

NEEDS = {
    Need.SIGN_LANGUAGE: _("Sign language interpreter"),
    Need.TRANSPORT: _("Transport"),
    Need.CHILDCARE: _("Childcare"),
    Need.OTHER: _("Something else"),
}
STATES = {
    SpeakerState.REGISTERED: _("Registered"),
    SpeakerState.HEARD: _("Heard"),
    SpeakerState.ABSENT: _("Did not come"),
    SpeakerState.WITHDRAWN: _("Cancelled"),
}
