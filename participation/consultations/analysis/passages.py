"""Coded passages: under their codes, beside the piece they come from, and how many came by which way."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlmodel import Session, col

from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis.models import AnalysisCode, AnswerNumber, CodedPassage
from participation.consultations.analysis.queries import KEPT, Bench
from participation.consultations.analysis.units import Unit, reference_of
from participation.consultations.briefs.models import Brief
from participation.consultations.models import Contribution, ContributionState, ContributionText


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code in the tree: `depth` 0 is a root, `path` its titles from the root to itself."""

    id: uuid.UUID
    title: str
    parent_id: uuid.UUID | None
    depth: int
    path: tuple[str, ...]

    @property
    def name(self) -> str:
        return " › ".join(self.path)


def codes_of(session: Session, process_id: uuid.UUID) -> list[CodeRow]:
    """The tree of the team, each code after its parent, brothers in the order of their titles."""
    query = select(col(AnalysisCode.id), col(AnalysisCode.title), col(AnalysisCode.parent_id))
    below: dict[uuid.UUID | None, list[Any]] = defaultdict(list)
    for row in session.execute(query.where(col(AnalysisCode.process_id) == process_id)):
        below[row.parent_id].append(row)
    return list(_walk(below, None, ()))


def _walk(
    below: dict[uuid.UUID | None, list[Any]], parent: uuid.UUID | None, path: tuple[str, ...]
) -> Iterator[CodeRow]:
    for row in sorted(below[parent], key=lambda each: (each.title.casefold(), str(each.id))):
        here = (*path, row.title)
        yield CodeRow(row.id, row.title, row.parent_id, len(path), here)
        yield from _walk(below, row.id, here)


@dataclass(frozen=True, slots=True)
class Passage:
    """Some words under a code, with what a reader must know of where they come from."""

    id: uuid.UUID
    code_id: uuid.UUID
    reference: str
    page: str
    words: str | None
    """None where they were erased."""
    channel: str
    language: str
    borough: str
    refused: bool
    starts: int
    ends: int
    version: int

    @property
    def cited(self) -> str:
        """C-231; with a page, C-231, p. 3: alike in both languages."""
        return f"{self.reference}, p. {self.page}" if self.page else self.reference


_PLACE = ("id", "code_id", "page", "quote", "starts", "ends", "version")


def _columns() -> list[Any]:
    return [col(getattr(CodedPassage, name)) for name in _PLACE]


def _from_register() -> Select[Any]:
    names = ("number", "kind", "channel", "language", "borough", "state")
    brief = col(Brief.contribution_id) == col(CodedPassage.contribution_id)
    said = and_(
        col(ContributionText.contribution_id) == col(CodedPassage.contribution_id),
        col(ContributionText.version) == col(CodedPassage.version),
    )
    query = select(*_columns(), *(col(getattr(Contribution, name)) for name in names), col(ContributionText.text))
    query = query.add_columns(col(Brief.file_number)).outerjoin(Brief, brief)
    query = query.join(Contribution, col(Contribution.id) == col(CodedPassage.contribution_id))
    return query.join(ContributionText, said).where(*KEPT)


def _from_box(bench: Bench) -> Select[Any]:
    names = ("question_id", "channel", "language", "text")
    query = select(*_columns(), *(col(getattr(OpenAnswer, name)) for name in names), col(AnswerNumber.number))
    query = query.join(AnswerNumber, col(AnswerNumber.answer_id) == col(CodedPassage.answer_id))
    same = and_(col(OpenAnswer.spec_id) == col(AnswerNumber.spec_id), col(OpenAnswer.id) == col(AnswerNumber.answer_id))
    return query.join(OpenAnswer, same).where(col(AnswerNumber.spec_id) == bench.spec_id)


def _words(row: Any) -> str | None:
    if row.quote:
        return str(row.quote)
    return None if row.text is None else str(row.text[row.starts : row.ends])


def _registered(row: Any) -> Passage:
    reference = reference_of(row.kind, row.number, row.file_number)
    refused = row.state is ContributionState.REFUSED
    return Passage(
        row.id, row.code_id, reference, row.page, _words(row), row.channel.value, row.language, row.borough, refused,
        row.starts, row.ends, row.version,
    )  # fmt: skip


def _answered(row: Any, places: dict[str, int]) -> Passage:
    reference = f"Q{places[row.question_id]}-{row.number}"
    return Passage(
        row.id, row.code_id, reference, row.page, _words(row), row.channel.value, row.language, "", False,
        row.starts, row.ends, row.version,
    )  # fmt: skip


STREAM = 500


def stream(session: Session, bench: Bench, code_id: uuid.UUID | None = None) -> Iterator[Passage]:
    """The passages of a code, or of all: contributions by number, then answers; some hundreds in memory at a time."""
    here = [col(CodedPassage.process_id) == bench.process_id]
    if code_id is not None:
        here.append(col(CodedPassage.code_id) == code_id)
    order = (col(CodedPassage.starts), col(CodedPassage.id))
    register = _from_register().where(*here).order_by(col(Contribution.number), *order)
    yield from map(_registered, session.execute(register.execution_options(yield_per=STREAM)))
    places = {asked.id: asked.place for asked in bench.asked}
    if places:
        box = _from_box(bench).where(*here, col(OpenAnswer.question_id).in_(places))
        box = box.order_by(col(OpenAnswer.question_id), col(AnswerNumber.number), *order)
        yield from (_answered(row, places) for row in session.execute(box.execution_options(yield_per=STREAM)))


def of_unit(session: Session, bench: Bench, unit: Unit) -> list[Passage]:
    """What of this piece is coded, in the order of its words."""
    if unit.contribution_id is not None:
        query = _from_register().where(col(CodedPassage.contribution_id) == unit.contribution_id)
        found = [_registered(row) for row in session.execute(query)]
    else:
        places = {asked.id: asked.place for asked in bench.asked}
        query = _from_box(bench).where(col(CodedPassage.answer_id) == unit.answer_id)
        found = [_answered(row, places) for row in session.execute(query)]
    return sorted(found, key=lambda each: (each.starts, each.ends, str(each.id)))


def pieces(unit: Unit, passages: Sequence[Passage]) -> list[tuple[str, bool]]:
    """The words of a piece cut where coded passages begin and end: (words, whether some passage has them)."""
    text = unit.text or ""
    spans = sorted((each.starts, each.ends) for each in passages if each.version == unit.version and each.ends)
    cut, last = [], 0
    for starts, ends in spans:
        if ends > last:
            cut += [(text[last : max(starts, last)], False), (text[max(starts, last) : ends], True)]
            last = ends
    return [piece for piece in [*cut, (text[last:], False)] if piece[0]]


def by_channel(session: Session, bench: Bench) -> dict[uuid.UUID, dict[str, int]]:
    """Code → way of taking part → how many passages, in two queries however many there are."""
    found: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for query, channel in ((_from_register(), Contribution.channel), (_from_box(bench), OpenAnswer.channel)):
        here = query.where(col(CodedPassage.process_id) == bench.process_id)
        code, way = col(CodedPassage.code_id), col(channel)
        figures = here.with_only_columns(code, way, func.count()).group_by(code, way)
        for code_id, name, number in session.execute(figures):
            found[code_id][name.value] += number
    return found
