"""The sample audit: which paper ballots are read again, and what their readings say about the result.

A comparison audit: a sampled ballot is read again from the paper and compared with what the box holds. The result
of a greedy rule stands if a few sentences of the form "this project has more votes than that one" are true
(`assertions`); a ballot misread in favour of such a sentence overstates its margin by at most two. From the sample,
`Audit.risk` is the largest chance with which a paper count that names the wrong projects would have looked as good.

Sources: P. B. Stark, "Super-Simple Simultaneous Single-Ballot Risk-Limiting Audits" (EVT/WOTE 2010), for the
Kaplan-Markov bound with the largest overstatement over all assertions; M. Lindeman and P. B. Stark, "A Gentle
Introduction to Risk-Limiting Audits" (IEEE Security & Privacy 10-5, 2012), for the inflator and for draws with
SHA-256 from dice. Ballots are drawn with replacement, so one that comes twice counts twice.

Online ballots have no paper: they are taken as recorded, and every sentence printed about an audit says so. Where
the rule has no such assertions (Equal Shares, reserves, pairs, rules that stop), or the margin is zero, the audit
bounds the share of misread ballots instead (`error_bound`, Clopper-Pearson).

Exact: risks are fractions. Floats only guess a sample size, which is then searched in fractions.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import sha256

from participation.counting.allocation import Allocation
from participation.counting.spec import CountingRule, Order, RuleName
from participation.counting.tally import Tally
from participation.counting.ties import Priced

INFLATOR = Fraction(103905, 100000)
"""γ of Lindeman and Stark: the larger, the less one bad ballot costs and the more ballots a clean sample needs."""
FORGIVEN = 3
"""The sample grows so as to stand up to 1, 2, 3 ballots that overstate a margin by one; then all paper is read."""
SEED_DIGITS = 20
"""Digits of dice at least: nobody can have tried so many seeds beforehand."""
PER = 10_000
"""Shares of misread ballots are whole ten-thousandths."""

Marks = Mapping[str, int]
"""One ballot: option id → votes or points. What it does not name is zero."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """`ahead_weight · score(ahead) − behind_weight · score(behind) + constant > 0`, with `margin` as reported.

    An empty name stands for no project. Weights are costs where the rule divides votes by costs, else one.
    """

    ahead: str
    behind: str
    margin: int
    ahead_weight: int = 1
    behind_weight: int = 1

    def share(self, span: int) -> Fraction:
        """The margin in the measure in which one ballot overstates it by two at most."""
        return Fraction(2 * self.margin, span * (self.ahead_weight + self.behind_weight))

    def overstatement(self, recorded: Marks, paper: Marks, span: int) -> Fraction:
        """By how much the record of one ballot flatters the assertion, −2 to 2."""
        too_much = self._value(recorded) - self._value(paper)
        return Fraction(2 * too_much, span * (self.ahead_weight + self.behind_weight))

    def _value(self, marks: Marks) -> int:
        return self.ahead_weight * marks.get(self.ahead, 0) - self.behind_weight * marks.get(self.behind, 0)


def assertions(
    rule: CountingRule,
    projects: Sequence[Priced],
    envelope: int,
    counted: Tally,
    allocation: Allocation,
    *,
    withdrawn: Collection[str] = (),
) -> tuple[Assertion, ...] | None:
    """Sentences that together imply the reported selection; None where the rule has none of this form.

    For each unfunded project enough funded ones are named, best first, to leave too little money for it. Were
    another set funded, the first decision that differs would break one of the sentences: an unfunded project
    would have come before one of its funded ones, since funded projects always fit among each other.
    """
    if rule.name not in {RuleName.GREEDY, RuleName.GREEDY_THRESHOLD} or rule.reserves or rule.exclusive_pairs:
        return None
    contest = _Contest(rule, counted)
    funded = [project for project in _in_order(projects, allocation) if project.id in allocation.selected]
    found: list[Assertion] = []
    for project in projects:
        if project.id in withdrawn:
            continue
        if rule.name is RuleName.GREEDY_THRESHOLD:
            found.append(contest.against_threshold(project.id))
        if project.id not in allocation.selected and contest.is_considered(project.id):
            rivals = _that_leave_too_little(funded, envelope, project.cost)
            found.extend(contest.against(rival, project) for rival in rivals)
    return tuple(found)


def _in_order(projects: Iterable[Priced], allocation: Allocation) -> list[Priced]:
    by_id = {project.id: project for project in projects}
    return [by_id[step.option_id] for step in allocation.working]


def _that_leave_too_little(funded: Iterable[Priced], envelope: int, cost: int) -> Iterable[Priced]:
    left = envelope
    for project in (each for each in funded if each.cost):
        if left < cost:
            return
        left -= project.cost
        yield project


@dataclass(frozen=True, slots=True)
class _Contest:
    rule: CountingRule
    counted: Tally

    def score(self, option_id: str) -> int:
        by_points = self.rule.order is Order.POINTS
        return self.counted.points(option_id) if by_points else self.counted.votes(option_id)

    def is_considered(self, option_id: str) -> bool:
        return self.rule.name is not RuleName.GREEDY_THRESHOLD or self.score(option_id) >= self.rule.threshold

    def against(self, ahead: Priced, behind: Priced) -> Assertion:
        by_cost = self.rule.order is Order.VOTES_PER_COST
        weights = (behind.cost, ahead.cost) if by_cost else (1, 1)
        margin = weights[0] * self.score(ahead.id) - weights[1] * self.score(behind.id)
        return Assertion(ahead.id, behind.id, margin, *weights)

    def against_threshold(self, option_id: str) -> Assertion:
        """At or above the threshold, or under it: as many votes as it takes to be wrong."""
        beyond = self.score(option_id) - self.rule.threshold
        if beyond >= 0:
            return Assertion(option_id, "", beyond + 1, 1, 0)
        return Assertion("", option_id, -beyond, 0, 1)


@dataclass(frozen=True)
class Audit:
    """The comparison audit of one contest. `paper`: paper ballots in it. `risk_limit`: such as 5/100.

    `span`: the most that one ballot can give one project, 1 unless the rule counts points.
    """

    assertions: tuple[Assertion, ...]
    paper: int
    risk_limit: Fraction
    span: int = 1

    @cached_property
    def margin(self) -> Fraction:
        """Ballots that must be misread by one vote each, at least, before another project would be funded.

        Zero where a tie decided: then no sample can confirm the result.
        """
        return min((assertion.share(self.span) for assertion in self.assertions), default=Fraction(2 * self.paper + 1))

    @property
    def paper_cannot_decide(self) -> bool:
        """Even if every paper ballot had been read as its opposite, the same projects would be funded."""
        return self.margin > 2 * self.paper

    @property
    def can_confirm(self) -> bool:
        return self.margin > 0

    def overstatement(self, recorded: Marks, paper: Marks) -> Fraction:
        """The worst that one ballot does to any of the assertions, −2 to 2; negative where it does only good."""
        return max(
            (assertion.overstatement(recorded, paper, self.span) for assertion in self.assertions), default=Fraction(0)
        )

    def risk(self, drawn: int, overstatements: Iterable[Fraction] = ()) -> Fraction:
        """The Kaplan-Markov bound after `drawn` ballots, 1 at most; those that agree need not be listed."""
        share = min(Fraction(2), self.margin / self.paper) if self.paper else Fraction(2)
        bound = (1 - share / (2 * INFLATOR)) ** drawn
        for overstatement in overstatements:
            bound /= 1 - overstatement / (2 * INFLATOR)
        return min(Fraction(1), bound)

    def size(self, one_vote_errors: int = 0) -> int:
        """The smallest sample that confirms the result in spite of so many ballots overstated by one vote.

        At most `paper`: beyond that all paper is read again.
        """
        if self.paper_cannot_decide or not self.paper:
            return 0
        if not self.can_confirm:
            return self.paper
        allowed = self.risk_limit * (1 - 1 / (2 * INFLATOR)) ** one_vote_errors
        each = 1 - min(Fraction(2), self.margin / self.paper) / (2 * INFLATOR)
        guess = max(1, math.ceil(_log(allowed) / _log(each)) - 1)
        if guess >= self.paper:
            return self.paper
        while each**guess > allowed:
            guess += 1
        return min(guess, self.paper)

    @property
    def stages(self) -> tuple[int, ...]:
        """The sample sizes at which the audit may stop, published before the dice are thrown; the last may be all."""
        sizes = sorted({self.size(errors) for errors in range(FORGIVEN + 1)})
        return tuple(sizes)


def _log(value: Fraction) -> float:
    return math.log(value.numerator) - math.log(value.denominator)


def is_seed(text: str) -> bool:
    """Digits of dice as they were read aloud, spaces allowed."""
    digits = "".join(text.split())
    return digits.isascii() and digits.isdigit() and len(digits) >= SEED_DIGITS


def draw(seed: str, sizes: Sequence[int], count: int) -> tuple[tuple[int, int], ...]:
    """The first `count` ballots of the draw as (batch, position), both from 1; `sizes` are the forms of each batch.

    The number of draw i is SHA-256 of "seed,i" modulo the number of ballots, so that anybody can repeat it with
    `sha256sum`; a longer draw begins with the shorter one. ValueError where there is no ballot to draw.
    """
    total = sum(sizes)
    if count and not total:
        raise ValueError("there is no paper ballot to draw")
    digits = "".join(seed.split())
    numbers = (
        int.from_bytes(sha256(f"{digits},{number}".encode()).digest(), "big") % total for number in range(1, count + 1)
    )
    return tuple(_place(number, sizes) for number in numbers)


def _place(number: int, sizes: Sequence[int]) -> tuple[int, int]:
    for batch, size in enumerate(sizes, start=1):
        if number < size:
            return batch, number + 1
        number -= size
    raise AssertionError("a number beyond the last ballot")


def error_bound(drawn: int, misread: int, risk_limit: Fraction) -> int:
    """The smallest share of misread ballots, in ten-thousandths, that the sample excludes at this risk; PER if none.

    Were the true share that large, no more than `misread` of `drawn` would be found with a chance of at most
    `risk_limit`.
    """
    low, high = 0, PER
    while low < high:
        middle = (low + high) // 2
        if _at_most(misread, drawn, Fraction(middle, PER)) <= risk_limit:
            high = middle
        else:
            low = middle + 1
    return low


def _at_most(hits: int, trials: int, chance: Fraction) -> Fraction:
    """The binomial distribution's probability of at most `hits`."""
    if hits >= trials:
        return Fraction(1)
    return sum(
        (math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits + 1)), start=Fraction(0)
    )


def error_sample(share: Fraction, risk_limit: Fraction) -> int:
    """How many ballots, all read alike, exclude that `share` of them or more is misread."""
    guess = max(1, math.ceil(_log(risk_limit) / _log(1 - share)) - 1)
    while (1 - share) ** guess > risk_limit:
        guess += 1
    return guess
