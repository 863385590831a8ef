"""The questionnaire of the finished run is closed by two people, counted, and its results published."""

from __future__ import annotations

import uuid

from participation.accounts.permissions import Actor
from participation.db import Database
from participation.demo.gare.content import Days, opened
from participation.processes.models import WindowKind
from participation.publication import opinions, service
from participation.register.keys import Keys

CLOSED, COUNTED, SHOWN = 60, 61, 75
"""Days after the notice: once the post is in; the day after; when the commission has looked at the figures."""


def load(database: Database, keys: Keys, process_id: uuid.UUID, first: Actor, second: Actor, days: Days) -> None:
    """Before the analysis: closing shuffles the box, so that an answer cannot be told by its place."""
    at = days.on(CLOSED, 10)
    with database.writing() as session:
        row = opinions.questionnaire_of(session, opened(session, process_id))
        proposal = service.propose(session, row, WindowKind.INTAKE_CLOSED, at, "", actor=first, at=at)
        service.confirm(session, row, proposal.id, actor=second, at=at)
    service.close_confirmed(database, keys, at)
    with database.writing() as session:
        process = opened(session, process_id)
        row = opinions.questionnaire_of(session, process)
        opinions.count_box(session, row, actor=first, at=days.on(COUNTED, 9))
        opinions.publish(session, process, row, actor=first, at=days.on(SHOWN, 9))
