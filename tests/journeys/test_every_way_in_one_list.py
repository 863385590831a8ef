"""The same five acts by every way in: online without scripts, on paper, by post, by telephone, in the room, by e-mail.

Whoever took part stands in the same lists, the same counts and the same files, with the way they came by.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from participation.accounts.models import Role
from participation.consultations.models import ContributionChannel
from participation.counting.spec import Channel
from participation.processes.models import Phase, PhaseKind, Place
from tests.builders import NOON
from tests.client import Browser, Site
from tests.consultations.test_briefs import FORM as BRIEF
from tests.consultations.test_briefs import bring
from tests.consultations.test_exports import lines
from tests.consultations.test_hearings import SESSION, SPEAKER
from tests.consultations.test_mail_in import message
from tests.journeys.questionnaires import Consultation, build_consultation, publish
from tests.journeys.test_questionnaire import CLOSED_AT, DESK, HERE, clerk, key

PUBLIC, STAFF = "/fr/ville/gare", "/fr/staff/ville/gare"
WAYS = {
    ContributionChannel.ONLINE: "En ligne",
    ContributionChannel.COUNTER: "Sur papier, à un comptoir",
    ContributionChannel.POST: "Sur papier, par la poste",
    ContributionChannel.PHONE: "Par téléphone",
    ContributionChannel.ROOM: "En salle",
    ContributionChannel.EMAIL: "Par courriel",
}
BY_A_CLERK = tuple(WAYS)[1:5]
WRITTEN = tuple(way for way in WAYS if way not in (ContributionChannel.PHONE, ContributionChannel.ROOM))
"""How briefs come: nobody dictates one."""
NOT_TO_SPEAK = (ContributionChannel.ROOM,)
"""Who registers in the room does so at its counter."""
PLACES = {Channel.COUNTER: "C1", Channel.POST: "P1", Channel.PHONE: "T1"}
ANSWERED = (ContributionChannel.ONLINE, *(ContributionChannel(channel.value) for channel in PLACES))
WAY = "Voie de réception"
DAY = "2027-02-24"


def said(what: str, way: ContributionChannel) -> str:
    """What somebody says; no two ways alike, for equal texts stand once."""
    return f"{what} – {WAYS[way]} – {'☂🌳🚲🏠🎭📮'[list(WAYS).index(way)]} {way.value * 3}"


class Journey:
    """Residents and staff of one consultation in which every act is open."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.world: Consultation = build_consultation(site)
        with site.database.writing() as session:
            starts, ends = NOON - timedelta(days=14), NOON + timedelta(days=12)
            for kind in (PhaseKind.QUESTIONS, PhaseKind.BRIEFS):
                session.add(Phase(process_id=self.world.process_id, kind=kind, starts_at=starts, ends_at=ends))
            hearings = Phase(
                process_id=self.world.process_id, kind=PhaseKind.HEARINGS, starts_at=ends, ends_at=ends + timedelta(9)
            )
            post = Place(process_id=self.world.process_id, code="P1", channel=Channel.POST, name={"fr": "Courrier"})
            session.add_all([hearings, post])
        publish(site, self.world)
        self.resident = site.visitor()
        self.admin = self.world.admin
        self.clerk = clerk(site, self.world, "Ina Comptoir", Role.INTAKE_CLERK)
        self.moderator = clerk(site, self.world, "Mo Lecture", Role.MODERATOR)
        self.keyers = [clerk(site, self.world, name, Role.ENTRY_CLERK) for name in ("Bo Un", "Cy Deux")]

    def contribute(self, kind: str, page: str) -> None:
        """A comment or a question by every way."""
        online = {"text": said(kind, ContributionChannel.ONLINE), "language": "fr", "nonce": f"{kind}-online"}
        self.resident.post(f"{PUBLIC}/{page}", online, status=303)
        for way in BY_A_CLERK:
            sheet = {"kind": kind, "channel": way.value, "place": "", "received": DAY, "text": said(kind, way),
                     "language": "fr", "people": "", "nonce": f"{kind}-{way.value}"}  # fmt: skip
            self.clerk.submit(f"{STAFF}/contributions/new", sheet)
        letter = bytes(message(said(kind, ContributionChannel.EMAIL), f"{kind} <{kind}@example.org>"))
        form = {"kind": kind, "theme": "", "language": "fr", "pasted": ""}
        self.clerk.post(f"{STAFF}/mail-in/upload", form, files=[("files", ("1.eml", letter))], status=303)

    def answer(self) -> None:
        """The questionnaire online, from two sheets and on the telephone."""
        self.resident.submit(f"{HERE}/1", {"a.1": "2", "w.3": said("vue", ContributionChannel.ONLINE)})
        self.resident.submit(f"{HERE}/send", {})
        one, two = self.keyers
        for channel, place in PLACES.items():
            words = said("vue", ContributionChannel(channel.value))
            answers: dict[str, object] = {"a.1": "2", "w.3": words, "language": "fr"}
            number = key(one, place, DAY, answers)
            two.submit(f"{DESK}/sheets/{number}", answers)

    def write(self) -> None:
        """A brief online, and at the counter for what came on paper, by post and by e-mail."""
        for way in WAYS:
            text = {**BRIEF, "title": said("mémoire", way), "text": said("mémoire", way), "nonce": f"brief-{way.value}"}
            if way is ContributionChannel.ONLINE:
                bring(self.resident, f"{PUBLIC}/briefs/new", text)
            elif way in WRITTEN:
                counter = {**text, "channel": way.value, "place": "", "received": DAY}
                bring(self.clerk, f"{STAFF}/briefs/new", counter)

    def register(self) -> None:
        """Five people register to speak, each by another way."""
        self.admin.submit(f"{STAFF}/hearings/new", {**SESSION, "ends_at": "2027-03-18T22:20"})
        for way in WAYS:
            person = {**SPEAKER, "name": f"Ora {way.value}", "group": "", "turn": "", "nonce": f"speaker-{way.value}"}
            if way is ContributionChannel.ONLINE:
                self.resident.post(f"{PUBLIC}/hearings/register", {**person, "turn": "1-1"}, status=303)
            elif way not in NOT_TO_SPEAK:
                self.clerk.submit(f"{STAFF}/hearings/register", {**person, "channel": way.value})

    def take(self, name: str) -> list[list[str]]:
        answer = self.admin.post(f"{STAFF}/exports/{name}", {"format": "csv", "language": "fr"}, status=200)
        return lines(answer.content)[0]

    def everywhere(self, browser: Browser, path: str) -> str:
        """A list with all its pages."""
        page = browser.get_page(path)
        found = page.text
        while onward := [link for link in page.links() if "from=" in link or "before=" in link]:
            page = browser.get_page(f"{path}{onward[-1]}" if onward[-1].startswith("?") else onward[-1])
            found += page.text
        return found


@pytest.fixture
def journey(site: Site) -> Journey:
    found = Journey(site)
    found.contribute("comment", "comments")
    found.contribute("question", "questions")
    found.answer()
    found.write()
    found.register()
    return found


def column(rows: list[list[str]], name: str, **where: str) -> list[str]:
    """The cells below a heading, of the rows that have these values."""
    place = rows[0].index(name)
    asked = [(rows[0].index(heading), value) for heading, value in where.items()]
    return sorted(row[place] for row in rows[1:] if all(row[at] == value for at, value in asked))


def test_every_way_leads_into_the_same_lists_counts_and_files(journey: Journey) -> None:
    the_register_and_the_files_have_everybody(journey)
    everybody_reads_them_in_one_list(journey)
    answers_are_one_result(journey)


def the_register_and_the_files_have_everybody(journey: Journey) -> None:
    register = journey.everywhere(journey.moderator, f"{STAFF}/contributions")
    kinds = {"comment": tuple(WAYS), "question": tuple(WAYS), "mémoire": WRITTEN}
    for what, ways in kinds.items():
        for way in ways:
            assert way is ContributionChannel.EMAIL or said(what, way) in register, (what, way)
    numbers = {int(found) for found in re.findall(r"\b[CQM]-(\d+)", register)}
    assert numbers == set(range(1, 17)), "one register of every kind and way, without a gap"
    verbatim = journey.take("contributions")
    every, written = sorted(WAYS.values()), sorted(WAYS[way] for way in WRITTEN)
    assert column(verbatim, WAY, Type="Commentaire") == every
    assert {said("comment", way) for way in WAYS} == {
        text.strip() for text in column(verbatim, "Texte", Type="Commentaire")
    }
    assert column(journey.take("questions"), WAY) == every
    assert {said("question", way) for way in WAYS} == {
        text.strip() for text in column(journey.take("questions"), "Question")
    }
    assert column(journey.take("briefs"), WAY) == written
    assert column(journey.take("speakers"), WAY) == sorted(WAYS[way] for way in WAYS if way not in NOT_TO_SPEAK)
    table = journey.take("participation")
    assert column(table, WAY, Type="Commentaire") == column(table, WAY, Type="Question") == every
    assert column(table, WAY, Type="Mémoire") == written
    assert column(table, WAY, Type="Questionnaire") == sorted(WAYS[way] for way in ANSWERED)
    assert set(column(table, "Contributions")) == {"1"}


def everybody_reads_them_in_one_list(journey: Journey) -> None:
    """After the same moderation, whatever way they came."""
    for number in range(1, 17):
        journey.moderator.submit(f"{STAFF}/moderation/{number}", {"decision": "publish"})
    for what, page in (("comment", "comments"), ("question", "questions")):
        shown = journey.everywhere(journey.resident, f"{PUBLIC}/{page}")
        assert [way for way in WAYS if said(what, way) not in shown or WAYS[way] not in shown] == []
    assert "6 commentaires" in journey.resident.get_page(f"{PUBLIC}/comments").text
    briefs = journey.resident.get_page(f"{PUBLIC}/briefs").text
    assert [way for way in WRITTEN if said("mémoire", way) not in briefs] == []
    speakers = (
        journey.moderator.get_page(f"{STAFF}/hearings").text + journey.resident.get_page(f"{PUBLIC}/hearings/1").text
    )
    assert [way for way in WAYS if way not in NOT_TO_SPEAK and f"Ora {way.value}" not in speakers] == []


def answers_are_one_result(journey: Journey) -> None:
    """Counted together once the questionnaire is closed; what was said in words is in one file."""
    site, world = journey.site, journey.world
    site.at = CLOSED_AT
    admin, other = site.signed_in(world.admin_id), clerk(site, world, "Ed Deux", Role.CERTIFIER)
    admin.submit(f"{DESK}/close", {})
    other.post(f"{DESK}/close/confirm", {"proposal": other.get_page(f"{DESK}/results").value_of("proposal")})
    assert "Question posée à 4 personnes. Réponses : 4." in admin.submit(f"{DESK}/count", {}).text
    admin.submit(f"{STAFF}/analysis/numbers")
    journey.admin = admin
    words = "".join(cell for row in journey.take("answers") for cell in row)
    assert [way for way in ANSWERED if said("vue", way) not in words] == []
