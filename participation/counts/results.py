"""What a count found and decided, as values and as the JSON that is stored and digested.

Nothing here depends on the time or on the order in which ballots were read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from participation.counting.allocation import Allocation, Decision, FundingLine, Step
from participation.counting.canonical import load_rule
from participation.counting.ledger import canonical_json
from participation.counting.opinions import Opinions
from participation.counting.reconciliation import Disposition
from participation.counting.spec import Channel
from participation.counting.tally import GroupTally, Tally
from participation.counting.ties import Tie

VERSION = 1
Dispositions = Mapping[str, Mapping[str, int]]
"""Channel → disposition → how many records."""


@dataclass(frozen=True)
class QuestionResult:
    """One contest: its exact tally by (channel, capture), what of it may be shown, and the decision."""

    id: str
    counted: Tally
    shown: tuple[GroupTally, ...]
    """Columns of 20 ballots or more (FLOWS §6); empty when only the total may be shown."""
    withdrawn: tuple[str, ...]
    top_ups: Mapping[str, int]
    """Option → outside money in cents that lowers what the envelope pays."""
    allocation: Allocation


@dataclass(frozen=True)
class OpinionResult:
    """One question of a questionnaire: its figures by (channel, capture), and what of them may be shown."""

    opinions: Opinions
    shown: tuple[GroupTally, ...]
    """By channel, columns of 20 people or more; empty when only the total may be shown."""


@dataclass(frozen=True)
class CountResult:
    """The whole count of one spec: `questions` of a vote, `opinions` of a questionnaire."""

    spec_digest: str
    dispositions: Dispositions
    rejected: Mapping[str, int]
    questions: tuple[QuestionResult, ...]
    opinions: tuple[OpinionResult, ...] = ()

    @cached_property
    def question(self) -> dict[str, QuestionResult]:
        return {question.id: question for question in self.questions}

    @cached_property
    def totals(self) -> dict[Disposition, int]:
        """Records of every disposition over all channels."""
        found = dict.fromkeys(Disposition, 0)
        for channel in self.dispositions.values():
            for kind, number in channel.items():
                found[Disposition(kind)] += number
        return found

    def standing(self, channels: Iterable[Channel]) -> int:
        """Ballots of these channels that took part in the count: counted or blank."""
        kinds = (Disposition.COUNTED.value, Disposition.BLANK.value)
        return sum(self.dispositions.get(channel.value, {}).get(kind, 0) for channel in channels for kind in kinds)


def dump_result(result: CountResult) -> dict[str, Any]:
    """The stored form: text, integers, lists and dicts only."""
    return {
        "version": VERSION,
        "spec": result.spec_digest,
        "dispositions": {channel: dict(kinds) for channel, kinds in result.dispositions.items()},
        "rejected": dict(result.rejected),
        "questions": [_dump_question(question) for question in result.questions],
        **({"opinions": [_dump_opinion(opinion) for opinion in result.opinions]} if result.opinions else {}),
    }


def _dump_opinion(result: OpinionResult) -> dict[str, Any]:
    return {
        "id": result.opinions.question_id,
        "options": list(result.opinions.counted.options),
        "groups": [_dump_group(group) for group in result.opinions.counted.by_group],
        "shown": [_dump_group(group) for group in result.shown],
        "out_of_turn": result.opinions.out_of_turn,
    }


def _dump_question(question: QuestionResult) -> dict[str, Any]:
    return {
        "id": question.id,
        "options": list(question.counted.options),
        "scored": question.counted.scored,
        "groups": [_dump_group(group) for group in question.counted.by_group],
        "shown": [_dump_group(group) for group in question.shown],
        "withdrawn": list(question.withdrawn),
        "top_ups": dict(question.top_ups),
        "allocation": _dump_allocation(question.allocation),
    }


def _dump_group(group: GroupTally) -> dict[str, Any]:
    return {
        "groups": [list(name) for name in group.groups],
        "ballots": group.ballots,
        "blanks": group.blanks,
        "votes": list(group.votes),
        "points": list(group.points),
    }


def _dump_allocation(allocation: Allocation) -> dict[str, Any]:
    line = allocation.line
    return {
        "rule": _plain(allocation.rule),
        "envelope": allocation.envelope,
        "selected": list(allocation.selected),
        "topup": list(allocation.topup),
        "spent": allocation.spent,
        "working": [_dump_step(step) for step in allocation.working],
        "line": [line.last_funded, line.first_unfunded, line.margin] if line else None,
        "tie_sensitive": allocation.tie_sensitive,
        "ties": [[list(tie.option_ids), tie.decisive] for tie in allocation.ties],
        "voter_budget": _fraction_text(allocation.voter_budget),
        "rounds": allocation.rounds,
        "exhausted": allocation.exhausted,
    }


def _plain(value: Any) -> Any:
    """A rule as JSON, by way of its canonical text."""
    return json.loads(canonical_json(value))


def _dump_step(step: Step) -> dict[str, Any]:
    return {
        "option": step.option_id,
        "decision": step.decision.value,
        "place": step.place,
        "score": step.score,
        "cost": step.cost,
        "left_before": step.left_before,
        "left_after": step.left_after,
        "rival": step.rival,
        "margin": step.margin,
        "price": _fraction_text(step.price),
        "supporters": step.supporters,
        "supporters_money": _fraction_text(step.supporters_money),
    }


def _fraction_text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def load_result(data: Mapping[str, Any]) -> CountResult:
    """What `dump_result` wrote."""
    return CountResult(
        data["spec"],
        data["dispositions"],
        data["rejected"],
        tuple(map(_question, data["questions"])),
        tuple(map(_opinion, data.get("opinions", []))),
    )


def _opinion(data: Mapping[str, Any]) -> OpinionResult:
    counted = Tally(tuple(data["options"]), False, tuple(map(_group, data["groups"])))
    return OpinionResult(Opinions(data["id"], counted, data["out_of_turn"]), tuple(map(_group, data["shown"])))


def _question(data: Mapping[str, Any]) -> QuestionResult:
    counted = Tally(tuple(data["options"]), data["scored"], tuple(map(_group, data["groups"])))
    return QuestionResult(
        data["id"],
        counted,
        tuple(map(_group, data["shown"])),
        tuple(data["withdrawn"]),
        data["top_ups"],
        _allocation(data["allocation"]),
    )


def _group(data: Mapping[str, Any]) -> GroupTally:
    names = tuple(tuple(name) for name in data["groups"])
    return GroupTally(names, data["ballots"], data["blanks"], tuple(data["votes"]), tuple(data["points"]))


def _allocation(data: Mapping[str, Any]) -> Allocation:
    return Allocation(
        rule=load_rule(data["rule"]),
        envelope=data["envelope"],
        selected=tuple(data["selected"]),
        topup=tuple(data["topup"]),
        spent=data["spent"],
        working=tuple(map(_step, data["working"])),
        line=FundingLine(*data["line"]) if data["line"] else None,
        tie_sensitive=data["tie_sensitive"],
        ties=tuple(Tie(tuple(ids), decisive) for ids, decisive in data["ties"]),
        voter_budget=_fraction(data["voter_budget"]),
        rounds=data["rounds"],
        exhausted=data["exhausted"],
    )


def _step(data: Mapping[str, Any]) -> Step:
    return Step(
        option_id=data["option"],
        decision=Decision(data["decision"]),
        place=data["place"],
        score=data["score"],
        cost=data["cost"],
        left_before=data["left_before"],
        left_after=data["left_after"],
        rival=data["rival"],
        margin=data["margin"],
        price=_fraction(data["price"]),
        supporters=data["supporters"],
        supporters_money=_fraction(data["supporters_money"]),
    )


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
