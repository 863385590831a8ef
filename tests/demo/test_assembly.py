"""The fictional assembly: 86 people, 61 telephones, 25 with cards, of whom nothing is lost when the network goes."""

from __future__ import annotations

import pytest

from participation.counting.room import Apart
from participation.demo.rive_claire.content import DEVICES, MOVED, PRESENT
from participation.demo.samples import BODY, BODY_PROCESS
from participation.live.minutes import Sheet, sheet_of
from participation.live.models import MeetingState
from participation.live.queries import PollNow, Room, meetings_of, phone_answers, polls_now
from participation.live.settling import unsettled_specs
from participation.processes.queries import process_at
from tests.builders import NOON
from tests.demo.conftest import Demo


@pytest.fixture
def evening(demo: Demo) -> tuple[Sheet, list[PollNow]]:
    with demo.database.reading() as session:
        process = process_at(session, BODY, BODY_PROCESS)
        assert process is not None
        held, coming = meetings_of(session, process.id)
        assert (held.state, coming.state) == (MeetingState.ENDED, MeetingState.PREPARED)
        assert held.minutes_at is not None
        polls = polls_now(session, held, NOON)
        assert unsettled_specs(session) == [poll.spec_row for poll in polls if poll.poll.on_site]
        return sheet_of(session, Room(held, process), "fr", NOON), polls


def test_every_poll_adds_up(evening: tuple[Sheet, list[PollNow]]) -> None:
    _sheet, (warm_up, zone, plans, longer, next_street, _missing, _satisfied) = evening
    for poll in (warm_up, zone, longer):
        assert poll.result is not None
        assert poll.result.apart is None
        assert poll.result.people <= PRESENT
    assert warm_up.result is not None
    assert zone.result is not None
    assert plans.result is not None
    assert (phone_answers(warm_up.result), warm_up.result.people) == (DEVICES, PRESENT)
    assert (phone_answers(zone.result), zone.result.people) == (DEVICES - MOVED, PRESENT)
    assert phone_answers(plans.result) == plans.result.people
    street = next_street.result
    assert street is not None
    assert (street.apart, street.in_room, street.elsewhere) == (Apart.OUTSIDE_THE_ROOM, 54, 41), "asked on the site too"


def test_its_minutes_tell_what_was_put_right(evening: tuple[Sheet, list[PollNow]]) -> None:
    sheet, _polls = evening
    figures = dict(sheet.floor)
    assert [figures[words] for words in ("Questions de la salle", "dont montrées", "dont refusées, avec un motif")] == [
        "19", "14", "2",
    ]  # fmt: skip
    assert figures["dont fusionnées avec une autre"] == "3"
    assert any("deux décomptes différaient" in line for line in sheet.trace)
