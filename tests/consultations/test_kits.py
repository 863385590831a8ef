"""What a consultation prints, from a poster before anything is open to the return sheet of a group in the register."""

from __future__ import annotations

import io

import pypdfium2

from tests.builders import build_world
from tests.client import Site
from tests.consultations.stories import build_consultation, build_office
from tests.printing.matterhorn import faults


def words(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(io.BytesIO(pdf))
    found = " ".join(page.get_textpage().get_text_range() for page in pages)
    return " ".join(found.replace("\u00a0", " ").split())


def test_a_consultation_prints_its_poster_slips_and_kits_before_it_has_a_questionnaire(site: Site) -> None:
    world = build_consultation(site.database, days=1)
    office = build_office(site.database, world)
    clerk = site.signed_in(office.clerk)
    desk = clerk.get_page(f"{world.staff}/forms?language=fr&paper=letter")
    sheets = [link for link in desk.links() if ".pdf" in link]
    assert len(sheets) == 7
    printed = {link.partition("forms/")[2].partition("&")[0]: clerk.get(link) for link in sheets}
    assert {answer.headers["content-type"] for answer in printed.values()} == {"application/pdf"}
    for name, answer in printed.items():
        assert faults(answer.content) == [], name
    poster = words(printed["poster.pdf?language=fr"].content)
    assert "514 555-0100" in poster, "a telephone number, never a code alone"
    assert "/v/gare" in poster
    assert "Période de questions" in poster
    kit = words(printed["kit.pdf?language=fr"].content)
    for asked in ("Hauteurs", "Nom du groupe", "Personnes présentes", "Groupes d’âge", "Ce sur quoi on ne s’entend pas",
                  "que le nom de notre groupe soit publié"):  # fmt: skip
        assert asked in kit
    assert "Logement" in words(printed["slip.pdf?slip=comment"].content)
    assert "Dans cet envoi" in words(printed["postal-kit.pdf?language=fr"].content)
    large = clerk.get(f"{world.staff}/forms/flyer.pdf?language=en&large=1").content
    assert "every way counts alike" in words(large)
    visitor = site.visitor()
    assert visitor.get(f"{world.public}/forms/kit.pdf").headers["cache-control"].startswith("public")
    visitor.get(f"{world.public}/forms/slip.pdf?slip=question")
    visitor.get(f"{world.public}/forms/slip.pdf?slip=idea", status=404)
    build_world(site.database, site.keys)
    visitor.get("/fr/ville/budget/forms/kit.pdf", status=404)


def test_a_group_is_one_contribution_of_many_people(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    sheet = {
        "kind": "kit", "channel": "counter", "place": "BIB", "received": "2027-02-20", "language": "fr", "nonce": "k-1",
        "text": "Points principaux\nMoins haut devant le parc.", "group": "Club du parc", "people": "14", "theme": "1",
    }  # fmt: skip
    clerk = site.signed_in(office.clerk)
    assert "nº 1" in clerk.submit(f"{world.staff}/contributions/new", sheet).text
    page = site.signed_in(office.analyst).get_page(f"{world.staff}/contributions/1").text
    assert "Club du parc" in page
    assert "14" in page
    assert "T-1" in page
    assert "14" in site.visitor().get_page(world.public).text, "the people of the group are counted where people are"
