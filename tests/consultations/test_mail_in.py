"""E-mail as a way in: a campaign letter is one text of many senders, a message twice is one, nothing breaks a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from participation.consultations import nearness, queries
from participation.consultations.alike import NEARLY, fingerprint, likeness, pieces, sketch
from participation.consultations.mail_in.reading import DEEPEST, read_message
from participation.errors import Invalid
from participation.processes.queries import process_by_id
from tests.builders import NOON
from tests.client import Browser, Page, Site
from tests.consultations.documents.sample_files import pdf
from tests.consultations.stories import Consultation, build_consultation, build_office
from tests.consultations.test_exports import lines, take

LETTER = (
    "Nous demandons que la hauteur des nouveaux bâtiments devant le parc ne dépasse pas quatre étages. "
    "Le parc est le seul espace vert du quartier et les tours prévues y feraient de l’ombre dès trois heures. "
    "Nous demandons aussi que la moitié des logements soit abordable, que l’école soit construite avant les tours, "
    "et que la gare soit conservée et ouverte à tous."
)
PERSONAL = "J’habite la rue des Saules depuis trente ans et mes petits-enfants jouent dans ce parc. Merci de nous lire."
OTHER = (
    "Je suis pour ce projet. Le quartier manque de logements et une gare vide ne sert à personne. Construisez haut, "
    "construisez vite, mais prévoyez des arbres, des bancs et une piste cyclable qui rejoint le canal sans détour."
)


def message(
    text: str = LETTER, sender: str = "Léa Bernier <lea@example.org>", at: datetime = NOON, **headers: str
) -> EmailMessage:
    found = EmailMessage(policy=SMTP)
    found["From"], found["To"], found["Subject"] = sender, "avis@office.example", "Mon avis sur la gare"
    found["Date"] = format_datetime(at - timedelta(hours=2))
    found["Message-ID"] = headers.pop("id", f"<{fingerprint(text + sender)[:20]}@example.org>")
    found.set_content(text)
    return found


def bring(
    browser: Browser,
    world: Consultation,
    *messages: EmailMessage | bytes,
    pasted: str = "",
    status: int = 303,
    **fields: str,
) -> Page:
    form = {"kind": "comment", "theme": "1", "language": "fr", "pasted": pasted, **fields}
    files = [("files", (f"{at}.eml", bytes(each))) for at, each in enumerate(messages)] or [("files", ("", b""))]
    answer = browser.post(f"{world.staff}/mail-in/upload", form, files=files, status=status)
    return browser.get_page(answer.headers["location"]) if status == 303 else Page(answer.text)


def test_near_texts_are_found_and_different_ones_are_not() -> None:
    edited = LETTER.replace("quatre étages", "cinq étages").replace("dès trois heures", "dès deux heures")
    signed = f"{LETTER}\n\n{PERSONAL}"
    assert fingerprint(LETTER) == fingerprint(LETTER.upper().replace("’", "'").replace(". ", ".\n\n"))
    assert likeness(pieces(LETTER), pieces(edited)) >= NEARLY
    assert likeness(pieces(LETTER), pieces(signed)) >= NEARLY
    assert likeness(pieces(LETTER), pieces(OTHER)) < NEARLY / 4
    assert likeness(pieces(""), pieces("un")) == 0
    shared = [set(sketch(pieces(LETTER))) & set(sketch(pieces(each))) for each in (edited, signed, OTHER)]
    assert [bool(each) for each in shared] == [True, True, False], "by these the earlier text is found"


def test_a_campaign_letter_is_one_text_with_its_senders(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    clerk, moderator, visitor = site.signed_in(office.clerk), site.signed_in(office.moderator), site.visitor()
    equal = [message(sender=f"Personne {n} <p{n}@example.org>") for n in range(3)]
    near = message(f"{LETTER}\n\n{PERSONAL}", sender="Paul Roy <paul@example.org>")
    page = bring(clerk, world, *equal, near, message(OTHER))
    assert "5 courriels reçus" in page.text
    again = bring(clerk, world, equal[0], pasted=near.as_string())
    assert "2 étaient déjà au registre" in again.text, "a message twice is one"
    bring(clerk, world, message(sender="Personne 0 <P0@example.org>", id="<once-more@example.org>"))

    queue = moderator.get_page(f"{world.staff}/moderation").text
    assert "3 personnes ont envoyé ce texte" in queue
    assert "C-2" not in queue
    pairs = moderator.get_page(f"{world.staff}/contributions/alike").text
    assert "C-1 et C-4" in pairs
    assert "C-5" not in pairs
    moderator.submit(f"{world.staff}/contributions/alike", {"first": "1", "second": "4", "act": "join"})
    assert "Aucun texte" in moderator.get_page(f"{world.staff}/contributions/alike").text
    for number in (1, 5):
        moderator.submit(f"{world.staff}/moderation/{number}", {"decision": "publish"})

    public = visitor.get_page(f"{world.public}/comments").text
    assert "4 personnes ont envoyé ce texte" in public
    assert public.count("ne dépasse pas quatre étages") == 1
    assert "2 commentaires" in public, "nobody’s sending is another opinion"
    assert "lea@example.org" not in public
    assert "Personne" not in public, "a name shows only where its owner said so"
    assert "Commentaire C-1" in visitor.get_page(f"{world.public}/comments/2").text
    one = moderator.get_page(f"{world.staff}/contributions/4").text
    assert "Paul Roy" in one
    assert "sous C-1" in one
    late = bring(clerk, world, message(sender="Zoé <zoe@example.org>"))
    assert "1 courriel reçu" in late.text
    assert "5 personnes ont envoyé ce texte" in visitor.get_page(f"{world.public}/comments").text
    moderator.submit(f"{world.staff}/contributions/4/part")
    assert "4 personnes ont envoyé ce texte" in visitor.get_page(f"{world.public}/comments").text
    with site.database.reading() as session:
        figures = queries.tally(session, world.process_id)
        assert sum(row.number for row in figures) == 3
        assert sum(row.people for row in figures) == 7, "and every contribution has its own"
        process = process_by_id(session, world.process_id)
        assert process is not None
        assert nearness.proposals(session, process.id) == ([], False), "who parted two texts is not asked again"
    assert "3 contributions, 7 personnes" in moderator.get_page(f"{world.staff}/contributions").text
    analyst = site.signed_in(office.analyst)
    rows, _said = lines(take(analyst, world, "participation", "csv"))
    assert ["Commentaire", "Par courriel", "", "", "7", "3", "0", "", ""] in rows, "the same figures everywhere"
    rows, _said = lines(take(analyst, world, "contributions", "csv"))
    assert [row[rows[0].index("Même texte que")] for row in rows[1:]] == ["", "1", "1", "", "", "1", "1"]


def test_a_head_that_leaves_hands_its_place_on(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    moderator, resident = site.signed_in(office.moderator), site.visitor()
    mine = []
    for number in range(3):
        form = {"text": LETTER, "language": "fr", "nonce": f"n-{number}"}
        mine.append(resident.post(f"{world.public}/comments", form, status=303).headers["location"].partition("?")[0])
    moderator.submit(f"{world.staff}/moderation/1", {"decision": "publish"})
    resident.submit(f"{mine[0]}/withdraw")
    page = resident.get_page(f"{world.public}/comments").text
    assert "2 personnes ont envoyé ce texte" in page
    assert "C-2" in page
    site.at = NOON + timedelta(hours=1)
    moderator.submit(f"{world.staff}/moderation/2", {"decision": "refuse", "reason": "off-topic"})
    assert "quatre étages" not in resident.get_page(f"{world.public}/comments").text
    assert "Non publi" in resident.get_page(mine[2]).text, "each of them is told"


def test_a_brief_comes_with_its_file_and_a_date_of_tomorrow_is_not_believed(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    clerk, analyst = site.signed_in(office.clerk), site.signed_in(office.analyst)
    brief = message("Voici notre mémoire.", at=NOON + timedelta(days=9))
    brief.add_attachment(pdf(["Nos demandes"]), maintype="application", subtype="pdf", filename="mémoire.pdf")
    brief.add_attachment(b"MZ\x90\x00\x01", maintype="application", subtype="octet-stream", filename="virus.exe")
    page = bring(clerk, world, brief, b"no message at all", status=422, kind="brief")
    assert "virus.exe" in page.text
    assert "1 courriel reçu" in page.text, "the rest of the pile does not wait"
    assert "n’est pas un courriel" in page.text
    one = analyst.get_page(f"{world.staff}/contributions/1")
    assert "24 février 2027" in one.text
    assert "lea@example.org" in one.text
    files = [link for link in one.links() if "/files/" in link]
    assert len(files) == 2, "the document, and the message as it came"
    kinds = {analyst.get(link).headers["content-type"].partition(";")[0] for link in files}
    assert kinds == {"application/pdf", "text/plain"}
    assert all(analyst.get(link).headers["content-disposition"].startswith("attachment") for link in files)
    bring(clerk, world, status=422)


def nested(depth: int) -> EmailMessage:
    found = message("Tout au fond.")
    for level in range(depth):
        outer = message(f"Niveau {level}.", id=f"<{level}@example.org>")
        outer.add_attachment(found)
        found = outer
    return found


def test_a_message_is_read_whoever_wrote_it() -> None:
    page = EmailMessage(policy=SMTP)
    page["From"], page["Date"] = "a@example.org", format_datetime(NOON)
    page.set_content(
        "<head><style>p{}</style></head><p>Bonjour&nbsp;à <b>vous</b></p><ul><li>un<li>deux</ul><script>x()</script>",
        "html",
    )
    assert read_message(bytes(page)).text == "Bonjour à vous\n\n- un\n- deux"
    head = b"From: =?iso-8859-1?q?Andr=E9?= <a@example.org>\nContent-Type: text/plain; charset=x-nothing\n\n"
    latin = head + b"d\xe9j\xe0 vu \x07"
    found = read_message(latin)
    assert (found.name, found.text) == ("André", "déjà vu")
    deep = read_message(bytes(nested(12)))
    assert deep.text == "Niveau 11."
    assert len(deep.enclosed) == DEEPEST
    bare = EmailMessage(policy=SMTP)
    bare["From"], bare["Subject"] = "secretariat@office.example", "TR"
    bare.add_attachment(message())
    forwarded = read_message(bytes(bare))
    assert (forwarded.email, forwarded.text) == ("lea@example.org", LETTER), "who was forwarded is who speaks"
    noted = b"Received: from x by mx.office.example; Tue, 23 Feb 2027 08:00:00 -0500\n" + bytes(message())
    assert read_message(noted).moments[0] < read_message(noted).moments[1], "our own server is believed first"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: nothing else\n\n",
        b"From: a@example.org\nContent-Type: multipart/mixed; boundary=x\n\n--x",
        b"From: a@example.org\nDate: Mon, 99 Foo 99999\nContent-Transfer-Encoding: base64\n\n====",
    ],
)
def test_what_is_no_message_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(Invalid):
        read_message(raw)
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    with pytest.raises(Invalid):
        read_message(b"From: a@example.org\n" + levels)
