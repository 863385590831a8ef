"""One evening over HTTP: telephones without a script, hands, cards, and what the wall says of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from participation.ballots.models import Ballot, HandCount
from participation.live.devices import Devices
from participation.live.guard import MOST_NEW, MOST_NEW_ON_SITE
from participation.live.models import Door, Meeting, PollKind
from participation.live.service import PollDraft, check_in
from participation.register.models import DoorCard
from tests.client import Page, Site
from tests.live.people import Assembly, answer, ballot_of, build_assembly


@pytest.fixture
def room(site: Site) -> Assembly:
    return build_assembly(site)


def ballots(site: Site) -> int:
    with site.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Ballot)).scalar_one())


def test_a_facilitator_makes_a_meeting_and_runs_it_without_a_script(site: Site, room: Assembly) -> None:
    """Created in the browser with two polls, in any order; the public sees what is put on the wall."""
    base = f"/fr/staff{room.world.path}/meetings"
    form = {
        "title_fr": "Soirée du parc",
        "starts_at": "2027-02-20T19:00",
        "door": "device",
        "expected": "80",
        "place": "Chalet",
    }
    where = room.facilitator.post(base, form).headers["location"]
    for title in ("Comment êtes-vous venus?", "Faut-il prolonger la période de questions?"):
        room.facilitator.post(f"{where}/polls", {"title_fr": title, "kind": "yes_no"})
    agenda = room.facilitator.get_page(where).text
    assert agenda.index("Comment") < agenda.index("prolonger")
    assert "Soirée du parc" in room.facilitator.get_page(f"{where}/remote").text


def test_telephones_answer_once_and_the_wall_adds_them_up(site: Site, room: Assembly) -> None:
    first = site.visitor()
    assert "Rien à répondre" in first.get_page(room.room).text
    room.act("open")
    assert "Votre réponse est comptée" in answer(room, first, "a")
    for choice in ("a", "b"):
        answer(room, site.visitor(), choice)
    assert "3 réponses" in room.wall()
    assert "Pour 2" not in room.wall(), "the figures are hidden until the facilitator shows them"
    room.act("show")
    assert "A Pour 2 B Contre 1 C Il faut en savoir plus 0" in room.wall()


def test_one_device_has_one_ballot_however_often_it_sends(site: Site, room: Assembly) -> None:
    room.act("open")
    telephone = site.visitor()
    form = ballot_of(telephone.get_page(room.room)) | {"choice": "a"}
    script = {"Accept": "application/json"}
    for _time in range(2):
        assert telephone.post(f"{room.room}/vote", form, status=200, headers=script).json()["state"] == "counted"
    other = form | {"nonce": "another-nonce-of-22-letters", "choice": "b"}
    assert telephone.post(f"{room.room}/vote", other, status=409, headers=script).json()["state"] == "first"
    assert "c’est elle qui compte, et non celle-ci" in telephone.post(f"{room.room}/vote", other, status=409).text
    assert ballots(site) == 1


def test_what_was_sent_in_a_dead_spot_counts_for_a_minute(site: Site, room: Assembly) -> None:
    room.act("open")
    early, late = site.visitor(), site.visitor()
    forms = [ballot_of(each.get_page(room.room)) | {"choice": "b"} for each in (early, late)]
    room.act("close")
    site.at += timedelta(seconds=59)
    early.post(f"{room.room}/vote", forms[0])
    site.at += timedelta(seconds=1)
    refused = late.post(f"{room.room}/vote", forms[1], status=409)
    assert "plus d’une minute" in refused.text
    assert ballots(site) == 1


def test_a_form_of_another_meeting_or_of_nobody_is_refused(site: Site, room: Assembly) -> None:
    room.act("open")
    telephone = site.visitor()
    form = ballot_of(telephone.get_page(room.room)) | {"choice": "a"}
    for forged in ({"ticket": form["ticket"][:-1] + "x"}, {"ticket": ""}, {"nonce": "short"}, {"choice": "z"}):
        telephone.post(f"{room.room}/vote", form | forged, status=422)
    site.visitor().post(f"{room.room}/vote", form, status=409)
    assert ballots(site) == 0


def test_two_counters_of_hands_must_agree(site: Site, room: Assembly) -> None:
    room.act("open")
    room.facilitator.post(f"{room.staff}/present", {"present": "86"})
    one, two = room.counter("Ana"), room.counter("Bruno")
    assert "dès que la deuxième personne" in room.totals(one, 10, 4, 1).text
    room.totals_refused(one, 10, 4, 1)
    assert "diffèrent" in room.totals(two, 10, 5, 1).text
    room.totals(two, 11, 4, 1)
    assert "Le décompte est" in room.totals(one, 11, 4, 1).text
    answer(room, site.visitor(), "a")
    room.act("show")
    assert "A Pour 1 11 12" in room.wall(), "each source apart, then their sum"


def test_in_a_small_room_one_counter_is_enough(site: Site, room: Assembly) -> None:
    room.act("open")
    room.facilitator.post(f"{room.staff}/present", {"present": "39"})
    ana = room.counter("Ana")
    assert "Le décompte est" in room.totals(ana, 10, 4, 1).text
    assert "Le décompte est" in room.totals(ana, 9, 4, 1).text, "whoever counted alone puts it right alone"
    room.act("show")
    assert "A Pour 9" in room.wall()
    with site.database.reading() as session:
        assert set(session.execute(select(col(HandCount.second_account_id))).scalars()) == {None}


def test_more_answers_than_people_are_not_added_up_until_a_number_is_put_right(site: Site, room: Assembly) -> None:
    room.act("open")
    room.facilitator.post(f"{room.staff}/present", {"present": "12"})
    room.totals(room.counter("Ana"), 10, 4, 1)
    room.act("show")
    assert "Plus de réponses que de personnes présentes" in room.wall()
    room.facilitator.post(f"{room.staff}/present", {"present": "21"})
    assert "Plus de réponses" not in room.wall()


def test_a_card_of_the_door_votes_once_on_whatever_device(site: Site) -> None:
    room = build_assembly(site, door=Door.CARD)
    with site.database.writing() as session:
        meeting = session.get(Meeting, room.meeting_id)
        assert meeting is not None
        assert check_in(session, meeting, "K7QD")
        assert not check_in(session, meeting, "K7QD"), "a card is handed out once"
        assert session.get(DoorCard, (room.meeting_id, "K7QD"))
    room.act("open")
    first, second = site.visitor(), site.visitor()
    first.post(f"{room.room}/vote", ballot_of(first.get_page(room.room)) | {"choice": "a"}, status=409)
    first.post(f"{room.room}/card", {"card": "XXXX"}, status=422)
    for telephone in (first, second):
        telephone.post(f"{room.room}/card", {"card": "k7qd"})
    assert "est comptée" in answer(room, first, "a")
    assert "est comptée" in second.get_page(room.room).text
    assert ballots(site) == 1


def test_a_ranking_and_several_answers(site: Site) -> None:
    plans = [{"fr": f"Plan {letter}"} for letter in "ABC"]
    room = build_assembly(site, PollDraft({"fr": "Trois plans"}, PollKind.RANKING, plans, 3))
    room.act("open")
    telephone = site.visitor()
    form = ballot_of(telephone.get_page(room.room))
    assert (
        "chaque rang une seule fois"
        in telephone.post(f"{room.room}/vote", form | {"rank_a": "1", "rank_b": "1"}, status=422).text
    )
    telephone.post(f"{room.room}/vote", form | {"rank_b": "1", "rank_a": "2"})
    room.act("show")
    assert "A Plan A 2 B Plan B 3 C Plan C 0" in room.wall()


def test_a_countdown_closes_by_itself_and_can_be_extended(site: Site) -> None:
    room = build_assembly(site, PollDraft({"fr": "Vite"}, PollKind.YES_NO, seconds=60))
    room.act("open")
    site.at += timedelta(seconds=50)
    room.act("extend")
    site.at += timedelta(seconds=60)
    assert "Sondage ouvert" in room.wall()
    site.at += timedelta(seconds=11)
    assert "Sondage fermé" in room.wall()
    assert "Rien à répondre" in site.visitor().get_page(room.room).text


def test_a_wrong_code_is_told_and_a_machine_that_guesses_is_stopped(site: Site, room: Assembly) -> None:
    """At the form and at the address; whoever holds the square code comes in, and whoever sits where others came in."""
    guesser = site.visitor()
    assert "Aucune rencontre" in guesser.post("/fr/m", {"code": "12"}, status=422).text
    for guess in range(49):
        guesser.post("/fr/m", {"code": f"99{guess:04}"}, status=422)
        guesser.get(f"/fr/m/98{guess:04}", status=404)
    guesser.get("/fr/m/970000/wall", status=404)
    guesser.post("/fr/m", {"code": room.code}, status=429)
    guesser.get(room.room, status=429)
    square = devices_of_site(site).invitation(room.code)
    assert "Rive-Claire" in site.visitor().get_page(f"/fr{square}").text
    assert "Rive-Claire" in site.visitor().get_page(room.room).text, "from now on this is the network of the hall"
    guesser.get("/fr/m/960000", status=429)
    site.at += timedelta(minutes=16)
    guesser.post("/fr/m", {"code": f"{room.code[:3]} {room.code[3:]}"})


def test_ten_thousand_devices_from_one_address_are_no_audience(site: Site, room: Assembly) -> None:
    """Beyond a large hall nobody new comes in from there, in words; who is inside goes on."""
    room.act("open")
    inside = site.visitor()
    inside.get_page(room.room)
    for _device in range(MOST_NEW - 2):
        site.app.state.room_guard.new.add("testclient", site.at)
    site.visitor().get_page(room.room)
    assert "levez la main" in site.visitor().get(room.room, status=429).text
    square = devices_of_site(site).invitation(room.code)
    assert "Rive-Claire" in site.visitor().get_page(f"/fr{square}").text, (
        "a machine that read the number is not in there"
    )
    assert "est comptée" in answer(room, inside, "a")


def test_outside_of_the_hall_one_address_has_fewer_devices(site: Site, room: Assembly) -> None:
    """A school, no hall. Who has begun goes on, the hall behind the same address too; an hour later all is new."""
    room.act("open")
    until = (site.at + timedelta(days=7)).astimezone(room.world.spec_row.zone).strftime("%Y-%m-%dT%H:%M")
    room.facilitator.post(f"{room.staff}/polls/{room.poll_id}/site", {"until": until})
    polls, inside = f"/fr{room.world.path}/polls", site.visitor()
    form = inside.get_page(polls).hidden() | {"choice": "a"}
    for _device in range(MOST_NEW_ON_SITE - 1):
        site.visitor().get(polls)
    late = site.visitor()
    refused = late.get(polls, status=429)
    assert "dans une heure" in Page(refused.text).text.lower()
    assert refused.headers["retry-after"] == "3600"
    late.post(f"{polls}/vote", form, status=429)
    inside.post(f"{polls}/vote", form)
    assert "est comptée" in inside.get_page(polls).text
    assert "est comptée" in answer(room, late, "b"), (
        "the hall keeps its own number, and its telephones answer there too"
    )
    assert "est comptée" in late.get_page(polls).text
    site.at += timedelta(hours=1)
    site.visitor().get_page(polls)


def devices_of_site(site: Site) -> Devices:
    return Devices(site.settings.key("room"))
