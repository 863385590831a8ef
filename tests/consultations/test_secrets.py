"""The search finds what everybody may read, page by page, and nothing else: secrets lie wherever there is room."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from participation.search import SearchEntry, fold
from tests.builders import NOON
from tests.client import Browser, Site
from tests.consultations.documents.sample_files import pdf, with_script
from tests.consultations.stories import Consultation, build_consultation, build_office, read_files
from tests.consultations.test_briefs import bring, deposit
from tests.consultations.test_comments import decide, say

PENDING, REFUSED, WITHDRAWN, CORRECTED = "ornithorynque", "hippocampe", "coelacanthe", "axolotl"
ORIGINAL, TYPED, UNNAMED, REASON, ADDRESS = "tamanoir", "pangolin", "Quetzalcoatl", "tarentule", "salamandre"
ANSWER, WITHDRAWN_PAPER, OLD_PAPER, REPORT, RECOMMENDED = "caribou", "lamantin", "narval", "bernache", "harfang"
WITH_PROGRAM, UNREAD = "harmless", "wapiti"
SECRETS = (
    PENDING, REFUSED, WITHDRAWN, CORRECTED, ORIGINAL, TYPED, UNNAMED, REASON, ADDRESS, ANSWER, WITHDRAWN_PAPER,
    OLD_PAPER, REPORT, RECOMMENDED, WITH_PROGRAM, UNREAD,
)  # fmt: skip


def plant_comments(site: Site, world: Consultation, resident: Browser, moderator: Browser) -> None:
    """Registered as 1 to 4."""
    say(resident, world, f"On attend {PENDING}", "pending")
    say(resident, world, f"On refuse {REFUSED}", "refused")
    taken_back = say(resident, world, f"On retire {WITHDRAWN}", "withdrawn")
    corrected = say(resident, world, f"On corrige {CORRECTED}", "corrected", name=UNNAMED)
    resident.submit(f"{corrected}/correct", {"text": "Le belvédère"})
    decide(site, world, moderator, 2, decision="refuse", reason="off-topic", note=REASON)
    for number in (3, 4):
        decide(site, world, moderator, number)
    resident.submit(f"{taken_back}/withdraw")


def plant_briefs(site: Site, world: Consultation, resident: Browser, clerk: Browser, moderator: Browser) -> None:
    """Registered as 5 to 8; 8.1 has a copy for the public, 8.2 a program in its file, 8.3 pages for everybody."""
    sheet = {
        "who": "person", "name": UNNAMED, "title": "Le passé", "language": "fr", "consent": "1", "channel": "post",
        "received": "2027-02-20", "text": TYPED, "nonce": "c-1", "withhold": "1", "reason": REASON,
        "email": f"{ADDRESS}@example.org",
    }  # fmt: skip
    bring(clerk, f"{world.staff}/briefs/new", sheet, pdf(["Le passé", f"{ORIGINAL} rue Privée"]))
    deposit(resident, world, "b-2", with_script(packed=True), email=f"{ADDRESS}@example.org")
    deposit(resident, world, "b-3", pdf(["Le sommaire", "Gardons le château d’eau"]))
    deposit(resident, world, "b-4", pdf([UNREAD]))
    bring(moderator, f"{world.staff}/briefs/5/redacted", {}, pdf(["Le passé", "La marquise rue (caviardé)"]))
    for number in (5, 6, 7):
        decide(site, world, moderator, number)


def plant_papers(site: Site, world: Consultation, analyst: Browser, moderator: Browser) -> None:
    """A report before its day, a document that was withdrawn, a version before the newest."""
    papers, desk = f"{world.staff}/documents", f"{world.staff}/follow-up"
    for number, words in (("3.1", WITHDRAWN_PAPER), ("3.2", OLD_PAPER)):
        form = {"number": number, "title_fr": "Étude", "kind": "study", "language": "fr", "dated": "2027-01-12"}
        analyst.post(f"{papers}/upload", form, files={"file": ("a.pdf", pdf([words]), "")}, status=303)
    read_files(site)
    newer = {"file": ("a.pdf", pdf(["Le boulevard"]), "")}
    analyst.post(f"{papers}/3.2/upload", {"dated": "2027-01-13"}, files=newer, status=303)
    analyst.submit(f"{papers}/3.1/withdraw", {"reason_fr": "Retiré"})
    analyst.submit(desk, {"title_fr": f"Rapport {REPORT}", "delivered_on": str(NOON.date())})
    analyst.post(f"{desk}/upload", {}, files={"file": ("r.pdf", pdf(["Objet", f"Avis {REPORT}"]), "")}, status=303)
    analyst.submit(f"{desk}/recommendations", {"words_fr": f"Garder {RECOMMENDED}"})
    draft = {"text_fr": ANSWER, "text_en": "", "documents": "", "act": "keep"}
    moderator.submit(f"{world.staff}/questions/9/answer", draft)


def found(site: Site, world: Consultation, words: str) -> str:
    pages = [site.visitor().get_page(f"/{locale}{world.path}/search?q={words}").text for locale in ("fr", "en")]
    return " ".join(pages).replace(words, "", 4)  # the words that were typed stand in the field and in the title


def indexed(site: Site) -> str:
    with site.database.reading() as session:
        rows = session.execute(
            select(col(SearchEntry.label), col(SearchEntry.title), col(SearchEntry.body), col(SearchEntry.folded))
        )
        return "\n".join("\t".join(row) for row in rows)


def test_nothing_is_found_that_is_not_public_and_pages_of_briefs_and_of_the_report_are(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, clerk, moderator = site.visitor(), site.signed_in(office.clerk), site.signed_in(office.moderator)
    analyst = site.signed_in(office.analyst)
    plant_comments(site, world, resident, moderator)
    plant_briefs(site, world, resident, clerk, moderator)
    call = {"kind": "question", "channel": "phone", "received": "2027-02-20", "text": "Et le viaduc?",
            "language": "fr", "nonce": "q-2", "people": ""}  # fmt: skip
    clerk.submit(f"{world.staff}/contributions/new", call)
    decide(site, world, moderator, 9)
    plant_papers(site, world, analyst, moderator)
    read_files(site)

    whole = indexed(site)
    for secret in SECRETS:
        assert secret not in whole, secret
        assert fold(secret) not in whole, secret
        assert "C-" not in found(site, world, secret), secret
    for words, place in (("viaducs", "Q-9"), ("belvédère", "C-4"), ("marquises", "8.1, p. 2"),
                         ("châteaux", "8.3, p. 2"), ("boulevards", "3.2, p. 1")):  # fmt: skip
        assert place in found(site, world, words), words
    hit = site.visitor().get_page(f"{world.public}/search?q=château")
    assert f"{world.public}/briefs/8.3/file#page=2" in hit.links()
    assert "ne peut être montré" in site.visitor().get_page(f"{world.public}/briefs/8.2").text
    assert "contient un programme" in moderator.get_page(f"{world.staff}/briefs/6").text

    # The day of the report comes by itself; the City answers; the copy for the public is taken away again.
    site.at = NOON + timedelta(days=15)
    read_files(site)
    assert f"{world.public}/report/file#page=2" in site.visitor().get_page(f"{world.public}/search?q={REPORT}").links()
    assert f"{world.public}/report#r1" in site.visitor().get_page(f"{world.public}/search?q={RECOMMENDED}").links()
    said = {"outcome": "partly", "source": "CM27 0123", "said_on": "2027-03-01", "answer_fr": "Le kiosque suffit."}
    site.signed_in(office.analyst).submit(f"{world.staff}/follow-up/1/answer", said)
    assert f"{world.public}/follow-up#r1" in site.visitor().get_page(f"{world.public}/search?q=kiosques").links()
    decide(site, world, site.signed_in(office.moderator), 7, decision="refuse", reason="off-topic")
    assert "8.3" not in found(site, world, "château")
