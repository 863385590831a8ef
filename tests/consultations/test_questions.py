"""Questions from the first letter to the published answer, whatever way they came and however many people asked."""

from __future__ import annotations

from datetime import date

from participation.consultations.questions.working_days import due_day, first_in_time
from tests.client import Page, Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_comments import decide

ASKED = "Combien d’étages devant le parc?"


def test_working_days_leave_out_weekends_and_holidays() -> None:
    assert due_day(date(2027, 2, 19), 10) == date(2027, 3, 5)
    assert due_day(date(2027, 3, 25), 1) == date(2027, 3, 30), "Good Friday and Easter Monday"
    assert due_day(date(2028, 12, 22), 1) == date(2028, 12, 26)
    assert first_in_time(date(2027, 3, 5), 10) == date(2027, 2, 19)
    assert due_day(first_in_time(date(2027, 3, 30), 10), 10) >= date(2027, 3, 30)


def test_a_question_is_asked_sent_answered_and_given_to_everybody_who_asked_the_same(site: Site) -> None:
    world = build_consultation(site.database, days=35)
    office = build_office(site.database, world)
    resident, clerk = site.visitor(), site.signed_in(office.clerk)
    moderator, admin = site.signed_in(office.moderator), site.signed_in(office.admin)
    desk = f"{world.staff}/questions"

    form = {"text": ASKED, "theme": "1", "language": "fr", "nonce": "q-1"}
    mine = resident.post(f"{world.public}/questions", form, status=303).headers["location"].partition("?")[0]
    assert "due le" in resident.get_page(mine).text or "attendue" in resident.get_page(mine).text
    call = {"kind": "question", "channel": "phone", "received": "2027-02-20", "text": "Quelle hauteur?",
            "language": "fr", "nonce": "q-2", "people": ""}  # fmt: skip
    assert "nº 2" in clerk.submit(f"{world.staff}/contributions/new", call).text
    clerk.get(desk, status=403)

    lines = "Service de l’urbanisme | Planning Department\nPromoteur"
    admin.submit(f"{desk}/settings", {"respondents": lines, "working_days": "5"})
    page = moderator.get_page(desk)
    assert "Q-1" in page.text
    assert "Q-2" in page.text
    one = moderator.get_page(f"{desk}/1")
    sent_to = next(attrs["value"] for attrs in one.all("option") if attrs.get("value", "").count("-") == 4)
    moderator.submit(f"{desk}/1/send", {"respondent": sent_to, "due": "2027-02-22"})
    assert "Service de l’urbanisme" in moderator.get_page(f"{desk}?state=sent").text
    problem = admin.post(f"{desk}/settings", {"respondents": "Promoteur", "working_days": "5"}, status=422)
    assert "Service de l’urbanisme" in Page(problem.text).text, "who was asked stays in the list"

    draft = {"text_fr": "Six étages au plus.", "text_en": "", "documents": "3.2, 4.1", "respondent": sent_to}
    refused = moderator.post(f"{desk}/1/answer", {**draft, "act": "publish"}, status=409)
    assert "Six étages au plus." in refused.text, "nothing that was typed is lost"
    for number in (1, 2):
        decide(site, world, moderator, number)
    assert (
        "pas un numéro" in Page(moderator.post(f"{desk}/1/answer", {**draft, "documents": "x"}, status=422).text).text
    )
    moderator.submit(f"{desk}/1/answer", {**draft, "act": "keep"})
    assert "Six étages" not in resident.get_page(f"{world.public}/questions/1").text
    assert "1 réponse en retard" in moderator.get_page(desk).text
    assert "Q-2" not in moderator.get_page(f"{desk}?overdue=1").text
    moderator.submit(f"{desk}/2/merge", {"into": "Q-1"})
    assert moderator.post(f"{desk}/1/merge", {"into": "2"}, status=422), "no question is the same as itself"
    moderator.submit(f"{desk}/1/answer", {**draft, "act": "publish"})

    public = resident.get_page(f"{world.public}/questions?state=answered&theme=1")
    assert "Posée par 2 personnes" in public.text
    assert "Service de l’urbanisme" in public.text
    assert any(link.endswith("/documents/3.2") for link in public.links())
    assert "Quelle hauteur?" not in public.text
    assert "Six étages au plus." in resident.get_page(mine).text
    assert "Question Q-1" in resident.get_page(f"{world.public}/questions/2").text
    english = resident.get_page("/en" + world.path + "/questions/1")
    assert "Planning Department" in english.text
    assert 'lang="fr"' in english.html, "an answer that is not translated says its language"
    assert "overdue" not in english.text
    found = resident.get_page(f"{world.public}/search?q=etage")
    assert found.links().count(f"{world.public}/questions/1") == 2, "the question and its answer, under one address"
    assert "p. 1" not in found.text

    resident.submit(f"{mine}/withdraw")
    heir = resident.get_page(f"{world.public}/questions/2")
    assert "Six étages au plus." in heir.text, "whoever asked the same keeps the answer"
    assert ASKED not in resident.get_page(f"{world.public}/questions").text


def test_a_question_that_comes_too_late_comes_back(site: Site) -> None:
    world = build_consultation(site.database, days=45)
    form = {"text": ASKED, "language": "fr", "nonce": "late"}
    answer = site.visitor().post(f"{world.public}/questions", form, status=409)
    assert ASKED in answer.text
    assert "n’est pas ouverte" in Page(answer.text).text
    site.visitor().get(f"{world.public}/questions/1", status=404)
