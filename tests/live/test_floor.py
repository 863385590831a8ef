"""Questions from the floor over HTTP, without a script: DOMAIN §7.3, telephones and slips, until the register."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from participation.accounts.models import Role
from participation.consultations.models import Contribution, ContributionChannel
from participation.live.floor import queries, service
from participation.live.floor.models import FloorVote
from participation.live.models import Door, Meeting
from participation.live.service import check_in
from participation.processes.models import Process, ProcessKind
from tests.builders import build_account
from tests.client import Browser, Page, Site
from tests.live.people import Assembly, build_assembly


@pytest.fixture
def room(site: Site) -> Assembly:
    return build_assembly(site)


def ask(room: Assembly, telephone: Browser, text: str, *, status: int = 303, **more: str) -> Page:
    """Sends a question from a telephone; the page that comes back."""
    page = telephone.get_page(f"{room.room}/questions")
    form = {"nonce": page.value_of("nonce"), "text": text, "subject": "", "name": ""} | more
    sent = telephone.post(f"{room.room}/questions", form, status=status)
    return Page(sent.text)


def support(room: Assembly, telephone: Browser, number: int, wanted: str = "1", *, status: int = 303) -> None:
    telephone.get_page(f"{room.room}/questions")
    telephone.post(f"{room.room}/questions/{number}/support", {"wanted": wanted}, status=status)


def decide(room: Assembly, number: int, what: str, **form: str) -> None:
    room.facilitator.post(f"{room.staff}/questions/{number}/{what}", form)


def opened(room: Assembly) -> Assembly:
    room.facilitator.post(f"{room.staff}/questions/open", {"open": "1"})
    room.facilitator.post(f"{room.staff}/questions/wall")
    return room


def test_nineteen_come_in_and_every_one_has_its_end(site: Site, room: Assembly) -> None:
    """14 shown, 3 merged, 2 refused with a reason; their askers read what became of them on their own telephone."""
    assert "Aucune question n’est reçue" in site.visitor().get_page(f"{room.room}/questions").text
    opened(room)
    askers = [site.visitor() for _each in range(18)]
    for number, asker in enumerate(askers, 1):
        ask(room, asker, f"Question numéro {number}, s’il vous plaît?", name=f"Personne {number}")
    assert "Reçue. Une personne la lit avant" in askers[0].get_page(f"{room.room}/questions").text
    helper = room.counter("Ginette")
    slip = helper.get_page(f"{room.staff}/questions/slip")
    form = {"nonce": slip.value_of("nonce"), "text": "Sur un feuillet, écrite à la main?", "name": "Siège 12"}
    kept = helper.submit(f"{room.staff}/questions/slip", form)
    assert "question 19" in kept.text
    for number in (*range(1, 14), 19):
        decide(room, number, "show")
    for number in (14, 15, 16):
        decide(room, number, "merge", into="1")
    for number in (17, 18):
        decide(room, number, "refuse", reason="threat", note="Parlez-en à la table d’accueil.")
    desk = room.facilitator.get_page(f"{room.staff}/questions").text
    assert "19 reçues : 14 affichées, 3 fusionnées, 2 refusées, 0 à lire" in desk
    wall = room.wall()
    assert "Question numéro 1," in wall
    assert "4 personnes la posent" in wall, "whoever asked the same counts with it"
    assert "Question numéro 17" not in wall
    assert "Personne 1" not in wall
    assert "Siège 12" not in wall
    assert "Fusionnée avec la question 1" in askers[13].get_page(f"{room.room}/questions").text
    refused = askers[16].get_page(f"{room.room}/questions").text
    assert "menace ou harcèle" in refused
    assert "table d’accueil" in refused
    assert "menace" not in askers[0].get_page(f"{room.room}/questions").text
    assert askers[16].get(f"{room.room}/questions/own").text.count("<h2") == 1
    decide(room, 1, "answered")
    assert "Répondue" in askers[0].get_page(f"{room.room}/questions").text
    log = room.facilitator.get_page(f"{room.staff}/observer").text
    assert "Question 1 du public · Répondue" in log
    assert "Question 14 du public · Fusionnée avec une autre question · numéro 1" in log


def test_a_telephone_supports_a_question_once_and_takes_it_back(site: Site, room: Assembly) -> None:
    opened(room)
    first, second, third = (site.visitor() for _each in range(3))
    for asker, text in ((first, "La première?"), (second, "La seconde?")):
        ask(room, asker, text)
    support(room, third, 1, status=409)
    for number in (1, 2):
        decide(room, number, "show")
    for telephone in (third, third, second, first):
        support(room, telephone, 2)
    assert room.wall().index("La seconde") < room.wall().index("La première")
    assert "3 personnes la posent" in room.wall(), "its asker counts once, though she pressed the button too"
    assert "Retirer mon appui" in third.get_page(f"{room.room}/questions").text
    support(room, third, 2, "0")
    assert "2 personnes la posent" in room.wall()
    answer = third.post(
        f"{room.room}/questions/2/support", {"wanted": "1"}, status=200, headers={"Accept": "application/json"}
    )
    assert answer.json() == {"supported": True}
    site.visitor().post(f"{room.room}/questions/2/support", {"wanted": "1"}, status=409)
    decide(room, 2, "merge", into="1")
    assert "3 personnes la posent" in room.wall(), "support of both, each telephone once"
    decide(room, 2, "show")
    decide(room, 1, "refuse", reason="off-topic")
    assert "La première" not in room.wall()


def test_what_cannot_be_taken_comes_back_with_its_words(site: Site, room: Assembly) -> None:
    opened(room)
    telephone = site.visitor()
    assert "Écrivez d’abord votre texte" in ask(room, telephone, " ", status=422).text
    assert "500" in ask(room, telephone, "x" * 501, status=422).text
    for number in range(3):
        ask(room, telephone, f"Encore une? {number}")
    refused = ask(room, telephone, "Et une quatrième?", status=429)
    assert "Et une quatrième?" in refused.text
    assert "Celle-ci n’a pas été envoyée" in refused.text
    room.facilitator.post(f"{room.staff}/questions/limit", {"per_device": "4"})
    page = telephone.get_page(f"{room.room}/questions")
    form = {"nonce": page.value_of("nonce"), "text": "Et une quatrième?"}
    for _twice in range(2):
        telephone.post(f"{room.room}/questions", form)
    assert "4 à lire" in room.facilitator.get_page(f"{room.staff}/questions").text
    room.facilitator.post(f"{room.staff}/questions/open", {"open": "0"})
    closed = telephone.post(f"{room.room}/questions", form | {"nonce": "another-nonce-of-22-letters"}, status=409)
    assert "aucune question n’est reçue" in closed.text.lower()


def test_what_looks_personal_is_proposed_to_whoever_moderates(site: Site, room: Assembly) -> None:
    """A moderator of the consultation may decide, who cannot run the meeting; a clerk may not."""
    opened(room)
    ask(room, site.visitor(), "Pourquoi ne pas appeler le 514 555-0123 avant?")
    moderator = site.signed_in(build_account(site.database, "Farid", [Role.MODERATOR], room.world.organisation_id))
    assert "quelque chose de personnel" in moderator.get_page(f"{room.staff}/questions").text
    assert "un numéro de téléphone" in moderator.get_page(f"{room.staff}/questions/1").text
    moderator.post(f"{room.staff}/questions/1/show", {"masked": "1"})
    assert "appeler le […] avant" in room.wall()
    moderator.post(f"{room.staff}/questions/open", {"open": "0"}, status=403)
    room.counter("Ginette").post(f"{room.staff}/questions/1/show", status=403)


def test_a_question_goes_on_to_the_register_of_its_consultation_once(site: Site, room: Assembly) -> None:
    opened(room)
    ask(room, site.visitor(), "Qui entretiendra le parc?", name="Ana")
    decide(room, 1, "show")
    room.facilitator.post(f"{room.staff}/questions/1/register", status=409)
    with site.database.writing() as session:
        session.get_one(Process, room.world.process_id).kind = ProcessKind.CONSULTATION
    for _twice in range(2):
        decide(room, 1, "register")
    assert "registre des questions de la consultation" in room.facilitator.get_page(f"{room.staff}/questions/1").text
    with site.database.reading() as session:
        (row,) = session.execute(select(Contribution)).scalars().all()
        assert (row.channel, row.number) == (ContributionChannel.ROOM, 1)


def test_names_and_telephones_are_forgotten_and_the_figures_stay(site: Site, room: Assembly) -> None:
    opened(room)
    first, second = site.visitor(), site.visitor()
    ask(room, first, "Combien cela coûtera-t-il?", name="Ana")
    decide(room, 1, "show")
    support(room, second, 1)
    with site.database.writing() as session:
        service.forget_marks(session, site.at + timedelta(days=29))
        assert session.execute(select(func.count()).select_from(FloorVote)).scalar_one() == 1
        service.forget_marks(session, site.at + timedelta(days=31))
        assert session.execute(select(func.count(col(FloorVote.device_hash)))).scalar_one() == 0
        assert session.get(Meeting, room.meeting_id) is not None
    with site.database.reading() as session:
        (asked,) = queries.floor_now(session, room.meeting_id).questions
        assert (asked.support, asked.row.name, asked.row.device_hash) == (2, "", None)


def test_where_cards_stand_for_people_a_card_is_asked_for_beside_the_questions(site: Site) -> None:
    room = opened(build_assembly(site, door=Door.CARD))
    with site.database.writing() as session:
        meeting = session.get(Meeting, room.meeting_id)
        assert meeting is not None
        check_in(session, meeting, "K7QD")
    asker, telephone = site.visitor(), site.visitor()
    ask(room, asker, "Qui paie?")
    decide(room, 1, "show")
    telephone.get_page(f"{room.room}/questions")
    page = Page(telephone.post(f"{room.room}/questions/1/support", {"wanted": "1"}, status=409).text)
    assert "Tapez le numéro de la carte" in page.text
    kept = telephone.post(f"{room.room}/card", page.hidden() | {"card": "K7QD"})
    assert kept.headers["location"] == f"{room.room}/questions"
    assert "Utiliser cette carte" not in telephone.get_page(f"{room.room}/questions").text
    support(room, telephone, 1)
    assert "2 personnes la posent" in room.wall()
