"""The end of a questionnaire: closed by two people, counted, shown to staff, and to everybody once the office says so.

No certification and no winner: opinions are figures and words, and a count that is made again gives the same digest.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.permissions import Actor
from participation.ballots import queries as box
from participation.counting.opinions import IN_WORDS
from participation.counting.spec import Channel, Question, QuestionKind
from participation.counting.tally import GroupTally
from participation.counts import queries as counts
from participation.counts import service as counting
from participation.counts.models import Count
from participation.counts.results import OpinionResult, load_result
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.paper.questionnaires.queries import waiting_sheets
from participation.processes.models import WindowKind
from participation.processes.queries import OpenProcess, SpecRow, current_spec, windows_of
from participation.processes.questionnaires.models import Questionnaire
from participation.processes.questionnaires.queries import Section, sections
from participation.publication.service import closing_agreed, open_proposals

FEWEST_FOR_SHARES = 30
"""Shares in per cent say something from so many answers on."""


@dataclass(frozen=True, slots=True)
class OpinionsPublished:
    count_id: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class Line:
    """One answer: how often, its share of those who answered, and how often by each shown group of channels."""

    title: Any
    total: int
    share: float | None
    width: float
    """Of its bar, in per cent of the longest one."""
    by_group: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One question as it is shown. `groups` are sets of channels with 20 people or more; none: only the total."""

    number: int
    question: Question
    asked: int
    answered: int
    out_of_turn: int
    groups: tuple[tuple[Channel, ...], ...]
    lines: tuple[Line, ...]


def questionnaire_of(session: Session, process: OpenProcess) -> SpecRow:
    """The published questionnaire. Conflict where there is none."""
    row = current_spec(session, process.id)
    if row is None or not row.spec.is_questionnaire:
        raise Conflict(
            _("No questionnaire is published here."),
            _("Set it up and publish it first: its questions are frozen then."),
        )
    return row


def count_box(session: Session, row: SpecRow, *, actor: Actor, at: datetime) -> Count:
    """Counts the answers. Conflict before intake is closed, or while a sheet waits to be read again."""
    counting.refuse_before_close(session, row, at)
    if waiting := len(waiting_sheets(session, row.id)):
        raise Conflict(
            ngettext(
                "%(num)s sheet still waits to be read again. Nothing was counted.",
                "%(num)s sheets still wait to be read again. Nothing was counted.",
                waiting,
            ),
            _("Finish them at the desk “Questionnaire”: online and on paper are counted together."),
        )
    return counting.run_count(session, row, at, actor.account_id)


def publish(session: Session, process: OpenProcess, row: SpecRow, *, actor: Actor, at: datetime) -> None:
    """Shows the newest count to everybody. Conflict where there is none yet."""
    count = counts.latest_count(session, row.id)
    if count is None:
        raise Conflict(_("Nothing was counted yet, so there is nothing to publish."))
    session.execute(
        update(Questionnaire).where(col(Questionnaire.process_id) == process.id).values(published_count=count.id)
    )
    event = OpinionsPublished(count.id, count.digest)
    audit.record(session, event, at=at, account_id=actor.account_id, scope=row.scope)


def is_published(session: Session, process: OpenProcess) -> bool:
    """Whether everybody may see what was answered."""
    sheet = session.get(Questionnaire, process.id)
    return bool(sheet and sheet.published_count)


def published_count(session: Session, process: OpenProcess, row: SpecRow) -> Count | None:
    """The count that everybody may see."""
    sheet = session.get(Questionnaire, process.id)
    found = sheet.published_count if sheet else None
    return counts.count_by_id(session, row.id, found) if found else None


def staff_context(session: Session, process: OpenProcess, row: SpecRow, actor: Actor, at: datetime) -> dict[str, Any]:
    """How many answered by which way; once intake is closed and counted, what they said."""
    windows = windows_of(session, row.id)
    count = counts.latest_count(session, row.id)
    shown = published_count(session, process, row)
    return {
        "row": row,
        "received": sorted(box.received_counts(session, row.id).items()),
        "waiting": len(waiting_sheets(session, row.id)),
        "all_closed": windows.all_closed(at),
        "closes": max((moment for kind, moment in windows.moments.items() if kind in _CLOSES), default=None),
        "closed_at": windows.intake_closed_at,
        "closing_now": closing_agreed(session, row.id),
        "proposal": next((each for each in open_proposals(session, row.id) if each.kind is _CLOSED), None),
        "me": actor.account_id,
        "count": count,
        "sections": result_sections(row, count) if count else [],
        "is_public": shown is not None and count is not None and shown.id == count.id,
    }


_CLOSED = WindowKind.INTAKE_CLOSED
_CLOSES = (WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, WindowKind.POST_CLOSES)


def public_context(session: Session, process: OpenProcess) -> dict[str, Any]:
    """The published result. NotFound before the office publishes it."""
    row = current_spec(session, process.id)
    count = published_count(session, process, row) if row else None
    if row is None or count is None:
        raise NotFound(_("The result of this questionnaire is not published yet."))
    result = load_result(count.result)
    by_channel = sorted((channel, sum(kinds.values())) for channel, kinds in result.dispositions.items())
    return {"row": row, "count": count, "received": by_channel, "sections": result_sections(row, count)}


def result_sections(row: SpecRow, count: Count) -> list[tuple[Section, list[Result]]]:
    """The figures of a count by themes."""
    found = {each.opinions.question_id: each for each in load_result(count.result).opinions}
    return [
        (section, [_result(number, question, found[question.id]) for number, question in section.questions])
        for section in sections(row.spec)
    ]


def _result(number: int, question: Question, found: OpinionResult) -> Result:
    opinions = found.opinions
    groups = tuple(tuple(Channel(name[0]) for name in group.groups) for group in found.shown)
    open_text = question.kind is QuestionKind.OPEN_TEXT
    titles = [(IN_WORDS, _("Wrote an answer"))] if open_text else [(each.id, each.title) for each in question.options]
    most = max((opinions.counted.votes(key) for key, _title in titles), default=0)
    base = opinions.asked if open_text else opinions.answered
    lines = tuple(_line(key, title, found, base, most) for key, title in titles)
    return Result(number, question, opinions.asked, opinions.answered, opinions.out_of_turn, groups, lines)


def _line(key: str, title: Any, found: OpinionResult, base: int, most: int) -> Line:
    counted = found.opinions.counted
    total, place = counted.votes(key), counted.position[key]
    share = total / base if base >= FEWEST_FOR_SHARES else None
    return Line(title, total, share, 100 * total / most if most else 0, _by_group(found.shown, place))


def _by_group(shown: Sequence[GroupTally], place: int) -> tuple[int, ...]:
    return tuple(group.votes[place] for group in shown)
