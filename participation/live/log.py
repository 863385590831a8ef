"""The log of a meeting as it is read: what was done, when, and to which poll, question or turn to speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from participation.audit import EventRow
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.live.floor.models import FloorState
from participation.live.floor.words import STATES as FLOOR_STATES
from participation.live.models import Poll
from participation.live.speaking.models import TurnState
from participation.live.speaking.words import STATES as TURN_STATES
from participation.live.words import EVENTS
from participation.processes.models import LocalText


@dataclass(frozen=True, slots=True)
class Line:
    """One act. Its parts are read one after the other."""

    at: datetime
    parts: tuple[Message | LocalText, ...]


def lines_of(events: Sequence[EventRow], agenda: Sequence[Poll]) -> list[Line]:
    """In the order of the events. Nothing in it tells who answered, asked or spoke."""
    titles = {str(poll.id): poll.title for poll in agenda}
    return [Line(event.at, _parts(event, titles)) for event in events]


def _parts(event: EventRow, titles: dict[str, LocalText]) -> tuple[Message | LocalText, ...]:
    data: dict[str, Any] = event.data
    match event.kind:
        case "floor-decided":
            into = [_("number %(number)s", number=data["into"])] if data["into"] else []
            asked = _("Question %(number)s from the floor", number=data["question"])
            return (asked, FLOOR_STATES[FloorState(data["state"])], *into)
        case "turn-moved":
            return (_("Turn to speak %(number)s", number=data["turn"]), TURN_STATES[TurnState(data["state"])])
        case "present-counted" if data["present"] is not None:
            people = ngettext("%(num)s person present", "%(num)s people present", data["present"])
            return (EVENTS[event.kind], people)
    number = data.get("question") or data.get("turn")
    numbered = [_("number %(number)s", number=number)] if number else []
    poll = [titles[data["poll_id"]]] if data.get("poll_id") in titles else []
    return (EVENTS[event.kind], *numbered, *poll)
