"""How the fictional votes and people are made: exact totals, nobody alike by accident."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from participation.demo import content, people, votes
from participation.processes.models import PhaseKind, WindowKind
from participation.register.identity import near_parts


@pytest.mark.parametrize(("place", "ballots"), [(0, 7_407), (1, 1_454)])
def test_ballots_add_up_to_exactly_the_votes_that_are_wanted(place: int, ballots: int) -> None:
    wanted = votes.column(place)

    drawn = votes.draw(Random(1), wanted, ballots, votes.PAPER_SHARES)

    assert len(drawn) == ballots
    assert Counter(code for chosen in drawn for code in chosen) == wanted
    assert {len(chosen) for chosen in drawn} == {1, 2, 3, 4, 5}
    assert all(len(set(chosen)) == len(chosen) for chosen in drawn)


def test_the_same_seed_gives_the_same_ballots() -> None:
    first, second = (votes.draw(Random(3), votes.column(1), 1_454, votes.PAPER_SHARES) for _time in range(2))

    assert first == second


def test_no_two_people_share_what_the_register_compares() -> None:
    parts = [part for number in range(people.MOST) for part in near_parts(people.person(number))]

    assert len(set(parts)) == 3 * people.MOST


def test_twenty_projects_in_both_languages_cost_what_the_story_says() -> None:
    projects = content.projects()

    assert len(projects) == 20
    assert sum(project.cost for project in projects) == 28_780_000_00
    assert sum(project.category == content.YOUTH for project in projects) == 5
    for project in projects:
        for words in (project.title, project.summary, project.description):
            assert words["fr"]
            assert words["en"]


def test_today_is_in_the_third_week_of_the_vote() -> None:
    at = datetime(2027, 2, 24, 17, tzinfo=UTC)

    calendar = content.calendar_of(at)

    assert calendar.windows[WindowKind.ONLINE_OPENS].isoformat() == "2027-02-08T08:00:00-05:00"
    assert calendar.closes.isoformat() == "2027-03-14T20:00:00-04:00"
    assert content.year_before(calendar).first_day.isoformat() == "2026-02-09"
    (now,) = [phase for phase in calendar.phases if phase.starts_at <= at < phase.ends_at]
    assert now.kind is PhaseKind.VOTE
