"""One questionnaire, three doors: a browser, a sheet of paper, a telephone; one tally, and words that can be erased."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from participation.accounts.models import Role
from participation.ballots.models import Ballot
from participation.ballots.questionnaires import routes
from participation.ballots.questionnaires.models import OpenAnswer, QuestionnaireDraft
from participation.ballots.questionnaires.service import forget_drafts
from participation.consultations.participants.models import ParticipantQuestions
from participation.counting.opinions import MOST_CHARACTERS
from participation.counts.service import recount
from participation.files import StoredFile
from participation.paper.models.questionnaires import QuestionnaireSheet
from participation.processes.queries import spec_by_id
from tests.builders import NOON, build_account
from tests.client import Browser, Page, Site
from tests.journeys.questionnaires import EDIT, Consultation, build_consultation, publish

HERE = "/fr/ville/gare/questionnaire"
DESK = "/fr/staff/ville/gare/questionnaire"
CLOSED_AT = NOON + timedelta(days=20)


def answer(browser: Browser, **changes: object) -> Page:
    """One page: four questions are few enough."""
    return browser.submit(f"{HERE}/1", {"a.1": "2", "a.2": ["1", "2"], "w.3": "La montagne", "w.4": "", **changes})


def ballots(site: Site) -> int:
    with site.database.reading() as session:
        number: int = session.execute(select(func.count()).select_from(Ballot)).scalar_one()
    return number


def test_online_nothing_is_lost_and_one_nonce_is_one_answer(site: Site) -> None:
    consultation = build_consultation(site)
    publish(site, consultation)
    with site.database.writing() as session:
        session.add(ParticipantQuestions(process_id=consultation.process_id, codes=["age"]))
    visitor = site.visitor()
    start = visitor.get_page(HERE)
    assert "Commencer" in start.text
    page = visitor.get_page(f"{HERE}/1")
    assert page.text.count("Pourquoi cette question?") == 4
    assert "Seulement si vous avez répondu « Contre » à la question 1." in page.text
    refused = Page(
        visitor.post(f"{HERE}/1", {"w.3": "é" * 100_000, "a.2": ["1", "2", "3"], "a.1": "2"}, status=422).text
    )
    assert "é" * 100_000 in refused.text.replace(" ", ""), "given back"
    assert str(MOST_CHARACTERS)[:2] in refused.text
    review = answer(visitor, **{"w.3": "<script>alert(1)</script> שלום 😀", "w.4": "Le quai"})
    assert "<script>alert" not in review.html
    assert "😀" in review.text
    assert "n’est pas envoyé" in answer(visitor, **{"a.1": "1"}).text, "the reasons are for those against"
    answer(visitor, **{"a.1": "2", "w.4": "Le quai\r\n\r\net l’horloge"})
    receipt = visitor.submit(f"{HERE}/send", {})
    assert "Dire qui participe" in receipt.text
    code = re.search(r"<output[^>]*>([^<]+)</output>", receipt.html)
    assert code
    assert code[1] in visitor.submit(f"{HERE}/send", {}).html, "the same receipt, and nothing twice"
    assert ballots(site) == 1
    looked_up = Page(visitor.post("/fr/ville/gare/receipt", {"code": code[1]}, status=200).text)
    assert "Reçu" in looked_up.text
    with site.database.reading() as session:
        words = set(session.execute(select(col(OpenAnswer.text))).scalars())
        assert words == {"La montagne", "Le quai\n\net l’horloge"}
        drafts = session.execute(select(col(QuestionnaireDraft.sealed))).scalars().all()
        assert all(len(sealed) < 400 for sealed in drafts), "the answers left the draft when they were sent"


def test_a_private_link_opens_the_draft_elsewhere_until_its_day(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(site, build_consultation(site))
    visitor = site.visitor()
    kept = visitor.submit(f"{HERE}/1", {"w.3": "Le clocher", "later": "1"})
    address = re.search(r"/fr/ville/gare/questionnaire/resume/[\w-]+", kept.html)
    assert address
    elsewhere = site.visitor()
    elsewhere.get(address[0])
    assert "Le clocher" in elsewhere.get_page(f"{HERE}/1").text
    with site.database.reading() as session:
        (row,) = session.execute(select(QuestionnaireDraft)).scalars()
        assert address[0].rpartition("/")[2] not in row.id
        assert b"clocher" not in row.sealed
        last = row.expires_on
    elsewhere.get(address[0][:-2] + "xx", status=404)
    monkeypatch.setattr(routes, "MOST_NEW_DRAFTS", 1)
    crowded = site.visitor().post(f"{HERE}/1", {"w.3": "Encore moi"}, status=422)
    assert "Encore moi" in crowded.text
    site.at = NOON + timedelta(days=13)
    closed = elsewhere.post(f"{HERE}/1", {"w.3": "Le clocher, surtout"}, status=409)
    assert "Le clocher, surtout" in closed.text, "the phase closed while somebody was typing"
    site.at = NOON + timedelta(days=60)
    elsewhere.get(address[0], status=404)
    with site.database.writing() as session:
        forget_drafts(session, last + timedelta(days=1))
        assert session.execute(select(func.count()).select_from(QuestionnaireDraft)).scalar_one() == 0


def clerk(site: Site, consultation: Consultation, name: str, *roles: Role) -> Browser:
    return site.signed_in(build_account(site.database, name, roles, consultation.organisation_id))


PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def bring(browser: Browser, path: str, picture: bytes, *, status: int = 303) -> None:
    browser.post(path, {}, status=status, files={"picture": ("feuille.png", picture)})


def key(browser: Browser, place: str, day: str, answers: dict[str, object]) -> int:
    """Keys a sheet; returns its number."""
    nonce = browser.get_page(f"{DESK}/sheets/new").value_of("nonce")
    sent = {"nonce": nonce, "place": place, "received": day, "language": "fr", **answers}
    page = browser.submit(f"{DESK}/sheets/new", sent)
    again = browser.submit(f"{DESK}/sheets/new", sent)
    assert page.text == again.text or "feuille" in again.text, "the same page sent twice is one sheet"
    found = re.search(r"Gardée comme feuille (\d+)", page.text)
    assert found
    return int(found[1])


def test_online_paper_and_telephone_become_one_tally(site: Site) -> None:
    consultation = build_consultation(site)
    spec_id = publish(site, consultation)
    one, two = (clerk(site, consultation, name, Role.ENTRY_CLERK) for name in ("Bo Un", "Cy Deux"))
    visitor = site.visitor()
    visitor.submit(f"{HERE}/1", {"a.1": "1", "w.3": "Le mont Royal"})
    visitor.submit(f"{HERE}/send", {})
    paper = key(one, "C1", "2027-02-20", {"a.1": "2", "a.2": ["1"], "w.4": "La [illisible] de la gare"})
    call = key(two, "T1", "2027-02-24", {"a.1": "2", "w.3": "Le fleuve"})
    early = {"nonce": "n", "place": "C1", "received": "2027-02-01", "language": "fr", "w.4": "La vieille horloge"}
    refused = one.post(f"{DESK}/sheets/new", early, status=422).text
    assert "Ce jour-là" in refused
    assert "La vieille horloge" in refused, "what was keyed is given back"
    assert ballots(site) == 1, "what one person keyed waits"
    assert "attend quelqu’un d’autre" in one.get_page(DESK).text
    one.post(f"{DESK}/sheets/{paper}", {"a.1": "2"}, status=409)
    seen = two.get_page(f"{DESK}/sheets/{paper}")
    assert "[illisible]" in seen.text
    two.submit(
        f"{DESK}/sheets/{paper}",
        {"a.1": "2", "a.2": ["1"], "w.4": "La [illisible] de la vieille gare", "language": "fr"},
    )
    one.submit(f"{DESK}/sheets/{call}", {"a.1": "2", "w.3": "Le fleuve", "language": "fr"})
    two.post(f"{DESK}/sheets/{paper}", {"a.1": "2"}, status=409)
    assert ballots(site) == 3
    wrong = key(one, "C1", "2027-02-20", {"a.1": "3", "w.4": "Double"})
    one.submit(f"{DESK}/sheets/{wrong}/withdraw", {"reason": "Saisie deux fois"})
    with site.database.reading() as session:
        sheets = session.execute(select(QuestionnaireSheet)).scalars().all()
        assert [(sheet.ticks, sheet.text) for sheet in sheets] == [({}, {})] * 3, "nothing of them is left at the desk"
        row = spec_by_id(session, spec_id)
        assert row
        first, second, third, fourth = (each.opinions for each in recount(session, row).result.opinions)
        by_channel = {column.groups[0][0]: column.ballots for column in first.counted.by_group}
    assert by_channel == {"online": 1, "counter": 1, "phone": 1}
    assert [first.counted.votes(option) for option in "123"] == [1, 2, 0]
    assert (second.asked, second.answered) == (2, 1)
    assert (third.answered, fourth.answered) == (2, 1)
    show_the_result(site, consultation)


def take_it_away(admin: Browser) -> None:
    """The figures of a small group show in all only; answers in words are in a file once they have their numbers."""
    desk = DESK.removesuffix("/questionnaire")
    admin.submit(f"{desk}/analysis/numbers")
    figures, words = (
        admin.post(f"{desk}/exports/{name}", {"format": "csv"}, status=200).content.decode("utf-8-sig")
        for name in ("closed-answers", "answers")
    )
    assert "Toutes les voies;2;;3;3" in figures, "no share of three answers"
    assert "En ligne" not in figures
    assert "Q3-1;3;" in words
    assert "Le fleuve" in words


def show_the_result(site: Site, consultation: Consultation) -> None:
    """Nobody sees a figure before two people have closed the questionnaire; nobody outside before it is published."""
    results, public = f"{DESK}/results", f"{HERE}/results"
    admin = consultation.admin
    assert "huit étages" not in admin.get_page(results).text
    admin.post(f"{DESK}/count", {}, status=409)
    site.at = CLOSED_AT
    admin, other = site.signed_in(consultation.admin_id), clerk(site, consultation, "Ed Deux", Role.CERTIFIER)
    admin.submit(f"{DESK}/close", {})
    proposal = other.get_page(results).value_of("proposal")
    admin.post(f"{DESK}/close/confirm", {"proposal": proposal}, status=409)
    other.post(f"{DESK}/close/confirm", {"proposal": proposal})
    counted = admin.submit(f"{DESK}/count", {})
    assert "Question posée à 3 personnes. Réponses : 3." in counted.text
    take_it_away(admin)
    site.visitor().get(public, status=404)
    admin.submit(f"{DESK}/results/publish", {})
    shown = site.visitor().get_page(public)
    assert "Question posée à 3 personnes. Réponses : 3." in shown.text
    assert "Le fleuve" not in shown.text
    words = admin.get_page(f"{DESK}/answers?channel=phone")
    assert "Le fleuve" in words.text
    assert "mont Royal" not in words.text
    (erase,) = [link for link in words.links() if link.endswith("/erase")]
    admin.get_page(erase)
    admin.submit(erase, {"reason": "À la demande de la personne"})
    assert "Le fleuve" not in admin.get_page(f"{DESK}/answers").text
    before = re.search(r"Empreinte : (\w+)", shown.text)
    again = re.search(r"Empreinte : (\w+)", admin.submit(f"{DESK}/count", {}).text)
    assert before
    assert again
    assert again[1] == before[1], "counted again, the same digest, whatever was erased"


def test_ticks_keyed_twice_go_to_a_third_person_where_they_differ(site: Site) -> None:
    consultation = build_consultation(site)
    publish(site, consultation)
    consultation.admin.submit(f"{EDIT}/settings", {"closed_twice": "1"})
    one, two = (clerk(site, consultation, name, Role.ENTRY_CLERK) for name in ("Bo Un", "Cy Deux"))
    three = clerk(site, consultation, "Di Trois", Role.ADJUDICATOR)
    number = key(one, "C1", "2027-02-20", {"a.1": "2", "w.4": "Le quai"})
    picture = f"{DESK}/sheets/{number}/picture"
    bring(one, f"{picture}/upload", b"no picture", status=422)
    bring(one, f"{picture}/upload", PIXEL)
    assert two.get(picture).headers["content-type"] == "image/png"
    blind = two.get_page(f"{DESK}/sheets/{number}")
    assert picture in [image["src"] for image in blind.all("img")]
    assert not [box for box in blind.all("input") if "checked" in box and box.get("value")], "keyed blind"
    two.submit(f"{DESK}/sheets/{number}", {"a.1": "3", "w.4": "Le quai", "language": "fr"})
    assert ballots(site) == 0
    assert "Contre" in three.get_page(f"{DESK}/sheets/{number}/settle").text
    three.submit(f"{DESK}/sheets/{number}/settle", {"a.1": "2"})
    assert ballots(site) == 1
    two.get(picture, status=404)
    with site.database.reading() as session:
        assert session.execute(select(col(StoredFile.dropped_at))).scalars().all() == [site.at]


def test_a_shared_device_forgets_between_two_people(site: Site) -> None:
    publish(site, build_consultation(site))
    device = site.visitor()
    started = device.submit("/fr/ville/gare/kiosk/start", {})
    assert "Questionnaire" in started.text
    device.submit(f"{HERE}/1", {"w.3": "Le mont"})
    assert "lien privé" not in device.get_page(f"{HERE}/1").text
    device.submit(HERE, {})
    assert "Le mont" not in device.get_page(f"{HERE}/1").text
    with site.database.reading() as session:
        assert session.execute(select(func.count()).select_from(QuestionnaireDraft)).scalar_one() == 0
