"""The speaking queue over HTTP, without a script: joining, the draw that anybody can repeat, the rules, the clock."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from participation.live.speaking import queries, service
from participation.live.speaking.models import Alternation, Side
from participation.live.speaking.order import Place, in_order
from tests.client import Browser, Page, Site
from tests.live.people import Assembly, build_assembly

RULES = {"order": "arrival", "alternation": "none", "seconds": "120", "per_person": "0", "per_subject": "0"}


@pytest.fixture
def room(site: Site) -> Assembly:
    return build_assembly(site)


def opened(room: Assembly, **rules: str) -> Assembly:
    """The queue with these rules, open to telephones and on the wall."""
    room.facilitator.post(f"{room.staff}/queue/rules", RULES | rules)
    act(room, "open", open="1")
    act(room, "wall/queue")
    return room


def act(room: Assembly, what: str, *, status: int = 303, **form: str) -> Page:
    return Page(room.facilitator.post(f"{room.staff}/queue/{what}", form, status=status).text)


def join(room: Assembly, telephone: Browser, name: str, *, status: int = 303, **more: str) -> Page:
    form = {"nonce": telephone.get_page(f"{room.room}/queue").value_of("nonce"), "name": name, "subject": ""} | more
    return Page(telephone.post(f"{room.room}/queue", form, status=status).text)


def key(room: Assembly, helper: Browser, name: str, **more: str) -> Page:
    """A slip in the hands of a helper; the page that says its number."""
    page = helper.get_page(f"{room.staff}/queue/slip")
    return helper.submit(f"{room.staff}/queue/slip", {"nonce": page.value_of("nonce"), "name": name} | more)


def waiting(site: Site, room: Assembly) -> list[int]:
    with site.database.reading() as session:
        return [turn.number for turn in queries.speaking_now(session, room.meeting_id).waiting]


def test_an_evening_by_arrival(site: Site, room: Assembly) -> None:
    """Called by name on the desk, by number on the wall; the clock starts with the floor and never cuts anybody off."""
    assert "La file est fermée" in site.visitor().get_page(f"{room.room}/queue").text
    opened(room, subjects="La zone 30\nLe parc")
    ana, bruno = site.visitor(), site.visitor()
    assert "Écrivez votre nom" in join(room, ana, " ", status=422).text
    join(room, ana, "Ana", subject="La zone 30")
    assert "Vous êtes déjà dans la file" in join(room, ana, "Ana", status=409).text
    join(room, bruno, "Bruno", subject="Mots que personne n’a lus")
    assert "numéro 3" in key(room, room.counter("Ginette"), "Carton 41").text
    assert "1 personne avant vous" in bruno.get_page(f"{room.room}/queue").text
    assert "Carton 41" in room.facilitator.get_page(f"{room.staff}/queue").text
    act(room, "2/called")
    assert "venez au micro" in bruno.get_page(f"{room.room}/queue").text
    act(room, "next")
    assert "Vous avez la parole" in bruno.get_page(f"{room.room}/queue").text, "who was called goes first"
    wall = room.wall()
    assert "Parle en ce moment : 2" in wall
    assert "Bruno" not in wall
    assert "Mots que" not in wall
    assert "Le chronomètre est parti à" in wall
    act(room, "clock/more")
    site.at += timedelta(seconds=100)
    act(room, "clock/pause")
    page = site.visitor().get(f"{room.room}/wall").text
    assert 'data-seconds="180" data-spent="100" data-started=""' in page
    act(room, "clock/pause")
    act(room, "next")
    assert "Parle en ce moment : 1 La zone 30" in room.wall()
    ana.post(f"{room.room}/queue/3/leave", status=404)
    act(room, "3/gone")
    act(room, "3/spoken-of", status=422)
    act(room, "3/spoke", status=409)
    act(room, "3/waiting")
    act(room, "1/spoke")
    assert "data-clock " not in site.visitor().get(f"{room.room}/wall").text
    act(room, "wall/timer")
    act(room, "clock/start")
    assert "data-clock " in site.visitor().get(f"{room.room}/wall").text
    join(room, ana, "Ana")
    ana.post(f"{room.room}/queue/4/leave")
    assert waiting(site, room) == [3]


def test_a_draw_that_anybody_can_make_again(site: Site, room: Assembly) -> None:
    """The list is closed before the seed is known, the seed is shown before the order; the log has both."""
    opened(room, order="draw")
    helper = room.counter("Ginette")
    for number in range(1, 6):
        key(room, helper, f"Personne {number}")
    act(room, "draw", status=409)
    assert "Tapez de 6 à 40 chiffres" in act(room, "seed", seed="12", status=422).text
    act(room, "seed", seed="4 1 6 2 5 3 6")
    assert "4162536" in room.wall()
    act(room, "open", open="1", status=409)
    act(room, "rules", **RULES, status=409)
    act(room, "seed", seed="999999", status=409)
    assert "Le tirage n’est pas encore fait" in site.visitor().get_page(f"{room.room}/queue/draws").text
    site.at += timedelta(minutes=1)
    act(room, "draw")
    by_hand = sorted(range(1, 6), key=lambda number: sha256(f"4162536|{number}".encode()).hexdigest())
    assert waiting(site, room) == by_hand
    public = site.visitor().get_page(f"{room.room}/queue/draws").text
    assert f"Ordre du tirage : {', '.join(map(str, by_hand))}" in public
    assert sha256(f"4162536|{by_hand[0]}".encode()).hexdigest() in public
    key(room, helper, "Personne 6")
    assert waiting(site, room) == [*by_hand, 6], "who comes later follows"
    log = room.facilitator.get_page(f"{room.staff}/observer").text
    assert log.index("Ordre de parole tiré au sort") < log.index("chiffres du tirage affichés"), "the newest first"


def test_the_limits_of_a_question_period(site: Site, room: Assembly) -> None:
    """Two turns a person and three people a subject, as a borough has them."""
    opened(room, per_person="2", per_subject="3", subjects="Déneigement\nParcs")
    ana, helper = site.visitor(), room.counter("Ginette")
    for _turn in range(2):
        join(room, ana, "Ana", subject="Déneigement")
        act(room, "next")
        act(room, "next")
    assert "2 fois" in join(room, ana, "Ana", status=409).text
    for name in ("Bruno", "Chloé"):
        key(room, helper, name, subject="deneigement")
    refused = join(room, site.visitor(), "Driss", subject="Déneigement", status=409)
    assert "personnes parlent de ce sujet" in refused.text
    join(room, site.visitor(), "Driss", subject="Parcs")


def test_names_and_telephones_are_forgotten(site: Site, room: Assembly) -> None:
    opened(room)
    join(room, site.visitor(), "Ana")
    with site.database.writing() as session:
        service.forget_marks(session, site.at + timedelta(days=31))
    with site.database.reading() as session:
        (turn,) = queries.speaking_now(session, room.meeting_id).turns
        assert (turn.name, turn.device_hash, turn.number) == ("", None, 1)


def test_who_has_not_spoken_goes_first() -> None:
    queue = [Place(1, has_spoken=True), Place(2), Place(3, has_spoken=True), Place(4)]
    assert in_order(queue, Alternation.FIRST_TIME) == [2, 4, 1, 3]


def test_for_and_against_in_turn_as_long_as_both_wait() -> None:
    queue = [
        Place(1, side=Side.FOR),
        Place(2, side=Side.FOR),
        Place(3, side=Side.AGAINST),
        Place(4),
        Place(5, side=Side.FOR),
    ]
    assert in_order(queue, Alternation.SIDES) == [1, 3, 2, 4, 5]
    assert in_order(queue, Alternation.SIDES, Side.FOR) == [3, 1, 4, 2, 5]
    assert in_order(queue, Alternation.NONE) == [1, 2, 3, 4, 5]
