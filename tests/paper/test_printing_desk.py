"""The desk that prints: right text from the frozen spec, each edition, what the public may print."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from participation.accounts.models import Role
from participation.counting.spec import Style
from participation.paper.balance import stock_of
from participation.paper.models.stock import StockKind
from participation.paper.sheets import print_job, print_runs
from participation.paper.sheets.print_job import Press
from tests.builders import NOON, build_account, build_question, build_spec, build_world, open_register, text
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
    assert "4.7" in page.text, "grams of one sheet of A4"
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


ORDER = {"place": "C1", "language": "fr", "paper": "letter", "copies": "12"}


def printed_run(office: Office) -> str:
    """Orders ballots over HTTP, prints them as the worker would, and returns the run's id."""
    page = office.first.get_page(f"{office.base}/forms/runs")
    office.first.post(f"{office.base}/forms/runs", ORDER | {"nonce": page.value_of("nonce")})
    press = Press(office.site.database, office.site.settings, lambda: NOON)
    with office.site.database.reading() as session:
        (run,) = print_runs.waiting(session)
    assert "Imprimés" in office.first.get_page(f"{office.base}/forms/runs").text, "how far it is"
    while print_job.next_step(press, run.id):
        pass
    return str(run.id)


def test_ballots_are_ordered_fetched_and_delivered_into_the_stock(office: Office) -> None:
    run = printed_run(office)
    runs = f"{office.base}/forms/runs"
    answer = office.first.get(f"{runs}/{run}/ballots.pdf")
    assert len(pypdfium2.PdfDocument(io.BytesIO(answer.content))) == 12
    assert answer.headers["cache-control"] == "no-store"
    office.first.post(f"{runs}/{run}/delivered")
    office.first.post(f"{runs}/{run}/delivered", status=409)
    office.first.get(f"{runs}/{run}/ballots.pdf", status=409)
    assert not list(Path(office.site.settings.files_dir).rglob("*.pdf")), "the file is deleted"
    with office.site.database.reading() as session:
        stock = stock_of(session, office.world.spec_row.id)
    assert stock == {office.world.place_id: {StockKind.BLANKS_RECEIVED: 12}}


def test_an_order_sent_twice_is_one_run(office: Office) -> None:
    for _press in range(2):
        office.first.post(f"{office.base}/forms/runs", ORDER | {"nonce": "same"})
    with office.site.database.reading() as session:
        assert len(print_runs.waiting(session)) == 1


@pytest.mark.parametrize(
    "wrong", [{"place": "X9"}, {"copies": "0"}, {"copies": "10001"}, {"copies": "many"}, {"paper": "a3"}]
)
def test_a_wrong_order_comes_back_with_what_was_typed(office: Office, wrong: dict[str, str]) -> None:
    answer = office.first.post(f"{office.base}/forms/runs", ORDER | wrong | {"nonce": "n"}, status=422)
    assert 'id="error-summary"' in answer.text
    with office.site.database.reading() as session:
        assert print_runs.waiting(session) == []


def _preview(office: Office) -> str:
    pdf = office.first.get(f"{office.base}/forms/ballot.pdf?language=fr").content
    return str(pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded())


def test_whoever_edits_the_vote_decides_that_ballots_are_initialled(office: Office) -> None:
    office.first.post(f"{office.base}/forms/runs/numbering", {"numbered": "0"}, status=403)
    boss = build_account(office.site.database, "Boss", [Role.ADMINISTRATOR], office.world.organisation_id)
    assert "Paraphe" not in _preview(office)
    office.site.signed_in(boss).post(f"{office.base}/forms/runs/numbering", {"numbered": "0"})
    assert "Paraphe" in _preview(office), "the desk shows what will be printed"
    office.first.post(f"{office.base}/forms/runs", ORDER | {"nonce": "n"})
    with office.site.database.reading() as session:
        (run,) = print_runs.waiting(session)
    assert not run.numbered
    assert "à parapher" in office.first.get_page(f"{office.base}/forms/runs").text


def test_no_run_of_another_vote_is_shown(office: Office) -> None:
    run = printed_run(office)
    other = build_world(office.site.database, office.site.keys, slug="other")
    boss = build_account(office.site.database, "Other", [Role.ADMINISTRATOR], other.organisation_id)
    browser = office.site.signed_in(boss)
    browser.get(f"/fr/staff/ville-other/other/forms/runs/{run}/ballots.pdf", status=404)
    browser.post(f"/fr/staff/ville-other/other/forms/runs/{run}/delivered", status=404)
    browser.get("/fr/staff/ville-other/other/forms/runs/nonsense/ballots.pdf", status=404)
