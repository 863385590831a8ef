"""A room of up to 10,000 telephones on one process, beside a bare loop that commits a row and sends as many bytes.

Ours is `participation serve` with a meeting whose poll is open; what changes the screen is a vote. Both servers run
all the time, with the same clients, and are asked in turns. `python -m tests.bench.room [COUNT …]` prints:
- the time from the change to the moment at which the last client has it, of ours and of the loop;
- the memory of the server for each client, what it needs without any taken off;
- the same time while some clients never read;
- with 3,000 clients and 200 votes a second: votes lost, the slowest of a hundred beside the floor's under the same
  fan-out, and what the screens take of a core.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.responses import Response

from participation import schema
from participation.accounts.models import Role
from participation.ballots.models import Ballot
from participation.db import Database
from participation.i18n import now
from participation.live import service
from participation.live.devices import Devices
from participation.processes.hand import Hand
from participation.processes.queries import process_by_id
from participation.register.keys import Keys
from participation.settings import Settings
from tests.bench import load
from tests.bench.memory import held_by
from tests.bench.servers import SECRET, environment_of, free_port, report, server
from tests.builders import build_account, build_world

COUNTS = (1_000, 5_000, 10_000)
RUNS = 7
QUIET = 0.5
"""Seconds without a change before one is timed, and a little more for each client: no server is at work then."""
DEAF, FULL_AFTER = 200, 40
"""Clients that never read, and the changes after which their connections take no more."""
VOTING, A_SECOND, SECONDS, SLICES = 3_000, 200, 20, 5
PACE = 0.25


@dataclass(frozen=True, slots=True)
class Room:
    """A meeting with an open poll, and the votes that nobody has sent yet."""

    settings: Settings
    code: str
    votes: Iterator[bytes]


def build(folder: Path) -> Room:
    """A meeting whose first poll is open, its figures on the wall."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'room.db'}",
        secret_key=SecretStr(SECRET),
        keys_dir=folder / "keys",
        log_level="ERROR",
    )
    database, keys, at = Database(settings.database_url), Keys(settings), now()
    schema.upgrade(database)
    world = build_world(database, keys, at=at)
    account = build_account(database, "Fanny", [Role.FACILITATOR], world.organisation_id)
    draft = service.PollDraft({"fr": "Zone 30"}, options=[{"fr": "Pour"}, {"fr": "Contre"}, {"fr": "À revoir"}])
    with database.writing() as session:
        process = process_by_id(session, world.process_id)
        assert process is not None
        hand = Hand(process, account, at)
        meeting = service.create_meeting(session, world.process_id, service.MeetingDraft({"fr": "Assemblée"}, at))
        poll = service.add_poll(session, meeting, draft)
        spec_id = service.open_poll(session, keys, meeting, poll, hand).id
        service.show_results(session, meeting, poll, shown=True)
        code = meeting.code
    database.dispose()
    return Room(settings, code, votes(Devices(settings.key("room")), code, spec_id))


def votes(devices: Devices, code: str, spec_id: uuid.UUID) -> Iterator[bytes]:
    """One from each of so many devices as anybody asks for, as the page of a telephone sends it."""
    ticket = devices.ticket(code, spec_id)
    while True:
        answer = Response()
        devices.keep(answer, devices.new())
        cookie = answer.headers["set-cookie"].partition(";")[0]
        yield load.post(f"/fr/m/{code}/vote", f"ticket={ticket}&nonce={uuid.uuid4().hex}&choice=a", cookie)


class Crowd:
    """Clients in a process of their own."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "tests.bench.room_clients", *map(str, arguments)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._said() == "ready"

    def _said(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def arm(self) -> None:
        assert self._process.stdin is not None
        print("arm", file=self._process.stdin, flush=True)
        assert self._said() == "armed"

    def last(self) -> float:
        """The instant at which the last of them had the change."""
        return float(self._said())

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


@dataclass
class Side:
    """A server, its clients, and what changes their screens."""

    port: int
    pid: int
    path: str
    change: Callable[[], bytes]
    status: int
    crowds: list[Crowd] = field(default_factory=list)
    count: int = 0
    cpu: float = 0.0
    """Seconds of processor that the timed changes have taken."""

    def __post_init__(self) -> None:
        self.send(self.change())
        self.bare = held_by(self.pid)

    def join(self, count: int) -> None:
        self.crowds.append(Crowd(self.port, self.path, count))
        self.count += count

    def send(self, request: bytes) -> load.Run:
        return load.drive(self.port, self.pid, [request], 1, self.status)

    def timed(self) -> float:
        """Seconds from a change until the last client has it."""
        time.sleep(QUIET + self.count / 5_000)
        for crowd in self.crowds:
            crowd.arm()
        request, before = self.change(), load.cpu_seconds(self.pid)
        started = time.monotonic()
        self.send(request)
        taken = max(crowd.last() for crowd in self.crowds) - started
        self.cpu += load.cpu_seconds(self.pid) - before
        return taken

    @property
    def each(self) -> float:
        """Kilobytes of the server for each client."""
        return (held_by(self.pid) - self.bare) * 1024 / self.count


@dataclass
class Bench:
    """Both servers, at work at the same time."""

    room: Room
    ours: Side
    floor: Side
    stack: ExitStack

    def join(self, count: int) -> None:
        for side in (self.ours, self.floor):
            side.join(count)
            self.stack.callback(side.crowds[-1].go)

    def ratio(self) -> tuple[float, str]:
        """Ours against the floor, medians of runs in turns, and what they were."""
        self.ours.cpu = self.floor.cpu = 0.0
        ours, floor = zip(*((self.ours.timed(), self.floor.timed()) for _run in range(RUNS)), strict=True)
        mine, bare = statistics.median(ours), statistics.median(floor)
        processor = self.ours.cpu / self.floor.cpu
        shown = f"{mine * 1000:.0f} ms against {bare * 1000:.0f} ms"
        return mine / bare, f"{shown}, processor {processor:.2f}, load {load_average()}"


def load_average() -> str:
    return Path("/proc/loadavg").read_text(encoding="ascii").split()[0]


def begin(stack: ExitStack) -> Bench:
    """A meeting and both servers, which end with the stack."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    room, ours, floor = build(folder), free_port(), free_port()
    environment = environment_of(room.settings)
    command = ["-m", "participation", "serve", "--port", str(ours)]
    our_pid = stack.enter_context(server(command, ours, "/readyz", environment))
    with urllib.request.urlopen(f"http://127.0.0.1:{ours}/fr/m/{room.code}/now/wall") as answer:
        size = len(answer.read())
    command = ["-m", "tests.bench.room_floor", str(floor), str(folder / "floor.db"), str(size), str(PACE)]
    floor_pid = stack.enter_context(server(command, floor, "/ready", {}))
    path = f"/fr/m/{room.code}/live/wall"
    return Bench(
        room,
        Side(ours, our_pid, path, lambda: next(room.votes), 303),
        Side(floor, floor_pid, "/", lambda: load.post("/change", "x"), 200),
        stack,
    )


def bench_idle(counts: tuple[int, ...]) -> None:
    with ExitStack() as stack:
        bench = begin(stack)
        for count in counts:
            bench.join(count - bench.ours.count)
            ratio, detail = bench.ratio()
            report(f"{count} telephones: last one, times the loop's", ratio, "≤ 1.50", detail)
            memory = f"the loop {bench.floor.each:.1f}"
            report(f"{count} telephones: KB each", bench.ours.each, "≤ 40", memory)


def bench_voting() -> None:
    """Votes at a steady rate: alone, then under fan-out, with clients among them that never read."""
    with ExitStack() as stack:
        bench = begin(stack)
        alone = paced(bench.ours, bench.room.votes)
        bench.join(VOTING)
        stack.callback(Crowd(bench.ours.port, bench.ours.path, DEAF, "deaf").go)
        for _change in range(FULL_AFTER):
            bench.ours.send(bench.ours.change())
            time.sleep(PACE)
        ratio, detail = bench.ratio()
        report(f"{DEAF} of {VOTING} never read: times the loop's", ratio, "≤ 1.50", detail)
        simple = iter(lambda: load.post("/vote", "x" * 200), b"")
        ours, floor = [], []
        for _slice in range(SLICES):
            ours.append(paced(bench.ours, bench.room.votes))
            floor.append(paced(bench.floor, simple))
        tell_voting(alone, ours, floor)
        sent = 1 + FULL_AFTER + RUNS + (SLICES + 1) * SECONDS * A_SECOND
        kept = ballots_in(bench.room.settings)
        report("votes that were acknowledged and lost", sent - kept, "0", f"{kept} in the box")


def paced(side: Side, requests: Iterator[bytes]) -> load.Run:
    return load.pace(side.port, side.pid, list(islice(requests, SECONDS * A_SECOND)), A_SECOND, side.status)


def tell_voting(alone: load.Run, ours: list[load.Run], floor: list[load.Run]) -> None:
    our_p99, floor_p99 = (
        load.percentile([value for run in runs for value in run.latencies], 0.99) for runs in (ours, floor)
    )
    shown = f"{our_p99 * 1000:.0f} ms against {floor_p99 * 1000:.0f} ms"
    title = f"{VOTING} look, {A_SECOND} vote a second"
    report(f"{title}: p99, times the floor's", our_p99 / floor_p99, "≤ 3.00", f"{shown}, load {load_average()}")
    share = statistics.median(run.cpu / run.seconds for run in ours) - alone.cpu / alone.seconds
    bare = statistics.median(run.cpu / run.seconds for run in floor)
    report(
        f"{title}: fan-out, of a core",
        share,
        "≤ 0.25",
        f"votes alone {alone.cpu / alone.seconds:.2f}, the floor {bare:.2f}",
    )


def ballots_in(settings: Settings) -> int:
    database = Database(settings.database_url)
    with database.reading() as session:
        found: int = session.execute(select(func.count()).select_from(Ballot)).scalar_one()
    database.dispose()
    return found


def main(counts: tuple[int, ...] = COUNTS) -> None:
    bench_idle(counts)
    bench_voting()


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or COUNTS)
