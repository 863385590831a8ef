"""The same certified ballots under other rules. Nothing is stored: it explains, it does not decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from participation.counting.allocation import Allocation
from participation.counting.spec import (
    Completion,
    CountingRule,
    Order,
    Question,
    QuestionKind,
    RuleName,
    Utility,
)
from participation.counting.tally import Profile, profile_of
from participation.counts.models import Count
from participation.counts.service import Changes, answers_to, changes_by_question, decide, read_box
from participation.errors import Conflict, Message
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow

SCORED = frozenset({QuestionKind.CUMULATIVE, QuestionKind.RANKING})


@dataclass(frozen=True, slots=True)
class Variant:
    """A rule tried on the ballots, and what came out; None where it cannot be applied to them."""

    key: str
    name: Message
    allocation: Allocation | None
    is_promised: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One contest: projects by rule."""

    question: Question
    variants: list[Variant]
    rows: list[dict[str, Any]]


def compare(session: Session, spec_row: SpecRow, count: Count) -> list[Comparison]:
    """Every contest under every rule that its ballots allow, the promised one first. One pass over the box."""
    box = read_box(session, spec_row, until=count.at)
    changes = changes_by_question(session, spec_row, until=count.at)
    found = []
    for question in spec_row.spec.questions:
        profile = profile_of(question, answers_to(spec_row.spec, question, box.ballots))
        variants = list(_variants(question, profile, changes[question.id]))
        found.append(Comparison(question, variants, _rows(question, variants)))
    return found


def _variants(question: Question, profile: Profile, changes: Changes) -> Iterator[Variant]:
    promised = question.rule
    yield Variant("promised", _("As promised"), decide(question, promised, profile, changes), True)
    for key, name, rule in _other_rules(question):
        if replace(rule, tie_break=promised.tie_break, seed=promised.seed) == promised:
            continue
        try:
            allocation = decide(question, replace(rule, tie_break=promised.tie_break), profile, changes)
        except Conflict:
            continue
        yield Variant(key, name, allocation, False)


def _other_rules(question: Question) -> Iterator[tuple[str, Message, CountingRule]]:
    promised = question.rule
    if promised.reserves:
        yield "no-reserve", _("Without the reserved part"), replace(promised, reserves=())
    if promised.exclusive_pairs:
        yield "no-pairs", _("Without exclusive pairs"), replace(promised, exclusive_pairs=())
    plain = CountingRule(exclusive_pairs=promised.exclusive_pairs, reserves=promised.reserves)
    yield "votes", _("By votes"), plain
    yield "votes-per-cost", _("By votes for each dollar"), replace(plain, order=Order.VOTES_PER_COST)
    yield "no-skip", _("To the first that does not fit"), replace(plain, name=RuleName.GREEDY_NO_SKIP)
    yield "custom", _("With a top-up at 80 percent"), replace(plain, name=RuleName.GREEDY_CUSTOM)
    if question.kind in SCORED:
        yield "points", _("By points"), replace(plain, order=Order.POINTS)
    yield from _shares(question)


def _shares(question: Question) -> Iterator[tuple[str, Message, CountingRule]]:
    pairs = question.rule.exclusive_pairs
    utilities = [(Utility.COST, _("Equal Shares, by cost")), (Utility.CARDINALITY, _("Equal Shares, by number"))]
    if question.kind in SCORED:
        utilities.append((Utility.POINTS, _("Equal Shares, by points")))
    for utility, name in utilities:
        rule = CountingRule(
            RuleName.EQUAL_SHARES,
            utility=utility,
            completion=Completion.ADD1_LAST_FEASIBLE,
            add1_step=max(1, question.envelope // 100 // 100_000),
            exclusive_pairs=pairs,
        )
        yield f"shares-{utility.value}", name, rule


def _rows(question: Question, variants: list[Variant]) -> list[dict[str, Any]]:
    """Projects in the order of the promised rule, each with what every rule decides."""
    first = variants[0].allocation
    order = [step.option_id for step in first.working] if first else [option.id for option in question.options]
    return [
        {
            "option": question.by_id[option_id],
            "funded": [_is_funded(variant.allocation, option_id) for variant in variants],
            "differs": len({_is_funded(variant.allocation, option_id) for variant in variants}) > 1,
        }
        for option_id in order
    ]


def _is_funded(allocation: Allocation | None, option_id: str) -> bool:
    return allocation is not None and (option_id in allocation.selected or option_id in allocation.topup)
