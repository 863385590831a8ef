"""A pile of questionnaires from the scanner to the box: what is written lies beside each field that is keyed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from participation.accounts.models import Role
from participation.ballots.models import Ballot
from participation.ballots.questionnaires.models import OpenAnswer
from participation.paper.models.questionnaires import QuestionnairePage, QuestionnaireSheet, SheetState
from participation.paper.questionnaires import scan_job
from participation.paper.scans import retention
from participation.paper.sheets.print_job import Press
from tests.client import Browser, Page, Site
from tests.journeys.questionnaires import build_consultation, publish
from tests.journeys.test_questionnaire import DESK, clerk
from tests.paper import scan_files
from tests.paper.scanned_pile import WHITE
from tests.paper.test_scanned_questionnaires import printed, side_of

SCAN = f"{DESK}/scan"


def bring(browser: Browser, *files: bytes, nonce: str = "", status: int = 303, day: str = "2027-02-20") -> Page | None:
    sent = [("files", (f"Tremblay {number}.pdf", data, "application/pdf")) for number, data in enumerate(files)]
    fields = {"nonce": nonce or uuid.uuid4().hex, "place": "C1", "received": day}
    answer = browser.post(f"{SCAN}/files", fields, files=sent, status=status)
    return Page(answer.text) if status == 422 else None


def work(site: Site) -> None:
    """What the worker does until nothing waits."""
    job = scan_job.scan_work(Press(site.database, site.settings, lambda: site.at))
    for name in job.waiting():
        assert not job.next_step(name)


def sheets(site: Site) -> list[QuestionnaireSheet]:
    with site.database.reading() as session:
        return list(session.execute(select(QuestionnaireSheet).order_by(QuestionnaireSheet.number)).scalars())  # type: ignore[arg-type]


def pictures(page: Page, of: str) -> list[str]:
    return [image["src"] for image in page.all("img") if of in image["src"]]


def test_from_a_scanned_pile_to_the_box(site: Site) -> None:
    consultation = build_consultation(site)
    publish(site, consultation)
    one, two = (clerk(site, consultation, name, Role.ENTRY_CLERK) for name in ("Bo Un", "Cy Deux"))
    form = printed(site)
    full = [side_of(form, side, {("1", "2"), ("2", "1"), ("2", "3")}, ("text-3",)) for side in form.sides]
    bare = [side_of(form, side, {("1", "1")}, degrees=181.0) for side in form.sides]
    pile = scan_files.pdf_of([*full, WHITE, *bare])
    refused = bring(one, pile, status=422, day="2030-01-01")
    assert refused
    assert "#received" in refused.links()
    nonce = uuid.uuid4().hex
    for _twice in range(2):
        bring(one, pile, nonce=nonce)
    work(site)
    bring(one, pile)
    assert "même fichier" in one.get_page(SCAN).text, "the very same file again is not taken"
    assert [(each.number, each.state, each.ticks) for each in sheets(site)] == [
        (1, SheetState.SCANNED, {"1": ["2"], "2": ["1", "3"]}),
        (2, SheetState.SCANNED, {"1": ["1"]}),
    ]
    assert "pages d’aucune feuille" in one.get_page(SCAN).text
    one.submit(f"{SCAN}/1/seen", {})
    assert "pages d’aucune feuille" not in one.get_page(SCAN).text
    key_and_read(site, one, two)


def key_and_read(site: Site, one: Browser, two: Browser) -> None:
    """One keys beside the cut-out pictures, another reads beside the same; then nothing of the scan is left."""
    shown = one.get_page(f"{DESK}/sheets/1/key")
    cuts = pictures(shown, "/fields/")
    assert len(cuts) == 2, "one beside each question that is answered in words"
    assert shown.text.count("La machine n’a rien vu d’écrit ici.") == 1
    assert one.get(cuts[0]).content.startswith(b"\x89PNG")
    whole = pictures(shown, "/picture")
    assert one.get(whole[0]).content.startswith(b"\xff\xd8\xff")
    assert "Connexion" in site.visitor().get(whole[0]).text, "never public"
    assert {each["value"] for each in shown.all("input") if "checked" in each} >= {"1", "2", "3"}
    two.post(f"{DESK}/sheets/1", {"a.1": "2"}, status=409)
    answers = {"a.1": "2", "a.2": ["1", "3"], "w.3": "La [illisible] de la gare", "language": "fr"}
    following = one.submit(f"{DESK}/sheets/1/key", answers)
    assert "feuille 2" in following.text.lower()
    two.post(f"{DESK}/sheets/1/key", answers, status=409)
    one.post(f"{DESK}/sheets/1", answers, status=409)
    again = two.get_page(f"{DESK}/sheets/1")
    assert pictures(again, "/fields/") == cuts
    assert "[illisible]" in again.text
    two.submit(f"{DESK}/sheets/1", {**answers, "w.3": "La vieille horloge de la gare"})
    two.get(cuts[0], status=404)
    one.submit(f"{DESK}/sheets/2/withdraw", {"reason": "Saisie deux fois"})
    with site.database.reading() as session:
        assert len(session.execute(select(Ballot)).all()) == 1
        assert [each.text for each in session.execute(select(OpenAnswer)).scalars()] == [
            "La vieille horloge de la gare"
        ]
        assert session.execute(select(QuestionnairePage)).all() == []


def test_pictures_go_at_their_date_and_what_is_no_scan_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is none, and a sheet of which a side is missing."""
    consultation = build_consultation(site)
    publish(site, consultation)
    one = clerk(site, consultation, "Bo Un", Role.ENTRY_CLERK)
    form = printed(site, edition="large")
    assert len(form.sides) > 1
    pile = scan_files.pdf_of([side_of(form, side, {("1", "2")}, ("text-3",)) for side in form.sides[1:]])
    bring(one, b"no scan at all", pile)
    work(site)
    assert "non pris" in one.get_page(SCAN).text
    (sheet,) = sheets(site)
    shown = one.get_page(f"{DESK}/sheets/{sheet.number}/key")
    assert "Un côté de la feuille" in shown.text
    (picture, *_more) = pictures(shown, "/picture")
    press = Press(site.database, site.settings, lambda: site.at)
    monkeypatch.setattr(scan_job, "FORGOTTEN", timedelta(days=-1000))
    scan_job.destroy_due(press)
    retention.destroy_due(press)
    one.get(picture)
    site.at += timedelta(days=61)
    scan_job.destroy_due(press)
    assert not list((site.settings.files_dir / "scans").rglob("*.jpg"))
