"""Words of the questions from the floor."""

from __future__ import annotations

from participation.errors import Message
from participation.i18n import lazy as _
from participation.live.floor.models import FloorState

STATES: dict[FloorState, Message] = {
    FloorState.PENDING: _("To be read"),
    FloorState.SHOWN: _("Question shown"),
    FloorState.MERGED: _("Merged with another question"),
    FloorState.REFUSED: _("Question refused"),
    FloorState.ANSWERED: _("Question answered"),
}
