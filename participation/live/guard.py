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
MOST_NEW_ON_SITE = 150
"""Devices that begin to answer outside of a hall: a household, a library, a school, customers of a carrier who share an
address."""
WINDOW_ON_SITE = timedelta(hours=1)
MOST_NETWORKS = 10_000


class Knocks:
    """How often each network did something in the window that is running for it."""

    def __init__(self, what: str, most: int, window: timedelta = WINDOW) -> None:
        self._what, self._most, self._window = what, most, window
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
        return number if at - began < self._window else 0


class Guard:
    """What one process has counted at the doors of all rooms."""

    def __init__(self) -> None:
        self._halls: set[tuple[str, str]] = set()
        self.wrong = Knocks("wrong codes", MOST_WRONG)
        self.new = Knocks("new devices", MOST_NEW)
        self.new_invited = Knocks("new devices with the square code", MOST_NEW)
        self.new_on_site = Knocks("new devices on the site", MOST_NEW_ON_SITE, WINDOW_ON_SITE)

    def note_hall(self, network: str, code: str) -> None:
        """Somebody came into this meeting from there before too much was guessed."""
        if len(self._halls) >= MOST_NETWORKS:
            self._halls.clear()
        self._halls.add((network, code))

    def is_hall(self, network: str, code: str) -> bool:
        return (network, code) in self._halls


def find_room(asked: HTTPConnection, session: Session, code: str) -> Room:
    """The meeting with this code. NotFound, which is counted; TooMany where that was so often, and nothing says that
    this browser was told the code, or that its network is where the meeting takes place: who guesses in the hall finds
    what stands on its wall, and keeps nobody out of it."""
    guard, network, at = _at_the_door(asked)
    if guard.wrong.is_full(network, at) and not guard.is_hall(network, code) and not _is_invited(asked, code):
        raise TooMany(
            _("Too many wrong codes came from your network. Nothing was lost."),
            _("Point your camera at the square code on the wall, or wait a quarter of an hour."),
            retry_after=int(WINDOW.total_seconds()),
        )
    room = queries.room_by_code(session, code)
    if room is None:
        guard.wrong.add(network, at)
        raise NotFound(_("No meeting has this code."), _("Read it again on the wall, or ask a helper."))
    guard.note_hall(network, code)
    return room


def note_wrong_card(asked: HTTPConnection) -> None:
    """A number of a card that was never handed out counts like a wrong code."""
    guard, network, at = _at_the_door(asked)
    guard.wrong.add(network, at)


def new_device(asked: HTTPConnection) -> str:
    """A mark for a browser that has none. TooMany where more came from one network than a hall holds; those who hold
    the square code are counted apart, so that a machine that has read the number alone keeps none of them out."""
    guard, network, at = _at_the_door(asked)
    new = guard.new_invited if _is_invited(asked, str(asked.path_params["code"])) else guard.new
    if new.is_full(network, at):
        raise TooMany(
            _("More devices joined from your network than a large hall holds, so no other can join at this moment."),
            _("Ask a helper for a card, or raise your hand: it counts like an answer by telephone."),
            retry_after=int(WINDOW.total_seconds()),
        )
    new.add(network, at)
    return devices_of(asked).new()


def new_device_on_site(asked: HTTPConnection) -> str:
    """The same on the site of a process, where no hall is behind one address: TooMany long before."""
    guard, network, at = _at_the_door(asked)
    if guard.new_on_site.is_full(network, at):
        raise TooMany(
            _("Many devices began to answer from your network within the hour, so no other can begin at this moment."),
            _(
                "Come back in an hour, or open this page through another network: on a telephone, without Wi-Fi. In the"
                " room itself, the code on the wall lets you in."
            ),
            retry_after=int(WINDOW_ON_SITE.total_seconds()),
        )
    guard.new_on_site.add(network, at)
    return devices_of(asked).new()


def _at_the_door(asked: HTTPConnection) -> tuple[Guard, str, datetime]:
    state = asked.app.state
    return state.room_guard, client_network(asked), state.clock()


def _is_invited(asked: HTTPConnection, code: str) -> bool:
    devices = devices_of(asked)
    return devices.is_let_in(asked.cookies, code) or devices.is_invitation(asked.query_params.get("k", ""), code)
