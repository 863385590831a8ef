"""One questionnaire, three doors: a browser, a sheet of paper, a telephone; one tally, and words that can be erased."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import col

from participation.ballots.models import Ballot
from participation.ballots.questionnaires.models import OpenAnswer, QuestionnaireDraft
from participation.ballots.questionnaires.service import forget_drafts
from participation.counting.opinions import MOST_CHARACTERS
from tests.builders import NOON
from tests.client import Browser, Page, Site
from tests.journeys.questionnaires import build_consultation, publish

HERE = "/fr/ville/gare/questionnaire"
CLOSED_AT = NOON + timedelta(days=20)


def answer(browser: Browser, **changes: object) -> Page:
    """One page: four questions are few enough."""
    return browser.submit(f"{HERE}/1", {"a.1": "2", "a.2": ["1", "2"], "w.3": "La montagne", "w.4": "", **changes})


def ballots(site: Site) -> int:
    with site.database.reading() as session:
        number: int = session.execute(select(func.count()).select_from(Ballot)).scalar_one()
    return number


def test_online_nothing_is_lost_and_one_nonce_is_one_answer(site: Site) -> None:
    publish(site, build_consultation(site))
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


def test_a_private_link_opens_the_draft_elsewhere_until_its_day(site: Site) -> None:
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
    site.at = NOON + timedelta(days=13)
    closed = elsewhere.post(f"{HERE}/1", {"w.3": "Le clocher, surtout"}, status=409)
    assert "Le clocher, surtout" in closed.text, "the phase closed while somebody was typing"
    site.at = NOON + timedelta(days=60)
    elsewhere.get(address[0], status=404)
    with site.database.writing() as session:
        forget_drafts(session, last + timedelta(days=1))
        assert session.execute(select(func.count()).select_from(QuestionnaireDraft)).scalar_one() == 0
