"""The audit by sample: announced with its limits, drawn from dice, read again from the paper, compared with the box.

The mathematics is `counting.sampling`; here are the people, the paper and the order: a certifier announces the
audit of one contest of a count, dice are thrown in front of witnesses after that, and clerks who had no part in a
batch read its drawn ballots again. Who reads sees neither the keyings nor what the box holds.
"""

import math
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation import audit
from participation.ballots.models import Ballot, BallotRejection
from participation.ballots.queries import recounted_rounds, round_at
from participation.counting import sampling
from participation.counting.answers import Answer, decode, score_of
from participation.counting.sampling import Audit
from participation.counting.spec import Order, Question, QuestionKind, RulingKind
from participation.counts.models import Count
from participation.counts.results import load_result
from participation.counts.service import net_options
from participation.db import insert_new, new_id
from participation.errors import Conflict, Forbidden, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.events import SampleAnnounced, SampleDrawn, SampleRead
from participation.paper.keying.adjudication import compared
from participation.paper.keying.closing import form_nonce
from participation.paper.keying.rounds import hands_of
from participation.paper.marks import Reading, flaws, loaded, ruling_of, stored
from participation.paper.models.audits import SampleAudit, SampleReading
from participation.paper.models.batches import Interpretation
from participation.paper.queries import BatchRow
from participation.processes.queries import SpecRow
from participation.register.keys import Keys

RISK_LIMITS = (5, 10)
"""Percent: the largest chance, chosen beforehand, of confirming a wrong result."""
TOLERATED = Fraction(2, 100)
"""Where no margin can be used, the sample is to show that fewer ballots than that are misread."""
WORST = Fraction(2)


@dataclass(frozen=True, slots=True)
class Pile:
    """The forms of one batch as a round of it found them in their box: `positions[0]` is the first sheet."""

    batch: BatchRow
    round: int
    positions: tuple[int, ...]
    serials: tuple[str, ...]
    """As printed, where sheets bear one: a pile that was shuffled since is searched by it."""


class Basis(StrEnum):
    """What the sample is measured by."""

    MARGIN = "margin"
    ERROR_RATE = "error-rate"
    """The rule has no margin of the kind, or a tie decided: the share of misread ballots is bounded instead."""
    NO_PAPER_NEEDED = "no-paper-needed"
    """Even if all paper were misread, the same projects would be funded."""


@dataclass(frozen=True)
class Plan:
    """An audit as it can be announced. `stages`: the sizes at which it may end; beyond the last, all paper is read."""

    question: Question
    basis: Basis
    audit: Audit
    piles: tuple[Pile, ...]
    stages: tuple[int, ...]

    @property
    def sizes(self) -> list[int]:
        return [len(pile.positions) for pile in self.piles]

    @property
    def votes_needed(self) -> int:
        """Votes (or points, in the measure of one ballot's most) that would have to be wrong on paper."""
        return math.ceil(self.audit.margin)


def plan_of(session: Session, spec_row: SpecRow, count: Count, question: Question, risk_percent: int) -> Plan:
    """The plan for one contest. It depends on the count and on the batches that it counted, so it never changes."""
    found = load_result(count.result).question[question.id]
    piles = tuple(_piles(session, spec_row, count, question))
    claims = sampling.assertions(
        question.rule,
        net_options(question, found.top_ups),
        question.envelope,
        found.counted,
        found.allocation,
        withdrawn=found.withdrawn,
    )
    paper = sum(len(pile.positions) for pile in piles)
    measured = Audit(claims or (), paper, Fraction(risk_percent, 100), _span(question))
    basis = _basis(claims is not None, measured)
    return Plan(question, basis, measured, piles, _stages(basis, measured))


def _piles(session: Session, spec_row: SpecRow, count: Count, question: Question) -> list[Pile]:
    """The batches as this count found them, whatever was recounted since."""
    recounts = recounted_rounds(session, spec_row.id)
    styles = {style.id for style in spec_row.spec.styles if question.id in style.question_ids}
    piles = []
    for batch in queries.batches_of(session, spec_row.id):
        if batch.cast_round is not None and batch.style in styles:
            counted = round_at(recounts, batch.id, batch.cast_round, count.at)
            forms = [form for form in compared(session, spec_row, batch, counted).forms if form.is_there]
            positions, serials = [form.position for form in forms], [form.serial for form in forms]
            piles.append(Pile(batch, counted, tuple(positions), tuple(serials)))
    return sorted(piles, key=lambda pile: pile.batch.number)


def _span(question: Question) -> int:
    """The most that one ballot can give one project, in what the rule counts."""
    if question.rule.order is not Order.POINTS:
        return 1
    if question.kind is QuestionKind.CUMULATIVE:
        return question.max_points_each or question.max_points
    return score_of(question, 1)


def _basis(has_claims: bool, measured: Audit) -> Basis:
    if not has_claims or not measured.can_confirm:
        return Basis.ERROR_RATE
    return Basis.NO_PAPER_NEEDED if measured.paper_cannot_decide else Basis.MARGIN


def _stages(basis: Basis, measured: Audit) -> tuple[int, ...]:
    if basis is Basis.NO_PAPER_NEEDED:
        return ()
    sizes = measured.stages if basis is Basis.MARGIN else (sampling.error_sample(TOLERATED, measured.risk_limit),)
    return tuple(size for size in sizes if size < measured.paper)


def is_announced(session: Session, count: Count) -> bool:
    """Whether any contest of the count is audited by sample, in one query."""
    query = select(col(SampleAudit.id)).where(col(SampleAudit.count_id) == count.id).limit(1)
    return session.execute(query).first() is not None


def announced(session: Session, count: Count, question: Question) -> SampleAudit | None:
    query = select(SampleAudit).where(
        col(SampleAudit.count_id) == count.id, col(SampleAudit.question_id) == question.id
    )
    return session.execute(query).scalar_one_or_none()


def announce(
    session: Session,
    spec_row: SpecRow,
    count: Count,
    question: Question,
    risk_percent: int,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """Fixes the risk limit, and with it the stages, before anybody throws dice. Announcing twice is announcing once."""
    if risk_percent not in RISK_LIMITS:
        raise Invalid(_("Choose a risk limit of 5 % or 10 %. Nothing was announced."))
    if not plan_of(session, spec_row, count, question, risk_percent).stages:
        raise Conflict(_("No sample helps here: the page says why. Nothing was announced."))
    row = {
        "id": new_id(),
        "count_id": count.id,
        "spec_id": spec_row.id,
        "question_id": question.id,
        "risk_percent": risk_percent,
        "announced_at": at,
        "seed": "",
    }
    if insert_new(session, SampleAudit, [row], "id"):
        event = SampleAnnounced(count.id, question.id, risk_percent)
        audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def enter_seed(
    session: Session, spec_row: SpecRow, held: SampleAudit, seed: str, *, account_id: uuid.UUID, at: datetime
) -> None:
    """The digits of the dice; they can be entered once. Invalid when they are too few, Conflict the second time."""
    if not sampling.is_seed(seed):
        raise Invalid(
            _("Type at least %(most)s digits, as the dice were read aloud. Nothing was drawn.",
              most=sampling.SEED_DIGITS)
        )  # fmt: skip
    digits = "".join(seed.split())
    taken = session.execute(
        update(SampleAudit)
        .where(col(SampleAudit.id) == held.id, col(SampleAudit.seed) == "")
        .values(seed=digits)
        .returning(col(SampleAudit.id))
    ).all()
    if not taken:
        raise Conflict(_("The dice of this audit were thrown before. Their digits stand."))
    event = SampleDrawn(held.count_id, held.question_id, digits)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One ballot to read: the sheet `sheet` of its batch from the top, and how often the draw names it."""

    batch: BatchRow
    round: int
    sheet: int
    serial: str
    position: int
    times: int
    reading: SampleReading | None


class Verdict(StrEnum):
    READING = "reading"
    """Drawn ballots wait to be read."""
    CONFIRMED = "confirmed"
    BOUNDED = "bounded"
    """No margin was measured; the share of misread ballots is small enough."""
    READ_ALL = "read-all"
    """The last stage was not enough: every batch is recounted."""


@dataclass(frozen=True)
class Progress:
    """Where an audit stands. `risk` is the bound so far; `misread_share` in ten-thousandths, by `error_bound`."""

    stage: int
    drawn: tuple[Drawn, ...]
    compared: int
    differing: int
    risk: Fraction
    misread_share: int
    verdict: Verdict

    @property
    def waiting(self) -> tuple[Drawn, ...]:
        return tuple(each for each in self.drawn if each.reading is None)

    @property
    def times_in_a_thousand(self) -> int:
        """The risk in words that anybody can picture, rounded up."""
        return math.ceil(self.risk * 1000)

    @property
    def misread_in_a_thousand(self) -> int:
        return math.ceil(self.misread_share / 10)


def progress_of(session: Session, keys: Keys, spec_row: SpecRow, held: SampleAudit, plan: Plan) -> Progress:
    """Compares what was read with the box, stage by stage: the next stage begins when one was not enough."""
    readings = _readings(session, held)
    recorded = _Records(session, keys, spec_row, plan)
    for stage, size in enumerate(plan.stages):
        draws = sampling.draw(held.seed, plan.sizes, size)
        drawn = _drawn(plan, draws, readings)
        last = stage == len(plan.stages) - 1
        progress = _judge(plan, recorded, drawn, stage)
        if progress.verdict is not Verdict.READ_ALL or last:
            return progress
    raise AssertionError("an audit is announced with a stage")


def _readings(session: Session, held: SampleAudit) -> dict[tuple[uuid.UUID, int], SampleReading]:
    rows = session.execute(select(SampleReading).where(col(SampleReading.audit_id) == held.id)).scalars()
    return {(row.batch_id, row.position): row for row in rows}


def _drawn(
    plan: Plan, draws: Sequence[tuple[int, int]], readings: dict[tuple[uuid.UUID, int], SampleReading]
) -> tuple[Drawn, ...]:
    found = []
    for (place, sheet), times in sorted(Counter(draws).items()):
        pile = plan.piles[place - 1]
        position = pile.positions[sheet - 1]
        reading = readings.get((pile.batch.id, position))
        found.append(Drawn(pile.batch, pile.round, sheet, pile.serials[sheet - 1], position, times, reading))
    return tuple(found)


def _judge(plan: Plan, recorded: "_Records", drawn: tuple[Drawn, ...], stage: int) -> Progress:
    read = [each for each in drawn if each.reading is not None]
    errors: list[Fraction] = []
    differing = 0
    for each in read:
        if (error := recorded.error_of(each)) is not None:
            differing += each.times
            errors.extend([error] * each.times)
    compared_draws = sum(each.times for each in read)
    risk = plan.audit.risk(compared_draws, errors) if plan.basis is Basis.MARGIN else Fraction(1)
    share = sampling.error_bound(compared_draws, differing, plan.audit.risk_limit)
    verdict = _verdict(plan, len(read) == len(drawn), risk, share)
    return Progress(stage, drawn, compared_draws, differing, risk, share, verdict)


def _verdict(plan: Plan, all_read: bool, risk: Fraction, share: int) -> Verdict:
    if not all_read:
        return Verdict.READING
    if plan.basis is Basis.MARGIN:
        return Verdict.CONFIRMED if risk <= plan.audit.risk_limit else Verdict.READ_ALL
    return Verdict.BOUNDED if Fraction(share, sampling.PER) <= TOLERATED else Verdict.READ_ALL


class _Records:
    """What the box holds of the drawn ballots, found by the nonce of batch and position; never shown to anybody."""

    def __init__(self, session: Session, keys: Keys, spec_row: SpecRow, plan: Plan) -> None:
        self._session, self._keys, self._spec_row, self._plan = session, keys, spec_row, plan

    def error_of(self, drawn: Drawn) -> Fraction | None:
        """None where paper and box agree, else the overstatement. A sheet that is not found counts as the worst."""
        assert drawn.reading is not None
        if drawn.reading.interpretation is Interpretation.MISSING:
            return WORST
        recorded, paper = self._recorded(drawn), self._read(drawn)
        return None if recorded == paper else self._plan.audit.overstatement(recorded, paper)

    def _recorded(self, drawn: Drawn) -> dict[str, int]:
        digest = self._keys.plain_hash(form_nonce(drawn.batch.id, drawn.round, drawn.position))
        row = self._session.execute(
            select(col(Ballot.ruling), col(Ballot.choices)).where(
                col(Ballot.spec_id) == self._spec_row.id, col(Ballot.nonce_hash) == digest
            )
        ).one()
        return self._marks(decode(row.choices)) if row.ruling is RulingKind.VALID else {}

    def _read(self, drawn: Drawn) -> dict[str, int]:
        assert drawn.reading is not None
        questions = self._spec_row.spec.questions_of(drawn.batch.style)
        reading = Reading(drawn.reading.interpretation, loaded(drawn.reading.marks))
        rejected = drawn.reading.rejection is not None or bool(flaws(questions, reading))
        ruling = ruling_of(questions, reading, drawn.reading.rejection)
        return {} if rejected or ruling.kind is not RulingKind.VALID else self._marks(ruling.choices)

    def _marks(self, choices: Sequence[tuple[str, Answer]]) -> dict[str, int]:
        question = self._plan.question
        answer = next((answer for name, answer in choices if name == question.id), ())
        by_points = question.rule.order is Order.POINTS
        return {option_id: score_of(question, value) if by_points else 1 for option_id, value in answer}


def drawn_form(session: Session, progress: Progress, number: int, sheet: int, reader: uuid.UUID) -> Drawn:
    """The drawn ballot to read. NotFound when the draw does not name it; Forbidden for who had a part in its batch."""
    found = next((each for each in progress.drawn if (each.batch.number, each.sheet) == (number, sheet)), None)
    if found is None:
        raise NotFound(_("The draw does not name this ballot."))
    if reader in hands_of(session, found.batch, found.round):
        raise Forbidden(
            _("You keyed or settled this batch, so somebody else reads its ballots again."), _("Ask another clerk.")
        )
    return found


def read_again(
    session: Session,
    spec_row: SpecRow,
    held: SampleAudit,
    drawn: Drawn,
    reading: Reading,
    rejection: BallotRejection | None,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """Saves what is on the paper. A ballot is read once: Conflict when somebody read it before."""
    row = {
        "id": new_id(),
        "audit_id": held.id,
        "batch_id": drawn.batch.id,
        "position": drawn.position,
        "interpretation": reading.interpretation,
        "marks": stored(reading.marks),
        "rejection": rejection,
    }
    if not insert_new(session, SampleReading, [row], "id"):
        raise Conflict(_("This ballot was read again already. Nothing was changed."))
    event = SampleRead(held.count_id, held.question_id, drawn.batch.id, drawn.position)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
