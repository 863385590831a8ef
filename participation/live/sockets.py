"""The sockets of one node: whoever looks at a meeting is sent its screen anew when it changes.

One task a meeting looks for changes (woken by its topic, or once a second), renders once for each screen and
language in use, and sends to all. Every message is the whole screen, so a client needs no queue: what it has not been
sent yet is replaced by what is newer, and one that reads slowly, or never, costs the others nothing.

What is relied on in htmx's extension for sockets (hx-ws.js, 4.0):
- it swaps a text that is no JSON as HTML, by the `hx-target` and `hx-swap` of the element that has `hx-ws:connect`,
  under a policy of `default-src 'self'`. `outerMorph` on the fragment's root keeps focus, caret, typed text, what is
  chosen, and the connection of an element around it; `outerHTML` loses all but the focus (tried in Chromium 156);
- it comes back after 1001, 1005, 1006, 1011, 1012, 1013 and 1014, and after no other code: 1000 and 1008 are final;
- it waits `reconnectDelay`, doubled with each attempt up to `reconnectMaxDelay`, give or take `reconnectJitter`, but
  an accepted handshake sets the attempts back to none. So a full house refuses the handshake (503, seen as 1006)
  and never accepts in order to close: those who are refused would come back at once, all of them, for ever;
- with `pauseOnBackground` a page that nobody looks at closes its socket, and opens it when it is looked at again.
"""

from __future__ import annotations

import asyncio
import resource
import time
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Generator, Sequence
from contextlib import AbstractContextManager, closing
from enum import StrEnum
from itertools import cycle
from typing import Any, NamedTuple, Protocol

import anyio
import structlog
from anyio.to_thread import run_sync
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from participation.broadcast import Broadcast
from participation.i18n import LOCALES

log = structlog.get_logger()


class View(StrEnum):
    """Which screen is looked at."""

    PHONE = "phone"
    WALL = "wall"
    REMOTE = "remote"
    OBSERVER = "observer"
    FLOOR = "floor"
    """The questions from the floor, on a telephone."""
    FLOOR_DESK = "floor-desk"
    SPEAKING = "speaking"
    """The speaking queue, on a telephone."""
    SPEAKING_DESK = "speaking-desk"
    WRITTEN_DESK = "written-desk"
    """The answers in words that somebody reads before the wall shows them."""


CROWD = frozenset({View.PHONE, View.FLOOR, View.SPEAKING})
"""The screens that a whole room has; of the others a meeting needs a few, and cannot do without them."""
STAFF = frozenset({View.REMOTE, View.OBSERVER, View.FLOOR_DESK, View.SPEAKING_DESK, View.WRITTEN_DESK})
"""The screens for which one must be allowed to."""


class Stamp(NamedTuple):
    """Equal as long as there is nothing new to render."""

    still: str
    """Of what everybody sees."""
    moving: str = ""
    """Of what changes with each vote, which the screens of the crowd do not show while it votes."""

    def of(self, view: View) -> str:
        return self.still if view in CROWD else f"{self.still}/{self.moving}"


OVER = Stamp("")


class Glance(Protocol):
    """All screens of a meeting at one moment. Used in a thread."""

    @property
    def stamp(self) -> Stamp:
        """`OVER` when the meeting is. Cheap."""

    def render(self, view: View, locale: str) -> str:
        """The screen in a language, as HTML."""


class _Nothing:
    """A meeting that is not there any more."""

    stamp = OVER

    def render(self, view: View, locale: str) -> str:
        return ""


NOTHING: Glance = _Nothing()


class Look(Protocol):
    """Opens the screens of a meeting as they are now."""

    def __call__(self, meeting_id: uuid.UUID, before: Glance | None = None) -> AbstractContextManager[Glance]:
        """What has not changed since the glance of before is not read again."""


PUSH_EVERY = 0.25
"""Seconds between two changes of a screen at least."""
SHARE = 4
"""So many times the seconds of processor that a change took must pass before the room has its next one: all rooms of a
node together take a quarter of a core."""
LOOK_EVERY = 1.0
"""Seconds after which a room looks for changes by itself: a wake may be lost."""
AT_ONCE = 200
"""Sends after which the event loop has its turn: some four milliseconds."""
BEAT_EVERY, BEAT = 25.0, "{}"
"""Seconds after which each client is told that the line is alive. The extension of htmx swaps nothing for an empty
object. The pings of the protocol, which no script sees, are left out: two thousand telephones that came together would
be pinged together, and answer together."""
TURNS = 250
"""Parts of the clients that are told one after the other, ten a second: nobody who votes waits for all."""
STALLED = 20.0
"""Seconds without having taken a message, after which a client is let go."""
SPARE = 50
"""Places above the limits: the crowd fills the house only so far."""
STAFF_AGAIN = 600.0
"""Seconds after which a screen of the staff has to come back and is asked again who it is."""
TELL_EVERY = 60.0
"""Seconds between two lines of the log on what clients should not have sent."""
DONE, FORBIDDEN, TOO_LARGE, RESTART = 1000, 1008, 1009, 1012
UNREADABLE = frozenset({1002, 1007})
"""Codes with which a connection is closed."""
GONE = (OSError, RuntimeError, WebSocketDisconnect)
"""What sending to a connection raises that is closed or closing. Its own task is about to learn it too."""


Find = Callable[[HTTPConnection], uuid.UUID | None]
"""The meeting that the address of a handshake names; None for one that is not there, or not for whoever asks."""


def topic_of(meeting_id: uuid.UUID) -> str:
    """What to announce when anything in the meeting has changed."""
    return meeting_id.hex


class _Begun:
    """Awaits what is left of a coroutine that was stepped by hand until it stopped at a future.

    The future goes to the task first, as if the coroutine had yielded it there. From Python 3.12 on, an eagerly
    started task is the same.
    """

    __slots__ = ("_coroutine", "_future")

    def __init__(self, coroutine: Coroutine[Any, Any, None], future: Any) -> None:
        self._coroutine, self._future = coroutine, future

    def __await__(self) -> Generator[Any, None, None]:
        with closing(self._coroutine):
            yield self._future
            yield from self._coroutine.__await__()


class _Client:
    """One connection: how to send to it, and the newest of what it has not been sent."""

    __slots__ = ("_busy", "_send", "_task", "_waiting", "is_dropped")

    def __init__(self, send: Send, task: asyncio.Task[Any]) -> None:
        self._send, self._task = send, task
        self._waiting: tuple[Message, ...] = ()
        self._busy: asyncio.Task[None] | None = None
        self.is_dropped = False

    def push(self, *messages: Message) -> None:
        """Sends these in place of whatever still waits: at once where the connection takes them, without a task."""
        if self._busy is not None:
            self._waiting = messages
            return
        for number, message in enumerate(messages, 1):
            sending: Any = self._send(message)
            try:
                future = sending.send(None)
            except StopIteration:
                continue
            except GONE:
                return
            self._waiting = messages[number:]
            self._busy = asyncio.create_task(self._catch_up(_Begun(sending, future)))
            return

    def beat(self, message: Message) -> None:
        """Sends it where nothing else is on its way."""
        if self._busy is None:
            self.push(message)

    def _next(self) -> Message:
        message, *rest = self._waiting
        self._waiting = tuple(rest)
        return message

    async def _catch_up(self, begun: _Begun) -> None:
        """Waits for a slow connection, then sends what is the newest by then."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(STALLED) as limit:
                await begun
                while self._waiting:
                    limit.reschedule(loop.time() + STALLED)
                    await self._send(self._next())
        except TimeoutError:
            self.is_dropped = True
            self._task.cancel()
        except GONE:
            return
        finally:
            self._busy = None

    def leave(self) -> None:
        if self._busy is not None:
            self._busy.cancel()


class _Audience:
    """Those who look at one screen in one language, and what they were sent last."""

    __slots__ = ("clients", "message")

    def __init__(self) -> None:
        self.clients: dict[_Client, None] = {}  # in the order in which they came, and lie in memory
        self.message: Message | None = None

    async def send(self, text: str, *then: Message) -> None:
        """Sends it to all."""
        self.message = {"type": "websocket.send", "text": text}
        for number, client in enumerate(list(self.clients), 1):
            client.push(self.message, *then)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)


class _Room:
    """One meeting on this node."""

    def __init__(self, meeting_id: uuid.UUID) -> None:
        self.meeting_id = meeting_id
        self.audiences: dict[tuple[View, str], _Audience] = {}
        self.woken = asyncio.Event()
        self.stamp: Stamp | None = None
        self.glance: Glance | None = None
        self.task: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        return sum(len(audience.clients) for audience in self.audiences.values())


class Rooms:
    """All meetings that somebody looks at through this node."""

    def __init__(
        self,
        broadcast: Broadcast,
        look: Look,
        *,
        node_limit: int = 12_000,
        meeting_limit: int = 10_000,
    ) -> None:
        """At most so many connections; never more than three quarters of the files that this process may open."""
        self._broadcast, self._look_at = broadcast, look
        open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._node_limit = min(node_limit, open_files * 3 // 4)
        self._meeting_limit = meeting_limit
        self._rooms: dict[uuid.UUID, _Room] = {}
        self._limiter = anyio.CapacityLimiter(1)
        self._number = 0
        self._turns = [dict[_Client, None]() for _turn in range(TURNS)]
        self._turn = cycle(reversed(self._turns))  # who has just been sent a screen comes late
        self._beating: asyncio.Task[None] | None = None
        self._paid_at = 0.0
        self._faults: Counter[str] = Counter()
        self._told = -TELL_EVERY
        self._stopping = False

    @property
    def connections(self) -> int:
        """How many there are on this node."""
        return self._number

    def crowd(self, meeting_id: uuid.UUID) -> int:
        """How many telephones look at this meeting through this node at the moment."""
        room = self._rooms.get(meeting_id)
        audiences = list(room.audiences.items()) if room else []
        return sum(len(audience.clients) for (view, _locale), audience in audiences if view in CROWD)

    def start(self) -> None:
        self._stopping = False
        self._beating = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Lets go of everybody; they come back to whoever serves then. uvicorn has told them so already."""
        self._stopping = True
        tasks = [task for task in (self._beating, *(room.task for room in self._rooms.values())) if task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for room in self._rooms.values():
            for audience in room.audiences.values():
                for client in audience.clients:
                    client.push(_close(RESTART))

    async def serve(
        self, scope: Scope, receive: Receive, send: Send, meeting_id: uuid.UUID, view: View, locale: str
    ) -> None:
        """Accepts the connection, sends the screen as it is, then every change of it, until either side ends it.

        A full house is refused with 503. The address was checked by the door, the origin by the perimeter.
        """
        await receive()
        room = self._rooms.get(meeting_id)
        spare = 0 if view in CROWD else SPARE
        if self._number >= self._node_limit + spare or (room and room.size >= self._meeting_limit + spare):
            self._note("full_house")
            await _refuse(scope, send)
            return
        self._number += 1
        try:
            await send({"type": "websocket.accept"})
            await self._attend(receive, send, meeting_id, (view, locale))
        except GONE:
            return
        finally:
            self._number -= 1

    async def _attend(self, receive: Receive, send: Send, meeting_id: uuid.UUID, screen: tuple[View, str]) -> None:
        task = asyncio.current_task()
        assert task is not None
        client = _Client(send, task)
        room = self._room(meeting_id)
        audience = room.audiences.setdefault(screen, _Audience())
        turn = next(self._turn)
        audience.clients[client] = turn[client] = None
        if audience.message:
            client.push(audience.message)
        else:
            room.woken.set()
        try:
            async with asyncio.timeout(STAFF_AGAIN if screen[0] in STAFF else None):
                message = await receive()
            self._judge(client, message)
        except TimeoutError:
            client.push(_close(RESTART))
        except asyncio.CancelledError:
            if not client.is_dropped:
                raise
            task.uncancel()
            self._note("did_not_read")
        finally:
            del audience.clients[client], turn[client]
            client.leave()

    async def _beat(self) -> None:
        """For ever: tells everybody in turn that the line is alive."""
        message: Message = {"type": "websocket.send", "text": BEAT}
        for turn in cycle(self._turns):
            await asyncio.sleep(BEAT_EVERY / TURNS)
            for client in list(turn):
                client.beat(message)

    def _judge(self, client: _Client, message: Message) -> None:
        """The first thing that comes is the last: the end of the connection, or what no page of ours sends."""
        if message["type"] == "websocket.receive":
            self._note("spoke")
            client.push(_close(FORBIDDEN))
        elif message.get("code") == TOO_LARGE:
            self._note("spoke_too_long")
        elif message.get("code") in UNREADABLE:
            self._note("unreadable")

    def _note(self, fault: str) -> None:
        """Counts it; a line of the log a minute says how often, and never who."""
        self._faults[fault] += 1
        if time.monotonic() - self._told >= TELL_EVERY:
            self._told = time.monotonic()
            log.warning("sockets", **self._faults)
            self._faults.clear()

    def _room(self, meeting_id: uuid.UUID) -> _Room:
        room = self._rooms.get(meeting_id)
        if room is None:
            room = self._rooms[meeting_id] = _Room(meeting_id)
            self._watch(room)
        return room

    def _watch(self, room: _Room) -> None:
        room.task = asyncio.create_task(self._run(room))
        room.task.add_done_callback(lambda task: self._ended(room, task))

    def _ended(self, room: _Room, task: asyncio.Task[None]) -> None:
        """Where the task failed, everybody keeps the last state, and it is tried again."""
        if task.cancelled() or self._stopping:
            return
        if error := task.exception():
            log.error("room failed", exc_info=error)
            asyncio.get_running_loop().call_later(LOOK_EVERY, self._watch, room)

    async def _run(self, room: _Room) -> None:
        """Looks and sends as long as anybody is there; after each change a pause, in which the next come together."""
        with self._broadcast.listening(topic_of(room.meeting_id)) as room.woken:
            while room.size:
                room.woken.clear()
                started = time.thread_time()
                if looking := await self._refresh(room):
                    spent = time.thread_time() - started + looking
                    await asyncio.sleep(max(PUSH_EVERY, self._pay(spent)))
                await _wait(room.woken, LOOK_EVERY)
        del self._rooms[room.meeting_id]

    def _pay(self, spent: float) -> float:
        """Seconds until what all rooms have spent so far is a quarter of the time that has passed."""
        now = time.monotonic()
        self._paid_at = max(now, self._paid_at) + SHARE * spent
        return self._paid_at - now

    async def _refresh(self, room: _Room) -> float:
        """Sends to every audience what it has not seen yet. Seconds of processor that looking took in the other
        thread; none where nothing has changed.

        What this thread spends is measured by the caller, with whatever else it does between the steps of a sending:
        when much is to be done, screens change less often.
        """
        room.audiences = {screen: audience for screen, audience in room.audiences.items() if audience.clients}
        audiences = dict(room.audiences)
        unseen = [screen for screen, audience in audiences.items() if audience.message is None]
        stamp, texts, seconds = await run_sync(self._look, room, list(audiences), unseen, limiter=self._limiter)
        for screen, text in texts.items():
            message = audiences[screen].message
            if stamp == OVER:
                await audiences[screen].send(text, _close(DONE))
            elif message is None or message["text"] != text:
                await audiences[screen].send(text)
        has_changed = bool(texts) or stamp != room.stamp
        room.stamp = stamp
        return seconds if has_changed else 0.0

    def _look(
        self, room: _Room, screens: Sequence[tuple[View, str]], unseen: Collection[tuple[View, str]]
    ) -> tuple[Stamp, dict[tuple[View, str], str], float]:
        """The stamp, the screens that need rendering, seconds of processor that both took. In a thread, and in one
        step: the way there and back is long when many vote."""
        started = time.thread_time()
        with self._look_at(room.meeting_id, room.glance) as glance:
            room.glance = glance
            stamp, before = glance.stamp, room.stamp
            texts = {
                (view, locale): glance.render(view, locale)
                for view, locale in screens
                if (view, locale) in unseen or stamp == OVER or before is None or stamp.of(view) != before.of(view)
            }
        return stamp, texts, time.thread_time() - started


class Door:
    """The endpoint of a socket's address, plain ASGI: what it held would be held for hours, ten thousand times."""

    def __init__(self, views: Collection[View], find: Find) -> None:
        """Leads to these screens of the meeting that `find` names; it is called in a thread."""
        self._views, self._find = views, find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        view, locale = scope["path_params"]["view"], scope["path_params"]["locale"]
        meeting_id = None
        if view in self._views and locale in LOCALES:
            meeting_id = await run_sync(self._find, HTTPConnection(scope))
        if meeting_id is None:
            await receive()
            await send(_close(FORBIDDEN))
            return
        await scope["app"].state.rooms.serve(scope, receive, send, meeting_id, View(view), locale)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return


def _close(code: int) -> Message:
    return {"type": "websocket.close", "code": code}


async def _refuse(scope: Scope, send: Send) -> None:
    """No handshake: 503, or 403 where the server can say nothing else."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send(_close(RESTART))
        return
    await send({"type": "websocket.http.response.start", "status": 503, "headers": [(b"retry-after", b"30")]})
    await send({"type": "websocket.http.response.body", "body": b""})
