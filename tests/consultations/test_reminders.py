"""Reminders: each once, by e-mail or by telephone, of what still holds; also by two workers at the same instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from participation import mail
from participation.consultations.hearings.models import HearingSession
from participation.consultations.reminders import plan
from participation.consultations.reminders.models import Reminder
from participation.consultations.reminders.service import tell_all
from participation.mail import MailState, OutgoingMail
from participation.processes.queries import process_at
from tests.client import Browser, Page, Site
from tests.consultations.stories import Consultation, Office, build_consultation, build_office
from tests.consultations.test_briefs import bring
from tests.consultations.test_comments import decide
from tests.consultations.test_hearings import SESSION, SPEAKER

TORONTO = ZoneInfo("America/Toronto")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).astimezone(UTC)


def told(site: Site, at: datetime) -> list[tuple[str, str]]:
    """Recipient and subject of the letters that one run of the worker queues, which are then taken as sent."""
    tell_all(site.database, site.settings, at)
    with site.database.writing() as session:
        waits = col(OutgoingMail.state) == MailState.WAITING
        rows = session.execute(select(OutgoingMail).where(waits).order_by(col(OutgoingMail.recipient))).scalars()
        found = [(row.recipient, row.subject) for row in rows]
        session.execute(update(OutgoingMail).where(waits).values(state=MailState.SENT, ended_at=at))
    return found


def register(browser: Browser, world: Consultation, name: str, turn: str, **more: str) -> str:
    form = {**SPEAKER, "name": name, "nonce": name, "turn": turn, "email": f"{name.lower()}@example.org", **more}
    answer = browser.post(f"{world.public}/hearings/register", form, status=303)
    return urlsplit(answer.headers["location"]).path


@pytest.fixture
def world(site: Site) -> Consultation:
    return build_consultation(site.database)


@pytest.fixture
def office(site: Site, world: Consultation) -> Office:
    return build_office(site.database, world)


def test_speakers_are_reminded_once_of_what_still_holds(site: Site, world: Consultation, office: Office) -> None:
    admin, clerk, resident = site.signed_in(office.admin), site.signed_in(office.clerk), site.visitor()
    desk, calls = f"{world.staff}/reminders", f"{world.staff}/hearings/calls"
    admin.submit(f"{world.staff}/hearings/new", SESSION)
    register(resident, world, "Lea", "1-1")
    gone = register(resident, world, "Zoe", "1-2")
    register(resident, world, "Paul", "1-3", email="", phone="514 555-0199")
    page = admin.get_page(desk).text
    assert page.count("Plage d’audition") == 3
    assert "@example.org" not in page
    admin.post(desk, {"turn_days": "x", "brief_days": "1", "due_days": "2"}, status=422)
    admin.submit(desk, {"turn_days": "5", "brief_days": "1", "due_days": "2"})

    early = local("2027-03-13T07:59")  # the clocks go forward in the night to the 14th
    assert told(site, early) == []
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(tell_all, site.database, site.settings, local("2027-03-13T08:00")) for _ in range(2)]
        assert sum(run.result() for run in runs) == 2, "Léa and Zoé, by whichever worker came first"
    resident.submit(f"{gone}/cancel")
    ((recipient, subject),) = told(site, local("2027-03-13T08:10"))
    assert recipient == "lea@example.org", "the letter to Zoé had not left: it was taken back"
    assert "18 mars 2027 à 19 h" in subject.replace("\u00a0", " ")
    with site.database.writing() as session:
        session.execute(update(OutgoingMail).values(ended_at=local("2027-01-01T00:00")))
        mail.forget_mail(session, local("2027-03-14T00:00"))
    assert told(site, local("2027-03-14T09:00")) == [], "nor once the outbox has forgotten it"

    (lea,) = [link for link in admin.get_page(f"{world.staff}/hearings/1").links() if "/speakers/" in link][:1]
    admin.submit(f"{lea}/place", {"turn": "1-2"})
    assert [each[0] for each in told(site, local("2027-03-14T09:10"))] == ["lea@example.org"]
    with site.database.reading() as session:
        assert "Votre plage a changé" in mail.newest(session, 1)[0].body
    with site.database.writing() as session:
        session.execute(update(HearingSession).values(place={"fr": "Autre salle"}))
    assert len(told(site, local("2027-03-14T09:20"))) == 1, "another place is another thing to tell"

    site.at = local("2027-03-14T12:00")
    admin, clerk = site.signed_in(office.admin), site.signed_in(office.clerk)
    paul = clerk.get_page(calls)
    assert "514 555-0199" in paul.text
    assert "Lea" not in paul.text
    key = paul.value_of("key")
    assert "Pas appelé" in clerk.submit(calls, {"key": key, "act": "called"}).text
    clerk.submit(calls, {"key": key, "act": "called"})
    assert "Pas appelé" not in clerk.submit(calls, {"key": key, "act": "undo"}).text
    clerk.post(calls, {"key": key, "act": "undo"}, status=409)
    clerk.post(calls, {"key": "turn/x", "act": "called"}, status=404)
    clerk.submit(calls, {"key": key, "act": "called"})
    assert "Appel fait" in admin.get_page(desk).text
    site.at = local("2027-03-18T19:30")
    assert told(site, site.at) == []
    clerk = site.signed_in(office.clerk)
    assert "Lea" not in clerk.get_page(calls).text


def test_who_speaks_is_told_of_the_last_day_of_the_briefs(site: Site, world: Consultation, office: Office) -> None:
    resident = site.visitor()
    brief = {"who": "person", "name": "Rosa", "title": "La gare", "language": "fr", "consent": "1", "text": "Gardez.",
             "nonce": "b", "email": "Rosa@example.org"}  # fmt: skip
    bring(resident, f"{world.public}/briefs/new", brief)
    for name in ("Rosa", "Lea"):
        register(resident, world, name, "")
    with site.database.reading() as session:
        process = process_at(session, "office", "gare")
        assert process is not None
        (found,) = plan.planned(session, process, site.at)
    assert found.email == "lea@example.org"
    assert found.ends is not None
    assert [each[0] for each in told(site, found.starts)] == ["lea@example.org"]
    assert told(site, found.ends) == []


def test_bodies_are_reminded_and_everybody_who_asked_is_told(site: Site) -> None:
    world = build_consultation(site.database, days=35)
    office = build_office(site.database, world)
    resident, clerk = site.visitor(), site.signed_in(office.clerk)
    moderator, admin = site.signed_in(office.moderator), site.signed_in(office.admin)
    desk = f"{world.staff}/questions"
    for number, contact in enumerate(
        ({"email": "a@example.org"}, {"email": "b@example.org"}, {"phone": "514 555-0123"})
    ):
        form = {"text": f"Combien d’étages? {number}", "language": "fr", "nonce": f"q-{number}", **contact}
        resident.post(f"{world.public}/questions", form, status=303)
        decide(site, world, moderator, number + 1)
    wrong = admin.post(f"{desk}/settings", {"respondents": "Ville | City | a@b", "working_days": "5"}, status=422)
    assert "n’est pas une adresse" in Page(wrong.text).text
    admin.submit(f"{desk}/settings", {"respondents": "Ville | City | ville@example.org", "working_days": "5"})
    one = moderator.get_page(f"{desk}/1")
    body = next(attrs["value"] for attrs in one.all("option") if attrs.get("value", "").count("-") == 4)
    for number in (1, 2):
        moderator.submit(f"{desk}/{number}/send", {"respondent": body, "due": "2027-03-08"})
    assert told(site, local("2027-03-03T09:00")) == []
    ((recipient, subject),) = told(site, local("2027-03-04T08:00"))
    assert recipient == "ville@example.org"
    assert "2 questions" in subject, "one letter for both, two working days before the Monday"
    assert told(site, local("2027-03-08T20:00")) == []
    assert len(told(site, local("2027-03-09T08:00"))) == 1, "overdue"
    assert told(site, local("2027-03-20T08:00")) == []

    site.at = local("2027-03-10T10:00")
    moderator, clerk = site.signed_in(office.moderator), site.signed_in(office.clerk)
    for number in (2, 3):
        moderator.submit(f"{desk}/{number}/merge", {"into": "1"})
    draft = {"text_fr": "Six étages.", "text_en": "", "documents": "", "respondent": body, "act": "publish"}
    moderator.submit(f"{desk}/1/answer", draft)
    assert [each[0] for each in told(site, site.at)] == ["a@example.org", "b@example.org"]
    moderator.submit(f"{desk}/1/answer", {**draft, "text_fr": "Six étages au plus."})
    assert told(site, site.at) == []
    calls = clerk.get_page(f"{world.staff}/hearings/calls")
    assert "514 555-0123" in calls.text, "who left a telephone number alone is called"
    assert "Q-3" in calls.text
    with site.database.reading() as session:
        assert session.execute(select(col(Reminder.key)).where(col(Reminder.letter) != "")).all()
        letter = mail.newest(session, 20)[0]
        assert f"{world.public}/questions/1" in letter.body
