"""Briefs, from the deposit to their number in the file: online or at the counter, text or file, named or not, late."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from participation.search import parse, search
from tests.client import Browser, Page, Site
from tests.consultations.documents.sample_files import pdf
from tests.consultations.stories import Consultation, build_consultation, build_office, read_files
from tests.consultations.test_comments import decide

PDF, COPY = pdf(["La halle de la gare"]), pdf(["La gare"])
FORM = {
    "who": "person", "name": "Léa Exemple", "title": "Garder la gare", "language": "fr", "consent": "1", "text": "",
    "email": "", "phone": "",
}  # fmt: skip


def bring(
    browser: Browser, path: str, data: dict[str, str], file: bytes = b"", *, status: int = 303, kind: str = "pdf"
) -> Any:
    name = f"tremblay.{kind}" if file else ""  # as a browser says that nothing was chosen
    return browser.post(path, data, files={"file": (name, file, "text/html")}, status=status)


def deposit(browser: Browser, world: Consultation, nonce: str, file: bytes = b"", **more: str) -> str:
    """The address of its author's page."""
    answer = bring(browser, f"{world.public}/briefs/new", {**FORM, **more, "nonce": nonce}, file)
    return str(urlsplit(answer.headers["location"]).path)


def test_a_brief_online_and_one_at_the_counter_get_numbers_in_the_order_of_publication(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, clerk, moderator = site.visitor(), site.signed_in(office.clerk), site.signed_in(office.moderator)
    new, desk = f"{world.public}/briefs/new", f"{world.staff}/briefs"
    assert "retirez" in resident.get_page(new).text.lower()
    mine = deposit(resident, world, "b-1", PDF)
    assert mine == deposit(resident, world, "b-1", PDF), "sent twice it is one"
    assert "M-1" in resident.get_page(mine).text
    assert "PDF" in resident.get_page(mine).text

    clerk.get(desk, status=403)
    sheet = {**FORM, "who": "group", "name": "", "group": "Amis de la gare", "title": "Le passé", "channel": "post",
             "received": "2027-02-20", "place": "BIB", "text": "Gardez la halle.", "nonce": "c-1",
             "withhold": "1", "reason": "Menaces reçues"}  # fmt: skip
    answer = bring(clerk, f"{desk}/new", sheet)
    receipt = clerk.get_page(answer.headers["location"])
    assert "M-2" in receipt.text

    assert "Léa Exemple" in moderator.get_page(desk).text
    assert "Menaces reçues" in moderator.get_page(f"{desk}/2").text
    assert "Léa" not in moderator.get_page(f"{desk}?only=withheld").text
    assert moderator.get(f"{desk}/1/files/original").content == PDF
    resident.get(f"{world.public}/briefs/8.1", status=404)
    moderator.submit(f"{desk}/2/decide", {"decision": "publish"})
    decide(site, world, moderator, 1)

    page = resident.get_page(f"{world.public}/briefs")
    assert page.text.index("8.1") < page.text.index("Le passé") < page.text.index("8.2") < page.text.index("Garder la")
    assert "Amis de la gare" not in page.text
    assert "Menaces" not in page.text
    assert "Gardez la halle." in resident.get_page(f"{world.public}/briefs/8.1").text
    assert "en vérification" in resident.get_page(f"{world.public}/briefs/8.2").text
    resident.get(f"{world.public}/briefs/8.2/file", status=404)
    read_files(site)
    download = resident.get(f"{world.public}/briefs/8.2/file")
    assert download.content == PDF
    assert download.headers["content-disposition"].startswith("inline")
    resident.get(f"{world.public}/briefs/8.1/file", status=404)

    bring(moderator, f"{desk}/2/redacted", {}, b"<html>", status=422)
    bring(moderator, f"{desk}/2/redacted", {}, COPY)
    shown = resident.get_page(f"{world.public}/briefs/8.1")
    assert "Gardez la halle." not in shown.text, "only the copy is public"
    read_files(site)
    assert resident.get(f"{world.public}/briefs/8.1/file").content == COPY
    with site.database.reading() as session:
        assert [hit.label for hit in search(session, world.process_id, parse("halle")).hits] == ["8.2"]
        assert search(session, world.process_id, parse("gare")).by_kind == {"brief": 3}, "a title and two pages"
    resident.submit(f"{mine}/withdraw")
    resident.get(f"{world.public}/briefs/8.2/file", status=404)
    decide(site, world, moderator, 2, decision="refuse", reason="off-topic")
    resident.get(f"{world.public}/briefs/8.1", status=404)
    moderator.submit(f"{desk}/2/decide", {"decision": "publish"})
    assert "Le passé" in resident.get_page(f"{world.public}/briefs/8.1").text, "a number is given once"


def test_what_cannot_be_taken_comes_back_with_its_text(site: Site) -> None:
    world = build_consultation(site.database)
    new, resident = f"{world.public}/briefs/new", site.visitor()
    long = "é" * 100_001
    form = {**FORM, "text": long, "nonce": "n", "consent": "", "title": ""}
    answer = bring(resident, new, form, b"MZ\x90 not a document", status=422)
    page = Page(answer.text)
    assert long in answer.text
    for problem in ("Cochez la case", "Donnez un titre", "DOCX"):
        assert problem in page.text, problem
    assert "choisissez" in Page(bring(resident, new, {**form, "text": "Court"}, PDF, status=422).text).text.lower()
    for wrong, said in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900), "mot de passe"),
        (b"\0\0\0\x18ftypheic" + bytes(900), "HEIC"),
        (PDF[:-40], "coupé en chemin"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "PDF, DOCX, ODT"),
    ):
        back = Page(bring(resident, new, {**FORM, "nonce": "n"}, wrong, status=422).text)
        assert said in back.text, said
        assert back.value_of("title") == FORM["title"]
    nothing = resident.post(new, {**FORM, "text": "x", "nonce": "n"}, files={"file": ("a.pdf", b"", "")}, status=422)
    assert "ne contient aucun octet" in Page(nothing.text).text
    private = {**FORM, "nonce": "n", "text": "Écrivez à lea@example.org"}
    assert "adresse courriel" in Page(bring(resident, new, private, status=422).text).text
    assert "Écrivez votre mémoire" in Page(bring(resident, new, {**FORM, "nonce": "n"}, status=422).text).text


def test_until_the_hearings_end_a_brief_is_kept_and_marked_late(site: Site) -> None:
    late = build_consultation(site.database, days=66)
    resident = site.visitor()
    assert "tard" in resident.get_page(f"{late.public}/briefs").text
    deposit(resident, late, "late", text="Tard mais là.")
    office = build_office(site.database, late)
    moderator = site.signed_in(office.moderator)
    decide(site, late, moderator, 1)
    assert "reçu en retard" in resident.get_page(f"{late.public}/briefs").text


def test_one_file_that_two_people_send_stands_once_until_the_first_takes_it_back(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    mine = deposit(resident, world, "first", PDF)
    deposit(resident, world, "second", PDF, name="Paul Exemple")
    decide(site, world, moderator, 1)
    page = resident.get_page(f"{world.public}/briefs")
    assert "2 personnes ont envoyé ce texte" in page.text
    assert "8.2" not in page.text
    resident.submit(f"{mine}/withdraw")
    assert "Paul Exemple" in resident.get_page(f"{world.public}/briefs/8.2").text, "it stands for itself"
    resident.get(f"{world.public}/briefs/8.1", status=404)


def test_after_the_hearings_a_brief_comes_back(site: Site) -> None:
    world = build_consultation(site.database, days=80)
    form = {**FORM, "text": "Trop tard.", "nonce": "n"}
    answer = bring(site.visitor(), f"{world.public}/briefs/new", form, status=409)
    assert "Trop tard." in answer.text
