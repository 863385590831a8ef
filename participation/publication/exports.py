"""What anybody may take away after certification: ballots as .pb files, totals as CSV, the signed minutes.

A published ballot holds choices only. The order of the file depends on the choices alone (a hash of them
and of the count's digest), so it says nothing of who came when, and the same count gives the same file.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from hashlib import sha256

from sqlmodel import Session

from participation.counting.allocation import Allocation
from participation.counting.answers import Answer
from participation.counting.pabulib import dump
from participation.counting.spec import (
    BallotSpec,
    Completion,
    Disclosure,
    Question,
    QuestionKind,
    RuleName,
    in_language,
)
from participation.counts.models import Count
from participation.counts.results import CountResult, QuestionResult, load_result
from participation.counts.service import answers_to, read_box
from participation.errors import Forbidden
from participation.i18n import in_part
from participation.i18n import lazy as _
from participation.processes.models import Process
from participation.processes.queries import SpecRow
from participation.publication.bands import bands
from participation.publication.bundle import TOTALS, bundled
from participation.spreadsheets import cell

_VOTE_TYPES = {
    QuestionKind.CHOOSE_ONE: "choose-1",
    QuestionKind.APPROVAL: "approval",
    QuestionKind.KNAPSACK: "approval",
    QuestionKind.CUMULATIVE: "cumulative",
    QuestionKind.RANKING: "ordinal",
}
_EPOCH = (1980, 1, 1, 0, 0, 0)


def ballots_archive(session: Session, process: Process, spec_row: SpecRow, count: Count) -> bytes:
    """A ZIP with one .pb file per contest, the totals by channel, the rules and the decision, which
    `participation verify` counts again. Forbidden where only totals were promised."""
    if spec_row.spec.disclosure is not Disclosure.BALLOTS:
        raise Forbidden(
            _("This vote publishes totals only: that was promised before it. Nothing was exported."),
            _("Take the totals instead."),
        )
    result = load_result(count.result)
    files = {f"{question.id}.pb": text for question, text in pb_files(session, process, spec_row, count)}
    return _zip(bundled(spec_row.spec, count, {**files, TOTALS: totals_csv(spec_row.spec, result)}))


def _zip(files: dict[str, str]) -> bytes:
    """The same files give the same bytes: no time is stored."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def pb_files(session: Session, process: Process, spec_row: SpecRow, count: Count) -> Iterator[tuple[Question, str]]:
    """Each contest with its .pb text: the ballots that it counted, shuffled, with a running voter_id."""
    box = read_box(session, spec_row, until=count.at)
    result = load_result(count.result)
    for question in spec_row.spec.questions:
        said = [answer for _group, answer in answers_to(spec_row.spec, question, box.ballots)]
        yield question, pb_text(process, question, result.question[question.id], shuffled(said, count.digest))


def shuffled(ballots: list[Answer], seed: str) -> list[Answer]:
    """The ballots in an order that only their own choices and the seed decide."""
    seen: dict[Answer, int] = {}
    keyed = []
    for ballot in ballots:
        seen[ballot] = seen.get(ballot, 0) + 1
        keyed.append((sha256(f"{seed}|{ballot}|{seen[ballot]}".encode()).digest(), ballot))
    return [ballot for _key, ballot in sorted(keyed, key=lambda pair: pair[0])]


def pb_text(process: Process, question: Question, part: QuestionResult, ballots: list[Answer]) -> str:
    """One contest as Pabulib writes it; costs in dollars, projects by their identifier."""
    points = question.kind is QuestionKind.CUMULATIVE
    columns = ["voter_id", "vote", *(["points"] if points else [])]
    votes = ([str(place), *_vote(answer, points)] for place, answer in enumerate(ballots, start=1))
    return "".join(
        dump(_meta(process, question, len(ballots)), _PROJECT_COLUMNS, _projects(question, part), columns, votes)
    )


def _vote(answer: Answer, points: bool) -> list[str]:
    named = ",".join(option_id for option_id, _value in answer)
    return [named, ",".join(str(value) for _option, value in answer)] if points else [named]


_PROJECT_COLUMNS = ("project_id", "cost", "votes", "score", "name", "category", "target", "selected")


def _projects(question: Question, part: QuestionResult) -> Iterator[list[str]]:
    chosen = part.allocation
    for option in question.options:
        yield [
            option.id,
            dollars(option.cost),
            str(part.counted.votes(option.id)),
            str(part.counted.points(option.id)),
            in_language(option.title, "fr"),
            in_part(option.category, "fr"),
            in_part(option.borough, "fr"),
            _selected(chosen, option.id),
        ]


def _selected(allocation: Allocation, option_id: str) -> str:
    """1 funded, 2 topped up, 0 not funded: as Pabulib has it."""
    return "1" if option_id in allocation.selected else "2" if option_id in allocation.topup else "0"


def _meta(process: Process, question: Question, ballots: int) -> dict[str, str]:
    meta = {
        "description": process.title.get("fr", ""),
        "country": "Canada",
        "unit": process.title.get("fr", ""),
        "subunit": in_language(question.title, "fr"),
        "instance": process.slug,
        "num_projects": str(len(question.options)),
        "num_votes": str(ballots),
        "budget": dollars(question.envelope),
        "vote_type": _VOTE_TYPES[question.kind],
        "rule": rule_name(question),
    }
    if question.rule.name is RuleName.GREEDY_THRESHOLD:
        meta["min_project_score_threshold"] = str(question.rule.threshold)
    return {**meta, **_limits(question), "language": "fr", "currency": "CAD"}


def _limits(question: Question) -> dict[str, str]:
    if question.kind is QuestionKind.KNAPSACK:
        return {"max_sum_cost": dollars(question.envelope)}
    limits = {"min_length": str(question.min_choices), "max_length": str(question.max_choices)}
    if question.kind is QuestionKind.CUMULATIVE:
        limits |= {"max_points": str(question.max_points_each), "max_sum_points": str(question.max_points)}
    if question.kind is QuestionKind.RANKING:
        limits["scoring_fn"] = "Borda"
    return limits


def rule_name(question: Question) -> str:
    """Pabulib's name of the rule."""
    rule = question.rule
    if rule.name is not RuleName.EQUAL_SHARES:
        return rule.name.value
    return "equalshares" if rule.completion is Completion.NONE else "equalshares/add1"


def dollars(cents: int) -> str:
    """Whole dollars without decimals, else with two."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def totals_csv(spec: BallotSpec, result: CountResult, locale: str = "fr") -> str:
    """One line per project: votes by shown channel and in all, and what was decided. No group under 20 ballots."""
    buffer = io.StringIO()
    for question in spec.questions:
        part = result.question[question.id]
        shown = bands(part.shown)
        names = ["+".join(sorted(band.names)) for band in shown]
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(["contest", "number", "project_id", "title", "cost", *names, "total", "points", "selected"])
        for place, option in enumerate(question.options):
            by_channel = [band.tally.votes[place] for band in shown]
            writer.writerow(
                [
                    question.id,
                    option.number,
                    option.id,
                    cell(in_language(option.title, locale)),
                    dollars(option.cost),
                    *by_channel,
                    part.counted.votes(option.id),
                    part.counted.points(option.id),
                    _selected(part.allocation, option.id),
                ]
            )
        ballots = [band.tally.ballots for band in shown]
        writer.writerow([question.id, "", "", "ballots", "", *ballots, part.counted.total.ballots, "", ""])
    return buffer.getvalue()
