"""Before the doors open all telephones answer once, and nothing of it is left anywhere."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from participation.ballots.models import Ballot
from participation.db import metadata
from participation.live.bundle import shapes
from participation.live.local.models import Rehearsal, RehearsalAnswer
from participation.live.models import Meeting, Poll
from participation.live.settling import settle_all
from participation.work import forget_all
from tests.client import Browser, Page, Site
from tests.live.people import Assembly, answer, build_assembly
from tests.printing.matterhorn import faults
from tests.printing.reading import read


@pytest.fixture
def room(site: Site) -> Assembly:
    return build_assembly(site)


def try_out(room: Assembly, telephone: Browser, choice: str = "well", *, status: int = 200) -> str:
    form = telephone.get_page(room.room).hidden() | {"choice": choice}
    return Page(telephone.post(f"{room.room}/rehearsal", form, status=status).text).text


def rows(site: Site, table: type) -> int:
    with site.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(table)).scalar_one())


def test_telephones_rehearse_before_the_doors_open_and_nothing_is_left(site: Site, room: Assembly) -> None:
    desk, phones = f"{room.staff}/rehearsal", [site.visitor() for _each in range(3)]
    assert "Répétition : pouvez-vous" not in phones[0].get_page(room.room).text
    assert "Ont ouvert la page depuis le démarrage du site 1" in room.facilitator.get_page(desk).text
    room.facilitator.post(desk)
    room.facilitator.post(desk)
    assert "Votre téléphone fonctionne ici" in try_out(room, phones[0])
    try_out(room, phones[0], "barely")
    try_out(room, phones[1], "barely")
    page = room.facilitator.get_page(desk).text
    assert "Ont répondu à la répétition 2 Oui, bien 1 Avec peine 1" in page
    assert "2 téléphones fonctionnent" in room.wall()
    form = phones[2].get_page(room.room).hidden() | {"choice": "well"}
    said = phones[2].client.post(f"{room.room}/rehearsal", data=form, headers={"Accept": "application/json"})
    assert said.json()["state"] == "counted"
    site.visitor().post(f"{room.room}/rehearsal", form, status=409)  # keeps no cookie

    room.facilitator.post(f"{desk}/end")
    assert "La répétition est terminée" in Page(phones[1].post(f"{room.room}/rehearsal", form, status=409).text).text
    assert (rows(site, Rehearsal), rows(site, RehearsalAnswer), rows(site, Ballot)) == (0, 0, 0)


def test_the_doors_end_a_rehearsal_and_it_stands_in_no_bundle(site: Site, room: Assembly) -> None:
    telephone = site.visitor()
    room.facilitator.post(f"{room.staff}/rehearsal")
    try_out(room, telephone, "barely")
    room.act("open")
    assert "Répétition" not in room.wall()
    assert "pouvez-vous lire" not in answer(room, telephone, "a")
    room.facilitator.post(f"{room.staff}/rehearsal", status=409)
    forget_all(site.database, site.at)
    assert (rows(site, Rehearsal), rows(site, RehearsalAnswer), rows(site, Ballot)) == (0, 0, 1)
    room.facilitator.post(f"{room.staff}/end")
    site.at += timedelta(minutes=2)
    settle_all(site.database, site.keys, site.at)
    data = room.facilitator.get(f"{room.staff}/bundle.zip").content
    content = json.loads(zipfile.ZipFile(BytesIO(data)).read("meeting.json"))
    assert len(content["ballots"]) == 1
    assert "barely" not in json.dumps(content)
    assert "répétition" not in room.facilitator.get_page(f"{room.staff}/minutes").text


def test_a_rehearsal_that_nobody_ends_is_wiped_the_next_day(site: Site, room: Assembly) -> None:
    room.facilitator.post(f"{room.staff}/rehearsal")
    try_out(room, site.visitor())
    forget_all(site.database, site.at + timedelta(hours=23))
    assert rows(site, RehearsalAnswer) == 1
    forget_all(site.database, site.at + timedelta(hours=25))
    assert (rows(site, Rehearsal), rows(site, RehearsalAnswer)) == (0, 0)


def test_every_table_of_a_meeting_travels_or_is_named_as_left_behind() -> None:
    carried = {name.removesuffix("Row") for name in vars(shapes) if name.endswith("Row")}
    known = {"RoomSheet", "FloorSettings", "FloorQuestion", "WrittenDecision", "SpeakingSettings", "SpeakingTurn"}
    known |= {table.__name__ for table in shapes.LEFT_BEHIND} | {"Poll", "Meeting"}
    parents = {str(Meeting.__tablename__), str(Poll.__tablename__)}
    found = {
        table.name.title().replace("_", "")
        for table in metadata.tables.values()
        if {key.column.table.name for key in table.foreign_keys} & parents
    }
    assert carried
    assert found <= known


def test_the_poster_has_two_codes_and_only_where_the_room_has_a_network(site: Site, room: Assembly) -> None:
    poster = f"{room.staff}/network-poster.pdf"
    room.facilitator.get(poster, status=404)
    site.settings.wifi_name, site.settings.wifi_password = "Rive-Claire; salle 2", SecretStr("W" * 63)
    for language, heading in (("fr", "Le réseau"), ("en", "The network")):
        pdf = room.facilitator.get(f"{poster}?language={language}").content
        assert faults(pdf) == []
        (sheet,) = read(pdf).pages
        assert heading in sheet.text
        assert "Rive-Claire; salle 2" in sheet.text
        assert f"{room.code[:3]} {room.code[3:]}" in sheet.text
    assert "Affiche du réseau de la salle" in room.facilitator.get_page(f"{room.staff}/rehearsal").text
