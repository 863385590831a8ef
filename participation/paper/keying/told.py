"""A ruling in words, for the page that lists what a recount reads otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from participation.counting.spec import RulingKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.keying.adjudication import questions_of
from participation.paper.keying.differences import Difference
from participation.paper.marks import UNKNOWN, Ruling
from participation.paper.queries import BatchRow
from participation.paper.words import REJECTED
from participation.processes.queries import SpecRow


@dataclass(frozen=True, slots=True)
class ToldRuling:
    """What one round made of a ballot: words where it is no vote, and the numbers that were read."""

    words: Message | str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    batch: int
    position: int
    serial: str
    before: ToldRuling
    after: ToldRuling


def told_difference(spec_row: SpecRow, batch: BatchRow, each: Difference) -> Told:
    before, after = (told_ruling(spec_row, batch, ruling) for ruling in (each.before, each.after))
    return Told(batch.number, each.position, each.serial, before, after)


def told_ruling(spec_row: SpecRow, batch: BatchRow, ruling: Ruling | None) -> ToldRuling:
    """Project numbers in the order of the ballot, with points or ranks after a colon where these decide."""
    if ruling is None:
        return ToldRuling(_("no form there"), ())
    if ruling.kind is RulingKind.BLANK:
        return ToldRuling(_("blank ballot"), ())
    answers = dict(ruling.choices)
    numbers = []
    for question in questions_of(spec_row, batch):
        plain = all(value == 1 for _option, value in answers.get(question.id, ()))
        for option_id, value in answers.get(question.id, ()):
            option = question.by_id.get(option_id)
            number = option.number if option else option_id.removeprefix(UNKNOWN)
            numbers.append(number if plain else f"{number}:{value}")
    if ruling.rejection is not None:
        return ToldRuling(_("rejected ballot: %(reason)s", reason=REJECTED[ruling.rejection]), tuple(numbers))
    return ToldRuling("", tuple(numbers))
