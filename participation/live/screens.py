"""What the screens of a room show: telephone, wall, remote, observer. One context each, for the page and its fragment.

A fragment is the same for everybody who looks at the same screen in the same language; what is one person's own (their
nonce, what they have answered) is put in by the page or by the telephone itself.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

import segno
from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy import event
from sqlmodel import Session

from participation.consultations.words import REASONS, SPOTTED
from participation.counting.room import RoomResult
from participation.counting.spec import Channel
from participation.db import Database, new_id
from participation.errors import Message
from participation.i18n import LOCALES
from participation.live import queries, words
from participation.live.devices import Devices, devices_of
from participation.live.floor import words as floor_words
from participation.live.guard import find_room, new_device, new_device_on_site
from participation.live.local.words import READINGS
from participation.live.models import Door, Meeting, PollKind
from participation.live.queries import MeetingNow, PollNow, Room
from participation.live.sockets import NOTHING, Glance, Stamp, View
from participation.live.speaking import words as speaking_words
from participation.live.written.queries import WrittenNow
from participation.processes.access import nothing_here
from participation.processes.models import ProcessState
from participation.processes.queries import process_at
from participation.register import queries as register
from participation.register.keys import Keys
from participation.settings import Settings
from participation.templating import environment, page

TEMPLATES = {
    View.PHONE: "live/_phone.html",
    View.WALL: "live/_wall.html",
    View.REMOTE: "live/_remote.html",
    View.OBSERVER: "live/_observer.html",
    View.FLOOR: "live/_floor_list.html",
    View.FLOOR_DESK: "live/_floor_desk.html",
    View.SPEAKING: "live/_speaking_list.html",
    View.SPEAKING_DESK: "live/_speaking_desk.html",
    View.WRITTEN_DESK: "live/_written_desk.html",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One answer in a chart: its letter, words, votes of each source and of all; `share` is 0-100 of the largest."""

    letter: str
    title: Any
    by_source: tuple[tuple[str, int], ...]
    total: int
    share: float


def rows_of(poll: PollNow) -> list[Row]:
    """The answers with their figures: the sum where it may be made, else each source for itself."""
    question, result = poll.question, poll.result
    if question is None or result is None:
        return []
    totals = _totals(result, len(question.options))
    top = max(totals, default=0)
    return [
        Row(
            option.number,
            option.title,
            tuple((source.name, source.votes[place]) for source in result.sources),
            totals[place],
            100 * totals[place] / top if top else 0.0,
        )
        for place, option in enumerate(question.options)
    ]


def written_rows(written: WrittenNow, result: RoomResult) -> list[Row]:
    """The answers in words that were let through, with who wrote each; what most people wrote comes first."""
    return [
        Row(
            "",
            dict.fromkeys(LOCALES, read.words),
            tuple((source.name, read.said.by_channel.get(Channel(source.name), 0)) for source in result.sources),
            read.said.people,
            0.0,
        )
        for read in sorted(written.shown, key=lambda read: -read.said.people)
    ]


def _totals(result: RoomResult, width: int) -> tuple[int, ...]:
    """What the bars show; where sources stand apart, that of the telephones."""
    if result.merged:
        return result.merged.votes
    return next((source.votes for source in result.sources if not source.is_total), (0,) * width)


@lru_cache(maxsize=200)
def square_code(address: str) -> str:
    """The SVG of the square code that leads there: making it is half the work of a screen."""
    svg: str = segno.make(address, error="m").svg_inline(border=0, omitsize=True)
    return svg


def context_of(session: Session, settings: Settings, room: Room, view: View, at: datetime) -> dict[str, Any]:
    """All that a screen shows, in no language."""
    now = MeetingNow(session, room.meeting, at)
    return {**_of_all(now, settings, room), **_of_view(now, view)}


def _of_view(now: MeetingNow, view: View) -> dict[str, Any]:
    """What one screen alone is told."""
    return {
        "view": view.value,
        "holders": now.holders if view is View.REMOTE else [],
        "log": now.log if view is View.OBSERVER else [],
    }


def _of_all(now: MeetingNow, settings: Settings, room: Room) -> dict[str, Any]:
    """What is the same for every screen."""
    meeting, polls = now.meeting, now.polls
    address = f"{settings.base_url}/m/{meeting.code}"
    return {
        "meeting": meeting,
        "process": room.process.process,
        "organisation": room.process.organisation,
        "zone": room.process.zone,
        "polls": polls,
        "open_polls": [poll for poll in polls if poll.is_open],
        "shown_polls": [poll for poll in polls if poll.poll.results_shown],
        "on_wall": next((poll for poll in polls if poll.poll.id == meeting.on_wall), None),
        "rows_of": rows_of,
        "address": address,
        "short_address": address.partition("//")[2],
        "qr": Markup(square_code(settings.base_url + Devices(settings.key("room")).invitation(meeting.code))),
        "checked_in": now.checked_in,
        "kinds": PollKind,
        "kind_words": words.KINDS,
        "poll_states": words.POLL_STATES,
        "source_words": words.SOURCES,
        "apart_words": words.apart,
        "sum_words": words.sum_of,
        "here": f"/m/{meeting.code}",
        "staff_here": f"{room.process.staff_path}/meetings/{meeting.id}",
        "written": now.written,
        "reasons": REASONS,
        "spotted_words": SPOTTED,
        "rehearsal": now.rehearsal,
        "readings": READINGS,
        "me": None,
        "floor": now.floor,
        "speaking": now.speaking,
        "own": None,
        "floor_states": floor_words.STATES,
        "turn_states": speaking_words.STATES,
        "side_words": speaking_words.SIDES,
        "at": now.at,
    }


class RoomGlance:
    """All screens of one meeting at one moment."""

    def __init__(self, now: MeetingNow, settings: Settings) -> None:
        self._now, self._settings = now, settings

    @property
    def stamp(self) -> Stamp:
        return self._now.stamp

    @cached_property
    def _context(self) -> dict[str, Any]:
        room = self._now.room
        assert room is not None, "its meeting was found"
        mine = _nobody(Devices(self._settings.key("room")), room.meeting)
        return {**_of_all(self._now, self._settings, room), "csrf_token": None, "mine": mine}

    def render(self, view: View, locale: str) -> str:
        context = {**self._context, **_of_view(self._now, view)}
        return environment(locale).get_template(TEMPLATES[view]).render(context)

    def keep(self, before: Glance | None) -> None:
        """Takes over from an earlier glance what nobody has changed since."""
        if isinstance(before, RoomGlance):
            self._now.keep(before._now)


@dataclass(frozen=True, slots=True)
class Screens:
    """Makes the fragments that are pushed to every screen, for the hub of the sockets."""

    database: Database
    settings: Settings
    clock: Any
    give_way: Callable[[], None]
    """Called before each statement: votes go first."""

    @contextmanager
    def look(self, meeting_id: uuid.UUID, before: Glance | None = None) -> Iterator[Glance]:
        with self.database.reading() as session:
            event.listen(session.connection(), "before_cursor_execute", lambda *_statement: self.give_way())
            meeting = session.get(Meeting, meeting_id)
            if meeting is None:
                yield NOTHING
                return
            glance = RoomGlance(MeetingNow(session, meeting, self.clock()), self.settings)
            glance.keep(before)
            yield glance


@dataclass(frozen=True, slots=True)
class Mine:
    """What belongs to one telephone: its nonce, the polls that it answered, the card typed on it."""

    nonce: str
    answered: frozenset[uuid.UUID]
    card: str
    devices: Devices
    place: str
    """Where its forms are given out: the code of a meeting, or the address of a process."""

    def ticket(self, poll: PollNow) -> str:
        assert poll.spec_row is not None
        return self.devices.ticket(self.place, poll.spec_row.id)


def _nobody(devices: Devices, meeting: Meeting) -> Mine:
    """For a fragment that goes to everybody: the telephone puts in its own."""
    return Mine("", frozenset(), "", devices, meeting.code)


def place_of(organisation: str, slug: str) -> str:
    """What a form on the site of a process is signed for."""
    return f"{organisation}/{slug}"


def phone_page(request: Request, code: str, error: Message | None = None, status: int = 200) -> Response:
    """The page of somebody in the room. It works without a script: a form for each open poll, a button to reload."""
    state, devices = request.app.state, devices_of(request)
    token = devices.known(request.cookies)
    with state.database.reading() as session:
        room = find_room(request, session, code)
        context = context_of(session, state.settings, room, View.PHONE, state.clock())
        mine = _mine(request, session, room.meeting, context["polls"], code)
    token = token or new_device(request)
    state.joined.note(room.id, token)
    response = page(request, "live/phone.html", {**context, "mine": mine, "error": error}, status=status)
    devices.keep(response, token)
    devices.let_in(response, code)
    return response


def _mine(request: Request, session: Session, meeting: Meeting, polls: list[PollNow], place: str) -> Mine:
    """What this browser has of a meeting, on a page of that place."""
    devices = devices_of(request)
    card = devices.card(request.cookies, meeting.id) or ""
    name = f"card|{card}" if meeting.door is Door.CARD else f"device|{devices.known(request.cookies)}"
    answered = _answered(session, request.app.state.keys, polls, name)
    return Mine(str(new_id()), answered, card, devices, place)


def site_page(
    request: Request, organisation: str, slug: str, error: Message | None = None, status: int = 200
) -> Response:
    """What meetings of a process ask everybody now, for those who are not in the room. It works without a script."""
    state, devices, place = request.app.state, devices_of(request), place_of(organisation, slug)
    with state.database.reading() as session:
        process = process_at(session, organisation, slug)
        if process is None or process.process.state is ProcessState.DRAFT:
            raise nothing_here()
        asked = queries.asked_on_site(session, process.id, state.clock())
        mine = {each.meeting.id: _mine(request, session, each.meeting, each.polls, place) for each in asked}
    context = {
        "process": process.process,
        "organisation": process.organisation,
        "zone": process.zone,
        "base": f"{process.path}",
        "asked": asked,
        "mine": mine,
        "error": error,
    }
    token = devices.known(request.cookies) or new_device_on_site(request)
    response = page(request, "live/site.html", context, status=status)
    devices.keep(response, token)
    return response


def _answered(session: Session, keys: Keys, polls: list[PollNow], name: str) -> frozenset[uuid.UUID]:
    """The open polls that this device or card has answered."""
    return frozenset(
        poll.poll.id
        for poll in polls
        if poll.is_open and poll.spec_row and _has_mark(session, keys, poll.spec_row.id, name)
    )


def _has_mark(session: Session, keys: Keys, spec_id: uuid.UUID, name: str) -> bool:
    voter_hash = keys.voter_hash(spec_id, name)
    return bool(register.channels_of(session, spec_id, [voter_hash]))
