"""The Method of Equal Shares (Peters, Pierczyński & Skowron 2021), exact, with the Add1 completions.

Each ballot, also a blank one, has an equal share of the envelope. A project can be funded if its supporters can
pay for it together; those who can pay the common price (per unit of utility) pay it, the others pay all they have.
The project with the lowest price is funded, and so on until none can be paid for.

- `none`: that is the result, often below the envelope.
- `add1`: every ballot gets `add1_step` units of the currency more and the round starts afresh, again and again.
  `add1-first-exhaustive` ends with the first result after which no supported project fits into the envelope any
  more; both end with the last result before the envelope is exceeded.

Rounds that surely repeat the purchases of the round before are not computed (`Round.run`), so the number
of rounds, which may be tens of thousands, does not decide the time.

An exclusive pair: when one of the two is funded, the other cannot be any more. Reserves are refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from participation.counting.allocation import (
    Allocation,
    Decision,
    Refusal,
    RuleError,
    Step,
    funding_line,
    partners_of,
)
from participation.counting.market import Market, market_of
from participation.counting.shares_ledger import Ledger
from participation.counting.shares_round import Opening, Round, Trace
from participation.counting.spec import Completion, CountingRule, Utility
from participation.counting.tally import Profile, tally
from participation.counting.ties import Priced, Tie, ranking, reversed_ranking

LONGEST_STRIDE = 1 << 40


@dataclass(frozen=True, slots=True)
class _Result:
    """The round that stands."""

    trace: Trace
    rounds: int
    sensitive: bool
    """In some round on the way the tie-break mattered."""


@dataclass(frozen=True, eq=False)
class _Contest:
    """What does not change between two runs over one contest."""

    rule: CountingRule
    envelope: int
    unit: int
    market: Market
    partners: Mapping[int, frozenset[int]]

    @property
    def step(self) -> int:
        return self.rule.add1_step * self.unit

    def budget(self, rounds: int) -> Fraction:
        """What each voter has after that many raises."""
        return Fraction(self.envelope, max(self.market.voters, 1)) + rounds * self.step

    def result(self, ranks: Mapping[int, int]) -> _Result:
        """The round that stands, found round by round; equal rounds are passed over."""
        opening = Opening(self.market, ranks, self.partners)
        rounds, stride, sensitive = 0, 1, False
        trace = self.first(opening)
        while True:
            sensitive = sensitive or bool(trace.open_ties)
            opening.extend(self.budget(rounds))
            if self.ends(trace, opening):
                return _Result(trace, rounds, sensitive)
            later = Round(opening, self.budget(rounds + stride)).run(trace, only_guided=stride > 1)
            if later is None:
                stride = max(stride // 8, 1)
                continue
            following, repeats = later
            if self.cost(following) > self.envelope:
                return _Result(trace, rounds, sensitive or bool(following.open_ties))
            trace, rounds = following, rounds + stride
            stride = min(stride * 2, LONGEST_STRIDE) if repeats else 1

    def first(self, opening: Opening) -> Trace:
        found = Round(opening, self.budget(0)).run()
        assert found is not None
        return found[0]

    def cost(self, trace: Trace) -> int:
        return sum(self.market.backings[place].cost for place in trace.sequence)

    def fundable(self, trace: Trace) -> Iterator[int]:
        """Supported projects that were not funded and that no pair keeps out."""
        bought = set(trace.sequence)
        for place in range(len(self.market.backings)):
            if place not in bought and not self.partners.get(place, frozenset()) & bought:
                yield place

    def exhausted(self, trace: Trace) -> bool:
        left = self.envelope - self.cost(trace)
        return all(self.market.backings[place].cost > left for place in self.fundable(trace))

    def ends(self, trace: Trace, opening: Opening) -> bool:
        """Whether no further round is needed, however many would follow."""
        if self.rule.completion is Completion.NONE:
            return True
        if self.rule.completion is Completion.ADD1_FIRST_EXHAUSTIVE and self.exhausted(trace):
            return True
        return opening.complete or len(trace.sequence) == len(self.market.backings)


def equal_shares(
    rule: CountingRule,
    projects: Sequence[Priced],
    envelope: int,
    profile: Profile,
    *,
    withdrawn: Collection[str] = (),
    unit: int = 100,
    explain: bool = True,
) -> Allocation:
    """The outcome of Equal Shares. Money in minor units, `unit` of them to one of the currency.

    Without `explain` the working has no prices, which saves time. RuleError.
    """
    if rule.reserves:
        raise RuleError(Refusal.RESERVE_WITH_EQUAL_SHARES)
    market = market_of(profile, projects, rule.utility, withdrawn)
    position = {backing.option_id: place for place, backing in enumerate(market.backings)}
    partners = {
        position[option_id]: frozenset(position[other] for other in others if other in position)
        for option_id, others in partners_of(rule.exclusive_pairs).items()
        if option_id in position
    }
    contest = _Contest(rule, envelope, unit, market, partners)
    ranks = ranking(rule.tie_break, rule.seed, projects)

    def result(order: Mapping[str, int]) -> _Result:
        return contest.result({place: order[option_id] for option_id, place in position.items()})

    found = result(ranks)
    sensitive = found.sensitive and set(result(reversed_ranking(ranks)).trace.sequence) != set(found.trace.sequence)
    return _Report(contest, projects, profile, found, frozenset(withdrawn), explain).allocation(sensitive)


@dataclass(frozen=True, eq=False)
class _Report:
    """Puts the round that stands into words that a page can use."""

    contest: _Contest
    projects: Sequence[Priced]
    profile: Profile
    result: _Result
    withdrawn: frozenset[str]
    explain: bool

    def allocation(self, tie_sensitive: bool) -> Allocation:
        contest, trace = self.contest, self.result.trace
        selected = tuple(contest.market.backings[place].option_id for place in trace.sequence)
        spent = contest.cost(trace)
        working = tuple(self.steps(selected))
        unfunded = {step.option_id for step in working if step.decision is Decision.UNAFFORDABLE}
        scores = {step.option_id: step.score for step in working}
        by_score = sorted(self.projects, key=lambda project: -scores[project.id])
        return Allocation(
            rule=contest.rule,
            envelope=contest.envelope,
            selected=selected,
            topup=(),
            spent=spent,
            working=working,
            line=funding_line(by_score, selected, unfunded, scores.__getitem__),
            tie_sensitive=tie_sensitive,
            ties=tuple(self.ties(trace, tie_sensitive)),
            exhausted=contest.exhausted(trace),
            voter_budget=contest.budget(self.result.rounds),
            rounds=self.result.rounds,
        )

    def ties(self, trace: Trace, decisive: bool) -> Iterator[Tie]:
        for places in trace.open_ties:
            yield Tie(tuple(self.contest.market.backings[place].option_id for place in places), decisive)

    def steps(self, selected: tuple[str, ...]) -> Iterator[Step]:
        """The funded projects in the order of funding, then the others by votes or points."""
        counted = tally(self.profile)
        by_points = self.contest.rule.utility is Utility.POINTS
        score = counted.points if by_points else counted.votes
        projects = {project.id: project for project in self.projects}
        others = sorted(
            (p for p in projects if p not in selected), key=lambda option_id: (-score(option_id), option_id)
        )
        ledger = self.ledger()
        left = self.contest.envelope
        for number, option_id in enumerate((*selected, *others), start=1):
            cost = projects[option_id].cost
            decision, rival = self.decision(option_id, selected)
            after = left - cost if decision is Decision.FUNDED else left
            yield self.explained(Step(option_id, decision, number, score(option_id), cost, left, after, rival), ledger)
            left = after

    def decision(self, option_id: str, selected: tuple[str, ...]) -> tuple[Decision, str]:
        if option_id in selected:
            return Decision.FUNDED, ""
        if option_id in self.withdrawn:
            return Decision.WITHDRAWN, ""
        partners = partners_of(self.contest.rule.exclusive_pairs).get(option_id, frozenset())
        rival = next((other for other in selected if other in partners), "")
        if rival:
            return Decision.EXCLUDED_BY_PAIR, rival
        supported = any(backing.option_id == option_id for backing in self.contest.market.backings)
        return (Decision.UNAFFORDABLE if supported else Decision.NO_SUPPORTERS), ""

    def ledger(self) -> Ledger | None:
        """The exact end of the round that stands."""
        if not self.explain:
            return None
        ledger = Ledger(self.contest.market, self.contest.budget(self.result.rounds))
        ledger.follow(self.result.trace.sequence)
        return ledger

    def explained(self, step: Step, ledger: Ledger | None) -> Step:
        places = {backing.option_id: place for place, backing in enumerate(self.contest.market.backings)}
        place = places.get(step.option_id)
        if place is None:
            return step
        supporters = self.contest.market.backings[place].supporters
        if ledger is None:
            return replace(step, supporters=supporters)
        if step.decision is Decision.FUNDED:
            return replace(step, supporters=supporters, price=ledger.paid(place))
        return replace(step, supporters=supporters, supporters_money=ledger.money(place))
