"""Before the meeting: made from a template or a copy, changed, printed; cards checked in at its door."""

from __future__ import annotations

import re

import pytest

from participation.live.models import Door, Meeting
from participation.live.starting_points import TEMPLATES
from participation.register.identity import grouped, new_slip_code
from participation.register.queries import checked_in
from tests.client import Site
from tests.live.people import Assembly, build_assembly
from tests.printing.matterhorn import faults
from tests.printing.reading import read

MEETING = {"title_fr": "Assemblée", "title_en": "Assembly", "starts_at": "2027-03-20T19:00", "expected": "60"}


@pytest.fixture
def room(site: Site) -> Assembly:
    return build_assembly(site, door=Door.CARD)


def begun(room: Assembly, begin_with: str) -> str:
    """The address of a meeting that begins so."""
    base = f"/fr/staff{room.world.path}/meetings"
    return room.facilitator.post(base, MEETING | {"door": "device", "begin_with": begin_with}).headers["location"]


def test_each_template_brings_its_agenda_and_polls_in_both_languages(room: Assembly) -> None:
    for name, template in TEMPLATES.items():
        where = begun(room, name)
        french, english = (room.facilitator.get_page(where.replace("/fr/", f"/{code}/")) for code in ("fr", "en"))
        assert "19 h" in french.text
        assert "7:00" in english.text
        for asked in template.polls:
            assert asked.title.msgid in english.text
            assert asked.title.msgid not in french.text
    assert "Êtes-vous pour ou contre" in room.facilitator.get_page(begun(room, "assembly")).text


def test_an_earlier_meeting_is_copied_and_nothing_changes_in_it(room: Assembly) -> None:
    before = room.facilitator.get_page(room.staff).text
    copy = room.facilitator.get_page(begun(room, str(room.meeting_id))).text
    assert "Zone 30 sur la rue des Saules" in copy
    assert room.facilitator.get_page(room.staff).text == before
    assert "Aucun sondage pour l’instant" in room.facilitator.get_page(begun(room, "nothing-of-the-kind")).text


def test_a_meeting_and_a_prepared_poll_are_changed(room: Assembly) -> None:
    page = room.facilitator.get_page(f"{room.staff}/edit")
    assert page.value_of("place") == ""
    points = {"agenda_fr": "19 h Accueil\n19:20 Zone 30 https://exemple.example/plan.pdf", "agenda_en": "Welcome"}
    room.facilitator.post(f"{room.staff}/edit", MEETING | {"door": "card", "place": "Chalet"} | points)
    text = room.facilitator.get_page(room.staff).text
    assert "Chalet" in text
    assert "19 h Accueil" in text
    assert "19 h 20 Zone 30 · Document" in text
    room.facilitator.post(f"{room.staff}/edit", MEETING | {"title_fr": ""}, status=422)

    poll = f"{room.staff}/polls/{room.poll_id}/edit"
    shown = room.facilitator.get_page(poll).text
    assert "Il faut en savoir plus" in shown
    changed = {"title_fr": "Zone 20?", "kind": "single", "options_fr": "Oui\nNon"}
    room.facilitator.post(poll, changed)
    assert "Zone 20?" in room.facilitator.get_page(room.staff).text
    room.facilitator.post(poll, changed | {"options_fr": "Oui"}, status=422)
    room.act("open")
    room.facilitator.post(poll, changed, status=409)


def test_the_pack_prints_whole_and_each_piece_alone(room: Assembly) -> None:
    """Tagged, in both languages; what two people count, they count on two sheets."""
    for language, heading in (("fr", "Feuille de compte, personne 2 de 2"), ("en", "Tally sheet, counter 2 of 2")):
        pdf = room.facilitator.get(f"{room.staff}/papers.pdf?language={language}&cards=9").content
        assert faults(pdf) == []
        text = words(pdf)
        assert heading in text
        assert f"{room.code[:3]} {room.code[3:]}" in text
        assert len(codes(text)) == 9
    for piece in ("poster", "attendance", "cards", "door", "tallies", "answers", "questions", "queue"):
        pdf = room.facilitator.get(f"{room.staff}/papers.pdf?piece={piece}&cards=1").content
        assert len(read(pdf).pages) == (2 if piece == "tallies" else 1), piece


def test_cards_of_the_door_are_new_each_time_and_valid_once_checked_in(site: Site, room: Assembly) -> None:
    first, second = (
        codes(words(room.facilitator.get(f"{room.staff}/papers.pdf?piece=door&cards=8").content)) for _ in "ab"
    )
    assert len(first | second) == 16
    telephone, card = site.visitor(), first.pop()
    telephone.post(f"{room.room}/card", {"card": card}, status=422)
    helper = room.counter("Ana")
    helper.post(
        f"{room.staff}/door", {"card": f"https://ville.example/m/{room.code}#{card.replace('-', '')}"}, status=200
    )
    helper.post(f"{room.staff}/door", {"card": card.lower()}, status=422)
    telephone.post(f"{room.room}/card", {"card": card})
    code = new_slip_code()
    misread = grouped(code[:-1] + ("A" if code[-1] != "A" else "B"))
    assert "a été mal lu" in helper.post(f"{room.staff}/door", {"card": misread}, status=422).text
    with site.database.reading() as session:
        assert checked_in(session, room.meeting_id) == 1
        assert session.get(Meeting, room.meeting_id)


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.text for page in read(pdf).pages).split())


def codes(text: str) -> set[str]:
    return set(re.findall(r"\b[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}\b", text))
