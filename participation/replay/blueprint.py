"""A published election as a vote of ours: its question, its ballots by channel, and what the form cannot say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from participation.counting.answers import Answer, canonical, problems
from participation.counting.election import Election, VoteType
from participation.counting.spec import CountingRule, Option, Question, QuestionKind

QUESTION_ID = "pb"
PAPER = "paper"
ONLINE = "internet"
_KINDS = {
    VoteType.APPROVAL: QuestionKind.APPROVAL,
    VoteType.CHOOSE_ONE: QuestionKind.CHOOSE_ONE,
    VoteType.CUMULATIVE: QuestionKind.CUMULATIVE,
    VoteType.SCORING: QuestionKind.CUMULATIVE,
    VoteType.ORDINAL: QuestionKind.RANKING,
}


@dataclass(frozen=True, slots=True)
class PublishedBallot:
    """One line of the file: where it stands, how it came, what it says."""

    index: int
    line: int
    channel: str
    answer: Answer

    @property
    def on_paper(self) -> bool:
        return self.channel.lower() == PAPER


def question_of(election: Election, rule: CountingRule) -> Question:
    """The election's contest with the limits that its file declares. Money in cents.

    Projects get running numbers, as on a printed ballot; their ids stay, because ties are broken by them.
    """
    width = len(str(len(election.projects)))
    options = tuple(
        Option(
            project.id,
            str(place).zfill(max(2, width)),
            (("fr", project.column("name") or project.id), ("en", project.column("name") or project.id)),
            _cents(project.cost, election),
            project.category,
        )
        for place, project in enumerate(election.projects, 1)
    )
    name = election.meta.get("description") or "Budget participatif"
    limits: dict[str, Any] = {**_limits(election, len(options))}
    return Question(
        id=QUESTION_ID,
        title=(("fr", name), ("en", name)),
        kind=_KINDS[election.vote_type],
        options=options,
        envelope=_cents(election.budget, election),
        rule=rule,
        **limits,
    )


def _cents(amount: int, election: Election) -> int:
    """Minor units of the file as cents. ValueError where the file has fractions of a cent."""
    cents, rest = divmod(amount * 100, election.unit)
    if rest:
        raise ValueError("an amount is finer than a cent")
    return cents


def _limits(election: Election, options: int) -> dict[str, int]:
    """`min_length` and `max_length`; points from `max_points` and `max_sum_points`. What is not said is not limited."""

    def declared(key: str, default: int) -> int:
        text = election.meta.get(key, "")
        return int(float(text)) if text.replace(".", "", 1).isdigit() else default

    if election.vote_type is VoteType.CHOOSE_ONE:
        return {"min_choices": 1, "max_choices": 1}
    choices = {
        "min_choices": min(max(declared("min_length", 1), 1), options),
        "max_choices": min(declared("max_length", options), options),
    }
    if election.vote_type is VoteType.ORDINAL:
        # The first place gives max_choices points, as in the count: the number stays though the list may be shorter.
        longest = int(np.diff(election.profile.starts).max(initial=1))
        return {**choices, "max_choices": max(declared("max_length", longest), 1)}
    if _KINDS[election.vote_type] is not QuestionKind.CUMULATIVE:
        return choices
    seen = int(election.profile.points.max(initial=1))
    each = declared("max_points", 0) or declared("max_sum_points", 0) or seen
    total = declared("max_sum_points", each * choices["max_choices"])
    return {**choices, "max_points": total, "max_points_each": min(each, total)}


def ballots_of(election: Election) -> Iterator[PublishedBallot]:
    """Every ballot in the order of the file."""
    lines = election.lines.tolist()
    for index, (group, answer) in enumerate(election.ballots()):
        yield PublishedBallot(index, lines[index], group[0], answer)


def inexpressible(question: Question, ballots: list[PublishedBallot]) -> list[tuple[PublishedBallot, str]]:
    """The ballots that the form of this question cannot say, each with the reason's code."""
    found = []
    for ballot in ballots:
        ids = [option_id for option_id, _value in ballot.answer]
        if len(set(ids)) < len(ids):
            found.append((ballot, "repeated"))
        elif any(value <= 0 for _option_id, value in ballot.answer):
            found.append((ballot, "no-points"))
        elif faults := problems(question, canonical(question, ballot.answer)):
            found.append((ballot, faults[0].fault.value))
    return found
