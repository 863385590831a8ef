"""How long it takes to count a generated election of 90,000 ballots and 160 projects, beside a calibration loop.

`python -m tests.bench.counting [FILE.pb]` prints medians of five runs, each in a process of its own. The loop is
the same on every machine, so a figure in loops can be compared between machines; on a busy one both grow.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from participation.counting.budgeting import allocate
from participation.counting.pabulib import parse
from participation.counting.spec import Completion, CountingRule, RuleName, Utility
from tests.bench.election import write_election
from tests.bench.memory import most_held

RUNS = 5
TARGETS = {
    "parse + count + greedy": 1.0,
    "equal shares, cost": 0.1,
    "equal shares, cardinality": 0.1,
    "add1, cost": 2.0,
    "add1, cardinality": 2.0,
    "memory, MB": 250.0,
}
"""Seconds on a quiet core; Equal Shares and Add1 after parsing."""


def calibration() -> float:
    """Seconds for a fixed amount of work, half in the interpreter and half in numpy."""
    started = perf_counter()
    words = [str(number) for number in range(200_000)]
    places = {word: number for number, word in enumerate(words)}
    total = sum(places[word] for word in words)
    values = np.arange(2_000_000, dtype=np.float64)
    for _ in range(5):
        values = np.minimum(values + 1.0, float(total))
    return perf_counter() - started


def measure(path: Path) -> dict[str, float]:
    """One run in this process."""
    found = {"calibration": calibration()}
    started = perf_counter()
    election = parse(path.read_bytes())
    allocate(CountingRule(), election.projects, election.budget, election.profile, unit=election.unit)
    found["parse + count + greedy"] = perf_counter() - started
    for name, completion in (("equal shares", Completion.NONE), ("add1", Completion.ADD1_LAST_FEASIBLE)):
        for utility in (Utility.COST, Utility.CARDINALITY):
            rule = CountingRule(name=RuleName.EQUAL_SHARES, utility=utility, completion=completion)
            started = perf_counter()
            outcome = allocate(
                rule, election.projects, election.budget, election.profile, unit=election.unit, explain=False
            )
            found[f"{name}, {utility}"] = perf_counter() - started
            found[f"{name}, {utility}, rounds"] = outcome.rounds
    found["memory, MB"] = most_held()
    return found


def medians(path: Path) -> dict[str, float]:
    """The medians of runs in processes of their own."""
    command = [sys.executable, "-m", "tests.bench.counting", "--once", str(path)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(RUNS)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def report(path: Path | None = None) -> str:
    """The figures as a table; without `path` on the generated election."""
    with tempfile.TemporaryDirectory() as folder:
        if path is None:
            path = Path(folder) / "generated.pb"
            write_election(path)
        found = medians(path)
    loop = found["calibration"]
    lines = [f"{'calibration loop':28}{loop:9.3f} s"]
    for name, target in TARGETS.items():
        value = found[name]
        rounds = found.get(f"{name}, rounds")
        more = f", {rounds:.0f} rounds" if rounds else ""
        if name.startswith("memory"):
            lines.append(f"{name:28}{value:9.0f}      (at most {target:.0f})")
        else:
            lines.append(
                f"{name:28}{value:9.3f} s {value / loop:8.2f} loops  (at most {target} s on a quiet core{more})"
            )
    return "\n".join(lines)


def main(arguments: Sequence[str] = ()) -> None:
    """Prints one run as JSON with `--once FILE`, else the table."""
    if arguments and arguments[0] == "--once":
        print(json.dumps(measure(Path(arguments[1]))))
    else:
        print(report(Path(arguments[0]) if arguments else None))


if __name__ == "__main__":
    main(sys.argv[1:])
