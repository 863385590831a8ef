"""The door of a room against machines: wrong codes and new devices of each network, counted in memory.

What is counted belongs to this process and is forgotten with it: a row for each guess would let a machine fill the
database. Who was let in before, or holds the square code, is never held up by what others do behind the same address.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session
from starlette.requests import HTTPConnection

from participation.accounts.throttle import client_network
from participation.errors import NotFound, TooMany
from participation.i18n import lazy as _
from participation.live import queries
from participation.live.devices import devices_of
from participation.live.queries import Room

log = structlog.get_logger()
WINDOW = timedelta(minutes=15)
MOST_WRONG = 100
"""A hall full of people mistypes that often; a machine needs half a million attempts for one guess in two."""
MOST_NEW = 3_000
"""Devices that join: a large hall behind one access point."""
MOST_NETWORKS = 10_000


class Knocks:
    """How often each network did something in the quarter of an hour that is running for it."""

    def __init__(self, what: str, most: int) -> None:
        self._what, self._most = what, most
        self._counted: dict[str, tuple[datetime, int]] = {}

    def is_full(self, network: str, at: datetime) -> bool:
        return self._number(network, at) >= self._most

    def add(self, network: str, at: datetime) -> None:
        """One more; a line of the log when it becomes too many, without saying who."""
        number = self._number(network, at) + 1
        if len(self._counted) >= MOST_NETWORKS:
            self._counted.clear()
        began = self._counted[network][0] if number > 1 and network in self._counted else at
        self._counted[network] = (began, number)
        if number == self._most:
            log.warning("room knocked at", what=self._what, times=number)

    def _number(self, network: str, at: datetime) -> int:
        began, number = self._counted.get(network, (at, 0))
        return number if at - began < WINDOW else 0


class Guard:
    """What one process has counted at the doors of all rooms."""

    def __init__(self) -> None:
        self.wrong = Knocks("wrong codes", MOST_WRONG)
        self.new = Knocks("new devices", MOST_NEW)


def find_room(asked: HTTPConnection, session: Session, code: str) -> Room:
    """The meeting with this code. NotFound, which is counted; TooMany where that was so often, and nothing says that
    this browser was told the code."""
    guard, network, at = _at_the_door(asked)
    if guard.wrong.is_full(network, at) and not _is_invited(asked, code):
        raise TooMany(
            _("Too many wrong codes came from your network. Nothing was lost."),
            _("Point your camera at the square code on the wall, or wait a quarter of an hour."),
            retry_after=int(WINDOW.total_seconds()),
        )
    room = queries.room_by_code(session, code)
    if room is None:
        guard.wrong.add(network, at)
        raise NotFound(_("No meeting has this code."), _("Read it again on the wall, or ask a helper."))
    return room


def note_wrong_card(asked: HTTPConnection) -> None:
    """A number of a card that was never handed out counts like a wrong code."""
    guard, network, at = _at_the_door(asked)
    guard.wrong.add(network, at)


def new_device(asked: HTTPConnection) -> str:
    """A mark for a browser that has none. TooMany where more came from one network than a hall holds."""
    guard, network, at = _at_the_door(asked)
    if guard.new.is_full(network, at):
        raise TooMany(
            _("More devices joined from your network than a large hall holds, so no other can join at this moment."),
            _("Ask a helper for a card, or raise your hand: it counts like an answer by telephone."),
            retry_after=int(WINDOW.total_seconds()),
        )
    guard.new.add(network, at)
    return devices_of(asked).new()


def _at_the_door(asked: HTTPConnection) -> tuple[Guard, str, datetime]:
    state = asked.app.state
    return state.room_guard, client_network(asked), state.clock()


def _is_invited(asked: HTTPConnection, code: str) -> bool:
    devices = devices_of(asked)
    return devices.is_let_in(asked.cookies, code) or devices.is_invitation(asked.query_params.get("k", ""), code)
