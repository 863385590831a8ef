"""The versions of a certified result: which one is shown, what a recount changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from participation.counting.spec import BallotSpec, Question
from participation.counts.queries import Certified
from participation.counts.results import QuestionResult, load_result
from participation.paper.keying.recounts import batches_after, given_up_after
from participation.publication.explanation import counts_points


@dataclass(frozen=True, slots=True)
class Change:
    """One project in two versions: its votes or points, and whether it is funded."""

    number: str
    title: tuple[tuple[str, str], ...]
    before: int
    after: int
    was_funded: bool
    is_funded: bool

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class ChangedContest:
    question: Question
    unit: str
    projects: tuple[Change, ...]
    """Those whose total or funding changed, in the order of the ballot."""


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    certified_at: datetime
    is_shown: bool


def recount_context(session: Session, spec: BallotSpec, shown: Certified, versions: list[Certified]) -> dict[str, Any]:
    """What the page of a result says of recounts: those behind it, those under way, and its other versions."""
    before = next((each for each in versions if each.version == shown.version - 1), None)
    newest = versions[-1]
    return {
        "version": shown.version,
        "newest": newest.version,
        "versions": [Version(each.version, each.at, each.version == shown.version) for each in versions],
        "recounts": shown.minutes.get("recounts", []),
        "changed": changed(spec, before, shown) if before else [],
        "under_way": batches_after(session, shown.count.spec_id, newest.count.at),
        "given_up": given_up_after(session, shown.count.spec_id, newest.at),
    }


def changed(spec: BallotSpec, before: Certified, after: Certified) -> list[ChangedContest]:
    """Every contest, with the projects whose total or funding is another."""
    earlier, later = load_result(before.count.result), load_result(after.count.result)
    return [
        _changed(question, earlier.question[question.id], later.question[question.id]) for question in spec.questions
    ]


def _changed(question: Question, before: QuestionResult, after: QuestionResult) -> ChangedContest:
    points = counts_points(after.allocation.rule)
    projects = (
        Change(
            option.number,
            option.title,
            _total(before, option.id, points=points),
            _total(after, option.id, points=points),
            _is_funded(before, option.id),
            _is_funded(after, option.id),
        )
        for option in question.options
    )
    differing = tuple(each for each in projects if each.difference or each.was_funded != each.is_funded)
    return ChangedContest(question, "points" if points else "votes", differing)


def _total(part: QuestionResult, option_id: str, *, points: bool) -> int:
    return part.counted.points(option_id) if points else part.counted.votes(option_id)


def _is_funded(part: QuestionResult, option_id: str) -> bool:
    return option_id in part.allocation.selected or option_id in part.allocation.topup
