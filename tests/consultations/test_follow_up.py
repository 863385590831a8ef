"""The report and its follow-up from delivery to the City's second answer."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import NOON
from tests.client import Page, Site
from tests.consultations.stories import build_consultation, build_office

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def test_a_report_is_public_in_time_and_what_the_city_answers_stays(site: Site) -> None:
    world = build_consultation(site.database, days=100)
    office = build_office(site.database, world)
    analyst, reader = site.signed_in(office.analyst), site.visitor()
    desk, public = f"{world.staff}/follow-up", world.public
    site.signed_in(office.clerk).get(desk, status=403)
    today = NOON.date()
    days = {"delivered_on": str(today), "publish_on": str(today + timedelta(days=16))}
    form = {"title_fr": "Rapport sur la gare", "title_en": "Report on the station", "summary_fr": "Garder la gare."}
    late = Page(analyst.post(desk, {**form, **days}, status=422).text)
    assert "quinze jours plus tard" in late.text
    assert late.value_of("title_fr") == "Rapport sur la gare"
    analyst.submit(desk, {**form, "delivered_on": str(today)})
    analyst.submit(f"{desk}/recommendations", {"words_fr": "Garder l’horloge.", "words_en": "Keep the clock."})
    page = analyst.submit(f"{desk}/recommendations", {"words_fr": "Limiter à six étages."})
    assert "deviendra public de lui-même" in page.text
    analyst.post(f"{desk}/upload", {}, files={"file": ("r.pdf", b"<html>", "application/pdf")}, status=422)
    analyst.post(f"{desk}/upload", {}, files={"file": ("r.pdf", PDF, "application/pdf")})
    assert "Garder l’horloge" not in reader.get_page(f"{public}/report").text, "not before its day"
    reader.get(f"{public}/report/file", status=404)

    site.at = NOON + timedelta(days=15)
    page = reader.get_page(f"{public}/report")
    assert "Recommandation 2" in page.text
    assert "Garder l’horloge" in page.text
    assert reader.get(f"{public}/report/file").content == PDF
    assert f"{public}/report" in reader.get_page(public).links()
    assert "Keep the clock." in reader.get_page(f"/en{world.path}/report").text

    analyst = site.signed_in(office.analyst)
    said = {"outcome": "pending", "source": "CM27 0123", "said_on": "2027-03-01", "answer_fr": "À l’étude."}
    wrong = analyst.post(f"{desk}/1/answer", {**said, "source": "javascript://x"}, status=422).text
    assert "https://" in wrong
    analyst.submit(f"{desk}/1/answer", said)
    link = "https://ville.example/resolutions/7"
    site.at = NOON + timedelta(days=400)
    analyst = site.signed_in(office.analyst)
    analyst.submit(f"{desk}/1/answer", {**said, "outcome": "partly", "source": link, "said_on": "2028-01-10"})
    page = reader.get_page(f"{public}/follow-up")
    assert "Acceptée en partie" in page.text
    assert "1 sur 2" in page.text
    assert link in page.links()
    assert "CM27 0123" in page.text, "what was said before stays to be read"
    assert page.text.index("Acceptée en partie") < page.text.index("À l’étude.")
    events = site.signed_in(office.admin).get_page(f"{world.staff}/events").text
    assert "Réponse de la Ville notée" in events
