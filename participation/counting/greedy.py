"""The greedy rules: down one list, sorted by votes, points or votes per cost, each project decided once.

- `greedy` funds what fits and passes over what does not;
- `greedy-threshold` is greedy without the projects under the threshold;
- `greedy-no-skip` ends at the first project that does not fit;
- `greedy-custom` ends there too, and tops that project up from other money if enough of its cost is left
  (Poznań 2026: 80 %).

Exclusive pairs: when one of the two is funded, the other is left out.

Reserves: first each reserve is filled, in the order of the rule, with projects of its own category that fit
into the envelope, best first, until `amount` is spent on them or none fits any more. Then the whole list is
gone through with the money that is left. A project that is funded only because of a reserve, or that would
have been funded without the reserves, carries a decision of its own.

Everything is compared in integers and rationals.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby

from participation.counting.allocation import Allocation, Decision, FundingLine, Step, funding_line, partners_of
from participation.counting.spec import CountingRule, Order, Reserve, RuleName
from participation.counting.tally import Tally
from participation.counting.ties import Priced, Tie, ranking, reversed_ranking


def greedy(
    rule: CountingRule,
    projects: Sequence[Priced],
    envelope: int,
    counted: Tally,
    *,
    withdrawn: Collection[str] = (),
) -> Allocation:
    """The outcome of any of the greedy rules; it needs the tally alone. Money in minor units."""
    contest = _Contest(rule, tuple(projects), envelope, counted, frozenset(withdrawn))
    ranks = ranking(rule.tie_break, rule.seed, projects)
    order = contest.order(ranks)
    run = contest.run(order)
    return Allocation(
        rule=rule,
        envelope=envelope,
        selected=tuple(run.funded),
        topup=tuple(run.topped_up),
        spent=envelope - run.left if not run.topped_up else envelope,
        working=contest.working(order, run),
        line=contest.line(order, run),
        tie_sensitive=not contest.run(contest.order(reversed_ranking(ranks))).same_set(run),
        ties=contest.ties(ranks, run),
        exhausted=all(project.cost > run.left for project in order if run.fates[project.id].decision in _NO_MONEY),
    )


_NO_MONEY = frozenset({Decision.TOO_EXPENSIVE, Decision.STOPPED, Decision.AFTER_STOP, Decision.DISPLACED_BY_RESERVE})


@dataclass(frozen=True, slots=True)
class _Fate:
    decision: Decision
    left_before: int
    left_after: int
    rival: str = ""


@dataclass
class _Run:
    """One pass over the list, in progress."""

    left: int
    partners: Mapping[str, frozenset[str]]
    funded: list[str] = field(default_factory=list)
    topped_up: list[str] = field(default_factory=list)
    fates: dict[str, _Fate] = field(default_factory=dict)

    def fund(self, project: Priced) -> None:
        self.funded.append(project.id)
        self._settle(project, Decision.FUNDED, after=self.left - project.cost)

    def top_up(self, project: Priced) -> None:
        self.topped_up.append(project.id)
        self._settle(project, Decision.TOPPED_UP, after=0, rival=self.last_funded)

    def pass_over(self, project: Priced, decision: Decision, rival: str = "") -> None:
        self._settle(project, decision, after=self.left, rival=rival)

    def funded_partner(self, project: Priced) -> str:
        """The project of a pair that keeps this one out, or the empty string."""
        partners = self.partners.get(project.id, frozenset())
        return next((option_id for option_id in self.funded if option_id in partners), "")

    @property
    def last_funded(self) -> str:
        return self.funded[-1] if self.funded else ""

    def same_set(self, other: _Run) -> bool:
        return set(self.funded) == set(other.funded) and self.topped_up == other.topped_up

    def _settle(self, project: Priced, decision: Decision, after: int, rival: str = "") -> None:
        self.fates[project.id] = _Fate(decision, self.left, after, rival)
        self.left = after


@dataclass(frozen=True)
class _Contest:
    """What does not change between two runs of a greedy rule over one contest."""

    rule: CountingRule
    projects: tuple[Priced, ...]
    envelope: int
    counted: Tally
    withdrawn: frozenset[str]

    def score(self, option_id: str) -> int:
        counted = self.counted
        return counted.points(option_id) if self.rule.order is Order.POINTS else counted.votes(option_id)

    def merit(self, project: Priced) -> tuple[bool, Fraction]:
        """What the list is sorted by. A project that costs nothing leads a list by votes per cost."""
        score = Fraction(self.score(project.id))
        if self.rule.order is not Order.VOTES_PER_COST:
            return False, score
        return (False, score / project.cost) if project.cost else (True, score)

    def order(self, ranks: Mapping[str, int]) -> list[Priced]:
        by_tie_break = sorted(self.projects, key=lambda project: ranks[project.id])
        return sorted(by_tie_break, key=self.merit, reverse=True)

    def run(self, order: Iterable[Priced]) -> _Run:
        """The outcome, with the decisions that only the reserves explain marked as such."""
        order = list(order)
        run = self._pass(order, self.rule.reserves)
        if self.rule.reserves:
            without = self._pass(order, ())
            for option_id, fate in run.fates.items():
                was_funded = option_id in without.funded
                if fate.decision is Decision.FUNDED and not was_funded:
                    run.fates[option_id] = replace(fate, decision=Decision.FUNDED_BY_RESERVE)
                elif fate.decision in _NO_MONEY and was_funded:
                    run.fates[option_id] = replace(fate, decision=Decision.DISPLACED_BY_RESERVE)
        return run

    def _pass(self, order: list[Priced], reserves: Iterable[Reserve]) -> _Run:
        run = _Run(self.envelope, partners_of(self.rule.exclusive_pairs))
        for reserve in reserves:
            self._fill(run, order, reserve)
        stopped_by = ""
        for project in order:
            if project.id in run.fates:
                continue
            barrier = self._barrier(run, project)
            if barrier:
                run.pass_over(project, *barrier)
            elif stopped_by:
                run.pass_over(project, Decision.AFTER_STOP, stopped_by)
            elif project.cost <= run.left:
                run.fund(project)
            elif self.rule.name not in {RuleName.GREEDY_NO_SKIP, RuleName.GREEDY_CUSTOM}:
                run.pass_over(project, Decision.TOO_EXPENSIVE, run.last_funded)
            else:
                stopped_by = project.id
                self._stop(run, project)
        return run

    def _fill(self, run: _Run, order: list[Priced], reserve: Reserve) -> None:
        costs = {project.id: project.cost for project in order if project.category == reserve.category}
        spent = sum(costs.get(option_id, 0) for option_id in run.funded)
        for project in order:
            if spent >= reserve.amount:
                return
            waiting = project.id in costs and project.id not in run.fates and not self._barrier(run, project)
            if waiting and project.cost <= run.left:
                run.fund(project)
                spent += project.cost

    def _barrier(self, run: _Run, project: Priced) -> tuple[Decision, str] | None:
        """Why the project is not considered at all, and the rival that keeps it out."""
        if project.id in self.withdrawn:
            return Decision.WITHDRAWN, ""
        if self.rule.name is RuleName.GREEDY_THRESHOLD and self.score(project.id) < self.rule.threshold:
            return Decision.UNDER_THRESHOLD, ""
        partner = run.funded_partner(project)
        return (Decision.EXCLUDED_BY_PAIR, partner) if partner else None

    def _stop(self, run: _Run, project: Priced) -> None:
        enough = run.left * 100 >= project.cost * self.rule.top_up_percent
        if self.rule.name is RuleName.GREEDY_CUSTOM and enough:
            run.top_up(project)
        else:
            run.pass_over(project, Decision.STOPPED, run.last_funded)

    def ties(self, ranks: Mapping[str, int], run: _Run) -> tuple[Tie, ...]:
        order = self.order(ranks)
        found = []
        for _, equal in groupby(order, key=self.merit):
            tied = tuple(project.id for project in equal if self._barrier(_Run(0, {}), project) is None)
            if len(tied) > 1:
                places = sorted(ranks[option_id] for option_id in tied)
                turned = {**ranks, **dict(zip(reversed(tied), places, strict=True))}
                found.append(Tie(tied, decisive=not self.run(self.order(turned)).same_set(run)))
        return tuple(found)

    def working(self, order: list[Priced], run: _Run) -> tuple[Step, ...]:
        unfunded = [
            project.id for project in order if run.fates[project.id].decision in _NO_MONEY | {Decision.TOPPED_UP}
        ]
        place = {project.id: number for number, project in enumerate(order, start=1)}
        return tuple(self._step(project, place, run, unfunded) for project in order)

    def _step(self, project: Priced, place: Mapping[str, int], run: _Run, unfunded: list[str]) -> Step:
        fate, score = run.fates[project.id], self.score(project.id)
        rival, margin = fate.rival, 0
        if fate.decision in {Decision.FUNDED, Decision.FUNDED_BY_RESERVE}:
            rival = next((option_id for option_id in unfunded if place[option_id] > place[project.id]), "")
        if rival:
            margin = abs(score - self.score(rival))
        elif fate.decision is Decision.UNDER_THRESHOLD:
            margin = self.rule.threshold - score
        return Step(
            option_id=project.id,
            decision=fate.decision,
            place=place[project.id],
            score=score,
            cost=project.cost,
            left_before=fate.left_before,
            left_after=fate.left_after,
            rival=rival,
            margin=margin,
        )

    def line(self, order: list[Priced], run: _Run) -> FundingLine | None:
        """The line of the general order: what only a reserve funded does not draw it, unless nothing else is funded."""
        fates = run.fates.items()
        general = {option_id for option_id, fate in fates if fate.decision is Decision.FUNDED}
        unfunded = {option_id for option_id, fate in fates if fate.decision in _NO_MONEY}
        return funding_line(order, general or run.funded, unfunded, self.score)
