"""How long a ballot takes to key, and where two people read it otherwise: by form version and project, never by person.

A long time or many differences say something about a form, its type size or two numbers that look alike. Who keyed is
read nowhere here. Figures of fewer than LEAST forms are not shown: they would come near single ballots.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.counting.spec import Question
from participation.paper import queries
from participation.paper.keying.adjudication import both_finished, questions_of
from participation.paper.keying.comparison import Form, compare
from participation.paper.marks import answer
from participation.paper.models.batches import Batch, Interpretation, Keying, KeyingSession
from participation.paper.models.prints import BallotSerial, PrintRun
from participation.paper.queries import BatchRow
from participation.processes.queries import SpecRow

LEAST = 20
"""As for every breakdown of paper: a smaller group stays hidden."""
BATCHES_AT_ONCE = 50


@dataclass(frozen=True, slots=True, order=True)
class FormVersion:
    """One kind of sheet: its district, and where a serial tells it, its language and size of type."""

    style: str
    language: str = ""
    large: bool = False


@dataclass(slots=True)
class VersionFigures:
    """`seconds`: how many forms took so many seconds. `compared`: forms that two people read; `differing` of them."""

    version: FormVersion
    seconds: Counter[int] = field(default_factory=Counter)
    compared: int = 0
    differing: int = 0

    @property
    def median(self) -> float | None:
        """Seconds for half of the forms or fewer; None under LEAST timed forms."""
        return median(self.seconds) if self.seconds.total() >= LEAST else None

    @property
    def share(self) -> float | None:
        """The part of the forms that two people read differently; None under LEAST compared forms."""
        return self.differing / self.compared if self.compared >= LEAST else None


@dataclass(frozen=True, slots=True)
class ProjectFigure:
    """On how many forms one person read this project and the other did not, or with another rank or points."""

    question: Question
    number: str
    title: tuple[tuple[str, str], ...]
    differing: int


@dataclass(frozen=True, slots=True)
class KeyingFigures:
    versions: tuple[VersionFigures, ...]
    projects: tuple[ProjectFigure, ...]
    """Empty while fewer than LEAST forms were compared."""
    compared: int


def median(counts: Mapping[int, int]) -> float:
    """The middle value of values that occur so often; of an even number, the mean of the two in the middle."""
    total = sum(counts.values())
    places, found, passed = ((total - 1) // 2, total // 2), [], 0
    for value in sorted(counts):
        passed += counts[value]
        found += [value for place in places if passed - counts[value] <= place < passed]
    return sum(found) / len(found)


def keying_figures(session: Session, spec_row: SpecRow) -> KeyingFigures:
    """The figures of every batch that two people have keyed to the end, whether or not it is closed."""
    editions = _editions(session, spec_row.id)
    versions: dict[FormVersion, VersionFigures] = {}
    for version, seconds, forms in _times(session, spec_row.id):
        versions.setdefault(version, VersionFigures(version)).seconds[seconds] += forms
    projects: Counter[tuple[str, str]] = Counter()
    for batch, form in _compared(session, spec_row):
        version = _version(batch.style, form, editions)
        figures = versions.setdefault(version, VersionFigures(version))
        figures.compared += 1
        figures.differing += not form.agrees
        projects.update(differing_projects(questions_of(spec_row, batch), form))
    compared = sum(figures.compared for figures in versions.values())
    ordered = tuple(versions[version] for version in sorted(versions))
    return KeyingFigures(ordered, _told(spec_row, projects) if compared >= LEAST else (), compared)


def _times(session: Session, spec_id: uuid.UUID) -> Iterator[tuple[FormVersion, int, int]]:
    """Version, seconds, and how many forms took them: a few rows, however many forms there are."""
    keys = (col(Batch.style), col(PrintRun.language), col(PrintRun.large), col(Keying.seconds))
    printed = (col(BallotSerial.spec_id) == col(Batch.spec_id)) & (col(BallotSerial.serial) == col(Keying.serial))
    query = (
        select(*keys, func.count())
        .join(KeyingSession, col(KeyingSession.batch_id) == col(Batch.id))
        .join(Keying, col(Keying.session_id) == col(KeyingSession.id))
        .outerjoin(BallotSerial, printed)
        .outerjoin(PrintRun, col(PrintRun.id) == col(BallotSerial.run_id))
        .where(col(Batch.spec_id) == spec_id, col(Keying.seconds).is_not(None))
        .group_by(*keys)
    )
    for style, language, large, seconds, forms in session.execute(query):
        yield FormVersion(style, language or "", bool(large)), int(seconds), int(forms)


def _editions(session: Session, spec_id: uuid.UUID) -> dict[str, tuple[str, bool]]:
    """Printed serial as keyed → language and size of type of its sheet."""
    query = (
        select(col(BallotSerial.serial), col(PrintRun.language), col(PrintRun.large))
        .join(PrintRun, col(PrintRun.id) == col(BallotSerial.run_id))
        .where(col(BallotSerial.spec_id) == spec_id, col(BallotSerial.serial).in_(select(col(Keying.serial))))
    )
    return {serial: (language, large) for serial, language, large in session.execute(query)}


def _version(style: str, form: Form, editions: Mapping[str, tuple[str, bool]]) -> FormVersion:
    serial = form.serial.replace("-", "")
    return FormVersion(style, *editions[serial]) if serial in editions else FormVersion(style)


def _compared(session: Session, spec_row: SpecRow) -> Iterator[tuple[BatchRow, Form]]:
    """Every form that two people have read, of batches whose two passes are finished; a few batches in memory."""
    batches = queries.batches_of(session, spec_row.id)
    for start in range(0, len(batches), BATCHES_AT_ONCE):
        some = batches[start : start + BATCHES_AT_ONCE]
        passes = queries.passes_of(session, [batch.id for batch in some])
        keyed = [batch for batch in some if both_finished(passes.get(batch.id, []))]
        readings = queries.readings_of(session, [batch.id for batch in keyed])
        for batch in keyed:
            found = compare(questions_of(spec_row, batch), batch.header_count, readings.get(batch.id, {}), {})
            yield from ((batch, form) for form in found.forms if form.first and form.second)


def differing_projects(questions: Sequence[Question], form: Form) -> Iterable[tuple[str, str]]:
    """Question and option ids that one of two people read and the other did not, where both read choices."""
    if form.agrees or form.first is None or form.second is None:
        return
    if {form.first.interpretation, form.second.interpretation} != {Interpretation.CHOICES}:
        return
    for question in questions:
        one, other = (dict(answer(question, each.marks.get(question.id, ()))) for each in (form.first, form.second))
        for option_id in {*one, *other}:
            if one.get(option_id) != other.get(option_id) and option_id in question.by_id:
                yield question.id, option_id


def _told(spec_row: SpecRow, projects: Counter[tuple[str, str]]) -> tuple[ProjectFigure, ...]:
    """Most differences first."""
    found = []
    for (question_id, option_id), forms in projects.most_common():
        question = spec_row.spec.question[question_id]
        option = question.by_id[option_id]
        found.append(ProjectFigure(question, option.number, option.title, forms))
    return tuple(found)
