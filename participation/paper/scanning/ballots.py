"""From pages to ballots as a clerk would key them. A scan is a keying, never more: validity is not its business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from participation.counting.spec import Question, QuestionKind
from participation.paper.marks import Mark, Reading
from participation.paper.models.batches import Interpretation
from participation.paper.scanning.boxes import numbers
from participation.paper.scanning.sets import ScannedPage
from participation.paper.scanning.targets import State, Target


@dataclass(frozen=True, slots=True)
class ScannedBallot:
    """The pages of one sheet in the order of its sides, as many as were found; at least one."""

    pages: tuple[ScannedPage, ...]

    @property
    def serial(self) -> str:
        """Seven digits, or empty where the form has none."""
        return self.pages[0].serial

    @property
    def form(self) -> str:
        return self.pages[0].form

    @property
    def is_certain(self) -> bool:
        """Whether it needs nobody: every side is there, once, and each of them certain."""
        return all(page.is_certain for page in self.pages)


def ballots_of(pages: Sequence[ScannedPage]) -> Iterator[ScannedBallot]:
    """The ballots of pages that `sets.checked` has been through, in the order of their first page. Pages that belong to
    no known form are left out."""
    groups: dict[tuple[str, ...], list[ScannedPage]] = {}
    open_sheet = 0
    for page in pages:
        if not page.sides:
            continue
        key: tuple[str, ...] = (page.form, page.serial)
        if not page.serial:
            held = groups.get((page.form, "", page.file, str(open_sheet)), [])
            if not held or len(held) == page.sides or page.side in {each.side for each in held}:
                open_sheet += 1
            key = (page.form, "", page.file, str(open_sheet))
        groups.setdefault(key, []).append(page)
    for those in groups.values():
        yield ScannedBallot(tuple(sorted(those, key=lambda page: page.side)))


def reading_of(questions: Sequence[Question], ballot: ScannedBallot) -> Reading:
    """What a clerk would key who read the same: numbers of projects, and what is marked for them.

    A ballot that needs a person is unclear, with the marks that are certain.
    """
    targets = [target for page in ballot.pages for target in page.targets]
    marks = {question.id: found for question in questions if (found := tuple(_marks(question, targets)))}
    if not ballot.is_certain:
        return Reading(Interpretation.UNCLEAR, marks, ballot.serial)
    return Reading(Interpretation.CHOICES if marks else Interpretation.BLANK, marks, ballot.serial)


def _marks(question: Question, targets: Sequence[Target]) -> Iterator[Mark]:
    here = [each for each in targets if each.mark.question == question.id]
    for place, number in enumerate(numbers(here).get(question.id, ()), start=1):
        if number:
            yield _from_box(question, place, number)
    for each in sorted(here, key=lambda each: each.mark.value):
        option = question.by_id.get(each.mark.option)
        if each.state is State.CLEAR and option is not None:
            yield option.number, each.mark.value


def _from_box(question: Question, place: int, number: str) -> Mark:
    written, colon, points = number.partition(":")
    if colon:
        return written, int(points)
    return written, place if question.kind is QuestionKind.RANKING else 1
