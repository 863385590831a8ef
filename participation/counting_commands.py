"""`participation count` counts a published Pabulib file, `participation verify` the bundle of a result of this site:
anybody can check the arithmetic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from participation.counting.spec import Completion, CountingRule, RuleName, TieBreak, Utility

if TYPE_CHECKING:
    from participation.counting.allocation import Allocation
    from participation.counting.election import Election
    from participation.counting.tally import GroupTally, Tally
    from participation.publication.bundle import Finding

app = typer.Typer(add_completion=False)

MALFORMED = 2
"""The exit code for a file, or a wish, that cannot be counted."""


class RuleChoice(StrEnum):
    """The rules that can be asked for; `declared` is the file's own."""

    DECLARED = "declared"
    GREEDY = "greedy"
    GREEDY_THRESHOLD = "greedy-threshold"
    GREEDY_NO_SKIP = "greedy-no-skip"
    GREEDY_CUSTOM = "greedy-custom"
    EQUAL_SHARES = "equal-shares"


@app.command()
def count(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .pb file.")],
    rule: Annotated[RuleChoice, typer.Option(help="How projects are funded.")] = RuleChoice.DECLARED,
    utility: Annotated[Utility | None, typer.Option(help="equal-shares: what a project is worth.")] = None,
    completion: Annotated[Completion | None, typer.Option(help="equal-shares: how the rest is spent.")] = None,
    exclusive: Annotated[list[str] | None, typer.Option(help="A,B: at most one of the two is funded.")] = None,
    tie_break: Annotated[TieBreak, typer.Option(help="Which of two equal projects is first.")] = TieBreak.LOWEST_ID,
    seed: Annotated[str, typer.Option(help="The published seed of --tie-break seeded-draw.")] = "",
    step: Annotated[int, typer.Option(min=1, help="Add1: currency units per voter and round.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Count a published election: votes per project and channel, and the funded projects.

    Exit code 2, and nothing on standard output, if the file is malformed or its ballots cannot give the utility.
    """
    from participation.counting.budgeting import allocate  # numpy only when something is counted
    from participation.counting.declared import Wish, rule_of
    from participation.counting.pabulib import PabulibError, parse
    from participation.counting.published import differences
    from participation.counting.tally import tally

    started = perf_counter()
    try:
        election = parse(file.read_bytes())
    except PabulibError as error:
        _refuse(f"{file}, {error}")
    pairs = tuple(_pair(text, election) for text in exclusive or ())
    if utility is Utility.POINTS and not election.profile.scored:
        _refuse(f"{file}: {election.vote_type} ballots give no points; --utility points cannot be applied.")
    base = CountingRule(exclusive_pairs=pairs, tie_break=tie_break, seed=seed, add1_step=step)
    name = None if rule is RuleChoice.DECLARED else RuleName(rule.value)
    counting_rule, notices = rule_of(election, Wish(name, utility, completion, base))
    counted = tally(election.profile)
    allocation = allocate(
        counting_rule, election.projects, election.budget, election.profile, unit=election.unit, explain=False
    )
    seconds = perf_counter() - started
    warnings = [str(notice) for notice in (*election.notices, *differences(election, counted), *notices)]
    if as_json:
        typer.echo(json.dumps(count_object(counted, allocation, seconds, warnings), ensure_ascii=False))
    else:
        typer.echo("\n".join(_page(election, counted, allocation, seconds, warnings)))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The ballots, as a ZIP.")],
) -> None:
    """Count the published ballots of a result again under the rules that were promised, and compare every number.

    Exit code 1 where something differs, 2 if the file is malformed.
    """
    from participation.publication.bundle import MalformedBundle
    from participation.publication.bundle import verify as findings_of

    try:
        findings = findings_of(file)
    except MalformedBundle as error:
        _refuse(f"{file}: {error}")
    tell(findings)


def tell(findings: Sequence[Finding]) -> None:
    """Prints what agrees and what does not; exit code 1 where something differs."""
    for finding in findings:
        typer.echo(f"{'agrees ' if finding.agrees else 'DIFFERS'}  {finding.what}")
    differing = sum(not finding.agrees for finding in findings)
    typer.echo(f"{differing} of {len(findings)} comparisons differ." if differing else "Everything agrees.")
    if differing:
        raise typer.Exit(1)


def count_object(counted: Tally, allocation: Allocation, seconds: float, warnings: Sequence[str]) -> dict[str, Any]:
    """What `--json` prints: counts and scores per project, in all and by channel, and the outcome.

    A channel without a vote for the project is left out of its `by_channel`.
    """
    shares = allocation.rule.name is RuleName.EQUAL_SHARES
    return {
        "counts": _by_project(counted, points=False),
        "scores": _by_project(counted, points=True) if counted.scored else None,
        "selected": list(allocation.selected),
        "topup": list(allocation.topup),
        "rule": allocation.rule.name.value,
        "utility": allocation.rule.utility.value if shares else None,
        "completion": allocation.rule.completion.value if shares else None,
        "tie_sensitive": allocation.tie_sensitive,
        "seconds": round(seconds, 4),
        "warnings": list(warnings),
    }


def _by_project(counted: Tally, *, points: bool) -> dict[str, dict[str, Any]]:
    def column(numbers: GroupTally) -> tuple[int, ...]:
        return numbers.points if points else numbers.votes

    return {
        option_id: {
            "total": column(counted.total)[place],
            "by_channel": {
                group.groups[0][0]: column(group)[place] for group in counted.by_group if group.votes[place]
            },
        }
        for place, option_id in enumerate(counted.options)
    }


def _pair(text: str, election: Election) -> tuple[str, str]:
    one, comma, other = (part.strip() for part in text.partition(","))
    known = {project.id for project in election.projects}
    if not comma or one == other or not {one, other} <= known:
        _refuse(f"--exclusive {text}: give two different projects of the file as A,B.")
    return one, other


def _refuse(sentence: str) -> NoReturn:
    """Says why nothing is counted, and ends."""
    typer.echo(sentence, err=True)
    raise typer.Exit(MALFORMED)


def _page(
    election: Election, counted: Tally, allocation: Allocation, seconds: float, warnings: Sequence[str]
) -> Iterator[str]:
    """The outcome for people: one line per project, funded ones first in the order of funding."""
    unit = election.unit
    channels = [column.groups[0][0] for column in counted.by_group]
    costs = {project.id: project.cost for project in election.projects}
    yield f"{election.meta.get('description', '')} {election.meta.get('instance', '')}".strip()
    yield _rule_line(allocation)
    yield f"{counted.total.ballots:,} ballots, {counted.total.blanks:,} blank; {len(costs)} projects"
    yield f"envelope {_money(allocation.envelope, unit)}, spent {_money(allocation.spent, unit)}"
    yield ""
    what = "points" if counted.scored else "votes"
    yield _row(("", "project", *channels, what, "cost"))
    for step in allocation.working:
        place = counted.position[step.option_id]
        by_channel = [(column.points if counted.scored else column.votes)[place] for column in counted.by_group]
        total = counted.points(step.option_id) if counted.scored else counted.votes(step.option_id)
        mark = "+" if step.option_id in allocation.selected else "~" if step.option_id in allocation.topup else ""
        cells = (mark, step.option_id, *(f"{number:,}" for number in by_channel), f"{total:,}", _money(step.cost, unit))
        yield f"{_row(cells)}  {step.decision.value}"
    yield ""
    yield "+ funded, ~ topped up from other money"
    if allocation.tie_sensitive:
        yield "Another order of equal projects gives another result."
    yield from (f"Warning: {warning}." for warning in warnings)
    yield f"{seconds:.3f} s"


def _rule_line(allocation: Allocation) -> str:
    rule = allocation.rule
    if rule.name is not RuleName.EQUAL_SHARES:
        return f"rule {rule.name.value}, ties to {rule.tie_break.value}"
    parts = f"rule {rule.name.value}, utility {rule.utility.value}, completion {rule.completion.value}"
    return f"{parts}, {allocation.rounds} rounds, ties to {rule.tie_break.value}"


def _row(cells: Sequence[str]) -> str:
    mark, name, *numbers = cells
    return f"{mark:1} {name:20}" + "".join(f"{number:>14}" for number in numbers)


def _money(amount: int, unit: int) -> str:
    return f"{amount // unit:,}" + (f".{amount % unit:0{len(str(unit)) - 1}d}" if unit > 1 else "")
