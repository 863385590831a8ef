"""A published election cast again through the site: exact, resumable, and honest about what it cannot do."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

HEAD = (
    "META\nkey;value\ndescription;Invented election\nnum_projects;4\nnum_votes;{votes}\nbudget;1000\n{meta}PROJECTS\n"
)
COSTS = {"A": 400, "B": 300, "C.2": 500, "D": 100}


def pabulib_file(folder: Path, kind: str, ballots: int, *, paper: float, wrong: bool = False) -> Path:
    """A small invented election with its published votes, from a fixed seed."""
    draw = random.Random(f"{kind}{ballots}")
    rows, votes, scores = [], dict.fromkeys(COSTS, 0), dict.fromkeys(COSTS, 0)
    for number in range(ballots):
        chosen = draw.sample(sorted(COSTS), 1 if kind == "choose-1" else draw.randint(1, 3))
        points = [draw.randint(1, 3) if kind == "cumulative" else 3 - place for place in range(len(chosen))]
        for option, given in zip(chosen, points, strict=True):
            votes[option] += 1
            scores[option] += given
        channel = "paper" if draw.random() < paper else "internet"
        rows.append(f"{number};{','.join(chosen)};{','.join(map(str, points))};{channel}")
    limits = {
        "approval": "min_length;1\nmax_length;3\n",
        "choose-1": "",
        "cumulative": "max_points;3\nmax_sum_points;9\n",
        "ordinal": "min_length;1\nmax_length;3\n",
    }[kind]
    scored = kind in ("cumulative", "ordinal")
    published = {option: number + (1 if wrong else 0) for option, number in votes.items()}
    lines = [HEAD.format(votes=ballots, meta=f"vote_type;{kind}\nrule;greedy\n{limits}")]
    lines.append("project_id;cost;votes;score;name\n" if scored else "project_id;cost;votes;name\n")
    for option, cost in COSTS.items():
        score = f"{scores[option]};" if scored else ""
        lines.append(f"{option};{cost};{published[option]};{score}Project {option}\n")
    lines.append("VOTES\nvoter_id;vote;points;voting_method\n" if scored else "VOTES\nvoter_id;vote;voting_method\n")
    for row in rows:
        voter, vote, weights, channel = row.split(";")
        lines.append(";".join([voter, vote, *([weights] if scored else []), channel]) + "\n")
    path = folder / f"{kind}.pb"
    path.write_text("".join(lines))
    return path


def command(path: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "participation", "replay", str(path), "--json", *more]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state")}


def run(path: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(path, *more), env=environment(folder), capture_output=True, text=True, timeout=300, check=False
    )


def counted(path: Path) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-m", "participation", "count", str(path), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("kind", ["approval", "choose-1", "cumulative", "ordinal"])
def test_every_kind_of_ballot_by_web_and_by_paper_gives_the_published_numbers(kind: str, tmp_path: Path) -> None:
    path = pabulib_file(tmp_path, kind, 60, paper=0.4)
    answer = run(path, tmp_path)
    assert answer.returncode == 0, answer.stderr
    found, expected = json.loads(answer.stdout), counted(path)
    assert found["ballots_cast"] == 60
    assert found["differences"] == []
    for name in ("counts", "scores", "selected", "rule"):
        assert found[name] == expected[name], name


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_the_same_on_postgresql(database_url: str, tmp_path: Path) -> None:
    path = pabulib_file(tmp_path, "approval", 60, paper=0.4)
    answer = run(path, tmp_path, "--database", database_url)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["counts"] == counted(path)["counts"]


def some_online_ballots_are_in(folder: Path) -> bool:
    logs = list(folder.rglob("done.log"))
    return bool(logs) and len(logs[0].read_text().split()) >= 100


def a_clerk_has_finished_a_batch(folder: Path) -> bool:
    found = list(folder.rglob("replay.db"))
    if not found or not some_online_ballots_are_in(folder):
        return False
    with closing(sqlite3.connect(f"file:{found[0]}?mode=ro", uri=True)) as box:
        return bool(box.execute("SELECT 1 FROM keying_session WHERE finished_at IS NOT NULL").fetchone())


@pytest.mark.parametrize("far_enough", [some_online_ballots_are_in, a_clerk_has_finished_a_batch])
def test_killed_in_the_middle_and_run_again_no_ballot_is_lost_or_counted_twice(
    far_enough: Callable[[Path], bool], tmp_path: Path
) -> None:
    path = pabulib_file(tmp_path, "approval", 250, paper=0.45)
    first = subprocess.Popen(
        command(path), env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(far_enough, tmp_path / "state")
    first.send_signal(signal.SIGKILL)
    first.wait()
    time.sleep(1.5)  # its site notices the closed pipe and ends
    forget_half(tmp_path / "state")
    answer = run(path, tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["ballots_cast"] == 250


def forget_half(folder: Path) -> None:
    """As if the last acts had been done and not noted."""
    (log,) = folder.rglob("done.log")
    acts = log.read_text().split()
    log.write_text("".join(f"{act}\n" for act in acts[: len(acts) // 2]))


def wait_until(far_enough: Callable[[Path], bool], folder: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if far_enough(folder):
            return
        time.sleep(0.05)
    pytest.fail("the replay did not get far enough")


def test_a_count_that_differs_from_the_published_one_is_exit_1(tmp_path: Path) -> None:
    answer = run(pabulib_file(tmp_path, "choose-1", 10, paper=0, wrong=True), tmp_path)
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["differences"]


def test_what_the_form_cannot_say_is_listed_and_nothing_is_cast(tmp_path: Path) -> None:
    path = pabulib_file(tmp_path, "approval", 10, paper=0)
    path.write_text(path.read_text() + "98;A,A;internet\n99;A,B,C.2,D;internet\n")
    answer = run(path, tmp_path)
    assert answer.returncode == 2
    assert "line 29" in answer.stderr
    assert "(repeated)" in answer.stderr
    assert "(over)" in answer.stderr
    assert not (tmp_path / "state").exists()


def test_an_election_that_no_vote_can_be_made_of_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    path = pabulib_file(tmp_path, "approval", 10, paper=0)
    path.write_text(path.read_text().replace("budget;1000", "budget;0"))
    answer = run(path, tmp_path)
    assert answer.returncode == 2
    assert "no vote can be made of this election" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "%(" not in answer.stderr
    assert [found for found in (tmp_path / "state").rglob("*") if found.is_file()] == []


def test_a_malformed_file_says_where(tmp_path: Path) -> None:
    path = pabulib_file(tmp_path, "approval", 10, paper=0)
    path.write_text(path.read_text().replace("A;400", "A;4x0"))
    answer = run(path, tmp_path)
    assert answer.returncode == 2
    assert "line 13, column 3" in answer.stderr
    assert not (tmp_path / "state").exists()
