"""What stands around the vote: envelopes, poster, class pack, slips, a page per desk, and what is signed at a place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from participation.accounts.models import Role
from participation.counting.spec import QuestionKind, Style
from participation.processes.models import Process
from participation.register.models import AccessCode
from tests.builders import build_account, build_question, build_spec, open_register, text
from tests.client import Site
from tests.paper.clerks import Office, accept, key, open_batch, open_office
from tests.paper.test_printing_desk import words_of


def forms(office: Office, path: str, **more: int) -> bytes:
    return office.first.get(f"{office.base}/forms/{path}", **more).content


def test_the_outer_envelope_says_the_three_steps_and_carries_the_declaration_with_its_notice(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    words = words_of(forms(office, "envelope.pdf?part=outer&language=fr"))
    assert "Bulletin dans la petite enveloppe, seul." in words
    assert "Un seul bulletin par enveloppe" in words
    assert "Prénom" in words
    assert "30 jours après la certification" in words, "the notice of the data map"


def test_the_inner_envelope_asks_for_nothing(site: Site) -> None:
    office = open_office(site, open_register(build_spec()))
    words = words_of(forms(office, "envelope.pdf?part=inner&language=fr"))
    assert "ni nom, ni code, ni signature" in words
    assert "Prénom" not in words
    assert "Signature" not in words


def test_the_district_stands_on_the_inner_envelope(site: Site) -> None:
    city, north = build_question(), build_question(id="nord")
    spec = replace(
        build_spec(city),
        questions=(city, north),
        styles=(Style("sud", text("Secteur sud"), ("ville",)), Style("nord", text("Secteur nord"), ("ville", "nord"))),
    )
    office = open_office(site, spec)
    assert "Secteur nord" in words_of(forms(office, "envelope.pdf?part=inner&style=nord&language=fr"))


@pytest.mark.parametrize("slip", ["attendance", "question", "comment", "idea"])
def test_no_slip_asks_for_anything_personal(site: Site, slip: str) -> None:
    words = words_of(forms(open_office(site), f"slip.pdf?slip={slip}&language=fr"))
    assert "ne demande aucun renseignement personnel" in words
    for field in ("Prénom", "Courriel", "Code postal", "Signature"):
        assert field not in words


@pytest.mark.parametrize(("slip", "status"), [("comment", 200), ("idea", 200), ("attendance", 404), ("question", 404)])
def test_two_slips_are_printed_at_home(site: Site, slip: str, status: int) -> None:
    office = open_office(site)
    site.visitor().get(f"/fr{office.world.path}/forms/slip.pdf?slip={slip}", status=status)


def test_the_poster_has_a_code_and_the_last_hour(site: Site) -> None:
    office = open_office(site)
    pdf = forms(office, "poster.pdf?language=fr")
    assert "Votez avant le" in words_of(pdf)
    assert b"/Figure" in pdf or b"/Alt" in pdf


def test_the_guide_of_a_desk_follows_the_process(site: Site) -> None:
    office = open_office(site)
    adjudication = words_of(forms(office, "guide.pdf?desk=adjudication&language=fr"))
    assert "Plus de 2 choix" in adjudication
    assert "dépasse l’enveloppe" not in adjudication, "no ballot of this vote adds up costs"


def test_the_guide_names_the_reasons_of_a_knapsack(site: Site) -> None:
    office = open_office(site, build_spec(build_question(kind=QuestionKind.KNAPSACK, max_choices=6)))
    words = words_of(forms(office, "guide.pdf?desk=adjudication&language=fr"))
    assert "dépasse l’enveloppe" in words
    assert "Plus de" not in words


def test_the_class_pack_is_for_votes_of_the_young_alone(site: Site) -> None:
    office = open_office(site, replace(open_register(build_spec()), minimum_age=14))
    forms(office, "class-pack.pdf", status=404)


def young_office(site: Site) -> Office:
    return open_office(site, replace(open_register(build_spec()), minimum_age=12))


def test_a_class_pack_prints_each_new_code_once_and_keeps_no_list(site: Site) -> None:
    office = young_office(site)
    clerk = site.signed_in(build_account(site.database, "codes", [Role.ADMINISTRATOR], office.world.organisation_id))
    style = office.world.spec_row.spec.styles[0].id
    answer = clerk.post(f"{office.base}/forms/class-pack?language=fr", {"style": style, "number": "3"}, status=200)
    words = words_of(answer.content)
    assert words.count("Ton code pour voter") == 3
    assert "Il n’est relié à aucun nom" in words
    with site.database.reading() as session:
        codes = session.exec(select(AccessCode)).all()
    assert len(codes) == 3
    assert all(code.voter_id is None for code in codes)
    clerk.post(f"{office.base}/forms/class-pack", {"style": style, "number": "101"}, status=422)


def test_who_may_make_no_codes_makes_no_class_pack(site: Site) -> None:
    office = young_office(site)
    style = office.world.spec_row.spec.styles[0].id
    office.first.post(f"{office.base}/forms/class-pack", {"style": style, "number": "3"}, status=403)


def test_the_zero_statement_is_empty_and_says_so_when_it_is_not(site: Site) -> None:
    office = open_office(site)
    words = words_of(office.first.get(f"{office.base}/statements/C1/opening.pdf?language=fr").content)
    assert "État zéro" in words
    assert "Ceci n’est pas un état zéro" not in words
    assert office.world.spec_row.digest[:16] in words
    accept(office, 1)
    words = words_of(office.first.get(f"{office.base}/statements/C1/opening.pdf?language=fr").content)
    assert "Ceci n’est pas un état zéro" in words


def test_the_statement_of_a_place_has_its_identities_and_what_is_open(site: Site) -> None:
    office = open_office(site)
    accept(office, 2)
    batch = open_batch(office, 2)
    words = words_of(office.first.get(f"{office.base}/statements/C1/count.pdf?language=fr").content)
    assert "Relevé du dépouillement" in words
    assert "1 lot n’est pas fermé" in words
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1", "2"])
    office.first.post(f"{batch}/close")
    words = words_of(office.first.get(f"{office.base}/statements/C1/count.pdf?language=fr").content)
    assert "pas fermé" not in words
    assert "bulletins trouvés" in words
    office.first.get(f"{office.base}/statements/NULLE/count.pdf", status=404)


def test_the_desk_groups_its_sheets_by_who_needs_them(site: Site) -> None:
    page = young_office(site).first.get_page("/en/staff/ville/budget/forms?language=en")
    headings = ["For people who vote", "For walls, meetings and consultations", "For the team"]
    places = [page.text.index(heading) for heading in headings]
    assert places == sorted(places)
    assert any("class-pack.pdf" in link for link in page.links())
    assert "class-pack?language" not in page.text, "who may make no codes is offered none"


def test_an_administrator_is_offered_a_class_pack(site: Site) -> None:
    office = young_office(site)
    clerk = site.signed_in(build_account(site.database, "codes", [Role.ADMINISTRATOR], office.world.organisation_id))
    assert "Make the codes and print" in clerk.get_page("/en/staff/ville/budget/forms").text


def test_a_process_without_english_prints_french_words_in_an_english_frame(site: Site) -> None:
    office = open_office(site)
    with site.database.writing() as session:
        process = session.exec(select(Process)).one()
        process.summary = {"fr": "Six projets pour le parc."}
        session.add(process)
    assert "Six projets pour le parc." in words_of(forms(office, "poster.pdf?language=en"))
