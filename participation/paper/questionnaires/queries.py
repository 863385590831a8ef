"""Reads of the desk: sheets that wait, sheets by place, what a questionnaire still waits for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.counting.spec import PAPER_CHANNELS
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.paper.models.questionnaires import QuestionnaireSheet, SheetState
from participation.processes.models import Place
from participation.processes.queries import places_of

WAITING = (SheetState.KEYED, SheetState.DIFFERS)


def sheet_or_404(session: Session, spec_id: uuid.UUID, number: int) -> QuestionnaireSheet:
    query = select(QuestionnaireSheet).where(
        col(QuestionnaireSheet.spec_id) == spec_id, col(QuestionnaireSheet.number) == number
    )
    found: QuestionnaireSheet | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(_("There is no sheet of this number."))
    return found


def waiting_sheets(session: Session, spec_id: uuid.UUID) -> list[QuestionnaireSheet]:
    """What still wants a second or a third person, in the order of its numbers."""
    query = select(QuestionnaireSheet).where(
        col(QuestionnaireSheet.spec_id) == spec_id, col(QuestionnaireSheet.state).in_(WAITING)
    )
    return list(session.execute(query.order_by(col(QuestionnaireSheet.number))).scalars())


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """How many sheets of a place stand where."""

    place: Place
    by_state: dict[SheetState, int]

    @property
    def total(self) -> int:
        return sum(number for state, number in self.by_state.items() if state is not SheetState.WITHDRAWN)


def figures(session: Session, process_id: uuid.UUID, spec_id: uuid.UUID) -> list[PlaceFigures]:
    """Place by place, for all that receive sheets or calls."""
    keys = (col(QuestionnaireSheet.place_id), col(QuestionnaireSheet.state))
    query = select(*keys, func.count()).where(col(QuestionnaireSheet.spec_id) == spec_id).group_by(*keys)
    found: dict[uuid.UUID, dict[SheetState, int]] = {}
    for place_id, state, number in session.execute(query):
        found.setdefault(place_id, {})[state] = number
    return [PlaceFigures(place, found.get(place.id, {})) for place in receiving_places(session, process_id)]


def receiving_places(session: Session, process_id: uuid.UUID) -> list[Place]:
    """Counters, addresses for post, telephone lines."""
    return [place for place in places_of(session, process_id) if place.channel in PAPER_CHANNELS]
