"""Counts the box: every record gets one disposition, every contest one tally and one decision.

A count reads; it writes nothing but itself. Two counts of the same box have the same digest.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from participation import audit
from participation.ballots import queries as box
from participation.counting.allocation import Allocation, RuleError
from participation.counting.answers import DIGEST, Answer, Choices, decode
from participation.counting.budgeting import allocate
from participation.counting.ledger import digest_of, digest_of_set
from participation.counting.opinions import IN_WORDS, Polling
from participation.counting.reconciliation import Disposition, disposition_of
from participation.counting.spec import BallotSpec, CountingRule, Option, Question
from participation.counting.tally import Group, Profile, join_small_groups, profile_of, tally
from participation.counts.models import Count
from participation.counts.results import CountResult, OpinionResult, QuestionResult, dump_result
from participation.db import new_id
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.models import ProjectChangeKind
from participation.processes.queries import SpecRow, project_changes, windows_of

COUNTED = frozenset({Disposition.COUNTED, Disposition.BLANK})
_WORDS = re.compile(f'"{DIGEST.pattern}"')
Ballots = Counter[tuple[str, Group, str]]
"""(style, (channel, capture), choices as stored) → how many ballots."""


@dataclass(frozen=True, slots=True)
class CountRun:
    """Event: a count was made."""

    count_id: uuid.UUID
    digest: str


@dataclass
class BoxReading:
    """The box as one pass over it finds it."""

    ballots: Ballots = field(default_factory=Counter)
    dispositions: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to a contest's projects since publication."""

    withdrawn: tuple[str, ...]
    top_ups: Mapping[str, int]


@dataclass(frozen=True)
class Outcome:
    """A count before it is stored."""

    input_digest: str
    digest: str
    result: CountResult


def run_count(session: Session, spec_row: SpecRow, at: datetime, account_id: uuid.UUID | None) -> Count:
    """Counts the box and stores the count. Conflict before intake is closed: nobody sees a tally earlier."""
    refuse_before_close(session, spec_row, at)
    found = recount(session, spec_row)
    recounts = box.recounted_rounds(session, spec_row.id)
    count = Count(
        id=new_id(),
        spec_id=spec_row.id,
        at=max([at, *(each.at for each in recounts)]),  # it saw them, so it is not older than they are
        account_id=account_id,
        input_digest=found.input_digest,
        digest=found.digest,
        result=dump_result(found.result),
    )
    session.add(count)
    session.flush()
    scope = spec_row.scope
    audit.record(session, CountRun(count.id, count.digest), at=at, account_id=account_id, scope=scope)
    return count


def refuse_before_close(session: Session, spec_row: SpecRow, at: datetime) -> None:
    """Conflict unless intake is closed."""
    if not windows_of(session, spec_row.id).intake_closed(at):
        raise Conflict(
            _("Votes are not counted before intake is closed. Nothing was counted."),
            _("Close intake first: two people do it together, once every declaration is settled."),
        )


def verify(session: Session, spec_row: SpecRow, count: Count) -> bool:
    """Whether counting the box again, with the projects as they stood at the count, gives the stored digest."""
    return recount(session, spec_row, until=count.at).digest == count.digest


def recount(session: Session, spec_row: SpecRow, *, until: datetime | None = None) -> Outcome:
    """The outcome of the box as it is now. Never call it for anybody before intake is closed.

    `until` leaves out what happened to projects and batches later.
    """
    reading = read_box(session, spec_row, until=until)
    changes = changes_by_question(session, spec_row, until=until)
    questions = []
    for question in () if spec_row.spec.is_questionnaire else spec_row.spec.questions:
        profile = profile_of(question, answers_to(spec_row.spec, question, reading.ballots))
        questions.append(_count_question(question, profile, changes[question.id]))
    by_channel: dict[str, dict[str, int]] = {}
    for (channel, kind), number in sorted(reading.dispositions.items()):
        by_channel.setdefault(channel, {})[kind] = number
    rejected = dict(sorted(reading.rejected.items()))
    opinions = count_opinions(spec_row.spec, reading.ballots) if spec_row.spec.is_questionnaire else ()
    result = CountResult(spec_row.digest, by_channel, rejected, tuple(questions), opinions)
    inputs = _input_digest(spec_row, reading, changes)
    return Outcome(inputs, digest_of("count/1", {"input": inputs, "result": dump_result(result)}), result)


def input_digest(session: Session, spec_row: SpecRow) -> str:
    """The digest of what a count would read now: it differs from a stored one when the box has changed."""
    return _input_digest(spec_row, read_box(session, spec_row), changes_by_question(session, spec_row))


def read_box(session: Session, spec_row: SpecRow, *, until: datetime | None = None) -> BoxReading:
    """One pass: each record's disposition, and the distinct ballots that count.

    `until` reads it as it stood then: without what recounts of batches have put into it since.
    """
    replaced = box.supersedings(session, spec_row.id)
    rounds = box.recounted_rounds(session, spec_row.id)
    recounts = [each for each in rounds if until is None or each.at <= until]
    gone = {(each.batch_id, each.round) for each in recounts}
    later = {(each.batch_id, each.by_round) for each in rounds if each not in recounts}
    in_words = spec_row.spec.is_questionnaire
    reading, commitments = BoxReading(), []
    for row in box.stream_ballots(session, spec_row.id):
        if (row.batch_id, row.batch_round) in later:
            continue
        reason = replaced.get((row.tag, row.revision)) if row.tag and row.revision else None
        kind = disposition_of(row.ruling, reason, recounted=(row.batch_id, row.batch_round) in gone)
        reading.dispositions[row.channel.value, kind.value] += 1
        commitments.append(row.commitment)
        if kind in COUNTED:
            said = row.choices if kind is Disposition.COUNTED else ""
            if in_words and said:
                said = _WORDS.sub(f'"{IN_WORDS}"', said)  # each text has a digest of its own; that there is one counts
            reading.ballots[row.style, (row.channel.value, row.capture.value), said] += 1
        elif kind is Disposition.REJECTED and row.rejection:
            reading.rejected[row.rejection.value] += 1
    marks = [superseding_leaf(tag, revision, reason) for (tag, revision), reason in replaced.items()]
    marks += [recounted_leaf(each.batch_id, each.round, each.by_round) for each in recounts]
    sets = (digest_of_set("ballots/1", commitments), digest_of_set("supersedings/1", marks))
    reading.digest = digest_of("box/1", sets)
    return reading


def superseding_leaf(tag: str, revision: int, reason: str) -> str:
    """The commitment of a superseding row."""
    return digest_of("superseding/1", [tag, revision, str(reason)])


def recounted_leaf(batch_id: uuid.UUID, earlier: int, later: int) -> str:
    """The commitment of what says that a batch's later round counts in the place of an earlier one."""
    return digest_of("recounted/1", [str(batch_id), earlier, later])


def count_opinions(spec: BallotSpec, ballots: Ballots) -> tuple[OpinionResult, ...]:
    """The figures of a questionnaire: how many were asked, how many answered what. Nothing is decided by them."""
    found: list[OpinionResult] = []
    for style in spec.styles:
        polling = Polling(spec.questions_of(style.id))
        for (style_id, group, said), times in ballots.items():
            if style_id == style.id:
                polling.add(group, decode(said) if said else (), times)
        found.extend(
            OpinionResult(each, join_small_groups(each.counted.grouped(_channel).by_group)) for each in polling.result()
        )
    return tuple(found)


def _channel(group: Group) -> Group:
    return group[:1]


def answers_to(spec: BallotSpec, question: Question, ballots: Ballots) -> Iterator[tuple[Group, Answer]]:
    """Each counted ballot's answer to one question; a ballot without one is blank in it."""
    styles = {style.id for style in spec.styles if question.id in style.question_ids}
    for (style, group, said), times in ballots.items():
        if style in styles:
            answer = _answer(decode(said) if said else (), question.id)
            for _time in range(times):
                yield group, answer


def _answer(choices: Choices, question_id: str) -> Answer:
    return next((answer for name, answer in choices if name == question_id), ())


def changes_by_question(session: Session, spec_row: SpecRow, *, until: datetime | None = None) -> dict[str, Changes]:
    """Exclusions, withdrawals and top-ups since publication, per contest."""
    rows = [row for row in project_changes(session, spec_row.id) if until is None or row.at <= until]
    found = {}
    for question in spec_row.spec.questions:
        withdrawn: set[str] = set()
        top_ups: Counter[str] = Counter()
        for row in rows:
            if row.question_id == question.id and row.kind is ProjectChangeKind.TOP_UP:
                top_ups[row.option_id] += row.amount
            elif row.question_id == question.id:
                withdrawn.add(row.option_id)
        found[question.id] = Changes(tuple(sorted(withdrawn)), dict(sorted(top_ups.items())))
    return found


def _count_question(question: Question, profile: Profile, changes: Changes) -> QuestionResult:
    counted = tally(profile)
    allocation = decide(question, question.rule, profile, changes)
    shown = join_small_groups(counted.by_group)
    return QuestionResult(question.id, counted, shown, changes.withdrawn, changes.top_ups, allocation)


def decide(question: Question, rule: CountingRule, profile: Profile, changes: Changes) -> Allocation:
    """The rule applied with later changes: top-ups lower what the envelope pays. Conflict if it cannot be."""
    options = net_options(question, changes.top_ups)
    try:
        return allocate(rule, options, question.envelope, profile, withdrawn=changes.withdrawn)
    except RuleError as error:
        raise Conflict(
            _("The counting rule cannot be applied to these ballots. Nothing was counted."),
            _("The reason is “%(reason)s”. Show it to the people who set up the vote.", reason=error.reason.value),
        ) from error


def net_options(question: Question, top_ups: Mapping[str, int]) -> list[Option]:
    """The projects at what the envelope pays for them: outside money, in cents, lowers a cost to zero at most."""
    return [replace(option, cost=max(0, option.cost - top_ups.get(option.id, 0))) for option in question.options]


def _input_digest(spec_row: SpecRow, reading: BoxReading, changes: Mapping[str, Changes]) -> str:
    listed: Sequence[object] = [[name, list(item.withdrawn), dict(item.top_ups)] for name, item in changes.items()]
    return digest_of("count-input/1", {"spec": spec_row.digest, "box": reading.digest, "changes": listed})
