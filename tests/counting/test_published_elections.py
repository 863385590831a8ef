"""Real elections: our counts, scores and outcomes against published results and against pabutools' exact ones."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from typer.testing import CliRunner

from participation.cli import app
from participation.counting.budgeting import allocate
from participation.counting.declared import Wish, rule_of
from participation.counting.election import Election
from participation.counting.pabulib import parse
from participation.counting.spec import Completion, CountingRule, RuleName, Utility
from participation.counting.tally import tally
from tests.shared_data import election_file, elections, expected

BEMOWO = "Poland_Warszawa_2022_Bemowo"
COMPLETIONS = {
    "no_completion": Completion.NONE,
    "add1_first_exhaustive": Completion.ADD1_FIRST_EXHAUSTIVE,
    "add1_last_feasible": Completion.ADD1_LAST_FEASIBLE,
}


@cache
def election(name: str) -> Election:
    return parse(election_file(name).read_bytes())


def run(name: str, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["count", str(election_file(name)), "--json", *arguments])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("name", elections())
def test_every_count_and_score(name: str) -> None:
    published = expected(name)
    assert sha256(election_file(name).read_bytes()).hexdigest() == published["sha256"]
    found = run(name)
    assert found["counts"] == published["counts"]
    assert found["scores"] == published["scores"]
    columns = {project.id: project.column("votes") for project in election(name).projects}
    assert {option_id: str(count["total"]) for option_id, count in found["counts"].items()} == columns
    assert tally(election(name).profile).total.ballots == published["num_votes"]


@pytest.mark.parametrize("name", elections())
def test_the_greedy_outcome(name: str) -> None:
    greedy = expected(name)["greedy"]
    found = run(name, "--rule", greedy["variant"])
    assert set(found["selected"]) == set(greedy["selected"])
    assert found["topup"] == greedy["topup"]
    assert found["tie_sensitive"] is greedy["tie_sensitive"]


@pytest.mark.parametrize("name", elections())
def test_equal_shares_with_every_utility_and_completion(name: str) -> None:
    published = expected(name)
    for utility, by_completion in published["mes"].items():
        for completion, exact in by_completion.items():
            source = exact if exact["status"] == "ok" else published["float_prototype"][utility][completion]
            if "selected" not in source:
                continue
            rule = CountingRule(
                name=RuleName.EQUAL_SHARES, utility=Utility(utility), completion=COMPLETIONS[completion]
            )
            box = election(name)
            found = allocate(rule, box.projects, box.budget, box.profile, unit=box.unit, explain=False)
            assert set(found.selected) == set(source["selected"]), (utility, completion)
            assert found.spent == source["cost"]
            if "tie_sensitive" in source:
                assert found.tie_sensitive is source["tie_sensitive"]
            if "steps" in published["float_prototype"][utility][completion]:
                assert found.rounds == published["float_prototype"][utility][completion]["steps"]


@pytest.mark.parametrize("name", elections())
def test_the_official_winners_where_they_can_be_reproduced(name: str) -> None:
    published = expected(name)
    if published["official"] is None or not reproducible(published):
        return
    arguments = ("--exclusive", "773,153") if name == BEMOWO else ()
    found = run(name, *arguments)
    assert set(found["selected"]) == set(published["official"]["selected"])
    assert found["topup"] == (
        published["official"]["special"].get("2", []) if published["rule"] == "greedy-custom" else []
    )


def reproducible(published: dict[str, Any]) -> bool:
    """By the notes beside the data: the declared rule gives the official outcome."""
    if published["rule"] == "greedy-exclusive":
        return True
    if published["rule"].startswith("equalshares"):
        return bool(published["mes"]["cost"]["add1_last_feasible"]["matches_official"])
    return bool(published["greedy"]["matches_official"])


def test_enough_official_outcomes_are_reproduced() -> None:
    expected(elections()[0].values[0])
    names = [param.values[0] for param in elections()]
    assert sum(expected(name)["official"] is not None and reproducible(expected(name)) for name in names) >= 12


def test_without_the_pair_plain_greedy_funds_one_more_and_says_so() -> None:
    published = expected(BEMOWO if election_file(BEMOWO).exists() else "")
    found = run(BEMOWO)
    assert set(found["selected"]) - set(published["official"]["selected"]) == {"153"}
    assert any("--exclusive" in warning for warning in found["warnings"])


@pytest.mark.parametrize("name", elections())
def test_the_declared_rule_of_every_file_is_understood(name: str) -> None:
    published = expected(name)
    rule, _ = rule_of(election(name), Wish())
    shares = published["rule"].startswith("equalshares")
    assert rule.name.value == ("equal-shares" if shares else published["greedy"]["variant"])
    assert rule.threshold == (published["threshold"] or 0 if rule.name is RuleName.GREEDY_THRESHOLD else 0)
