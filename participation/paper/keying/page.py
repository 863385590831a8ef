"""What the keying screen shows: one form at a time, the form before read back, nothing of the other clerk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from participation.counting.spec import Question
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.keying.forms import TypedForm
from participation.paper.keying.service import LAST_POSITION
from participation.paper.marks import MarkWords, Reading, line_of, words
from participation.paper.models.batches import Interpretation
from participation.paper.queries import KeyedForm, MyPass
from participation.paper.serials import printed_serial
from participation.processes.queries import SpecRow
from participation.typed import Errors


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A form as it was saved, in words, to be compared with the sheet."""

    position: int
    interpretation: Interpretation
    marks: tuple[MarkWords, ...]
    serial: str = ""
    """As printed, 482913-7."""


@dataclass(frozen=True)
class KeyingPage:
    """One state of the screen."""

    mine: MyPass
    questions: Sequence[Question]
    position: int
    lines: Mapping[str, str]
    serial: str = ""
    replaces: str = ""
    done: int = 0
    before: ReadBack | None = None
    held_interpretation: Interpretation | None = None
    """What this position holds already, when an earlier form is shown again."""
    holes: Sequence[int] = ()
    """Places at which nothing is keyed, once the last place is passed."""
    asked_serial: str = ""
    """As printed: the sheet of a scanned batch that is to be keyed, where it has a serial."""
    errors: Errors = field(default_factory=dict)
    conflict: Message | None = None

    @property
    def held_as(self) -> str:
        """What is said of an earlier form that is shown again; empty for a new one."""
        return self.held_interpretation.value if self.held_interpretation else ""

    @property
    def all_keyed(self) -> bool:
        """Whether the header's count is reached: what follows is finishing, or a form too many."""
        return self.position > self.mine.header_count

    @classmethod
    def again(cls, mine: MyPass, questions: Sequence[Question], typed: TypedForm, errors: Errors) -> KeyingPage:
        """The form comes back with what is wrong; nothing was saved."""
        return cls(
            mine,
            questions,
            typed.position,
            typed.lines,
            typed.serial,
            typed.replaces,
            typed.position - 1,
            errors=errors,
        )

    @classmethod
    def held(cls, mine: MyPass, questions: Sequence[Question], form: KeyedForm) -> KeyingPage:
        """Another window saved this position first: what it saved is shown, to be kept or corrected."""
        conflict = _(
            "Form %(position)s was already saved, perhaps in another window. This is what is saved. If it is right, "
            "go on; if not, correct it here.",
            position=form.position,
        )
        return _showing(mine, questions, form, form.position - 1, None, conflict)


def keying_page(session: Session, spec_row: SpecRow, mine: MyPass, position: int) -> KeyingPage:
    """The form at `position`, or the one after the last that was keyed."""
    questions = spec_row.spec.questions_of(mine.style)
    return _at(session, mine, questions, position)


def _at(session: Session, mine: MyPass, questions: Sequence[Question], position: int) -> KeyingPage:
    done = queries.progress(session, mine.session_id)
    near_the_end = max(position, done.last + 1) > mine.header_count
    keyed = queries.positions_of(session, mine.session_id) if mine.sample or near_the_end else []
    position = min(position, LAST_POSITION) if position > 0 else _first_open(mine, done.last, keyed)
    near = {form.position: form for form in queries.keyed_near(session, mine.session_id, position)}
    before = near.get(position - 1)
    told = read_back(questions, before.position, before.reading) if before else None
    if position in near:
        return _showing(mine, questions, near[position], done.forms, told, None)
    wanted = mine.sample or range(1, position)
    holes = sorted(set(wanted) - set(keyed)) if position > mine.header_count else []
    asked = queries.scanned_serial(session, mine.batch_id, position) if mine.sample else ""
    asked = printed_serial(asked) if asked else ""
    return KeyingPage(mine, questions, position, {}, done=done.forms, before=told, holes=holes, asked_serial=asked)


def _first_open(mine: MyPass, last: int, keyed: Sequence[int]) -> int:
    """Where one goes on: after the last form, or at the first of a sample that is not keyed."""
    if not mine.sample:
        return last + 1
    return next((place for place in mine.sample if place not in keyed), mine.header_count + 1)


def _showing(
    mine: MyPass,
    questions: Sequence[Question],
    form: KeyedForm,
    done: int,
    before: ReadBack | None,
    conflict: Message | None,
) -> KeyingPage:
    lines = {question.id: line_of(question.kind, form.reading.marks.get(question.id, ())) for question in questions}
    held, serial = form.reading.interpretation, form.reading.serial
    return KeyingPage(mine, questions, form.position, lines, serial, form.nonce, done, before, held, conflict=conflict)


def read_back(questions: Sequence[Question], position: int, reading: Reading) -> ReadBack:
    """A reading in words, in the order in which it was typed."""
    told = [mark for question in questions for mark in words(question, reading.marks.get(question.id, ()))]
    serial = printed_serial(reading.serial) if reading.serial else ""
    return ReadBack(position, reading.interpretation, tuple(told), serial)
