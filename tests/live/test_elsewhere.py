"""One question before, during and after its meeting: one ballot a person, and nothing added to the room that nobody can
tell apart from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from participation.accounts.models import Role
from participation.ballots.models import Ballot
from participation.live.models import Door, Meeting, MeetingState
from participation.live.service import check_in
from participation.live.settling import settle_all
from tests.builders import build_account
from tests.client import Browser, Page, Site
from tests.live.people import Assembly, answer, ballot_of, build_assembly


def on_site(room: Assembly, until: datetime) -> str:
    """Asked on the site from now on; the address there."""
    form = {"until": until.astimezone(room.world.spec_row.zone).strftime("%Y-%m-%dT%H:%M")}
    room.facilitator.post(f"{room.staff}/polls/{room.poll_id}/site", form)
    return f"/fr{room.world.path}/polls"


def say(who: Browser, site_page: str, choice: str, status: int = 303) -> str:
    form = ballot_of(who.get_page(site_page)) | {"choice": choice}
    sent = who.post(f"{site_page}/vote", form, status=status)
    return Page(sent.text).text if status != 303 else who.get_page(site_page).text


def channels(site: Site) -> list[str]:
    with site.database.reading() as session:
        return sorted(session.execute(select(col(Ballot.channel))).scalars())


def later(room: Assembly, **passes: int) -> Assembly:
    """After so long whoever runs the meeting has to sign in again."""
    room.site.at += timedelta(**passes)
    account = build_account(
        room.site.database, f"Fanny{room.site.at.day}", [Role.FACILITATOR], room.world.organisation_id
    )
    return replace(room, facilitator=room.site.signed_in(account))


def end(room: Assembly) -> None:
    room.facilitator.post(f"{room.staff}/end")


def test_a_week_before_in_the_room_and_a_week_after(site: Site) -> None:
    """By devices: what comes from outside of the room stands apart, wherever its form was given out."""
    room = build_assembly(site)
    page = on_site(room, site.at + timedelta(days=14))
    neighbour, early = site.visitor(), site.visitor()
    assert "comptée" in say(neighbour, page, "a")
    assert "apart" not in answer(room, early, "b"), "the code before the doors open is not the room"
    assert channels(site) == ["online", "online"]
    assert "Ouvert sur le site" in room.facilitator.get_page(f"{room.staff}/remote").text

    room = later(room, days=7)
    loaded_at_home = site.visitor()
    form = ballot_of(loaded_at_home.get_page(page)) | {"choice": "a"}
    room.facilitator.post(f"{room.staff}/doors")
    room.facilitator.post(f"{room.staff}/doors")
    for choice in ("b", "b", "c"):
        answer(room, site.visitor(), choice)
    loaded_at_home.post(f"{page}/vote", form)
    assert "est comptée" in neighbour.get_page(room.room).text, "the same telephone is one answer, at home or here"
    in_a_dead_spot, too_long = site.visitor(), site.visitor()
    late = [ballot_of(each.get_page(room.room)) | {"choice": "c"} for each in (in_a_dead_spot, too_long)]
    assert channels(site) == ["online"] * 3 + ["room"] * 3

    room.act("show")
    room.act("wall")
    wall = room.wall()
    assert "3 réponses dans la salle · 3 d’ailleurs, à part" in wall
    assert "Réponses venues d’ailleurs : 3, montrées à part" in wall.replace("\u00a0", " ")
    room.facilitator.post(f"{room.staff}/present", {"present": "10"})
    room.totals(room.counter("Ana"), 4, 0, 0)
    assert "A Pour 0 4 4 2" in room.wall(), "telephones, hands, the room; apart who was elsewhere"
    end(room)
    site.at += timedelta(seconds=59)
    in_a_dead_spot.post(f"{room.room}/vote", late[0])
    site.at += timedelta(seconds=1)
    too_long.post(f"{room.room}/vote", late[1])
    assert channels(site) == ["online"] * 4 + ["room"] * 4
    assert settle_all(site.database, site.keys, site.at) == 0, "its key lives as long as the site asks"
    assert "peut encore changer" in room.facilitator.get_page(f"{room.staff}/minutes").text

    room = later(room, days=6)
    assert "comptée" in say(site.visitor(), page, "a")
    room = later(room, days=1, minutes=1)
    assert "Aucune question n’est ouverte" in site.visitor().get_page(page).text
    assert settle_all(site.database, site.keys, site.at) == 1
    assert channels(site) == ["online"] * 5 + ["room"] * 4
    minutes = room.facilitator.get_page(f"{room.staff}/minutes").text
    assert "peut encore changer" not in minutes
    assert "A Pour 0 4 4 3" in minutes
    assert "En salle;" in room.facilitator.get(f"{room.staff}/minutes.csv").text


def test_a_card_of_the_door_is_one_answer_at_home_or_in_the_room(site: Site) -> None:
    room = build_assembly(site, door=Door.CARD)
    page = on_site(room, site.at + timedelta(days=14))
    with site.database.writing() as session:
        meeting = session.get(Meeting, room.meeting_id)
        assert meeting is not None
        for card in ("K7QD", "M3PX"):
            check_in(session, meeting, card)
    home, inside = site.visitor(), site.visitor()
    card_form = {"meeting": str(room.meeting_id)}
    home.post(f"{page}/vote", ballot_of(home.get_page(room.room)) | {"choice": "a"}, status=422)
    home.post(f"{page}/card", card_form | {"card": "XXXX"}, status=422)
    home.post(f"{page}/card", card_form | {"card": "k7qd"})
    assert "comptée" in say(home, page, "a")
    room.facilitator.post(f"{room.staff}/doors")
    for card in ("K7QD", "M3PX"):
        inside.post(f"{room.room}/card", {"card": card})
        text = inside.get_page(room.room).text
        assert ("est comptée" in text) is (card == "K7QD")
    answer(room, inside, "b")
    assert channels(site) == ["online", "room"]
    room.act("show")
    room.act("wall")
    assert "A Pour 1 0 1" in room.wall() or "A Pour 0 1 1" in room.wall(), "cards are added up, wherever they answered"
    end(room)


def test_an_ordinary_poll_is_not_asked_on_the_site_and_ends_with_its_meeting(site: Site) -> None:
    """Nor is a ticket of the room one of the site, or a date that is past taken."""
    room = build_assembly(site)
    room.act("open")
    telephone = site.visitor()
    form = ballot_of(telephone.get_page(room.room)) | {"choice": "a"}
    telephone.post(f"/fr{room.world.path}/polls/vote", form, status=422)
    assert "Aucune question n’est ouverte" in site.visitor().get_page(f"/fr{room.world.path}/polls").text
    for until in ("", "2020-01-01T10:00", "2099-01-01T10:00"):
        room.facilitator.post(f"{room.staff}/polls/{room.poll_id}/site", {"until": until}, status=422)
    end(room)
    end(room)
    site.at += timedelta(seconds=61)
    telephone.post(f"{room.room}/vote", form, status=409)
    assert channels(site) == []


def test_a_poll_of_the_room_may_go_on_on_the_site_and_be_closed_everywhere(site: Site) -> None:
    room = build_assembly(site)
    room.act("open")
    answer(room, site.visitor(), "a")
    page = on_site(room, site.at + timedelta(days=2))
    room.act("close-room")
    room.act("close-room")
    site.at += timedelta(minutes=2)
    answer(room, site.visitor(), "a")
    assert channels(site) == ["online", "room"]
    assert "Fermé dans la salle, ouvert sur le site" in room.wall()
    hub = site.visitor().get_page(f"/fr{room.world.path}")
    assert "1 question est ouverte" in hub.text
    late = site.visitor()
    form = ballot_of(late.get_page(page)) | {"choice": "b"}
    room.act("close")
    site.at += timedelta(minutes=2)
    late.post(f"{page}/vote", form, status=409)
    with site.database.reading() as session:
        meeting = session.get(Meeting, room.meeting_id)
        assert meeting is not None
        assert meeting.state is MeetingState.RUNNING
    assert settle_all(site.database, site.keys, site.at) == 1
