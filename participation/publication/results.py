"""A count as the results page shows it: rows in the order of the decision, with their sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from participation.counting.allocation import Decision, Step
from participation.counting.reconciliation import Disposition
from participation.counting.spec import PAPER_CHANNELS, BallotSpec, Channel, Question, Text
from participation.counts.results import CountResult, QuestionResult
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import number
from participation.publication import explanation
from participation.publication.bands import CAPTURE, Band, bands, paper_and_others


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One project's bar: figures, decision and why. Money in cents."""

    option_id: str
    number: str
    title: Text
    total: int
    cost: int
    funded: bool
    topped_up: bool
    by_channel: dict[str, int] | None
    why: Message
    margin: Message | str
    url: str
    place: int


@dataclass(frozen=True, slots=True)
class ContestResult:
    """One contest of the page. `channels` are the colours of its bars, `table_channels` the columns of its table."""

    question: Question
    verdict: Message
    rows: list[ResultRow]
    table_rows: list[ResultRow]
    channels: list[str]
    table_channels: list[str]
    joined: list[list[str]]
    """Channels that are shown together because one of them has fewer than 20 ballots."""
    captures: list[tuple[str, int]]
    ballots: int
    blanks: int
    spent: int
    left: int
    unit: str
    rule: list[Message]
    ties: list[tuple[list[str], bool]]
    changes: QuestionResult


def contest_results(spec: BallotSpec, result: CountResult, locale: str, base: str) -> list[ContestResult]:
    """Every contest in the order of the ballot. `base` is the process's address with its language."""
    return [contest_result(spec.question[part.id], part, locale, base) for part in result.questions]


def contest_result(question: Question, part: QuestionResult, locale: str, base: str = "") -> ContestResult:
    allocation = part.allocation
    by_channel = bands(part.shown)
    table = paper_and_others(by_channel)
    funded = len(allocation.selected) + len(allocation.topup)
    unit = "points" if explanation.counts_points(allocation.rule) else "votes"
    return ContestResult(
        question=question,
        verdict=explanation.verdict(funded, allocation.spent, allocation.envelope, locale),
        rows=_rows(question, part, by_channel, locale, base),
        table_rows=_rows(question, part, table, locale, base),
        channels=[band.key for band in by_channel],
        table_channels=[band.key for band in table],
        joined=[sorted(band.names) for band in by_channel if band.is_joined],
        captures=[(band.key, band.tally.ballots) for band in bands(part.shown, CAPTURE)],
        ballots=part.counted.total.ballots,
        blanks=part.counted.total.blanks,
        spent=allocation.spent,
        left=allocation.left,
        unit=unit,
        rule=explanation.rule_sentences(question, locale),
        ties=[([question.by_id[name].number for name in tie.option_ids], tie.decisive) for tie in allocation.ties],
        changes=part,
    )


def _rows(question: Question, part: QuestionResult, columns: Sequence[Band], locale: str, base: str) -> list[ResultRow]:
    """Funded projects first, each side in the order of the rule: the line is between the two."""
    steps = sorted(part.allocation.working, key=lambda step: (step.decision not in explanation.FUNDED, step.place))
    words = explanation.line_words(part.allocation, question, locale)
    first_out = next((step.option_id for step in steps if step.decision not in explanation.FUNDED), "")
    return [
        _row(question, part, step, columns, words if step.option_id == first_out else "", locale, base)
        for step in steps
    ]


def _row(
    question: Question,
    part: QuestionResult,
    step: Step,
    columns: Sequence[Band],
    margin: Message | str,
    locale: str,
    base: str,
) -> ResultRow:
    option = question.by_id[step.option_id]
    place = part.counted.position[option.id]
    points = explanation.counts_points(part.allocation.rule)
    total = part.counted.points(option.id) if points else part.counted.votes(option.id)
    shown = {band.key: (band.tally.points if points else band.tally.votes)[place] for band in columns}
    return ResultRow(
        option_id=option.id,
        number=option.number,
        title=option.title,
        total=total,
        cost=option.cost,
        funded=step.decision in explanation.FUNDED,
        topped_up=step.decision is Decision.TOPPED_UP,
        by_channel=shown or None,
        why=explanation.explain(step, question, part.allocation.rule, locale),
        margin=margin,
        url=f"{base}/projects/{question.id}/{option.number}" if base else "",
        place=step.place,
    )


@dataclass(frozen=True, slots=True)
class Headline:
    """The whole vote in a few numbers. Ballots are counted and blank ones, once each."""

    sentence: Message
    ballots: int
    online: int
    paper: int
    other: int
    rejected: int
    replaced: int
    funded: int
    spent: int


def headline(result: CountResult, locale: str) -> Headline:
    """The decision over all contests, and how many took part in which way."""
    funded = sum(len(part.allocation.selected) + len(part.allocation.topup) for part in result.questions)
    spent = sum(part.allocation.spent for part in result.questions)
    envelope = sum(part.allocation.envelope for part in result.questions)
    online, paper = result.standing((Channel.ONLINE,)), result.standing(PAPER_CHANNELS)
    ballots = result.standing(Channel)
    totals = result.totals
    other = ballots - online - paper
    verdict = explanation.verdict(funded, spent, envelope, locale)
    decided = _decided_by(verdict, ballots, online, paper, other, locale)
    replaced = sum(
        totals[kind]
        for kind in (Disposition.REPLACED_BY_PAPER, Disposition.REPLACED_BY_OWN, Disposition.EARLIER_STANDS)
    )
    return Headline(
        sentence=decided,
        ballots=ballots,
        online=online,
        paper=paper,
        other=other,
        rejected=totals[Disposition.REJECTED],
        replaced=replaced,
        funded=funded,
        spent=spent,
    )


def _decided_by(verdict: Message, ballots: int, online: int, paper: int, other: int, locale: str) -> Message:
    """The verdict, then how many ballots decided it, by way."""
    parts = _("%(online)s online, %(paper)s on paper", online=number(online, locale), paper=number(paper, locale))
    if other:
        parts = _("%(ways)s, %(other)s in other ways", ways=parts, other=number(other, locale))
    return ngettext(
        "%(verdict)s %(shown)s ballot decided it: %(ways)s.",
        "%(verdict)s %(shown)s ballots decided it: %(ways)s.",
        ballots,
        verdict=verdict,
        shown=number(ballots, locale),
        ways=parts,
    )
