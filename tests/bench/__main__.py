"""`make bench`: each figure is a ratio of medians of five interleaved runs, ours against a floor."""

from __future__ import annotations

import statistics
import tempfile
import urllib.request
from pathlib import Path

from pydantic import SecretStr

from participation import schema
from participation.ballots.basket import BASKET_COOKIE, CookieJar, Sealer, begin
from participation.counting.answers import canonical
from participation.db import Database
from participation.i18n import now
from participation.register.identity import normalise_code
from participation.register.keys import Keys
from participation.settings import Settings
from tests.bench import consulting, counting, load, phones, printing, room, scanning, searching
from tests.bench.servers import SECRET, environment_of, free_port, report, server
from tests.builders import World, build_codes, build_question, build_spec, build_world

RUNS = 5
VOTES = 5000
PAGES = 600
CONNECTIONS = 64


def build(folder: Path) -> tuple[Settings, Database, World, list[str]]:
    """A vote with one hundred projects and a code for every ballot that will be cast."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'bench.db'}",
        secret_key=SecretStr(SECRET),
        keys_dir=folder / "keys",
        log_level="ERROR",
    )
    database = Database(settings.database_url)
    schema.upgrade(database)
    question = build_question(costs=[50_000_00] * 100, envelope=1_000_000_00, max_choices=5)
    world = build_world(database, Keys(settings), build_spec(question), at=now())
    codes = build_codes(database, Keys(settings), world, (RUNS + 1) * VOTES)
    return settings, database, world, codes


def ballots(settings: Settings, world: World, codes: list[str]) -> list[bytes]:
    """A confirmation for each code, with the cookie that the steps before it would have made."""
    keys = Keys(settings)
    jar = CookieJar(Sealer(settings.key("basket")), world.path, secure=False)
    question = world.spec_row.spec.questions[0]
    requests = []
    for number, code in enumerate(codes):
        chosen = [(str(1 + (number * 7 + step * 13) % 100), 1) for step in range(5)]
        basket = begin(
            world.spec_row.id,
            world.spec_row.digest,
            "ville",
            code_hash=keys.code_hash(world.spec_row.id, normalise_code(code)),
            fields={},
        ).with_answer(question, canonical(question, chosen), settled=True)
        sealed = jar.sealed_basket(basket)
        requests.append(load.post(f"/fr{world.path}/vote/confirm", "", f"{BASKET_COOKIE}={sealed}"))
    return requests


def bench_site() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings, database, world, codes = build(folder)
        database.dispose()
        ours_port, floor_port = free_port(), free_port()
        environment = environment_of(settings)
        ours = ["-m", "participation", "serve", "--port", str(ours_port)]
        with server(ours, ours_port, "/readyz", environment) as our_pid:
            list_path = f"/fr{world.path}/projects"
            page = urllib.request.urlopen(f"http://127.0.0.1:{ours_port}{list_path}").read()
            floor = ["-m", "tests.bench.floor", str(floor_port), str(folder / "floor.db"), str(len(page))]
            with server(floor, floor_port, "/projects", {}) as floor_pid:
                bench_casting(ours_port, our_pid, floor_port, floor_pid, ballots(settings, world, codes))
                bench_pages(ours_port, our_pid, floor_port, floor_pid, list_path, len(page))


def bench_casting(ours_port: int, our_pid: int, floor_port: int, floor_pid: int, requests: list[bytes]) -> None:
    body = "token=secret&body=" + "x" * 200
    simple = [load.post("/vote", body, "csrf=secret")] * VOTES
    load.drive(ours_port, our_pid, requests[:VOTES], CONNECTIONS, 303)  # both are warm before they are timed
    load.drive(floor_port, floor_pid, simple, CONNECTIONS, 303)
    ours, floor = [], []
    for number in range(1, RUNS + 1):
        ours.append(load.drive(ours_port, our_pid, requests[number * VOTES : (number + 1) * VOTES], CONNECTIONS, 303))
        floor.append(load.drive(floor_port, floor_pid, simple, CONNECTIONS, 303))
    our_rate = statistics.median(run.rate for run in ours)
    floor_rate = statistics.median(run.rate for run in floor)
    our_p99 = load.percentile([value for run in ours for value in run.latencies], 0.99)
    floor_p99 = load.percentile([value for run in floor for value in run.latencies], 0.99)
    report(
        "casting: rate, of the floor",
        our_rate / floor_rate,
        "≥ 0.50",
        f"{our_rate:.0f} against {floor_rate:.0f} a second",
    )
    report(
        "casting: p99, times the floor's",
        our_p99 / floor_p99,
        "≤ 3.00",
        f"{our_p99 * 1000:.0f} ms against {floor_p99 * 1000:.0f} ms",
    )


def bench_pages(ours_port: int, our_pid: int, floor_port: int, floor_pid: int, path: str, size: int) -> None:
    mine, simple = [load.get(path)] * PAGES, [load.get("/projects")] * PAGES
    load.drive(ours_port, our_pid, mine, 8, 200)
    load.drive(floor_port, floor_pid, simple, 8, 200)
    ours, floor = [], []
    for _number in range(RUNS):
        ours.append(load.drive(ours_port, our_pid, mine, 8, 200))
        floor.append(load.drive(floor_port, floor_pid, simple, 8, 200))
    our_cpu = statistics.median(run.cpu_each for run in ours)
    floor_cpu = statistics.median(run.cpu_each for run in floor)
    report(
        "list of 100 projects: CPU, times the floor's",
        our_cpu / floor_cpu,
        "≤ 1.50",
        f"{our_cpu * 1000:.2f} ms against {floor_cpu * 1000:.2f} ms, {size} bytes",
    )


if __name__ == "__main__":
    bench_site()
    counting.main()
    printing.main()
    scanning.main()
    searching.main()
    consulting.main()
    room.main()
    phones.main()
