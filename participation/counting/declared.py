"""How a published file says that it was counted, as a `CountingRule`.

The names are Pabulib's. What a rule of a file needs beyond what we can read of it is a notice, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from participation.counting.election import Election, Notice, Oddity, VoteType
from participation.counting.spec import Completion, CountingRule, Order, RuleName, Utility

_THRESHOLD = re.compile(r"([0-9]{1,18})(?:[.,]0*([0-9]*))?")


@dataclass(frozen=True, slots=True)
class Wish:
    """What whoever counts asks for; None leaves it to the file. `exclusive_pairs` are theirs alone to give."""

    rule: RuleName | None = None
    utility: Utility | None = None
    completion: Completion | None = None
    base: CountingRule = field(default_factory=CountingRule)
    """Tie-break, seed, step and exclusive pairs."""


def rule_of(election: Election, wish: Wish) -> tuple[CountingRule, tuple[Notice, ...]]:
    """The rule to count by, and what is to be said about it."""
    notices: list[Notice] = []
    declared = election.meta.get("rule", "").lower() or "unknown"
    name = wish.rule or _declared(declared, wish, notices)
    scored = election.profile.scored
    rule = replace(wish.base, name=name, order=Order.POINTS if scored else Order.VOTES)
    if name is RuleName.EQUAL_SHARES:
        rule = _equal_shares(rule, election, wish)
    elif wish.utility or wish.completion:
        notices.append(Notice(Oddity.ONLY_EQUAL_SHARES, (("rule", name.value),)))
    threshold = _threshold(election, notices)
    if name is RuleName.GREEDY_THRESHOLD:
        rule = replace(rule, threshold=threshold)
        if not election.meta.get("min_project_score_threshold"):
            notices.append(Notice(Oddity.NO_THRESHOLD))
    elif threshold:
        notices.append(Notice(Oddity.THRESHOLD_NOT_APPLIED, (("threshold", str(threshold)), ("rule", name.value))))
    notices.extend(_beyond(election))
    return rule, tuple(notices)


def _declared(declared: str, wish: Wish, notices: list[Notice]) -> RuleName:
    if declared.startswith("equalshares"):
        if declared not in {"equalshares", "equalshares/add1"}:
            notices.append(_unknown(declared, RuleName.EQUAL_SHARES))
        return RuleName.EQUAL_SHARES
    if declared == "greedy-exclusive":
        if not wish.base.exclusive_pairs:
            notices.append(Notice(Oddity.NO_PAIRS))
        return RuleName.GREEDY
    try:
        return RuleName(declared)
    except ValueError:
        notices.append(_unknown(declared, RuleName.GREEDY))
        return RuleName.GREEDY


def _unknown(declared: str, counted: RuleName) -> Notice:
    return Notice(Oddity.UNKNOWN_RULE, (("rule", declared), ("counted", counted.value)))


def _equal_shares(rule: CountingRule, election: Election, wish: Wish) -> CountingRule:
    """As declared where the file declares Equal Shares: cost utility, and Add1 to the last feasible result."""
    declared = wish.rule is None
    completes = declared and election.meta["rule"].lower().startswith("equalshares/add1")
    utility = Utility.POINTS if election.profile.scored and not declared else Utility.COST
    completion = Completion.ADD1_LAST_FEASIBLE if completes else Completion.NONE
    return replace(rule, utility=wish.utility or utility, completion=wish.completion or completion)


def _threshold(election: Election, notices: list[Notice]) -> int:
    """META's min_project_score_threshold, rounded up to whole votes or points; 0 where there is none."""
    text = election.meta.get("min_project_score_threshold") or "0"
    found = _THRESHOLD.fullmatch("".join(text.split()))
    if found is None:
        notices.append(Notice(Oddity.UNREADABLE_THRESHOLD, (("text", text),)))
        return 0
    return int(found.group(1)) + (1 if found.group(2) else 0)


def _beyond(election: Election) -> Iterator[Notice]:
    """What the file says about the outcome that no rule here can reproduce."""
    for key in ("budget_per_category", "budget_per_neighborhood"):
        if key in election.meta:
            yield Notice(Oddity.CATEGORY_BUDGETS, (("key", key),))
    default = election.meta.get("default_score", "")
    if election.vote_type is VoteType.SCORING and default.strip("0.,"):
        yield Notice(Oddity.DEFAULT_SCORE, (("text", default),))
    other_money = election.selected("3")
    if other_money:
        yield Notice(Oddity.OTHER_MONEY, (("projects", ", ".join(other_money)),))
