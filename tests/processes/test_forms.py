"""What staff type into the set-up: rules with their pairs and reserves, lists pasted from a spreadsheet."""

from __future__ import annotations

import pytest
from starlette.datastructures import FormData

from participation.counting.spec import CountingRule, QuestionKind, RuleName
from participation.errors import Message
from participation.processes import forms
from participation.processes.models import Project
from participation.processes.project_list import read_projects


def read_rule(**fields: str) -> tuple[CountingRule, dict[str, Message]]:
    projects = [Project(code=code, number=f"0{code}", title={}, cost=1) for code in ("1", "2")]  # type: ignore[call-arg]
    form = FormData({"name": "greedy", "order": "votes", "tie_break": "lowest-id", **fields})
    return forms.read_rule(form, QuestionKind.APPROVAL, projects)


def test_pairs_and_reserves_are_lines() -> None:
    rule, errors = read_rule(exclusive_pairs="01, 2\n\n", reserves="jeunesse; 3 000 000")
    assert errors == {}
    assert rule.exclusive_pairs == (("1", "2"),)
    assert (rule.reserves[0].category, rule.reserves[0].amount) == ("jeunesse", 3_000_000_00)


@pytest.mark.parametrize("line", ["1", "1, 1", "1, 9", "1, 2, 3"])
def test_a_pair_names_two_projects_that_exist(line: str) -> None:
    assert "exclusive_pairs" in read_rule(exclusive_pairs=line)[1]


@pytest.mark.parametrize("line", ["jeunesse", "; 5", "jeunesse; beaucoup", "jeunesse; 0"])
def test_a_reserve_names_a_category_and_an_amount(line: str) -> None:
    assert "reserves" in read_rule(reserves=line)[1]


def test_settings_of_other_rules_are_left_out() -> None:
    rule, errors = read_rule(threshold="50", top_up_percent="70", seed="abc")
    assert errors == {}
    assert rule == CountingRule()
    rule, errors = read_rule(name="greedy-threshold", threshold="50")
    assert (rule.name, rule.threshold, errors) == (RuleName.GREEDY_THRESHOLD, 50, {})


def test_a_pasted_list_of_projects() -> None:
    drafts, problems = read_projects("number;title;cost\n01;Ruelle;620 000;Alley;Verdun;jeunesse\n2;Parc;1 250,50\n")
    assert problems == []
    assert [(draft.number, draft.cost, draft.category) for draft in drafts] == [
        ("01", 620_000_00, "jeunesse"),
        ("2", 1250_50, ""),
    ]
    assert drafts[0].title == {"fr": "Ruelle", "en": "Alley"}


@pytest.mark.parametrize(
    ("lines", "line"), [("1;A;5\n01;B;5", 2), ("1;;5", 1), ("1;A;x", 1), ("#;A;5", 1), ("1;A;5\n\n;B;5", 3)]
)
def test_a_bad_line_is_named(lines: str, line: int) -> None:
    _drafts, problems = read_projects(lines)
    assert [problem.params["line"] for problem in problems] == [line]


def test_an_empty_list_says_so() -> None:
    assert read_projects("")[1]
    assert read_projects('1;"' + "x" * 200_000)[1]
