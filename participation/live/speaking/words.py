"""Words of the speaking queue."""

from __future__ import annotations

from participation.errors import Message
from participation.i18n import lazy as _
from participation.live.speaking.models import Alternation, QueueOrder, Side, TurnState

STATES: dict[TurnState, Message] = {
    TurnState.WAITING: _("Waiting"),
    TurnState.CALLED: _("Called to the microphone"),
    TurnState.SPEAKING: _("Has the floor"),
    TurnState.SPOKE: _("Has spoken"),
    TurnState.GONE: _("Left the queue"),
}
ORDERS: dict[QueueOrder, Message] = {
    QueueOrder.ARRIVAL: _("By arrival"),
    QueueOrder.DRAW: _("By a draw, from a seed shown before"),
}
ALTERNATIONS: dict[Alternation, Message] = {
    Alternation.NONE: _("No alternation"),
    Alternation.FIRST_TIME: _("Who has not spoken yet goes first"),
    Alternation.SIDES: _("For and against in turn, as at two microphones"),
}
SIDES: dict[Side, Message] = {
    Side.FOR: _("For"),
    Side.AGAINST: _("Against"),
}
