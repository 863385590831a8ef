"""Making the bundle of a meeting, once nothing in it can come any more and nothing in it is a secret."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session, col

from participation.audit import kind_of
from participation.ballots.models import Ballot, HandCount
from participation.ballots.questionnaires.models import OpenAnswer
from participation.errors import Conflict, Message
from participation.i18n import lazy as _
from participation.live import queries
from participation.live.bundle import shapes
from participation.live.bundle.events import MeetingBrought
from participation.live.bundle.packing import Packed, pack
from participation.live.bundle.shapes import FORMAT, VERSION, Bundle, Figure
from participation.live.floor.models import FloorSettings
from participation.live.floor.queries import floor_now
from participation.live.models import MeetingState, Poll, RoomSheet
from participation.live.queries import Room
from participation.live.settling import unsettled_specs
from participation.live.speaking.models import SpeakingSettings, SpeakingTurn
from participation.live.written.models import WrittenDecision
from participation.processes.models import Spec, Window
from participation.register import queries as register


def obstacle(session: Session, room: Room, at: datetime) -> Message | None:
    """Why there is no bundle of this meeting yet; None where there may be one."""
    if room.meeting.state is not MeetingState.ENDED:
        return _("The meeting has not ended yet. Its bundle is made afterwards.")
    polls = queries.polls_of(session, room.id)
    if any(queries.is_open(poll, at) for poll in polls):
        return _("A poll of this meeting is still open. Its bundle is made once the last one has closed.")
    waiting = {spec_row.id for spec_row in unsettled_specs(session)}
    if any(poll.spec_id in waiting for poll in polls):
        return _(
            "The last poll is still being settled. It takes about two minutes after its end; reload this page then."
        )
    return None


def make(session: Session, room: Room, at: datetime) -> Packed:
    """The bundle as it stands now; the same bytes as long as nothing is corrected. Conflict before its time."""
    if why_not := obstacle(session, room, at):
        raise Conflict(why_not)
    return pack(_bundle(session, room, at))


def _bundle(session: Session, room: Room, at: datetime) -> Bundle:
    polls = [poll for poll in queries.polls_of(session, room.id) if poll.spec_id]
    poll_ids = [poll.id for poll in polls]
    spec_ids = [poll.spec_id for poll in polls if poll.spec_id]
    return Bundle(
        format=FORMAT,
        version=VERSION,
        zone=room.process.zone.key,
        meeting=_row(shapes.MeetingRow, room.meeting),
        polls=[_poll(poll, poll_ids) for poll in sorted(polls, key=_key)],
        specs=_rows(session, shapes.SpecRow, Spec, col(Spec.id).in_(spec_ids)),
        windows=_rows(session, shapes.WindowRow, Window, col(Window.spec_id).in_(spec_ids)),
        ballots=_rows(session, shapes.BallotRow, Ballot, col(Ballot.spec_id).in_(spec_ids)),
        words=_rows(session, shapes.WordsRow, OpenAnswer, col(OpenAnswer.spec_id).in_(spec_ids)),
        totals=_rows(session, shapes.TotalsRow, HandCount, col(HandCount.spec_id).in_(spec_ids)),
        sheets=_rows(session, shapes.SheetRow, RoomSheet, col(RoomSheet.poll_id).in_(poll_ids)),
        cards=sorted(register.door_cards(session, room.id)),
        floor=_settings(session, shapes.FloorRow, FloorSettings, room.id),
        questions=_questions(session, room.id),
        written=_rows(session, shapes.WrittenRow, WrittenDecision, col(WrittenDecision.poll_id).in_(poll_ids)),
        speaking=_settings(session, shapes.SpeakingRow, SpeakingSettings, room.id),
        turns=_rows(session, shapes.TurnRow, SpeakingTurn, col(SpeakingTurn.meeting_id) == room.id),
        log=_log(session, room),
        figures=figures_of(queries.polls_now(session, room.meeting, at)),
    )


def figures_of(polls: Iterable[queries.PollNow]) -> list[Figure]:
    """What each source gave in each poll, in the order of its ids and names."""
    found = [
        Figure(poll_id=each.poll.id, source=source.name, people=source.people, votes=list(source.votes))
        for each in polls
        if each.result
        for source in each.result.sources
    ]
    return sorted(found, key=lambda figure: (str(figure.poll_id), figure.source))


def _key(row: Any) -> str:
    return str(row.id)


def _row(shape: Any, row: object, **instead: Any) -> BaseModel:
    made: BaseModel = shape(**{name: getattr(row, name) for name in shape.model_fields} | instead)
    return made


def _rows(session: Session, shape: Any, table: Any, which: Any) -> list[BaseModel]:
    rows = session.execute(select(table).where(which)).scalars()
    return [_row(shape, row) for row in sorted(rows, key=_key)]


def _settings(session: Session, shape: Any, table: Any, meeting_id: uuid.UUID) -> BaseModel | None:
    row = session.get(table, meeting_id)
    return _row(shape, row) if row else None


def _poll(poll: Poll, opened: Sequence[uuid.UUID]) -> BaseModel:
    """What it repeats is named only where that travels too."""
    return _row(shapes.PollRow, poll, repeats=poll.repeats if poll.repeats in opened else None)


def _questions(session: Session, meeting_id: uuid.UUID) -> list[BaseModel]:
    asked = floor_now(session, meeting_id).questions
    return [
        _row(shapes.QuestionRow, each.row, support=each.support) for each in sorted(asked, key=lambda a: _key(a.row))
    ]


def _log(session: Session, room: Room) -> list[BaseModel]:
    """What was done in it; not how it came here itself."""
    events = [event for event in queries.log_of(session, room.meeting) if event.kind != kind_of(MeetingBrought)]
    return [_row(shapes.EventRow, event) for event in sorted(events, key=_key)]
