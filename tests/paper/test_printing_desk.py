"""The desk that prints: right text from the frozen spec, each edition, what the public may print."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2
import pytest

from participation.counting.spec import Style
from tests.builders import build_question, build_spec, open_register, text
from tests.client import Site
from tests.paper.clerks import Office, open_batch, open_office


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())


@pytest.mark.parametrize(("language", "instruction"), [("fr", "Cochez de 1 à 2 projets"), ("en", "2 projects")])
def test_a_ballot_says_what_was_promised(site: Site, language: str, instruction: str) -> None:
    office = open_office(site)
    answer = office.first.get(f"{office.base}/forms/ballot.pdf?language={language}&large=1&paper=legal")
    assert answer.headers["content-type"] == "application/pdf"
    words = words_of(answer.content)
    assert instruction in words
    assert f"B-1-{language.upper()}-L" in words
    assert office.world.spec_row.digest[:16] in words.replace(" ", "")


def test_the_desk_shows_sides_and_sheets_before_printing(site: Site) -> None:
    page = open_office(site).first.get_page("/en/staff/ville/budget/forms?language=fr&paper=a4&large=1")
    assert "4.7 g" in page.text, "one sheet of A4"
    assert any("declaration.pdf?language=fr&paper=a4&large=1" in link for link in page.links())


def test_each_district_has_its_ballot(site: Site) -> None:
    city, north = build_question(), build_question(id="nord")
    spec = replace(
        build_spec(city),
        questions=(city, north),
        styles=(Style("sud", text("Sud"), ("ville",)), Style("nord", text("Nord"), ("ville", "nord"))),
    )
    office = open_office(site, spec)
    page = office.first.get_page(f"{office.base}/forms")
    assert len([link for link in page.links() if "ballot.pdf" in link]) == 2
    office.first.get(f"{office.base}/forms/ballot.pdf?style=nord")
    office.first.get(f"{office.base}/forms/ballot.pdf?style=ouest", status=404)


def test_the_slip_carries_the_legal_notice_and_its_place(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    words = words_of(office.intake.get(f"{office.base}/forms/declaration.pdf?place=C1").content)
    assert "30 jours après la certification" in words
    assert "Bibliothèque" in words


def test_the_header_of_a_batch_is_filled_in(site: Site) -> None:
    office = open_office(site)
    batch = open_batch(office, 37, seal_number="S-12")
    words = words_of(office.first.get(f"{batch}/header.pdf").content)
    assert "37" in words
    assert "S-12" in words


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


@pytest.mark.parametrize("form", ["preparation", "booklet"])
def test_the_public_prints_these_two_and_no_ballot(office: Office, form: str) -> None:
    visitor = office.site.visitor()
    answer = visitor.get(f"/fr{office.world.path}/forms/{form}.pdf?large=1")
    assert "Projet 1" in words_of(answer.content)
    assert "set-cookie" not in answer.headers
    assert answer.content == visitor.get(f"/fr{office.world.path}/forms/{form}.pdf?large=1").content
    visitor.get(f"/fr{office.world.path}/forms/ballot.pdf", status=404)
