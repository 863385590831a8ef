"""An activity from its announcement to its attendance: on the page, in the calendar, in the log, in the exports."""

from __future__ import annotations

from datetime import timedelta

import pypdfium2

from tests.client import Page, Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_exports import lines, take

NIGHT = {
    "kind": "information", "title_fr": "Soirée d’information", "title_en": "Information evening",
    "place_fr": "Salle du Carré, 1, rue Fictive", "place_en": "", "access_fr": "Rampe", "access_en": "",
    "starts_at": "2027-03-15T19:00", "ends_at": "2027-03-15T21:00", "link": "https://video.example.org/gare",
    "languages": ["fr", "en"],
}  # fmt: skip
SLIP = {
    "kind": "comment", "channel": "room", "place": "", "activity": "1", "received": "2027-03-15",
    "text": "Gardez la halle.", "language": "fr", "nonce": "slip",
}  # fmt: skip
CAME = {"people": "118", "how_counted": "slips", "views": "342", "views_on": "2027-03-16"}


def test_an_activity_is_announced_takes_place_and_is_counted(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    admin, clerk, resident = site.signed_in(office.admin), site.signed_in(office.clerk), site.visitor()
    desk = f"{world.staff}/activities"
    assert "Où nous rencontrer" not in resident.get_page(world.public).text
    clerk.get(f"{desk}/new", status=403)
    site.signed_in(office.observer).get(desk, status=403)

    for wrong in ({"title_fr": ""}, {"ends_at": "2027-03-15T18:00"}, {"link": "video"}, {"kind": "circus"}):
        answer = Page(admin.post(f"{desk}/new", {**NIGHT, **wrong}, status=422).text)
        assert answer.value_of("access_fr") == "Rampe", wrong
    admin.submit(f"{desk}/new", NIGHT)
    admin.submit(f"{desk}/new", {**NIGHT, "kind": "kiosk", "title_fr": "Kiosque au marché", "link": ""})
    far = {
        **NIGHT,
        "title_fr": "Marche",
        "kind": "walk",
        "starts_at": "2024-05-01T10:00",
        "ends_at": "2024-05-01T11:00",
    }
    assert "Hors du calendrier" in admin.submit(f"{desk}/new", far).text
    admin.submit(f"{desk}/3/remove")
    assert "Marche" not in admin.get_page(desk).text

    page = resident.get_page(world.public)
    assert "Salle du Carré" in page.text
    assert "19 h" in page.text
    assert NIGHT["link"] in page.links()
    assert "Information evening" in resident.get_page(f"/en{world.path}").text
    admin.submit(f"{desk}/2/edit", {**NIGHT, "kind": "kiosk", "title_fr": "Kiosque au marché", "cancelled": "1"})
    calendar = resident.get(f"{world.public}/calendar.ics").content.replace(b"\r\n ", b"").decode()
    assert "SUMMARY;LANGUAGE=fr:Soirée d’information" in calendar
    assert calendar.count("STATUS:CANCELLED") == 1
    poster = pypdfium2.PdfDocument(admin.get(f"{world.staff}/forms/poster.pdf").content)[0].get_textpage()
    assert "Soirée d’information" in poster.get_text_bounded()
    assert "Kiosque au marché" not in poster.get_text_bounded(), "what is cancelled is not announced"
    feed = f"{world.public}/feed.atom"
    assert "Soirée" not in resident.get(feed).text, "it is news a fortnight before"

    clerk.post(f"{desk}/1", CAME, status=409)
    site.at += timedelta(days=30)
    admin, clerk = site.signed_in(office.admin), site.signed_in(office.clerk)
    news = resident.get(feed).text
    assert "Où nous rencontrer\u00a0: Soirée d’information, 15 mars 2027 à 19\u00a0h, Salle du Carré" in news
    assert "Annulée\u00a0: Kiosque au marché" in news
    assert "est à noter" in clerk.get_page(desk).text
    late = clerk.post(f"{desk}/1", {**CAME, "views_on": "2031-01-01"}, status=422)
    assert Page(late.text).value_of("people") == "118"
    clerk.post(f"{desk}/2", CAME, status=409)
    clerk.submit(f"{desk}/1", CAME)
    past = resident.get_page(world.public).text
    assert "118 personnes présentes (d’après les fiches de présence)" in past
    assert "ce n’est pas un nombre de personnes" in past
    admin.post(f"{desk}/1/edit", {**NIGHT, "cancelled": "1"}, status=422)
    admin.post(f"{desk}/1/remove", {}, status=409)

    clerk.submit(f"{world.staff}/contributions/new", SLIP)
    unknown = clerk.post(f"{world.staff}/contributions/new", {**SLIP, "activity": "9", "nonce": "x"}, status=422)
    assert "Gardez la halle." in unknown.text
    assert "1 contribution y a été recueillie" in clerk.get_page(f"{desk}/1").text
    rows, _said = lines(take(admin, world, "participation", "csv"))
    event = "Soirée d’information, 2027-03-15"
    assert rows[0][3:] == ["Événement", "Personnes", "Contributions", "Refusées", "Vues", "Jour des vues"]
    assert rows[1:] == [
        ["Commentaire", "En salle", "", event, "1", "1", "0", "", ""],
        ["Séance d’information", "Sur place", NIGHT["place_fr"], event, "118", "", "", "", ""],
        ["Séance d’information", "Webdiffusion", "", event, "", "", "", "342", "2027-03-16"],
    ]
    rows, _said = lines(take(admin, world, "contributions", "csv"))
    assert rows[1][7] == event
    log = admin.get_page(f"{world.staff}/events").text
    assert "118 personnes présentes" in log
    assert "342 vues de la webdiffusion" in log
