"""After the meeting: what came of it, for the staff, and for everybody once published; page, PDF, CSV."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest

from participation.consultations.exports.formats import BOM
from tests.client import Site
from tests.live.people import Assembly, answer, build_assembly
from tests.printing.matterhorn import faults
from tests.printing.reading import read


@pytest.fixture
def room(site: Site) -> Assembly:
    """A poll answered by two telephones and by hands, which were counted twice and put right once more."""
    room = build_assembly(site)
    room.act("open")
    room.facilitator.post(f"{room.staff}/present", {"present": "12"})
    room.facilitator.post(f"{room.staff}/present", {"present": "86"})
    for choice in ("a", "b"):
        answer(room, site.visitor(), choice)
    one, two = room.counter("Ana"), room.counter("Bruno")
    for mine, theirs in (((10, 4, 1), (10, 5, 1)), ((11, 4, 1), (11, 4, 1)), ((12, 4, 1), (12, 4, 1))):
        room.totals(one, *mine)
        room.totals(two, *theirs)
    return room


def test_minutes_say_each_source_who_counted_and_what_was_put_right(site: Site, room: Assembly) -> None:
    text = room.facilitator.get_page(f"{room.staff}/minutes").text
    assert "A Pour 1 12 13" in text
    assert "deux personnes qui s’accordent" in text
    assert "Personnes présentes : 86 au lieu de 12" in text
    assert text.index("deux décomptes différaient") < text.index("totaux corrigés")
    assert "Ana" not in text
    assert "Provisoire" in text

    room.facilitator.post(f"{room.staff}/present", {"present": "13"})
    apart = room.facilitator.get_page(f"{room.staff}/minutes").text
    assert "Plus de réponses que de personnes présentes" in apart
    assert "A Pour 1 12 B" in apart, "no sum"
    assert "réponses non additionnées" in apart, "and none in the heading"


def test_they_are_public_once_published_and_until_taken_back(site: Site, room: Assembly) -> None:
    room.facilitator.post(f"{room.staff}/minutes/publish", status=409)
    room.facilitator.post(f"{room.staff}/end")
    visitor = site.visitor()
    for ending in ("", ".pdf", ".csv"):
        visitor.get(f"{room.room}/minutes{ending}", status=404)
    room.facilitator.post(f"{room.staff}/minutes/publish")
    assert "A Pour 1 12 13" in visitor.get_page(f"{room.room}/minutes").text
    hub = visitor.get_page(f"/fr{room.world.path}").text
    assert "Rencontres" in hub
    assert "86 personnes présentes" in hub
    pdf = visitor.get(f"{room.room}/minutes.pdf").content
    assert faults(pdf) == []
    assert "Zone 30 sur la rue des Saules" in read(pdf).text
    room.facilitator.post(f"{room.staff}/minutes/withdraw")
    visitor.get(f"{room.room}/minutes", status=404)


def test_the_file_for_a_spreadsheet_has_its_rows_and_their_digest(room: Assembly) -> None:
    data = room.facilitator.get(f"{room.staff}/minutes.csv").content.removeprefix(BOM)
    table, said, _dictionary = data.split(b"\r\n\r\n")[0] + b"\r\n", *data.decode().split("\r\n\r\n")[1:]
    rows = list(csv.DictReader(io.StringIO(table.decode()), delimiter=";"))
    assert [(row["Source"], row["Voix"]) for row in rows if row["Lettre"] == "A"] == [
        ("Téléphones", "1"), ("Mains levées", "12"), ("En tout", "13"),
    ]  # fmt: skip
    assert hashlib.sha256(table).hexdigest() in said
    assert f";{len(rows)}" in said
