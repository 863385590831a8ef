"""Two people with the remote of one meeting: each is told of the other, acts cross without harm, one can go on."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.accounts.models import Account, Role
from participation.audit import Event
from participation.live import queries, service
from participation.live.models import Meeting, Poll, PollKind
from participation.live.service import PollDraft
from participation.live.sockets import Stamp
from participation.processes.hand import Hand
from tests.builders import build_account
from tests.client import Site
from tests.live.people import Assembly, build_assembly, sheet


@pytest.fixture
def remotes(site: Site) -> tuple[Assembly, Assembly]:
    """Fanny's and Ginette's, of the same meeting."""
    room = build_assembly(site, PollDraft({"fr": "Vite"}, PollKind.YES_NO, seconds=60))
    account = build_account(site.database, "Ginette", [Role.FACILITATOR], room.world.organisation_id)
    return room, replace(room, facilitator=site.signed_in(account))


def remote_of(room: Assembly) -> str:
    return room.facilitator.get_page(f"{room.staff}/remote").text


def polls(site: Site) -> list[str]:
    with site.database.reading() as session:
        return [poll.title["fr"] for poll in session.execute(select(Poll).order_by(col(Poll.position))).scalars()]


def stamp_of(site: Site, room: Assembly) -> Stamp:
    with site.app.state.screens.look(room.meeting_id) as glance:
        stamp: Stamp = glance.stamp
        return stamp


def test_each_is_told_of_the_other_until_a_phone_dies(site: Site, remotes: tuple[Assembly, Assembly]) -> None:
    fanny, ginette = remotes
    for room in remotes:
        assert "conduit aussi" not in remote_of(room), "looking alone writes nothing"
    for room in remotes:
        room.facilitator.post(f"{room.staff}/remote/here", status=204)
    before = stamp_of(site, fanny)
    assert "Ginette conduit aussi cette rencontre" in remote_of(fanny)
    assert "Fanny conduit aussi cette rencontre" in remote_of(ginette)
    site.at += timedelta(seconds=90)
    ginette.act("open")
    site.at += timedelta(seconds=30)
    assert "conduit aussi" not in remote_of(ginette), "Fanny’s phone has died; Ginette goes on"
    assert stamp_of(site, fanny) != before
    ginette.act("close")
    assert "Sondage fermé" in remote_of(fanny)


def test_the_same_act_from_both_is_done_once(site: Site, remotes: tuple[Assembly, Assembly]) -> None:
    """Opening, one minute more, closing, asking once more, a question on the fly, the end; each pressed by both."""
    fanny, ginette = remotes
    for room in remotes:
        room.act("open")
    seen = {"seen": room_minute(fanny)}
    for room in remotes:
        room.facilitator.post(f"{room.staff}/polls/{room.poll_id}/extend", seen)
    site.at += timedelta(seconds=119)
    assert "Sondage ouvert" in fanny.wall()
    site.at += timedelta(seconds=2)
    assert "Sondage fermé" in fanny.wall(), "one minute more, not two"
    quick = {"from": "remote", "title_fr": "On continue?", "kind": "yes_no"}
    for act, form in ((f"/polls/{fanny.poll_id}/close", {}), (f"/polls/{fanny.poll_id}/repeat", {}), ("/polls", quick)):
        for room in remotes:
            room.facilitator.post(f"{room.staff}{act}", form)
    assert polls(site) == ["Vite", "Vite", "On continue?"]
    refused = ginette.facilitator.post(f"{ginette.staff}/polls/{ginette.poll_id}/open", status=409)
    assert "a été fermé" in refused.text, "in words, on the remote itself"
    assert "On continue?" in refused.text
    for room in remotes:
        room.facilitator.post(f"{room.staff}/end")
    with site.database.reading() as session:
        ended = select(func.count()).where(col(Event.kind) == "meeting-ended")
        assert session.execute(ended).scalar_one() == 1


def test_what_both_press_in_the_same_instant_is_done_once(site: Site, remotes: tuple[Assembly, Assembly]) -> None:
    """Neither waits to see what the other did; every act counts, so that no screen misses one."""
    fanny, ginette = remotes
    first, second = fanny.counter("Anne"), ginette.counter("Benoît")
    address = f"{fanny.staff}/polls/{fanny.poll_id}"
    present = {"present": "60"}
    with ThreadPoolExecutor(2) as hands:

        def both(path: str, form: dict[str, str], *, status: int = 303, counters: bool = False) -> None:
            who = (first, second) if counters else (fanny.facilitator, ginette.facilitator)
            for sent in [hands.submit(each.post, path, form, status=status) for each in who]:
                sent.result(30)

        with site.database.writing() as session:  # Fanny’s transaction goes on while Ginette presses
            room, poll = queries.room_by_id(session, fanny.meeting_id), session.get(Poll, fanny.poll_id)
            assert room is not None
            assert poll is not None
            service.open_poll(session, site.keys, room.meeting, poll, Hand(room.process, fanny_id(session), site.at))
            late = hands.submit(ginette.facilitator.post, f"{address}/open")
            time.sleep(3)
            assert not late.done(), "she waits for her turn"
        late.result(30)
        both(f"{fanny.staff}/present", present)
        before = changes(site)
        both(f"{address}/hide", {})
        assert changes(site) == before + 2
        both(f"{address}/totals", sheet("hand_count", (5, 3, 1)), status=200, counters=True)
        both(f"{address}/close", {})
        both(f"{address}/repeat", {})
        both(f"{fanny.staff}/end", {})
    assert polls(site) == ["Vite", "Vite"]
    with site.database.reading() as session:
        for kind in ("doors-opened", "poll-opened", "totals-counted", "poll-closed", "meeting-ended"):
            done = select(func.count()).where(col(Event.kind) == kind)
            assert session.execute(done).scalar_one() == 1, kind


def fanny_id(session: Session) -> uuid.UUID:
    found: uuid.UUID = session.execute(select(col(Account.id)).where(col(Account.name) == "Fanny")).scalar_one()
    return found


def changes(site: Site) -> int:
    with site.database.reading() as session:
        return int(session.execute(select(col(Meeting.changes))).scalar_one())


def room_minute(room: Assembly) -> str:
    """What the button of one minute more says that it saw."""
    fields = room.facilitator.get_page(f"{room.staff}/remote").all("input")
    return next(each["value"] for each in fields if each.get("name") == "seen" and "T" in each.get("value", ""))


def test_what_the_other_wrote_is_not_written_over_unseen(site: Site, remotes: tuple[Assembly, Assembly]) -> None:
    fanny, ginette = remotes
    fanny.facilitator.post(f"{fanny.staff}/present", {"present": "86", "seen": ""})
    refused = ginette.facilitator.post(f"{ginette.staff}/present", {"present": "60", "seen": ""}, status=409)
    assert "À l’autre télécommande, 86" in refused.text
    ginette.facilitator.post(f"{ginette.staff}/present", {"present": "86", "seen": ""})
    ginette.facilitator.post(f"{ginette.staff}/present", {"present": "60", "seen": "86"})
    assert "60 personnes présentes" in remote_of(fanny)


def test_a_poll_moves_one_place_however_often_its_button_was_pressed(
    site: Site, remotes: tuple[Assembly, Assembly]
) -> None:
    fanny = remotes[0]
    for title in ("Deux", "Trois"):
        fanny.facilitator.post(f"{fanny.staff}/polls", {"title_fr": title, "kind": "yes_no"})
    for room in remotes:
        moved = room.facilitator.post(f"{room.staff}/polls/{room.poll_id}/down", {"seen": "1"})
        assert moved.headers["location"].endswith(f"#poll-{room.poll_id}")
    assert polls(site) == ["Deux", "Vite", "Trois"]
