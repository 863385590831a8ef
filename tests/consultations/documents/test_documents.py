"""The documentation file: brought, checked, versioned, found by its pages, delivered on paper, withdrawn."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text

from participation import work
from participation.consultations.documents import service
from participation.extraction.reader import Words
from participation.files import Files
from tests.builders import NOON
from tests.client import Browser, Page, Site, check_page
from tests.consultations.documents.sample_files import pdf, with_script
from tests.consultations.stories import Consultation, build_consultation, build_office, read_files

STUDY = ["Étude de circulation", "Les feux de la rue des Érables", "Hauteurs : de l’école à la gare"]


def fields(number: str, title: str, **more: str) -> dict[str, str]:
    plain = {"number": number, "title_fr": title, "kind": "study", "language": "fr", "dated": "2027-01-12"}
    return plain | more


def bring(staff: Browser, path: str, data: dict[str, str], file: bytes | None, *, status: int = 303) -> Any:
    sent = {"file": ("Tremblay.pdf" if file else "", file or b"", "application/octet-stream")}
    return staff.post(f"{path}/upload", data, files=sent, status=status)


@pytest.fixture
def world(site: Site) -> Consultation:
    return build_consultation(site.database)


@pytest.fixture
def analyst(site: Site, world: Consultation) -> Browser:
    return site.signed_in(build_office(site.database, world).analyst)


def test_a_file_from_its_first_document_to_a_tombstone(site: Site, world: Consultation, analyst: Browser) -> None:
    desk, public, visitor = f"{world.staff}/documents", f"{world.public}/documents", site.visitor()
    analyst.get_page(desk)
    assert "vide pour l’instant" in visitor.get_page(public).text
    analyst.submit(f"{desk}/sections", {"section": "3", "section_title_fr": "Documents de la Ville"})
    assert analyst.get_page(f"{desk}/new?section=3").value_of("number") == "3.1"

    # Brought, and not shown before it is checked.
    study = fields(
        "3.2", "Étude de circulation", title_en="Traffic study", on_paper="1", summary_fr="Où passent les autos."
    )
    assert bring(analyst, desk, study, pdf(STUDY)).headers["location"].endswith("/documents/3.2")
    bring(analyst, desk, fields("3.12", "Note sur le patrimoine", kind="city"), pdf(["Le patrimoine"]))
    bring(analyst, desk, fields("1", "Mandat", kind="mandate"), pdf(["Le mandat de l’Office"]))
    visitor.get(f"{public}/3.2", status=404)
    visitor.get(f"{public}/3.2/versions/1/file", status=404)
    assert "en vérification" in analyst.get_page(f"{desk}/3.2").text
    read_files(site)

    # By section, in natural order, with kind and size; the file is harmless and can be cited by its page.
    listed = visitor.get_page(public)
    assert [link for link in listed.links() if link.startswith(f"{public}/") and link.endswith("/file")] == [
        f"{public}/{number}/file" for number in ("1", "3.2", "3.12")
    ]
    assert "3. Documents de la Ville" in listed.text
    assert "PDF, 1 ko" in listed.text or "PDF, 2 ko" in listed.text
    assert "Où passent les autos." in visitor.get_page(f"{public}/3.2").text
    assert "Traffic study" in visitor.get_page(f"{public}/3.2".replace("/fr/", "/en/")).text
    first = visitor.get(f"{public}/3.2/file")
    assert str(first.url).endswith("/documents/3.2/versions/1/file")
    assert first.headers["content-disposition"].startswith("inline")
    assert first.headers["x-content-type-options"] == "nosniff"
    found = visitor.get_page(f"{world.public}/search?q=ecoles hauteur")
    assert "3.2, p. 3" in found.text
    assert f"{public}/3.2/file#page=3" in found.links()
    assert "3.12" in visitor.get_page(f"{world.public}/search?q=patrimoines").text
    assert "Traffic" in visitor.get_page(f"{world.public.replace('fr', 'en', 1)}/search?q=studies").text

    # Another version: the first keeps its address and says so; its words are no longer found.
    bring(
        analyst, f"{desk}/3.2", {"dated": "2027-02-01", "note_fr": "Chiffres corrigés"}, pdf(["Les feux du boulevard"])
    )
    assert "p. 3" in visitor.get_page(f"{world.public}/search?q=hauteur").text
    read_files(site)
    assert "Chiffres corrigés" in visitor.get_page(f"{public}/3.2").text
    assert "version plus récente" in visitor.get_page(f"{public}/3.2/versions/1").text
    visitor.get(f"{public}/3.2/versions/1/file")
    assert "p. 3" not in visitor.get_page(f"{world.public}/search?q=hauteur").text
    assert "3.2, p. 1" in visitor.get_page(f"{world.public}/search?q=boulevards").text

    # The board says which place holds an old one.
    board = f"{desk}/board"
    assert "À livrer" in analyst.get_page(board).text
    analyst.submit(board, {"place": "BIB", "copy": "3.2 v1"})
    assert "Encore la version 1" in visitor.get_page(f"{public}/3.2").text
    assert "Chaque lieu a la version la plus récente" in analyst.submit(board, {"place": "BIB", "copy": "3.2 v2"}).text
    analyst.post(board, {"place": "BIB", "copy": "3.2 v9"}, status=404)

    # Another number: the address before leads on, citations follow.
    analyst.submit(f"{desk}/3.2", study | {"number": "4.1"})
    moved = visitor.client.get(f"{public}/3.2", follow_redirects=False)
    assert moved.headers["location"].endswith("/documents/4.1")
    assert "4.1, p. 1" in visitor.get_page(f"{world.public}/search?q=boulevard").text

    # Withdrawn: the address says why, nothing is served or found; and back.
    analyst.post(f"{desk}/4.1/withdraw", {"reason_fr": ""}, status=422)
    analyst.submit(f"{desk}/4.1/withdraw", {"reason_fr": "Une page portait une adresse privée."})
    assert "Une page portait une adresse privée." in visitor.get_page(f"{public}/4.1").text
    assert "Retiré le" in visitor.get_page(public).text
    for address in ("file", "versions/1/file", "versions/2/file", "versions/2"):
        visitor.get(f"{public}/4.1/{address}", status=404)
    assert "4.1" not in visitor.get_page(f"{world.public}/search?q=circulation").text
    analyst.submit(f"{desk}/4.1/put-back")
    read_files(site)
    assert "4.1" in visitor.get_page(f"{world.public}/search?q=circulation").text
    assert events(site) == {
        "document-section-named": 1, "document-added": 3, "document-version-added": 4, "document-edited": 1,
        "document-withdrawn": 1, "document-put-back": 1, "document-copy-delivered": 2,
    }  # fmt: skip


def events(site: Site) -> dict[str, int]:
    query = "SELECT kind, count(*) FROM event WHERE kind LIKE 'document-%' GROUP BY kind"
    with site.database.reading() as session:
        return {row[0]: row[1] for row in session.execute(text(query))}


def test_what_is_wrong_is_said_and_nothing_is_lost(site: Site, world: Consultation, analyst: Browser) -> None:
    desk, public = f"{world.staff}/documents", f"{world.public}/documents"
    long_title = fields("3.1", "Un titre qui reste", summary_fr="Un résumé qui reste")
    for number, data, file, said in (
        ("3.1", {}, b"", "Choisissez le fichier"),
        ("3.1", {}, b"\x7fELF a program", "Ce fichier est endommagé"),
        ("3.1", {}, pdf(["a"])[:200], "Ce fichier est endommagé"),
        ("3.x", {}, pdf(["a"]), "Écrivez un numéro tel que 3.1"),
        ("3.1", {"summary_fr": "Un résumé qui reste " * 6_000}, pdf(["a"]), "Au plus 4"),
        ("3.1", {"dated": "hier"}, pdf(["a"]), "Donnez la date"),
        ("3.1", {"language": "xx", "kind": "poem", "title_fr": ""}, pdf(["a"]), "Donnez le titre en français"),
    ):
        page = Page(bring(analyst, desk, long_title | {"number": number} | data, file, status=422).text)
        check_page(page)
        assert said in page.text
        assert "Un résumé qui reste" in page.text
    assert "arrivé" in Page(bring(analyst, desk, long_title | {"author": "\0"}, pdf(["a"]), status=422).text).text
    assert not list((site.settings.files_dir / "stored" / "arriving").iterdir())
    bring(analyst, desk, long_title, pdf(["Le texte"]))
    assert "porte le numéro 3.1" in Page(bring(analyst, desk, long_title, pdf(["b"]), status=422).text).text
    bring(analyst, f"{desk}/3.1", {"dated": "2027-01-12"}, pdf(["Le texte"]), status=409)
    bring(analyst, f"{desk}/3.1", {"dated": "2027-01-13"}, with_script(packed=True))
    read_files(site)
    assert "contient un programme" in analyst.get_page(f"{desk}/3.1").text
    assert site.visitor().get_page(f"{public}/3.1").text.count("version") == 0, "the refused version is not public"
    site.visitor().get(f"{public}/3.1/versions/2/file", status=404)
    attached = analyst.get(f"{desk}/3.1/versions/2/file").headers
    assert attached["content-disposition"].startswith("attachment")
    assert "sandbox" in attached["content-security-policy"]
    for typed in ("", "***", "“", "'; DROP TABLE search_entry", "😀", "a" * 3000):
        site.visitor().get_page(f"{world.public}/search?q={typed}&page=-3&kind=%22")
    site.visitor().get(f"{public}/{uuid.uuid4()}", status=404)
    site.visitor().get(f"{public}/9.9/versions/99999999/file", status=404)


def test_what_people_say_is_found_while_everybody_may_read_it(site: Site, world: Consultation) -> None:
    moderator, resident = site.signed_in(build_office(site.database, world).moderator), site.visitor()
    form = {"text": "Le château d’eau doit rester.", "language": "fr", "nonce": "n"}
    sent = resident.post(f"{world.public}/comments", form).headers["location"].partition("?")[0]
    asked = f"{world.public}/search?q=chateaux"
    assert "C-1" not in resident.get_page(asked).text
    moderator.submit(f"{world.staff}/moderation/1", {"decision": "publish"})
    assert f"{world.public}/comments/1" in resident.get_page(asked).links()
    assert "C-1" in resident.get_page(f"{asked}&kind=comment").text
    assert "C-1" not in resident.get_page(f"{asked}&kind=document").text
    resident.submit(f"{sent}/withdraw")
    assert "C-1" not in resident.get_page(asked).text


def test_the_worker_reads_what_waits_and_sweeps_what_nobody_needs(
    site: Site, world: Consultation, analyst: Browser
) -> None:
    bring(analyst, f"{world.staff}/documents", fields("2", "Déroulement"), pdf(["La démarche"]))
    jobs = {job.name: job for job in work.chunked_work(site.settings)}
    (waiting,) = jobs["read-documents"].waiting()
    jobs["read-documents"].failed(waiting)
    assert jobs["read-documents"].waiting() == []
    assert "trop de mémoire" in analyst.get_page(f"{world.staff}/documents/2").text
    partly = Words(pages=3, texts={1: "La démarche"}, unread=True)
    with site.database.writing() as session:
        service.note_read(session, uuid.UUID(waiting.partition(".")[0]), partly, NOON)
    assert "Certaines de ses pages demandent trop" in analyst.get_page(f"{world.staff}/documents/2").text
    assert Files(site.settings).sweep(set()) == 0, "what was brought today stays"
