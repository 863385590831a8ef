"""Reads of the sums: what is asked, how many slips there are by way, and the tables that may be shown."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations.models import ContributionChannel
from participation.consultations.participants.models import ParticipantQuestions, ParticipantTally
from participation.consultations.participants.questions import QUESTIONS, Asked, chosen
from participation.consultations.participants.suppression import Table, suppressed
from participation.errors import Message
from participation.i18n import lazy as _


def asked_in(session: Session, process_id: uuid.UUID) -> list[Asked]:
    """What its slip asks; nothing where nobody has chosen."""
    row = session.get(ParticipantQuestions, process_id)
    return chosen(row.codes) if row else []


Figures = Counter[tuple[str, str, ContributionChannel]]
"""(question, answer, way) → how many slips; with empty question and answer, all slips of that way."""


def figures(session: Session, process_id: uuid.UUID) -> Figures:
    query = select(ParticipantTally).where(col(ParticipantTally.process_id) == process_id)
    rows = session.execute(query).scalars()
    return Counter({(row.question, row.answer, row.channel): row.number for row in rows})


def slips(found: Figures) -> int:
    return sum(number for (question, _answer, _way), number in found.items() if not question)


SUM = _("All who answered")


@dataclass(frozen=True, slots=True)
class Crossed:
    """A question by way of taking part: a line an answer, the last one their sum; None where a cell is hidden."""

    asked: Asked
    labels: tuple[Message, ...]
    cells: Table
    """Online, otherwise, in all."""


def crossed(found: Figures) -> list[Crossed]:
    """The tables of everything that was ever asked and answered."""
    return [_crossed(asked, found) for code, asked in QUESTIONS.items() if any(key[0] == code for key in found)]


def _crossed(asked: Asked, found: Figures) -> Crossed:
    lines = []
    for answer, _label in asked.options:
        online = found[asked.code, answer, ContributionChannel.ONLINE]
        every = sum(found[asked.code, answer, way] for way in ContributionChannel)
        lines.append([online, every - online, every])
    lines.append([sum(column) for column in zip(*lines, strict=True)])
    return Crossed(asked, (*(label for _answer, label in asked.options), SUM), suppressed(lines))
