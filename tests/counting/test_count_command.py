"""`participation count`: what it prints, and when it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from participation.cli import app

FICTIONAL = """META
key;value
description;Fictional
instance;2027
num_projects;3
num_votes;5
budget;100.50
vote_type;approval
rule;greedy-custom
PROJECTS
project_id;cost;name
1;60;Alley
2;50;Bench
3;45;Court
VOTES
voter_id;vote;voting_method
1;1,2;internet
2;1,3;internet
3;2,3;paper
4;1;paper
5;;paper
"""


def file(folder: Path, text: str = FICTIONAL) -> str:
    path = folder / "fictional.pb"
    path.write_text(text, encoding="utf-8")
    return str(path)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["count", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_one_json_object(tmp_path: Path) -> None:
    code, printed, _ = run(file(tmp_path), "--json")
    found: dict[str, Any] = json.loads(printed)
    assert code == 0
    assert found.pop("seconds") >= 0
    assert found == {
        "counts": {
            "1": {"total": 3, "by_channel": {"internet": 2, "paper": 1}},
            "2": {"total": 2, "by_channel": {"internet": 1, "paper": 1}},
            "3": {"total": 2, "by_channel": {"internet": 1, "paper": 1}},
        },
        "scores": None,
        "selected": ["1"],
        "topup": ["2"],
        "rule": "greedy-custom",
        "utility": None,
        "completion": None,
        "tie_sensitive": True,
        "warnings": ["ballots that name no project: 1; they are counted as blank"],
    }


def test_points_and_a_channel_without_votes(tmp_path: Path) -> None:
    text = FICTIONAL.split("VOTES")[0].replace("approval", "cumulative").replace("num_votes;5", "num_votes;2")
    text += "VOTES\nvoter_id;vote;points;voting_method\n1;1,2;3,1;internet\n2;1;2;paper\n"
    found = json.loads(run(file(tmp_path, text), "--json", "--rule", "equal-shares")[1])
    assert found["scores"]["1"] == {"total": 5, "by_channel": {"internet": 3, "paper": 2}}
    assert found["counts"]["2"] == {"total": 1, "by_channel": {"internet": 1}}
    assert (found["rule"], found["utility"], found["completion"]) == ("equal-shares", "points", "none")


def test_a_page_for_people(tmp_path: Path) -> None:
    code, printed, _ = run(file(tmp_path))
    assert code == 0
    for words in (
        "rule greedy-custom, ties to lowest-id",
        "5 ballots, 1 blank; 3 projects",
        "envelope 100.50, spent 100.50",
        "Another order of equal projects gives another result.",
        "Warning: ballots that name no project: 1; they are counted as blank.",
    ):
        assert words in printed
    assert next(line.split() for line in printed.splitlines() if line.startswith("~")) == [
        "~", "2", "1", "1", "2", "50.00", "topped-up",
    ]  # fmt: skip
    shares = run(file(tmp_path), "--rule", "equal-shares", "--completion", "add1-first-exhaustive", "--step", "2")[1]
    assert "utility cost, completion add1-first-exhaustive" in shares
    whole = run(file(tmp_path, FICTIONAL.replace("100.50", "1000")), "--rule", "greedy")[1]
    assert "envelope 1,000, spent 155" in whole
    assert "Another order" not in whole


def test_choices_of_whoever_counts(tmp_path: Path) -> None:
    name = file(tmp_path)

    def selected(*arguments: str) -> list[str]:
        found: list[str] = json.loads(run(name, "--json", "--rule", "greedy", *arguments)[1])["selected"]
        return found

    assert selected() == ["1"]
    assert selected("--exclusive", "1,2") == ["1"]
    assert json.loads(run(name, "--json", "--tie-break", "highest-id")[1])["topup"] == ["3"]
    assert json.loads(run(name, "--json", "--tie-break", "seeded-draw", "--seed", "x")[1])["topup"] in (["2"], ["3"])


@pytest.mark.parametrize("pair", ["1", "1,9", "1,1", ","])
def test_a_pair_that_is_none(tmp_path: Path, pair: str) -> None:
    code, printed, said = run(file(tmp_path), "--exclusive", pair)
    assert (code, printed) == (2, "")
    assert "A,B" in said


def test_a_malformed_file(tmp_path: Path) -> None:
    code, printed, said = run(file(tmp_path, FICTIONAL.replace("2;1,3;internet", "2;1,33;internet")), "--json")
    assert (code, printed) == (2, "")
    assert said.strip().endswith("fictional.pb, line 18, column 5: the ballot names project “33”, which is not listed")
    assert run(str(tmp_path / "nowhere.pb"))[0] == 2


def test_a_published_number_that_the_ballots_do_not_give_is_a_warning(tmp_path: Path) -> None:
    text = FICTIONAL.replace("project_id;cost;name", "project_id;cost;votes").replace("1;60;Alley", "1;60;4")
    text = text.replace("2;50;Bench", "2;50;2").replace("3;45;Court", "3;45;")
    code, printed, _ = run(file(tmp_path, text), "--json")
    assert code == 0
    assert json.loads(printed)["warnings"][1:] == ["project 1: votes 3, published 4"]


@pytest.mark.parametrize("rule", ["equal-shares", "declared"])
def test_a_utility_that_the_ballots_cannot_give(tmp_path: Path, rule: str) -> None:
    code, printed, said = run(file(tmp_path), "--rule", rule, "--utility", "points")
    assert (code, printed) == (2, "")
    assert "approval ballots give no points" in said


def test_the_command_is_light_until_it_counts() -> None:
    script = "import sys, participation.counting_commands; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
