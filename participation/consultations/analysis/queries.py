"""Reads of the workbench: pieces in their order, one by its reference, and how far the work is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlmodel import Session, col

from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis.models import AnswerNumber, CodedPassage
from participation.consultations.analysis.units import (
    ANSWER,
    Asked,
    Coded,
    Position,
    Unit,
    Wanted,
    asked_of,
    position_of,
    reference_of,
)
from participation.consultations.briefs.models import Brief
from participation.consultations.briefs.queries import contribution_at, number_in
from participation.consultations.models import (
    Attachment,
    AttachmentRole,
    Contribution,
    ContributionState,
    ContributionText,
)
from participation.consultations.narrowing import narrowed
from participation.consultations.queries import settings_of
from participation.processes.queries import OpenProcess, SpecRow, current_spec

PAGE = 25
OTHER_LANGUAGE = {"und": "other"}
"""What contributions and answers call a language that has no name here."""
KEPT = (
    col(Contribution.state) != ContributionState.WITHDRAWN,
    col(Contribution.official).is_(False),
)
"""What people said and did not take back. What was refused is read too, and says so."""


@dataclass(frozen=True)
class Bench:
    """What the workbench of a consultation reads from."""

    process_id: uuid.UUID
    spec_row: SpecRow | None
    asked: list[Asked]
    theme_titles: dict[str, str] = field(default_factory=dict)
    """Code of a theme → its French title, which questions of the questionnaire have too."""

    @property
    def spec_id(self) -> uuid.UUID | None:
        return self.spec_row.id if self.spec_row else None


def bench_of(session: Session, process: OpenProcess) -> Bench:
    spec_row = current_spec(session, process.id)
    titles = {theme["code"]: theme["title"].get("fr", "") for theme in settings_of(session, process.id).themes}
    return Bench(process.id, spec_row, asked_of(spec_row.spec if spec_row else None), titles)


def units(
    session: Session, bench: Bench, wanted: Wanted, after: Position | None = None, *, back: bool = False, most: int
) -> list[Unit]:
    """So many pieces beyond `after`, in their order; with `back`, those before it, the nearest first."""
    parts = [_contributions, _answers]
    found: list[Unit] = []
    for part in reversed(parts) if back else parts:
        if len(found) < most:
            found += part(session, bench, wanted, after, back, most - len(found))
    return found


def _contributions(
    session: Session, bench: Bench, wanted: Wanted, after: Position | None, back: bool, most: int
) -> list[Unit]:
    if not wanted.contributions or (after is not None and after.question and not back):
        return []
    number = col(Contribution.number)
    query = _of_contributions().where(*_of_register(session, bench.process_id, wanted))
    if after is not None and not after.question:
        query = query.where(number < after.number if back else number > after.number)
    rows = session.execute(query.order_by(number.desc() if back else number).limit(most))
    return [_contribution(row) for row in rows]


def _of_contributions() -> Select[Any]:
    names = ("id", "number", "kind", "state", "channel", "language", "borough", "theme", "people", "version")
    of_its_own = col(Attachment.role) != AttachmentRole.IMAGE  # a picture says what the transcription says
    has_file = exists().where(col(Attachment.contribution_id) == col(Contribution.id), of_its_own).label("has_file")
    words = (col(ContributionText.title), col(ContributionText.text))
    newest = and_(
        col(ContributionText.contribution_id) == col(Contribution.id),
        col(ContributionText.version) == col(Contribution.version),
    )
    columns = [col(getattr(Contribution, name)) for name in names]
    query = select(*columns, *words, has_file, col(Brief.file_number)).join(ContributionText, newest)
    return query.outerjoin(Brief, col(Brief.contribution_id) == col(Contribution.id)).where(*KEPT)


def _of_register(session: Session, process_id: uuid.UUID, wanted: Wanted) -> list[ColumnElement[bool]]:
    fields = ("kind", "theme", "channel", "borough", "language")
    facets: list[dict[str, object]] = [{name: value} for name in fields if (value := getattr(wanted, name))]
    if wanted.coded:
        facets.append({"coded": wanted.coded == Coded.YES})
    return narrowed(session, [col(Contribution.process_id) == process_id], facets)


def _contribution(row: Any) -> Unit:
    return Unit(
        position=Position(0, row.number),
        reference=reference_of(row.kind, row.number, row.file_number),
        registered=reference_of(row.kind, row.number, None),
        kind=row.kind.value,
        contribution_id=row.id,
        answer_id=None,
        channel=row.channel.value,
        language=row.language,
        borough=row.borough,
        theme=row.theme,
        refused=row.state is ContributionState.REFUSED,
        pending=row.state is ContributionState.PENDING,
        people=row.people,
        version=row.version,
        title=row.title,
        text=row.text,
        has_file=row.has_file,
    )


def _answers(
    session: Session, bench: Bench, wanted: Wanted, after: Position | None, back: bool, most: int
) -> list[Unit]:
    if not wanted.answers or bench.spec_id is None or (back and after is not None and not after.question):
        return []
    found: list[Unit] = []
    for asked in reversed(bench.asked) if back else bench.asked:
        if len(found) < most and _is_meant(bench, asked, wanted, after, back):
            found += _to_one(session, bench, asked, wanted, after, back, most - len(found))
    return found


def _is_meant(bench: Bench, asked: Asked, wanted: Wanted, after: Position | None, back: bool) -> bool:
    if wanted.question not in ("", asked.id):
        return False
    if wanted.theme and asked.theme.get("fr") != bench.theme_titles.get(wanted.theme):
        return False
    return after is None or (asked.place <= after.question if back else asked.place >= after.question)


def _to_one(
    session: Session, bench: Bench, asked: Asked, wanted: Wanted, after: Position | None, back: bool, most: int
) -> list[Unit]:
    number = col(AnswerNumber.number)
    query = _of_answers().where(
        col(AnswerNumber.spec_id) == bench.spec_id, col(AnswerNumber.question_id) == asked.id, *_of_box(wanted)
    )
    if after is not None and after.question == asked.place:
        query = query.where(number < after.number if back else number > after.number)
    rows = session.execute(query.order_by(number.desc() if back else number).limit(most))
    return [_answer(row, asked.place) for row in rows]


def _of_answers() -> Select[Any]:
    columns = [col(getattr(OpenAnswer, name)) for name in ("id", "question_id", "channel", "language", "text")]
    same = and_(col(OpenAnswer.spec_id) == col(AnswerNumber.spec_id), col(OpenAnswer.id) == col(AnswerNumber.answer_id))
    return select(*columns, col(AnswerNumber.number)).join(OpenAnswer, same)


def _of_box(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [col(OpenAnswer.channel) == wanted.channel] if wanted.channel else []
    if wanted.language:
        found.append(col(OpenAnswer.language) == OTHER_LANGUAGE.get(wanted.language, wanted.language))
    if wanted.coded:
        coded = exists().where(col(CodedPassage.answer_id) == col(OpenAnswer.id))
        found.append(coded if wanted.coded == Coded.YES else ~coded)
    return found


def _answer(row: Any, place: int) -> Unit:
    return Unit(
        position=Position(place, row.number),
        reference=f"Q{place}-{row.number}",
        registered=f"Q{place}-{row.number}",
        kind=ANSWER,
        contribution_id=None,
        answer_id=row.id,
        channel=row.channel.value,
        language=row.language,
        borough="",
        theme="",
        refused=False,
        pending=False,
        people=1,
        version=1,
        title="",
        text=row.text,
        has_file=False,
    )


def unit_at(session: Session, bench: Bench, reference: str) -> Unit | None:
    """The piece with this reference; None for one that was taken back or never was.

    A brief is found by the number that it had before it got one of the file, too.
    """
    position = position_of(reference)
    if position is None and (file_number := number_in(reference)) is not None:
        brief = contribution_at(session, bench.process_id, file_number)
        position = Position(0, brief.number) if brief else None
    found = _at(session, bench, position) if position else None
    return found if found and reference in (found.reference, found.registered) else None


def _at(session: Session, bench: Bench, position: Position) -> Unit | None:
    if not position.question:
        register = (col(Contribution.process_id) == bench.process_id, col(Contribution.number) == position.number)
        row = session.execute(_of_contributions().where(*register)).first()
        return _contribution(row) if row else None
    asked = next((each for each in bench.asked if each.place == position.question), None)
    if asked is None:
        return None
    here = and_(col(AnswerNumber.question_id) == asked.id, col(AnswerNumber.number) == position.number)
    row = session.execute(_of_answers().where(col(AnswerNumber.spec_id) == bench.spec_id, here)).first()
    return _answer(row, asked.place) if row else None


MOST_BOROUGHS = 100
"""In the list of a filter."""


def boroughs(session: Session, process_id: uuid.UUID) -> list[str]:
    """Those that contributions name, in order: one look into the index for each, however many there are."""
    name = col(Contribution.borough)
    next_one = select(func.min(name).label("name")).where(col(Contribution.process_id) == process_id)
    walked = next_one.where(name > "").cte("boroughs", recursive=True)
    step = next_one.where(name > walked.c.name).scalar_subquery()
    walked = walked.union_all(select(step).where(walked.c.name.is_not(None)))
    named = select(walked.c.name).where(walked.c.name.is_not(None)).limit(MOST_BOROUGHS)
    return sorted(session.execute(named).scalars())


def waiting_answers(session: Session, bench: Bench) -> int:
    """Answers in words that have no number yet. It reads them all: only for who has just asked for them."""
    cast = select(func.count()).select_from(OpenAnswer).where(col(OpenAnswer.spec_id) == bench.spec_id)
    every: int = session.execute(cast).scalar_one()
    return every - numbered_answers(session, bench)


def numbered_answers(session: Session, bench: Bench) -> int:
    """Answers that have one: their numbers have no gaps, so the last one of each question says how many there are."""
    last = select(func.coalesce(func.max(col(AnswerNumber.number)), 0))
    total = 0
    for asked in bench.asked:
        here = (col(AnswerNumber.spec_id) == bench.spec_id, col(AnswerNumber.question_id) == asked.id)
        total += int(session.execute(last.where(*here)).scalar_one())
    return total


def coded_pieces(session: Session, bench: Bench) -> int:
    """Pieces with at least one passage under a code."""
    of_process = col(CodedPassage.process_id) == bench.process_id
    sources = (col(CodedPassage.contribution_id), col(CodedPassage.answer_id))
    counts = (select(func.count(source.distinct())).where(of_process) for source in sources)
    return sum(int(session.execute(query).scalar_one()) for query in counts)


def coded_among(session: Session, found: Sequence[Unit]) -> dict[uuid.UUID, int]:
    """Contribution or answer → how many passages of it are coded, where there are any."""
    ids = [unit.source_id for unit in found]
    source = func.coalesce(col(CodedPassage.contribution_id), col(CodedPassage.answer_id))
    mine = or_(col(CodedPassage.contribution_id).in_(ids), col(CodedPassage.answer_id).in_(ids))
    query = select(source.label("source"), func.count().label("number")).where(mine).group_by(source)
    return {_uuid(row.source): row.number for row in session.execute(query)}


def _uuid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
