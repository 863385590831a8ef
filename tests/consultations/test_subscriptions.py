"""Following a consultation: the two letters, one click off, news once; the feed and the calendar."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree

from sqlalchemy import select
from sqlmodel import col

from participation import mail
from participation.consultations.hearings.models import HearingSession
from participation.consultations.questions.models import Question
from participation.consultations.subscriptions.feed import ATOM
from participation.consultations.subscriptions.models import Subscription
from participation.consultations.subscriptions.service import UNCONFIRMED, address_of, forget_subscriptions
from participation.consultations.subscriptions.service import tell_subscribers as tell
from participation.mail import OutgoingMail
from participation.processes.models import Phase, PhaseKind
from tests.builders import NOON
from tests.client import Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_comments import decide

DAY = timedelta(days=1)


def letters(site: Site) -> list[OutgoingMail]:
    with site.database.reading() as session:
        return list(reversed(mail.newest(session, 50)))


def link_in(letter: OutgoingMail) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+/subscribe/\w+)", letter.body)
    assert found, letter.body
    return found[1]


def test_somebody_follows_a_consultation_and_stops(site: Site) -> None:
    world = build_consultation(site.database, days=35)
    office = build_office(site.database, world)
    resident = site.visitor()
    page = resident.get_page(f"{world.public}")
    assert f"{world.public}/subscribe" in page.links()
    assert any(link.get("type") == "application/atom+xml" for link in page.all("link"))
    resident.post(f"{world.public}/subscribe", {"email": "not an address"}, status=422)
    for _turn in range(2):
        resident.submit(f"{world.public}/subscribe", {"email": "Lea@Example.org"})
    (first,) = letters(site)
    assert first.recipient == "lea@example.org"
    assert first.one_click == "", "who has not confirmed is on no list"
    here = link_in(first)

    assert tell(site.database, site.settings, NOON + DAY) == 0, "nothing is sent before the button is pressed"
    resident.get_page(here)
    assert tell(site.database, site.settings, NOON + DAY) == 0, "a program that opens links presses no button"
    resident.submit(here)
    assert "lea@example.org" in resident.get_page(here).text
    resident.submit(f"{world.public}/subscribe", {"email": "lea@example.org"})
    assert any("déjà" in each.subject for each in letters(site)), "who types an address learns nothing; its owner does"

    ask = {"text": "Combien d’étages?", "language": "fr", "nonce": "q-1"}
    resident.post(f"{world.public}/questions", ask, status=303)
    moderator = site.signed_in(office.moderator)
    decide(site, world, moderator, 1)
    answer = {"text_fr": "Six.", "text_en": "Six.", "documents": "", "respondent": "", "act": "publish"}
    moderator.submit(f"{world.staff}/questions/1/answer", answer)
    with site.database.writing() as session:
        session.execute(select(Question)).scalar_one().answered_at = NOON + timedelta(hours=1)
    assert tell(site.database, site.settings, NOON + DAY) == 1
    for late in (NOON + DAY, NOON + DAY + timedelta(hours=3), NOON + 2 * DAY):
        assert tell(site.database, site.settings, late) in (0, 1)
    news = [each for each in letters(site) if each.purpose == "news"]
    told = [line for each in news for line in each.body.splitlines() if "Q-1" in line]
    assert len(told) == 1, "no news is sent twice, however often the worker runs"
    assert all(each.one_click.endswith("/stop") for each in news)
    assert any("Derniers jours" in each.body for each in news), "the question period ends in some days"

    admin = site.signed_in(office.admin).get_page(f"{world.staff}/subscriptions")
    assert "1 personne" in admin.text
    assert "lea@" not in admin.html
    assert "Aucun courriel ne part" in admin.text
    one_click = news[0].one_click.partition("//")[2].partition("/")[2]
    for _turn in range(2):
        answer_of = site.visitor().client.post(
            f"/{one_click}", data={"List-Unsubscribe": "One-Click"}, follow_redirects=False
        )
        assert answer_of.status_code == 303
    with site.database.reading() as session:
        assert session.execute(select(Subscription)).first() is None, "the address is gone"
    assert tell(site.database, site.settings, NOON + 9 * DAY) == 0
    resident.get_page(here)
    resident.post(f"{world.public}/subscribe/{'0' * 64}", {}, status=404)


def test_an_address_that_nobody_confirms_is_forgotten(site: Site) -> None:
    world = build_consultation(site.database)
    site.visitor().submit(f"{world.public}/subscribe", {"email": "a@example.org"})
    with site.database.writing() as session:
        forget_subscriptions(session, NOON + UNCONFIRMED + DAY)
        assert session.execute(select(Subscription)).first() is None
    assert address_of("léa@exemple.qc.ca") == ""
    assert address_of("lea@été.example") == "lea@xn--t-9fab.example"
    assert address_of("a@b\r\nBcc: c@d.example") == ""


def test_the_feed_and_the_calendar_are_files_that_programs_read(site: Site) -> None:
    world = build_consultation(site.database)
    reader = site.visitor()
    for locale in ("fr", "en"):
        answer = reader.get(f"/{locale}{world.path}/feed.atom")
        assert "public" in answer.headers["cache-control"]
        root = ElementTree.fromstring(answer.text.encode())
        titles = [each.text or "" for each in root.iter(f"{{{ATOM}}}title")]
        assert any(("étape" if locale == "fr" else "stage") in title for title in titles)
        assert len({each.text for each in root.iter(f"{{{ATOM}}}id")}) == len(list(root.iter(f"{{{ATOM}}}id")))
        headers = {"If-None-Match": answer.headers["etag"]}
        assert reader.client.get(f"/{locale}{world.path}/feed.atom", headers=headers).status_code == 304
    before = reader.get(f"{world.public}/calendar.ics")
    assert before.headers["content-type"].startswith("text/calendar")
    raw = before.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in raw)
    assert before.content.count(b"BEGIN:VEVENT") == before.content.count(b"END:VEVENT") == 12
    unfolded = before.content.replace(b"\r\n ", b"").decode()
    assert "SUMMARY;LANGUAGE=fr:Période de questions" in unfolded
    assert re.search(r"DTSTART;VALUE=DATE:\d{8}\r\n", unfolded)
    uids = re.findall(r"UID:(\S+)", unfolded)
    with site.database.writing() as session:
        hearings = session.execute(select(Phase).where(col(Phase.kind) == PhaseKind.HEARINGS)).scalar_one()
        hearings.ends_at += timedelta(hours=20)
        place = {"fr": "Salle Fictive, 1, rue de l’Exemple"}
        moment = {"starts_at": hearings.starts_at, "ends_at": hearings.starts_at + timedelta(hours=3)}
        session.add(HearingSession(process_id=world.process_id, number=1, place=place, **moment))
    after = reader.get(f"{world.public}/calendar.ics").content.replace(b"\r\n ", b"").decode()
    assert re.findall(r"UID:(\S+)", after)[:-1] == uids, "a stage keeps its name when it moves"
    assert "LOCATION:Salle Fictive\\, 1\\, rue de l’Exemple" in after
    assert re.search(r"DTEND:\d{8}T\d{6}Z", after)
