"""What the office takes away: the same rows in every format, their number and digest, texts that are no formulas."""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import docx
import odfdo
import pypdfium2
from sqlmodel import select

from participation.audit import Event
from tests.client import Browser, Site
from tests.consultations.documents.sample_files import pdf, with_script
from tests.consultations.stories import Consultation, build_consultation, build_office, read_files
from tests.consultations.test_analysis import build_contributions
from tests.consultations.test_briefs import deposit
from tests.consultations.test_comments import decide, say

FORMULA = '=HYPERLINK("http://x";"y")\nMême en deux lignes; avec « guillemets ».'


def take(browser: Browser, world: Consultation, name: str, kind: str, language: str = "fr") -> bytes:
    answer = browser.post(f"{world.staff}/exports/{name}", {"format": kind, "language": language}, status=200)
    assert f".{kind}" in answer.headers["content-disposition"]
    return answer.content


def lines(data: bytes, separator: str = ";") -> tuple[list[list[str]], dict[str, str]]:
    """The rows with their headings, and what the file says of itself."""
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data[3:].decode(), newline=""), delimiter=separator))
    end = rows.index([])
    return rows[:end], {row[0]: row[1] for row in rows[end + 1 :] if len(row) == 2}


def sheet_rows(data: bytes) -> list[list[str]]:
    """The cells of the first sheet as texts."""
    ns = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not root.findall(f".//{ns}f"), "no cell is a formula"
    rows = root.findall(f".//{ns}row")
    return [["".join(cell.itertext()) for cell in row.findall(f"{ns}c")] for row in rows]


def test_tables_say_how_many_rows_they_have_and_their_digest(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    build_contributions(site, world, office)
    say(site.visitor(), world, FORMULA, "formula")
    analyst = site.signed_in(office.analyst)
    site.signed_in(office.moderator).get(f"{world.staff}/exports", status=403)
    page = analyst.get_page(f"{world.staff}/exports")
    assert "Dictionnaire" in page.text

    data = take(analyst, world, "contributions", "csv")
    rows, said = lines(data)
    assert rows[0][:3] == ["Référence", "Numéro au registre", "Type"]
    assert [row[0] for row in rows[1:]] == ["C-1", "C-2", "C-3", "C-5"], "what was taken back is left out"
    assert rows[4][-1] == f"'{FORMULA}", "a text is no formula"
    assert said["Lignes"] == "4"
    part = data[3:].split(b"\r\n\r\n")[0] + b"\r\n"
    part_digest = hashlib.sha256(part).hexdigest()
    assert said["SHA-256 des lignes"] == part_digest
    sheet = sheet_rows(take(analyst, world, "contributions", "xlsx"))
    assert [row[0] for row in sheet] == [row[0] for row in rows]
    assert sheet[4][-1] == FORMULA
    english, _about = lines(take(analyst, world, "contributions", "csv", "en"), ",")
    assert english[0][2] == "Kind"

    rows, said = lines(take(analyst, world, "participation", "csv"))
    assert ["Commentaire", "En ligne", "", "", "3", "3", "1", "", ""] in rows
    document = pypdfium2.PdfDocument(take(analyst, world, "participation", "pdf"))
    text = document[0].get_textpage().get_text_bounded()
    assert said["SHA-256 des lignes"] in "".join(text.split())
    for name in ("questions", "briefs", "speakers", "kits", "answers", "recommendations"):
        assert lines(take(analyst, world, name, "csv"))[1]["Lignes"] == "0"
        assert len(sheet_rows(take(analyst, world, name, "xlsx"))) == 1
    early = analyst.post(f"{world.staff}/exports/closed-answers", {"format": "csv"}, status=409)
    assert "pas encore compté" in early.text
    document = pypdfium2.PdfDocument(take(analyst, world, "contributions", "pdf"))
    text = "".join("".join(page.get_textpage().get_text_bounded() for page in document).split())
    assert "C-5" in text
    assert part_digest in text, "the same rows have the same digest on paper"
    analyst.post(f"{world.staff}/exports/contributions", {"format": "docx"}, status=404)
    with site.database.reading() as session:
        taken = session.execute(select(Event).where(Event.kind == "export-taken")).scalars().all()
    assert len(taken) == 18
    assert {"export": "contributions", "export_rows": 4}.items() <= taken[0].data.items()
    assert list((site.settings.files_dir / "stored" / "arriving").iterdir()) == [], "nothing lies about"
    assert "Contributions, verbatim" in site.signed_in(office.admin).get_page(f"{world.staff}/events").text


def test_coded_passages_go_into_the_report_with_their_references(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    build_contributions(site, world, office)
    analyst = site.signed_in(office.analyst)
    analyst.submit(f"{world.staff}/analysis/C-1", {"words": "l’ancienne gare", "title": "Patrimoine"})
    analyst.submit(f"{world.staff}/analysis/C-2", {"words": "the clock", "title": "Horloge\x02"})
    word = docx.Document(io.BytesIO(take(analyst, world, "passages", "docx")))
    paragraphs = [(part.style.name, part.text) for part in word.paragraphs if part.style]
    assert ("Heading 2", "Patrimoine") in paragraphs
    assert ("Quote", "«\u00a0l’ancienne gare\u00a0»") in paragraphs
    assert any(text.startswith("— C-2, Sur papier, à un comptoir, Anglais") for _style, text in paragraphs)
    body = odfdo.Document(io.BytesIO(take(analyst, world, "passages", "odt"))).body
    assert [part.text for part in body.headers][1:] == ["Horloge", "Patrimoine", "À propos de ce fichier"]
    texts = [part.inner_text for part in body.paragraphs]
    assert [text for _style, text in paragraphs if text.startswith("— C-")] == [
        text for text in texts if text.startswith("— C-")
    ]
    _rows, said = lines(take(analyst, world, "passages", "csv"))
    assert any(said["SHA-256 des lignes"] in text for text in texts)


def test_every_public_paper_is_in_one_bundle_under_its_number(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    analyst, moderator = site.signed_in(office.analyst), site.signed_in(office.moderator)
    paper = {"number": "3.2", "title_fr": "Étude: hauteurs", "kind": "study", "language": "fr", "dated": "2027-01-12"}
    study, brief, copy = pdf(["Les hauteurs"]), pdf(["La halle, 12, rue Privée"]), pdf(["La halle"])
    analyst.post(f"{world.staff}/documents/upload", paper, files={"file": ("a.pdf", study, "")}, status=303)
    resident = site.visitor()
    deposit(resident, world, "1", brief, name="../..\u202efdp.exe", show_name="1")
    deposit(resident, world, "2", text="Gardez la halle 😀\n\nمرحبا", title="=Titre", who="group", group="Amis/gare")
    deposit(resident, world, "3", with_script(packed=False), text="Avec un mot", name="Zoé")
    deposit(resident, world, "4", text="Pas encore lu")
    moderator.post(f"{world.staff}/briefs/1/redacted", {}, files={"file": ("c.pdf", copy, "")}, status=303)
    for number in (1, 2, 3):
        decide(site, world, moderator, number)
    read_files(site)

    with zipfile.ZipFile(io.BytesIO(take(analyst, world, "bundle", "zip"))) as bundle:
        assert bundle.testzip() is None
        held = {name: bundle.read(name) for name in bundle.namelist()}
    names = [name for name in held if name.startswith(("3", "8"))]
    assert names[0] == "3.2 — Étude hauteurs.pdf"
    assert [name[:5] for name in names[1:]] == ["8.1 —", "8.2 —", "8.2 —", "8.3 —"]
    assert not any(mark in name for name in names for mark in "/\\\u202e")
    assert held[names[0]] == study
    assert held[names[1]] == copy, "never the original"
    assert held[names[3]].decode() == "Gardez la halle 😀\n\nمرحبا", "what cannot be printed is there as text"
    printed = "".join(pypdfium2.PdfDocument(held[names[4]])[0].get_textpage().get_text_bounded().split())
    assert "Avecunmot" in printed
    rows, said = lines(held["Liste des pièces.csv"])
    assert said["Lignes"] == "6"
    assert [row[6] for row in rows[1:]] == [*names[:4], "", names[4]], "a file that nobody should open is not in it"
    assert "contient un programme" in rows[5][9]
    assert all(hashlib.sha256(held[row[6]]).hexdigest() == row[8] for row in rows[1:] if row[6])
    assert rows[3][2] == "'=Titre"
    assert take(analyst, world, "bundle", "zip", "en")[:2] == b"PK"


GROWING = """
import sys, tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo
from participation.consultations.exports.formats import write_csv, write_xlsx
from participation.consultations.exports.tables import Column, Source, Table
from participation.i18n import lazy
process = SimpleNamespace(process=SimpleNamespace(title={"fr": "x"}), zone=ZoneInfo("America/Toronto"))
source = Source(None, process, None, "fr", datetime(2027, 3, 1, tzinfo=UTC))
column = Column(lazy("Text"), lazy("Text"))
for writer in (write_csv, write_xlsx):
    for number in (1_000, 100_000):
        rows = lambda _source: ((f"C-{place}", "Gardez la gare. " * 20, place) for place in range(number))
        tracemalloc.start()
        writer(Path(sys.argv[1]) / "file", Table("t", lazy("T"), lazy("T"), (column,) * 3, rows), source)
        print(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
"""


def test_a_long_table_takes_no_more_memory_than_a_short_one(tmp_path: object) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", GROWING, str(tmp_path)], capture_output=True, text=True, check=True, timeout=300
    )
    short_csv, long_csv, short_xlsx, long_xlsx = map(int, answer.stdout.split())
    assert long_csv < short_csv + 2_000_000
    assert long_xlsx < short_xlsx + 5_000_000
