"""What people type: money in two languages, local hours with clock changes, lists pasted from a spreadsheet."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData

from participation.counting.spec import Capture, CountingRule, QuestionKind, RuleName
from participation.errors import Message
from participation.processes import forms
from participation.processes.models import Project
from participation.processes.project_list import read_projects
from participation.processes.typed import Typed, amount, cents_of, instant_of, wall_clock

MONTREAL = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("620000", 620_000_00),
        ("620 000", 620_000_00),
        ("620\u00a0000 $", 620_000_00),
        ("1 234,56 $", 1_234_56),
        ("$1,234.56", 1_234_56),
        ("1,234", 1_234_00),
        ("1.234.567", 1_234_567_00),
        ("12,5", 12_50),
        ("0", 0),
    ],
)
def test_money_as_typed(typed: str, cents: int) -> None:
    assert cents_of(typed) == cents


@pytest.mark.parametrize("typed", ["", "abc", "-5", "1,2345", "12 %", "1e6", "9" * 30])
def test_what_is_no_amount(typed: str) -> None:
    assert cents_of(typed) is None


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("cents", [0, 5, 620_000_00, 1_250_50, 12_000_000_00])
def test_an_amount_comes_back_as_it_was(locale: str, cents: int) -> None:
    assert cents_of(amount(cents, locale)) == cents


def test_local_hours_on_both_sides_of_a_clock_change() -> None:
    assert instant_of("2027-03-13T20:00", MONTREAL) == datetime(2027, 3, 14, 1, tzinfo=UTC)
    assert instant_of("2027-03-14T20:00", MONTREAL) == datetime(2027, 3, 15, 0, tzinfo=UTC)
    assert wall_clock(datetime(2027, 3, 15, 0, tzinfo=UTC), MONTREAL) == "2027-03-14T20:00"


@pytest.mark.parametrize("typed", ["2027-03-14T02:30", "2027-11-07T01:30", "demain", "2027-03-14T20:00+00:00"])
def test_hours_that_do_not_exist_come_twice_or_are_none(typed: str) -> None:
    assert isinstance(instant_of(typed, MONTREAL), Message)


def test_every_field_of_a_form_keeps_its_own_message() -> None:
    typed = Typed(FormData({"long": "x" * 11, "count": "0", "money": "?", "kind": "?", "when": ""}))
    typed.text("long", 10)
    typed.words("title", 10, Message("missing"))
    typed.integer("count", 1, 5)
    typed.cents("money")
    typed.one("kind", Capture, Capture.SELF)
    typed.moment("when", MONTREAL, Message("missing"))
    assert set(typed.errors) == {"long", "title_fr", "count", "money", "kind", "when"}


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
