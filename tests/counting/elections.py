"""Small elections for tests, and the way from plain ballots to a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from participation.counting.spec import Option, Question, QuestionKind
from participation.counting.tally import Profile, profile_of, starts_of
from tests.counting.oracle import Ballot, Project

NAMES = "abcdefgh"


def question(kind: QuestionKind, costs: Mapping[str, int], envelope: int = 1000, most: int = 8) -> Question:
    """A contest whose projects are numbered in the order given."""
    options = tuple(
        Option(name, str(number), (("fr", name),), cost) for number, (name, cost) in enumerate(costs.items(), start=1)
    )
    return Question(
        "q", (("fr", "Budget"),), kind, options, envelope, max_choices=most, max_points=99, max_points_each=99
    )


def profile(options: Sequence[str], ballots: Sequence[Ballot], *, scored: bool = False) -> Profile:
    """All ballots cast online."""
    kind = QuestionKind.CUMULATIVE if scored else QuestionKind.APPROVAL
    contest = question(kind, dict.fromkeys(options, 1))
    return profile_of(contest, ((("online",), tuple(ballot.items())) for ballot in ballots))


def repeating_profile(options: Sequence[str], rows: Sequence[Sequence[str]]) -> Profile:
    """A published file's profile, where a ballot may name a project twice."""
    place = {option_id: number for number, option_id in enumerate(options)}
    entries = np.array([place[option_id] for row in rows for option_id in row], dtype=np.int32)
    starts = starts_of([len(row) for row in rows])
    ones = np.ones((len(rows), 1), dtype=np.int32)
    return Profile(tuple(options), (("paper",),), False, starts, entries, np.ones_like(entries), ones)


@st.composite
def elections(draw: st.DrawFn, most_points: int = 1) -> tuple[list[Project], list[dict[str, int]], int]:
    """Projects, ballots and an envelope, with equal costs and equal ballots often enough to tie."""
    names = NAMES[: draw(st.integers(1, 6))]
    cost = st.one_of(st.integers(0, 60), st.sampled_from([0, 10, 20, 30]))
    projects = [Project(name, draw(cost), draw(st.sampled_from(["", "youth"]))) for name in names]
    points = st.integers(1, most_points)
    ballot = st.dictionaries(st.sampled_from(names), points, max_size=5)
    distinct = draw(st.lists(ballot, min_size=1, max_size=6))
    ballots = [one for one in distinct for _ in range(draw(st.integers(1, 3)))]
    return projects, ballots, draw(st.integers(0, 150))
