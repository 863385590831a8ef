"""Looking at a room again and again: whatever somebody does is seen, and what nobody did is not read anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from participation.live.screens import TEMPLATES
from participation.live.sockets import Glance, Stamp, View
from tests.client import Browser, QueryCount, Site
from tests.live.people import Assembly, answer, build_assembly
from tests.live.test_floor import ask, decide, support
from tests.live.test_speaking import RULES, join


@pytest.fixture
def room(site: Site) -> Assembly:
    return build_assembly(site, expected=30)


class Eyes:
    """Whoever looks at all screens of the room, with what the look before has read."""

    def __init__(self, room: Assembly) -> None:
        self._room = room
        self._before: Glance | None = None

    def _screens(self, before: Glance | None) -> tuple[Stamp, dict[View, str], Glance]:
        with self._room.site.app.state.screens.look(self._room.meeting_id, before) as glance:
            return glance.stamp, {view: glance.render(view, "fr") for view in TEMPLATES}, glance

    def look(self) -> Stamp:
        """The screens are the same as for somebody who has just come."""
        stamp, screens, self._before = self._screens(self._before)
        assert (stamp, screens) == self._screens(None)[:2]
        return stamp


def everything(room: Assembly, telephone: Browser) -> list[tuple[str, Callable[[], object]]]:
    """What is done in a room, by those who run it and by a telephone, in an order in which it can be."""
    facilitator, asker = room.facilitator, room.site.visitor()
    counter, queue = room.counter("Ginette"), f"{room.staff}/queue"

    def post(address: str, **form: str) -> Callable[[], object]:
        return lambda: facilitator.post(address, form)

    return [
        ("somebody takes the remote", lambda: facilitator.post(f"{room.staff}/remote/here", status=204)),
        ("a rehearsal begins", post(f"{room.staff}/rehearsal")),
        ("questions are taken", post(f"{room.staff}/questions/open", open="1")),
        ("questions on the wall", post(f"{room.staff}/questions/wall")),
        ("a question comes", lambda: ask(room, asker, "Qui paie?")),
        ("it is shown", lambda: decide(room, 1, "show")),
        ("somebody supports it", lambda: support(room, telephone, 1)),
        ("and takes it back", lambda: support(room, telephone, 1, "0")),
        ("a queue", post(f"{queue}/rules", **RULES)),
        ("which is open", post(f"{queue}/open", open="1")),
        ("somebody joins it", lambda: join(room, asker, "Ana")),
        ("somebody else", lambda: join(room, telephone, "Bruno")),
        ("who leaves", lambda: telephone.post(f"{room.room}/queue/2/leave")),
        ("the floor to the next", post(f"{queue}/next")),
        ("people are counted", post(f"{room.staff}/present", present="30")),
        ("a poll opens", lambda: room.act("open")),
        ("it goes to the wall", lambda: room.act("show")),
        ("somebody answers", lambda: answer(room, telephone, "a")),
        ("the poll is closed", lambda: room.act("close")),
        ("hands are counted", lambda: room.totals(counter, 3, 4, 5)),
        ("the meeting ends", post(f"{room.staff}/end")),
    ]


def test_whatever_is_done_is_seen(site: Site, room: Assembly) -> None:
    eyes, telephone = Eyes(room), site.visitor()
    stamp = eyes.look()
    for what, do in everything(room, telephone):
        do()
        before, stamp = stamp, eyes.look()
        assert stamp != before, what


def test_what_nobody_did_is_not_read_again(site: Site, room: Assembly) -> None:
    """Of a room in which people vote: the meeting and its boxes, whose figures the voter’s own page has read."""
    room.act("open")
    look = site.app.state.screens.look
    with look(room.meeting_id) as before:
        first = before.stamp
        before.render(View.WALL, "fr")
    answer(room, site.visitor(), "a")
    with QueryCount(site) as queries, look(room.meeting_id, before) as glance:
        stamp = glance.stamp
        glance.render(View.WALL, "fr")
        assert queries.number == 2
    assert (stamp.still, stamp.moving) == (first.still, "1")
    site.at += timedelta(seconds=11)
    with QueryCount(site) as queries, look(room.meeting_id, before) as glance:
        assert glance.stamp == stamp
        assert queries.number > 2, "what changes by itself is seen after ten seconds"
