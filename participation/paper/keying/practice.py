"""Sample forms to practise on: drawn from the vote's own list, keyed, and explained. Nothing of it is stored.

Pure: a question in, samples out, always the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from participation.counting.spec import Option, Question, QuestionKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.marks import Flaw, Reading, agree, flaws, printed_rule
from participation.paper.models.batches import Interpretation

MOST_LINES = 8
"""Projects on a sample sheet: enough to look for the marks, few enough for a small screen."""


class Sign(StrEnum):
    """What somebody drew beside a project."""

    TICK = "tick"
    CROSS = "cross"
    FILL = "fill"
    STROKE = "stroke"
    CIRCLE = "circle"
    ERASED = "erased"
    BETWEEN = "between"
    WRITTEN = "written"


SIGN_WORDS = {
    Sign.TICK: _("a tick in the box"),
    Sign.CROSS: _("a cross in the box"),
    Sign.FILL: _("the box is filled"),
    Sign.STROKE: _("a stroke through the box"),
    Sign.CIRCLE: _("a circle around the number"),
    Sign.ERASED: _("a tick that was scribbled over"),
    Sign.BETWEEN: _("a tick half in this box and half in the next"),
    Sign.WRITTEN: _("a number is written in the box"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A project on the sample sheet, and what stands beside it."""

    option: Option
    sign: Sign | None = None
    written: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sheet as it lies on the table, how the desk reads it, and why."""

    lines: tuple[Line, ...]
    reading: Reading
    why: Message
    signed: bool = False
    """Somebody wrote a name on it."""

    @property
    def is_foreign(self) -> bool:
        """A letter that lay among the ballots: it has no list of projects at all."""
        return not self.lines


class Fate(StrEnum):
    """What the desk does with a form that both clerks read so."""

    COUNTED = "counted"
    BLANK = "blank"
    REJECTED = "rejected"
    """The printed rule rejects it, once a third person has looked."""
    PERSON = "person"
    """A third person decides."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a reading is the desk's, and what becomes of the form."""

    right: bool
    fate: Fate
    flaws: tuple[Flaw, ...]


def judge(question: Question, sample: Sample, read: Reading) -> Verdict:
    """Compares what was keyed with the sheet. “Too many marks” is as good as every one of them."""
    found = flaws([question], sample.reading)
    rule = printed_rule(found) if found else None
    pressed_over = read.interpretation is Interpretation.OVER and rule is not None
    if sample.reading.interpretation is Interpretation.BLANK:
        fate = Fate.BLANK
    elif not found:
        fate = Fate.COUNTED
    else:
        fate = Fate.REJECTED if rule else Fate.PERSON
    return Verdict(pressed_over or agree([question], sample.reading, read), fate, found)


def samples(question: Question) -> tuple[Sample, ...]:
    """The practice batch of a question, at most eleven forms."""
    if question.kind in (QuestionKind.RANKING, QuestionKind.CUMULATIVE):
        return tuple(_Sheets(question).written())
    return tuple(_Sheets(question).ticked())


def _letter() -> Sample:
    """What somebody put into the box beside the ballots."""
    why = _("Nobody handed this sheet out for this vote. It is counted in the header, and a third person rejects it.")
    return Sample((), Reading(Interpretation.NOT_OURS, {}), why)


class _Sheets:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.options = question.options[:MOST_LINES]
        self._chance = random.Random(question.id)

    def ticked(self) -> Iterator[Sample]:
        some = self._fitting(min(3, self.question.max_choices))
        yield self._sheet(some, Sign.TICK, _("A tick is a mark."))
        yield self._sheet(self._fitting(self.question.max_choices), Sign.CROSS,
                          _("A cross marks a project here, it does not cross it out."))  # fmt: skip
        yield self._sheet(self._fitting(1), Sign.FILL, _("A filled box is a mark."))
        yield self._sheet((), None, _("No mark anywhere is a blank vote, and it counts as one."))
        if len(self.options) > 1:
            yield self._erased()
        yield self._sheet(self._fitting(1), Sign.CIRCLE,
                          _("The sign is not in the box, but nobody can doubt which project is meant."))  # fmt: skip
        yield from self._too_many()
        yield self._unclear(Sign.BETWEEN, _("Two projects may be meant. Never guess: a third person decides."))
        yield self._sheet(self._fitting(1), Sign.STROKE, _("A stroke through the box is a mark."))
        yield self._unclear(Sign.TICK, _("A name on a ballot: a third person decides, so press Unclear."), signed=True)
        yield _letter()

    def written(self) -> Iterator[Sample]:
        ranking = self.question.kind is QuestionKind.RANKING
        why = (
            _("Type the projects in the order of their ranks, not in that of the sheet.")
            if ranking
            else _("Type each number, a colon and its points.")
        )
        for count in (2, 3):
            yield self._numbers(self._pick(min(count, self.question.max_choices)), why)
        yield self._sheet((), None, _("No mark anywhere is a blank vote, and it counts as one."))
        yield self._unclear(Sign.TICK, _("A tick says neither rank nor points. Never guess: a third person decides."))
        yield self._unclear(Sign.TICK, _("A name on a ballot: a third person decides, so press Unclear."), signed=True)
        yield _letter()

    def _pick(self, count: int) -> tuple[Option, ...]:
        chosen = set(self._chance.sample(range(len(self.options)), min(count, len(self.options))))
        return tuple(option for place, option in enumerate(self.options) if place in chosen)

    def _fitting(self, count: int) -> tuple[Option, ...]:
        """Options that the ballot allows together."""
        picked = self._pick(max(count, self.question.min_choices))
        if self.question.kind is not QuestionKind.KNAPSACK:
            return picked
        kept: list[Option] = []
        for option in sorted(picked, key=lambda each: each.cost):
            if sum(each.cost for each in kept) + option.cost <= self.question.envelope:
                kept.append(option)
        return tuple(kept)

    def _sheet(self, marked: Sequence[Option], sign: Sign | None, why: Message) -> Sample:
        lines = tuple(Line(option, sign if option in marked else None) for option in self.options)
        if not marked:
            return Sample(lines, Reading(Interpretation.BLANK, {}), why)
        return Sample(lines, self._choices([(option.number, 1) for option in marked]), why)

    def _choices(self, marks: Sequence[tuple[str, int]]) -> Reading:
        return Reading(Interpretation.CHOICES, {self.question.id: marks})

    def _erased(self) -> Sample:
        kept = self._fitting(1)
        taken_back = next(option for option in self.options if option not in kept)
        signs = {option.id: Sign.TICK for option in kept} | {taken_back.id: Sign.ERASED}
        lines = tuple(Line(option, signs.get(option.id)) for option in self.options)
        why = _("The mark that was scribbled over was taken back; the other stands.")
        return Sample(lines, self._choices([(option.number, 1) for option in kept]), why)

    def _too_many(self) -> Iterator[Sample]:
        """A sheet that breaks the printed limit, where the sample's few lines allow one."""
        for count in range(2, len(self.options) + 1):
            sheet = self._sheet(self._pick(count), Sign.TICK,
                                _("Type every mark, or press Too many marks. Drop none of them yourself."))  # fmt: skip
            if flaws([self.question], sheet.reading):
                yield sheet
                return

    def _unclear(self, sign: Sign, why: Message, *, signed: bool = False) -> Sample:
        (marked,) = self._pick(1)
        if sign is Sign.BETWEEN and marked == self.options[-1]:
            marked = self.options[0]
        lines = tuple(Line(option, sign if option == marked else None) for option in self.options)
        return Sample(lines, Reading(Interpretation.UNCLEAR, {}), why, signed)

    def _numbers(self, picked: Sequence[Option], why: Message) -> Sample:
        """Ranks from the bottom of the sheet up, or points that the ballot allows."""
        if self.question.kind is QuestionKind.RANKING:
            marks = [(option.number, rank) for rank, option in enumerate(reversed(picked), 1)]
        else:
            share = max(1, self.question.max_points // max(1, len(picked)))
            most = self.question.max_points_each or share
            marks = [(option.number, min(share, most)) for option in picked]
        values = dict(marks)
        lines = tuple(
            Line(option, Sign.WRITTEN, str(values[option.number])) if option.number in values else Line(option)
            for option in self.options
        )
        return Sample(lines, self._choices(marks), why)
