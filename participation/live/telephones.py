"""What every page on a telephone needs: the room, whose mark stands for the person, and a limit for one connection."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.throttle import bucket_of, check_throttle, client_network, note_failure
from participation.errors import Conflict, TooMany
from participation.i18n import lazy as _
from participation.live.devices import devices_of
from participation.live.guard import find_room, new_device
from participation.live.models import Door, Meeting
from participation.live.queries import Room
from participation.live.screens import context_of
from participation.live.sockets import View
from participation.templating import page

FROM_ONE_NETWORK = 600
"""Things that people write in a quarter of an hour from one address: a full hall behind one access point sends less."""
CLICKED_FROM_ONE_NETWORK = 20_000
"""Questions that people support from there: three hundred people support thirty each, and change their mind."""


@dataclass(frozen=True, slots=True)
class Telephone:
    """Somebody's browser in a meeting, with the unreadable marks that stand for it in this meeting alone."""

    request: Request
    room: Room
    token: str
    device: str
    """Empty where the browser keeps no cookie, or has none yet."""
    card: str
    """Empty where no card of the door was typed, or none stands for people here."""

    @property
    def meeting(self) -> Meeting:
        return self.room.meeting

    @property
    def here(self) -> str:
        """The address of the room, without its language."""
        return f"/m/{self.meeting.code}"

    @property
    def marks(self) -> frozenset[str]:
        return frozenset(filter(None, (self.card, self.device)))

    @property
    def wants_card(self) -> bool:
        """Whether only a card of the door stands for a person here, and none was typed."""
        return self.meeting.door is Door.CARD and not self.card

    def holder(self) -> str:
        """The card if one was typed, else the device. Conflict where the browser keeps no cookie."""
        if not self.device:
            raise Conflict(
                _("This browser does not keep the cookie of the meeting. Allow it, or write on a slip of paper.")
            )
        return self.card or self.device

    def person(self) -> str:
        """What stands for one person here. Conflict where cards do, and none was typed."""
        holder = self.holder()
        if self.wants_card:
            raise Conflict(
                _("Type the number of the card that you were given at the door, then press the button again.")
            )
        return holder

    def answer(
        self, session: Session, at: datetime, view: View, template: str, context: Mapping[str, Any], status: int
    ) -> Response:
        """A page of the telephone, which keeps its cookie."""
        common = context_of(session, self.request.app.state.settings, self.room, view, at)
        response = page(self.request, template, {**common, **context}, status=status)
        devices_of(self.request).keep(response, self.token)
        return response


def telephone_of(request: Request, session: Session, code: int) -> Telephone:
    """NotFound where no meeting has this code."""
    room, devices, cookies = find_room(request, session, str(code)), devices_of(request), request.cookies
    token, by_card = devices.known(cookies), room.meeting.door is Door.CARD
    return Telephone(
        request,
        room,
        token or new_device(request),
        device=devices.mark(str(code), f"device|{token}") if token else "",
        card=devices.mark(str(code), f"card|{card}") if by_card and (card := devices.card(cookies, room.id)) else "",
    )


def note_one_more(
    request: Request, session: Session, meeting: Meeting, at: datetime, limit: int = FROM_ONE_NETWORK
) -> None:
    """Counts something sent from this connection. TooMany where no hall sends as much."""
    key = request.app.state.settings.key("throttle")
    bucket = bucket_of(key, f"room-{limit}", client_network(request), meeting.code)
    try:
        check_throttle(session, bucket, limit, at)
    except TooMany as error:
        raise TooMany(
            _("More came from your connection in a quarter of an hour than a full hall writes. This was not sent."),
            _(
                "Your text is still in the field: wait %(minutes)s minutes, or write it on a slip of paper.",
                minutes=math.ceil((error.retry_after or 60) / 60),
            ),
            retry_after=error.retry_after,
        ) from error
    note_failure(session, bucket, at)
