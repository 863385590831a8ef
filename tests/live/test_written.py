"""Answers in words: none reaches the wall before a person has read it; equal ones go together; nobody is named."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import select
from sqlmodel import col

from participation.accounts.models import Role
from participation.ballots.questionnaires.models import OpenAnswer
from participation.live.models import PollKind
from participation.live.service import PollDraft
from tests.builders import build_account
from tests.client import Browser, Page, Site
from tests.live.people import Assembly, ballot_of, build_assembly

QUESTION = {"fr": "Que manque-t-il au parc?", "en": "What is missing in the park?"}


@pytest.fixture
def room(site: Site) -> Assembly:
    room = build_assembly(site, PollDraft(QUESTION, PollKind.TEXT))
    room.act("open")
    return room


def say(room: Assembly, *answers: str) -> None:
    for words in answers:
        telephone = room.site.visitor()
        telephone.post(f"{room.room}/vote", ballot_of(telephone.get_page(room.room)) | {"words": words})


def moderator(room: Assembly) -> Browser:
    account = build_account(room.site.database, "Farid", [Role.MODERATOR], room.world.organisation_id)
    return room.site.signed_in(account)


def entry(page: Page, words: str) -> str:
    """The address of the answer that begins with these words."""
    found = re.search(rf'<h4 id="answer-([0-9a-f-]+)"[^>]*>(?:<mark>)?{words}', page.html)
    assert found, page.text
    return found[1]


def test_an_answer_reaches_the_wall_only_once_a_person_has_read_it(room: Assembly) -> None:
    """A story of one desk: equal words, something personal, a reason, taking back; then the minutes and the file."""
    say(room, "Des bancs", "des bancs.", "Écrivez à moi@exemple.ca, un abri", "Achetez mes paniers", "Une fontaine")
    farid, desk = moderator(room), f"{room.staff}/answers"

    def act(words: str, what: str, **form: str) -> None:
        address = f"{room.staff}/polls/{room.poll_id}/answers/{entry(farid.get_page(desk), words)}/{what}"
        farid.post(address, form, status=303 if what != "refuse" or form else 422)

    assert "Des bancs" not in room.wall()
    page = farid.get_page(desk).text
    assert page.index("Des bancs Rédigée par 2 personnes") < page.index("Une fontaine"), "what most wrote comes first"
    assert "une adresse courriel" in page
    act("Des bancs", "show")
    act("Écrivez", "show", masked="1")
    act("Achetez", "refuse")
    act("Achetez", "refuse", reason="advertising")
    say(room, "DES BANCS")
    wall = room.wall()
    assert "Des bancs × 3" in wall, "who says the same later stands beside it"
    assert "Écrivez à […], un abri" in wall
    assert not any(words in wall for words in ("moi@exemple.ca", "paniers", "fontaine"))
    act("Des bancs", "back")
    assert "bancs" not in room.wall()
    act("Des bancs", "show")
    room.act("hide")
    assert "bancs" not in room.wall()
    room.act("show")
    room.act("close")
    assert "Des bancs × 3" in room.site.visitor().get_page(room.room).text
    room.facilitator.post(f"{room.staff}/end")
    minutes = room.facilitator.get_page(f"{room.staff}/minutes").text
    assert "Des bancs 3" in minutes
    assert "2 réponses ne sont pas montrées" in minutes
    assert "paniers" not in minutes
    file = room.facilitator.get(f"{room.staff}/minutes.csv").text.lstrip("\ufeff").split("\n\n")[0]
    rows = list(csv.DictReader(io.StringIO(file), delimiter=";"))
    assert {(row["Réponse"], row["Voix"]) for row in rows} >= {("Des bancs", "3"), ("Écrivez à […], un abri", "1")}


def test_what_was_erased_leaves_wall_and_desk(room: Assembly) -> None:
    """With all that say the same, for a reason; that they answered stays counted."""
    say(room, "Des bancs", "des bancs", "Une fontaine")
    farid, desk = moderator(room), f"{room.staff}/answers"
    answer = entry(farid.get_page(desk), "Des bancs")
    place = f"{room.staff}/polls/{room.poll_id}/answers/{answer}"
    farid.post(f"{place}/show")
    farid.post(f"{place}/show")
    assert "bancs" in room.wall()
    room.counter("Ana").get(f"{place}/erase", status=403)
    assert "bancs" in farid.get_page(f"{place}/erase").text
    assert "pourquoi" in Page(farid.post(f"{place}/erase", {"reason": " "}, status=422).text).text
    assert "bancs" in room.wall()
    farid.post(f"{place}/erase", {"reason": "À la demande de la personne"})
    assert "bancs" not in room.wall()
    assert "3 réponses" in room.wall()
    farid.post(f"{place}/show", status=404)
    farid.post(f"{place}/erase", {"reason": "encore"}, status=404)
    with room.site.database.reading() as session:
        assert session.execute(
            select(col(OpenAnswer.text)).where(col(OpenAnswer.text).is_not(None))
        ).scalars().all() == ["Une fontaine"]


def test_who_counts_hands_does_not_decide_on_words(room: Assembly) -> None:
    room.counter("Ana").get(f"{room.staff}/answers", status=403)
