"""Hearings, from the session to the transcript: people register, get a turn, are heard."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pikepdf
import pytest

from participation.consultations.hearings import queries, service
from participation.consultations.hearings.forms import SessionDraft, SpeakerDraft
from participation.db import Database
from participation.processes.hand import Hand
from participation.processes.queries import process_at
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, build_account
from tests.client import Page, Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_briefs import bring

SESSION = {
    "place_fr": "Salle du Carré", "place_en": "Square Hall", "starts_at": "2027-03-18T19:00",
    "ends_at": "2027-03-18T20:00", "speak_minutes": "10", "exchange_minutes": "10",
    "webcast": "https://video.example.org/gare",
}  # fmt: skip
SPEAKER = {
    "name": "Léa Exemple", "group": "Amis de la gare", "subject": "La halle", "language": "fr", "consent": "1",
    "email": "lea@example.org", "phone": "", "needs_note": "", "brief": "", "turn": "1-2", "nonce": "s-1",
}  # fmt: skip


def test_people_register_get_a_turn_and_are_heard(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, admin = site.visitor(), site.signed_in(office.admin)
    clerk, moderator = site.signed_in(office.clerk), site.signed_in(office.moderator)
    public, desk = f"{world.public}/hearings", f"{world.staff}/hearings"
    assert "Aucune séance" in resident.get_page(public).text
    backwards = admin.post(f"{desk}/new", {**SESSION, "ends_at": "2027-03-18T18:00"}, status=422)
    assert "Salle du Carré" in backwards.text
    admin.submit(f"{desk}/new", SESSION)
    assert "3 plages sont libres" in resident.get_page(public).text
    assert public in resident.get_page(world.public).links()

    brief = {"who": "person", "name": "Léa", "title": "La gare", "language": "fr", "consent": "1", "text": "Gardez-la.",
             "nonce": "b"}  # fmt: skip
    bring(resident, f"{world.public}/briefs/new", brief)
    answer = resident.post(f"{public}/register", {**SPEAKER, "brief": "m-1"}, status=303)
    assert (
        answer.headers["location"]
        == resident.post(f"{public}/register", {**SPEAKER, "brief": "m-1"}).headers["location"]
    )
    mine = urlsplit(answer.headers["location"]).path
    assert "19 h 20" in resident.get_page(mine).text
    taken = resident.post(f"{public}/register", {**SPEAKER, "nonce": "s-2", "name": "Paul"}, status=409)
    assert "vient d’être prise" in Page(taken.text).text
    assert 'value="Paul"' in taken.text
    for wrong in ({"brief": "M-77"}, {"phone": "", "email": ""}, {"consent": ""}, {"name": ""}):
        answer = resident.post(f"{public}/register", {**SPEAKER, "nonce": "s-3", **wrong}, status=422)
        assert "La halle" in answer.text, wrong

    call = {**SPEAKER, "name": "Paul Papier", "group": "", "email": "", "phone": "514 555-0199", "turn": "",
            "channel": "phone", "needs": ["sign-language", "transport"], "needs_note": "Porte large",
            "nonce": "p-1"}  # fmt: skip
    assert "Paul Papier" in clerk.submit(f"{desk}/register", call).text
    clerk.get(desk, status=403)
    waiting = moderator.get_page(desk)
    assert "Interprète" in waiting.text
    (paul,) = [link for link in waiting.links() if "/speakers/" in link]
    assert moderator.post(f"{paul}/place", {"turn": "1-2"}, status=422), "this turn is Léa's"
    moderator.submit(f"{paul}/place", {"turn": "1-1"})
    order = resident.get_page(f"{public}/1").text
    assert order.index("Paul Papier") < order.index("Léa Exemple")
    assert "514" not in order
    assert "Porte large" not in order
    too_short = admin.post(f"{desk}/1/edit", {**SESSION, "ends_at": "2027-03-18T19:20"}, status=422)
    assert "tomberait après la fin" in Page(too_short.text).text
    admin.post(f"{desk}/1/remove", {}, status=409)

    analyst = site.signed_in(office.analyst)
    for path in (f"{desk}/calls", f"{desk}/1/run-sheet.pdf"):
        analyst.get(path, status=403)
    for path in (desk, f"{desk}/1", paul):
        told = analyst.get_page(path).text
        assert not any(word in told for word in ("514 555-0199", "Porte large", "Interprète")), path

    for path, pages in ((f"{desk}/1/run-sheet.pdf", 1), (f"{desk}/1/name-cards.pdf", 2)):
        with pikepdf.open(io.BytesIO(moderator.get(path).content)) as pdf:
            assert len(pdf.pages) == pages
    resident.get(f"{public}/1/order.pdf")
    timer = resident.get_page(f"{public}/1/timer")
    assert next(item["data-name"] for item in timer.all("li") if "data-name" in item) == "Paul Papier"

    moderator.submit(f"{world.staff}/briefs/1/decide", {"decision": "publish"})
    (lea,) = [link for link in moderator.get_page(f"{desk}/1").links() if "/speakers/" in link and link != paul]
    moderator.submit(f"{lea}/mark", {"state": "heard"})
    moderator.post(f"{lea}/link", {"transcript": "cinq", "brief": ""}, status=422)
    moderator.submit(f"{lea}/link", {"transcript": "5.1", "brief": "M-1"})
    page = resident.get_page(f"{world.public}/briefs/8.1")
    assert any(link.endswith("/documents/5.1") for link in page.links())
    assert any(link.endswith("/briefs/8.1") for link in resident.get_page(f"{public}/1").links())
    resident.post(f"{mine}/cancel", {}, status=409)


def test_who_cancels_frees_the_turn_and_who_comes_late_calls(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    public, desk = f"{world.public}/hearings", f"{world.staff}/hearings"
    site.signed_in(office.admin).submit(f"{desk}/new", SESSION)
    resident = site.visitor()
    mine = urlsplit(resident.post(f"{public}/register", SPEAKER).headers["location"]).path
    assert "Annulée" in resident.submit(f"{mine}/cancel").text
    assert "3 plages sont libres" in resident.get_page(public).text
    site.at = NOON + timedelta(days=23)
    late = resident.post(f"{public}/register", {**SPEAKER, "nonce": "late"}, status=409)
    assert "Léa Exemple" in late.text
    clerk = site.signed_in(office.clerk)
    clerk.submit(f"{desk}/register", {**SPEAKER, "nonce": "late", "channel": "counter", "turn": ""})
    assert "reçu en retard" in site.signed_in(office.moderator).get_page(desk).text


@pytest.mark.parametrize("path", ["/1", "/1/timer", "/registration/ABCD-EFGH", "/1/order.pdf"])
def test_what_is_not_there_says_so(site: Site, path: str) -> None:
    world = build_consultation(site.database)
    site.visitor().get(f"{world.public}/hearings{path}", status=404)


def test_the_last_turn_goes_to_one_of_two_who_take_it_at_once(database: Database, settings: Settings) -> None:
    world = build_consultation(database)
    account = build_account(database, "Ada Accueil", [], world.organisation_id)
    starts = NOON + timedelta(days=22)
    with database.writing() as session:
        process = process_at(session, "office", "gare")
        assert process is not None
        draft = SessionDraft({"fr": "Salle"}, starts, starts + timedelta(minutes=20), 10, 10, "")
        service.set_session(session, Hand(process, account, NOON), None, draft)

    def take(name: str) -> bool:
        speaker = SpeakerDraft(name, "", "", "fr", "a@example.org", "", [], "", None, (1, 1))
        try:
            with database.writing() as session:
                found = process_at(session, "office", "gare")
                assert found is not None
                service.register(session, Keys(settings), found, speaker, service.Door(NOON, name))
        except service.TurnTaken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, ("Ana", "Bob", "Cai", "Dia"))) == 1
    with database.reading() as session:
        assert len(queries.placed(session, world.process_id)) == 1, "who was refused is not half registered"


def test_turns_keep_their_length_through_a_change_of_the_clocks(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    admin, desk = site.signed_in(office.admin), f"{world.staff}/hearings"
    for hour, said in (("2027-03-14T02:30", "n’existe pas"), ("2026-11-01T01:30", "deux fois")):
        refused = admin.post(f"{desk}/new", {**SESSION, "starts_at": hour}, status=422)
        assert said in Page(refused.text).text
    night = {**SESSION, "starts_at": "2026-11-01T00:40", "ends_at": "2026-11-01T02:40", "speak_minutes": "50"}
    admin.submit(f"{desk}/new", night)
    day = {**SESSION, "starts_at": "2027-03-14T01:40", "ends_at": "2027-03-14T04:00", "speak_minutes": "30"}
    admin.submit(f"{desk}/new", day)
    with site.database.reading() as session:
        autumn, spring = queries.sittings(session, world.process_id)
    assert len(autumn.turns) == 3, "three hours lie between 0:40 and 2:40 in the night in which an hour comes twice"
    assert len(spring.turns) == 2, "and one hour and twenty minutes between 1:40 and 4:00 in that which skips one"
