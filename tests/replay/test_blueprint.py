"""What a replay makes of a published file before anything is cast."""

from __future__ import annotations

import pytest

from participation.counting.pabulib import parse
from participation.counting.spec import CountingRule
from participation.counting.tally import profile_of, tally
from participation.replay.blueprint import ballots_of, inexpressible, question_of


def published(vote_type: str, limits: str, *votes: str, channel: str = "internet") -> str:
    head = f"META\nkey;value\nbudget;100\nvote_type;{vote_type}\n{limits}PROJECTS\nproject_id;cost\nA;40\nB;30\nC;20\n"
    ballots = "".join(f"{number};{vote};{channel}\n" for number, vote in enumerate(votes))
    return f"{head}VOTES\nvoter_id;vote;points;voting_method\n{ballots}"


@pytest.mark.parametrize(
    "source",
    [
        published("ordinal", "", "A,B;2,1", "C;1"),
        published("ordinal", "max_length;5\n", "A,B,C;", "C;"),
        published("ordinal", "max_length;2.0\n", "A,B;", "C;"),
        published("cumulative", "max_sum_points;6\n", "A,B;5,1", "C;6"),
        published("cumulative", "", "A,B;5,1", "C;7"),
        published("approval", "min_length;1\n", "A,B;", "C;", ";"),
    ],
)
def test_the_form_gives_the_points_that_the_count_gives(source: str) -> None:
    election = parse(source)
    question = question_of(election, CountingRule())
    ballots = list(ballots_of(election))
    assert inexpressible(question, ballots) == []
    cast = tally(profile_of(question, ((("online",), ballot.answer) for ballot in ballots)))
    assert (cast.total.votes, cast.total.points) == (
        tally(election.profile).total.votes,
        tally(election.profile).total.points,
    )


def test_paper_is_paper_in_any_case() -> None:
    ballots = ballots_of(parse(published("approval", "", "A;", channel="Paper")))
    assert [(ballot.on_paper, ballot.channel) for ballot in ballots] == [(True, "Paper")]
