"""Two thousand telephones that answer one poll within ten seconds, beside the floor program of casting.

All of them are connected. One in four sends its answer twice at once, and one in four again when it has been answered,
as a telephone does that lost the answer. `python -m tests.bench.phones` prints the slowest of a hundred beside the
floor's at the same pace, without and with a wall that shows the figures as they move; the acknowledged votes that are
not in the box; and the votes of telephones that are in it more than once.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import load
from tests.bench.room import Crowd, Room, ballots_in, build, load_average
from tests.bench.servers import environment_of, free_port, report, server

PHONES, SECONDS, RUNS = 2_000, 10, 3
DOUBLED, REPEATED = 4, 4
"""One telephone in so many sends twice at once, or again later."""


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    pid: int

    def take(self, requests: list[bytes], status: int) -> load.Run:
        """All of them at an even pace within the ten seconds."""
        return load.pace(self.port, self.pid, requests, len(requests) // SECONDS, status)


def packets(answers: list[bytes]) -> list[bytes]:
    """What reaches the server: doubled packets side by side, repeated ones a second or so later."""
    sent: list[bytes] = []
    late = PHONES // SECONDS
    for number, answer in enumerate(answers):
        sent += [answer] * (2 if number % DOUBLED == 0 else 1)
        if number >= late and (number - late) % REPEATED == 1:
            sent.append(answers[number - late])
    return sent


def run(ours: Server, floor: Server, room: Room) -> tuple[load.Run, load.Run]:
    sent = packets(list(islice(room.votes, PHONES)))
    simple = [load.post("/vote", "token=secret&body=" + "x" * 200, "csrf=secret")] * len(sent)
    return ours.take(sent, 303), floor.take(simple, 303)


@contextmanager
def servers(room: Room, folder: Path) -> Iterator[tuple[Server, Server]]:
    ours, floor = free_port(), free_port()
    environment = environment_of(room.settings)
    command = ["-m", "participation", "serve", "--port", str(ours)]
    simple = ["-m", "tests.bench.floor", str(floor), str(folder / "floor.db"), "0"]
    with server(command, ours, "/readyz", environment) as mine, server(simple, floor, "/projects", {}) as bare:
        yield Server(ours, mine), Server(floor, bare)


def tell_pace(name: str, runs: list[tuple[load.Run, load.Run]]) -> None:
    """The slowest of a hundred in the middle one of these runs, beside the floor's."""
    mine, bare = (
        statistics.median(load.percentile(each.latencies, 0.99) for each in side) for side in zip(*runs, strict=True)
    )
    shown = f"{mine * 1000:.0f} ms against {bare * 1000:.0f} ms, load {load_average()}"
    report(f"{name}: p99, times the floor's", mine / bare, "≤ 3.00", shown)


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        room = build(folder)
        ours, floor = stack.enter_context(servers(room, folder))
        runs: list[tuple[load.Run, load.Run]] = []
        for view, count, name in (
            ("phone", PHONES, f"{PHONES} telephones in {SECONDS} s"),
            ("wall", 1, "with a wall beside"),
        ):
            stack.callback(Crowd(ours.port, f"/fr/m/{room.code}/live/{view}", count).go)
            runs += [run(ours, floor, room) for _run in range(RUNS)]
            tell_pace(name, runs[-RUNS:])
        cast, kept = len(runs) * PHONES, ballots_in(room.settings)
        sent = sum(len(each.latencies) for each, _floor in runs)
        report("of these votes, not in the box", max(0, cast - kept), "0", f"{kept} in the box")
        report("counted twice", max(0, kept - cast), "0", f"{sent} sent")


if __name__ == "__main__":
    main()
