"""Which projects are funded: the door to the greedy rules and to the Method of Equal Shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from participation.counting.allocation import Allocation
from participation.counting.equal_shares import equal_shares
from participation.counting.greedy import greedy
from participation.counting.spec import CountingRule, RuleName
from participation.counting.tally import Profile, tally
from participation.counting.ties import Priced


def allocate(
    rule: CountingRule,
    projects: Sequence[Priced],
    envelope: int,
    profile: Profile,
    *,
    withdrawn: Collection[str] = (),
    unit: int = 100,
    explain: bool = True,
) -> Allocation:
    """The funded projects under `rule`. Costs and `envelope` in minor units, `unit` of them to one of the currency.

    `withdrawn` names projects that may not be funded any more. Without `explain` the working of Equal Shares has no
    prices, which saves time. RuleError where the rule cannot be applied.
    """
    if rule.name is RuleName.EQUAL_SHARES:
        return equal_shares(rule, projects, envelope, profile, withdrawn=withdrawn, unit=unit, explain=explain)
    return greedy(rule, projects, envelope, tally(profile), withdrawn=withdrawn)
