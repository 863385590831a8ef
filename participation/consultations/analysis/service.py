"""The verbs of the workbench: keep the tree of codes, put passages under them, number the answers in words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, exists, func, insert, literal, select, update
from sqlmodel import Session, col

from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis import passages
from participation.consultations.analysis.models import AnalysisCode, AnswerNumber, CodedPassage
from participation.consultations.analysis.queries import Bench
from participation.consultations.analysis.units import Unit
from participation.consultations.models import Contribution
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess, windows_of

DEEPEST = 3
"""Levels of the tree: as many as a report has headings."""
TOGETHER = 20
"""Answers to one question that are numbered at once, at least, while more can come in."""
_VARIANTS = {"'": "['’]", "’": "['’]", '"': '["“”«»]'}


@dataclass(frozen=True, slots=True)
class AnalysisCodesMerged:
    """Event: the passages of one code stand under another, and the first is gone."""

    passages: int


@dataclass(frozen=True, slots=True)
class AnswersNumbered:
    """Event: so many answers in words were brought to the workbench."""

    answers: int


def code_at(session: Session, process_id: uuid.UUID, code_id: uuid.UUID) -> AnalysisCode:
    """NotFound for a code that is none of this consultation."""
    row = session.get(AnalysisCode, code_id)
    if row is None or row.process_id != process_id:
        raise NotFound(_("There is no such code. Somebody may have merged it into another one."))
    return row


def make_code(session: Session, process_id: uuid.UUID, title: str, parent_id: uuid.UUID | None) -> uuid.UUID:
    """A new code below another one, or a root. Conflict where the title is taken there, or the tree gets too deep."""
    tree = passages.codes_of(session, process_id)
    if parent_id is not None:
        parent = next((code for code in tree if code.id == parent_id), None)
        if parent is None:
            raise NotFound(_("There is no such code. Somebody may have merged it into another one."))
        if parent.depth + 1 >= DEEPEST:
            raise Conflict(_("The tree of codes has three levels at most. Nothing was added."))
    _refuse_twin(tree, title, parent_id)
    row = AnalysisCode(process_id=process_id, parent_id=parent_id, title=title)
    session.add(row)
    session.flush()
    return row.id


def _refuse_twin(tree: Sequence[passages.CodeRow], title: str, parent_id: uuid.UUID | None) -> None:
    if any(code.title.casefold() == title.casefold() and code.parent_id == parent_id for code in tree):
        raise Conflict(_("There is a code with this title already. Nothing was changed."))


def rename_code(session: Session, code: AnalysisCode, title: str) -> None:
    """Conflict where a brother has this title."""
    brothers = [row for row in passages.codes_of(session, code.process_id) if row.id != code.id]
    _refuse_twin(brothers, title, code.parent_id)
    code.title = title
    session.add(code)
    session.flush()


def merge_codes(
    session: Session, process: OpenProcess, code: AnalysisCode, into: AnalysisCode, *, at: datetime, by: uuid.UUID
) -> int:
    """Puts every passage of `code` under `into`, its codes below it too, and removes it; how many passages moved.

    A passage that stood under both stands under one. Conflict where `into` is the code itself or lies below it, or
    where the codes below would lie too deep.
    """
    tree = {row.id: row for row in passages.codes_of(session, process.id)}
    source, target = tree[code.id], tree[into.id]
    if target.path[: len(source.path)] == source.path:
        raise Conflict(_("A code cannot be merged into itself or into one below it. Nothing was changed."))
    below = max((row.depth for row in tree.values() if row.path[: len(source.path)] == source.path), default=0)
    if below - source.depth + target.depth >= DEEPEST:
        raise Conflict(_("The tree of codes has three levels at most. Nothing was added."))
    moved = _move_passages(session, code.id, into.id)
    session.execute(update(AnalysisCode).where(col(AnalysisCode.parent_id) == code.id).values(parent_id=into.id))
    session.flush()
    session.execute(delete(AnalysisCode).where(col(AnalysisCode.id) == code.id))
    Hand(process, by, at).record(session, AnalysisCodesMerged(moved))
    return moved


def _move_passages(session: Session, source: uuid.UUID, target: uuid.UUID) -> int:
    rows = list(session.execute(select(CodedPassage).where(col(CodedPassage.code_id).in_([source, target]))).scalars())
    known = {_place(row) for row in rows if row.code_id == target}
    moved = 0
    for row in rows:
        if row.code_id == target:
            continue
        if _place(row) in known:
            session.delete(row)
            continue
        row.code_id = target
        session.add(row)
        moved += 1
    session.flush()
    return moved


def _place(row: CodedPassage) -> tuple[object, ...]:
    return (row.contribution_id, row.answer_id, row.version, row.starts, row.ends, row.quote, row.page)


def locate(text: str, words: str, near: int = 0) -> tuple[int, int] | None:
    """Where the words stand in the text, the place nearest to `near`; None where they do not.

    Spaces, line ends, apostrophes and quotation marks may differ: words are copied from screens.
    """
    parts = ["".join(_VARIANTS.get(letter, re.escape(letter)) for letter in part) for part in words.split()]
    if not parts:
        return None
    found = [match.span() for match in re.finditer(r"\s+".join(parts), text)]
    return min(found, key=lambda span: abs(span[0] - near), default=None)


@dataclass(frozen=True, slots=True)
class Marked:
    """What somebody wants to put under codes: words of the piece, or of its file on a page."""

    words: str
    near: int
    page: str
    code_ids: tuple[uuid.UUID, ...]


def span_of(unit: Unit, marked: Marked) -> tuple[int, int] | None:
    """Where the words stand in the piece; None where they are of its file, whose text we do not have. Conflict where
    they are of neither."""
    span = locate(unit.text or "", marked.words, marked.near)
    if span is None and not unit.has_file:
        raise Conflict(_("These words are not in the text. Copy them from it as they stand."))
    return span


def code_passage(
    session: Session, process: OpenProcess, unit: Unit, marked: Marked, *, at: datetime, by: uuid.UUID
) -> int:
    """Puts the words under each of the codes; how many of these were new. Conflict where the words are not there.

    Words of a file, whose text we do not have, are kept as they were copied.
    """
    span = span_of(unit, marked)
    quote = "" if span else marked.words
    starts, ends = span or (0, 0)
    place = (unit.contribution_id, unit.answer_id, unit.version, starts, ends, quote, marked.page)
    new = 0
    for code_id in marked.code_ids:
        code_at(session, process.id, code_id)
        if place not in {_place(row) for row in _under(session, code_id, unit)}:
            row = CodedPassage(
                process_id=process.id, code_id=code_id, contribution_id=unit.contribution_id, answer_id=unit.answer_id,
                version=unit.version, starts=starts, ends=ends, quote=quote, page=marked.page, account_id=by, at=at,
            )  # fmt: skip
            session.add(row)
            new += 1
    session.flush()
    _mark(session, unit.contribution_id)
    return new


def _mark(session: Session, contribution_id: uuid.UUID | None) -> None:
    """Keeps with a contribution whether some of its words stand under a code."""
    coded = exists().where(col(CodedPassage.contribution_id) == contribution_id)
    session.execute(update(Contribution).where(col(Contribution.id) == contribution_id).values(coded=coded))


def _under(session: Session, code_id: uuid.UUID, unit: Unit) -> list[CodedPassage]:
    source = CodedPassage.contribution_id if unit.contribution_id else CodedPassage.answer_id
    query = select(CodedPassage).where(col(CodedPassage.code_id) == code_id, col(source) == unit.source_id)
    return list(session.execute(query).scalars())


def uncode(session: Session, process_id: uuid.UUID, passage_id: uuid.UUID) -> None:
    """Takes a passage out from under its code; somebody may have done so already."""
    here = (col(CodedPassage.id) == passage_id, col(CodedPassage.process_id) == process_id)
    gone = delete(CodedPassage).where(*here).returning(col(CodedPassage.contribution_id))
    _mark(session, session.execute(gone).scalar())


def number_answers(session: Session, process: OpenProcess, bench: Bench, *, at: datetime, by: uuid.UUID) -> int:
    """Gives numbers to the answers that have none, question by question; how many got one.

    While answers can come in, at least `TOGETHER` of a question at a time, so that numbers do not tell which were given
    by one person. Within a question they follow the random keys of the answers.
    """
    if bench.spec_row is None:
        return 0
    over = windows_of(session, bench.spec_row.id).all_closed(at)
    given = sum(_number(session, bench, asked.id, 1 if over else TOGETHER) for asked in bench.asked)
    if given:
        Hand(process, by, at).record(session, AnswersNumbered(given))
    return given


def _number(session: Session, bench: Bench, question_id: str, least: int) -> int:
    of_question = (col(OpenAnswer.spec_id) == bench.spec_id, col(OpenAnswer.question_id) == question_id)
    known = and_(
        col(AnswerNumber.spec_id) == col(OpenAnswer.spec_id), col(AnswerNumber.answer_id) == col(OpenAnswer.id)
    )
    new = select(col(OpenAnswer.id)).outerjoin(AnswerNumber, known).where(*of_question)
    new = new.where(col(AnswerNumber.answer_id).is_(None))
    number: int = session.execute(select(func.count()).select_from(new.subquery())).scalar_one()
    if number < least or not number:
        return 0
    mine = (col(AnswerNumber.spec_id) == bench.spec_id, col(AnswerNumber.question_id) == question_id)
    last = session.execute(select(func.coalesce(func.max(col(AnswerNumber.number)), 0)).where(*mine)).scalar_one()
    place = func.row_number().over(order_by=col(OpenAnswer.id)) + last
    rows = new.with_only_columns(col(OpenAnswer.spec_id), col(OpenAnswer.id), literal(question_id), place)
    session.execute(insert(AnswerNumber).from_select(["spec_id", "answer_id", "question_id", "number"], rows))
    return number
