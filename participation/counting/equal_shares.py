"""The Method of Equal Shares."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from participation.counting.allocation import Allocation
from participation.counting.spec import CountingRule
from participation.counting.tally import Profile
from participation.counting.ties import Priced


def equal_shares(
    rule: CountingRule,
    projects: Sequence[Priced],
    envelope: int,
    profile: Profile,
    *,
    withdrawn: Collection[str] = (),
    unit: int = 100,
) -> Allocation:
    """The outcome of Equal Shares."""
    raise ValueError(rule, projects, envelope, profile, withdrawn, unit)
