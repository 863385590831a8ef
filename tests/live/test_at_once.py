"""A whole room at once: telephones ask, support, join and vote while those who run it act. Nobody waits for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from participation.live.floor.queries import floor_now
from participation.live.floor.service import set_limit
from participation.live.models import Meeting
from participation.live.queries import MeetingNow
from tests.client import Browser, Site
from tests.live.people import Assembly, answer, build_assembly
from tests.live.test_floor import ask, decide, support
from tests.live.test_floor import opened as questions_opened
from tests.live.test_speaking import act, join, opened

TELEPHONES = 6


def evening(room: Assembly, telephone: Browser, number: int) -> None:
    """What one telephone does."""
    ask(room, telephone, f"Question de la personne {number}?")
    join(room, telephone, f"Personne {number}")
    answer(room, telephone, "a")
    for wanted in ("1", "0", "1"):
        support(room, telephone, 1, wanted)


def desk(room: Assembly) -> None:
    """What those who run the room do meanwhile."""
    for _time in range(TELEPHONES):
        act(room, "next")
        room.facilitator.post(f"{room.staff}/present", {"present": "30"})
        room.facilitator.post(f"{room.staff}/questions/limit", {"per_device": "3"})
        room.facilitator.post(f"{room.staff}/remote/here", status=204)


def test_a_room_does_everything_at_once(site: Site) -> None:
    room = opened(questions_opened(build_assembly(site)))
    room.act("open")
    ask(room, site.visitor(), "La première question?")
    decide(room, 1, "show")
    acts: list[Callable[[], None]] = [partial(evening, room, site.visitor(), each) for each in range(TELEPHONES)]
    with ThreadPoolExecutor(TELEPHONES + 1) as people:
        acts.append(partial(desk, room))
        for act_of_one in [people.submit(each) for each in acts]:
            act_of_one.result(60)
    with site.database.reading() as session:
        meeting = session.get(Meeting, room.meeting_id)
        assert meeting is not None
        now = MeetingNow(session, meeting, site.at)
        assert [each.number for each in now.floor.questions] == list(range(1, TELEPHONES + 2))
        assert [turn.number for turn in now.speaking.turns] == list(range(1, TELEPHONES + 1))
        assert now.floor.questions[0].support == TELEPHONES + 1, "the asker and everybody who supports it in the end"
        assert list(now.ballots.values()) == [TELEPHONES]


def test_an_act_on_the_room_and_a_question_wait_for_each_other_in_turn(site: Site) -> None:
    """Whoever acts holds the meeting and goes on to its questions; a question that comes holds nothing meanwhile."""
    room, telephone = questions_opened(build_assembly(site)), site.visitor()
    with ThreadPoolExecutor(1) as other:
        with site.database.writing() as session:
            meeting = session.get(Meeting, room.meeting_id, with_for_update={"key_share": True})
            assert meeting is not None
            late = other.submit(ask, room, telephone, "Qui paie?")
            time.sleep(2)
            assert not late.done(), "it waits for its turn"
            set_limit(session, meeting, 5)
        late.result(30)
    with site.database.reading() as session:
        now = floor_now(session, room.meeting_id)
        assert (len(now.questions), now.settings.per_device) == (1, 5)
