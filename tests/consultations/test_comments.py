"""Comments from one end to the other: typed or transcribed, read by a moderator, answered, corrected, taken back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from participation.consultations.models import Moderation
from tests.builders import NOON
from tests.client import Browser, Page, QueryCount, Site
from tests.consultations.stories import Consultation, build_consultation, build_office

TEXT = "La hauteur devant le parc me préoccupe.\n\n- six étages\n- **pas** dix\n\n<script>alert(1)</script>"


def say(browser: Browser, world: Consultation, text: str = TEXT, nonce: str = "one", **more: str) -> str:
    """Sends a comment; the address of its author's page."""
    form = {"text": text, "language": "fr", "nonce": nonce, **more}
    return urlsplit(browser.post(f"{world.public}/comments", form).headers["location"]).path


def decide(site: Site, world: Consultation, moderator: Browser, number: int, **form: str) -> None:
    moderator.submit(f"{world.staff}/moderation/{number}", form or {"decision": "publish"})


def test_a_comment_from_the_keyboard_and_one_from_paper_stand_in_one_list(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, moderator, clerk = site.visitor(), site.signed_in(office.moderator), site.signed_in(office.clerk)
    mine = say(resident, world, theme="1", name="Léa", show_name="1")
    assert "En attente de lecture" in resident.get_page(mine).text
    assert "Léa" not in resident.get_page(f"{world.public}/comments").text
    new = f"{world.staff}/contributions/new"
    sheet = {
        "kind": "comment", "channel": "counter", "place": "BIB", "received": "2027-02-20", "text": "Gardez la gare!",
        "language": "fr", "theme": "1", "name": "Paul Papier", "nonce": "sheet-1", "people": "",
    }  # fmt: skip
    assert "Enregistrée sous le nº 2" in clerk.submit(new, sheet).text
    assert "Enregistrée sous le nº 2" in clerk.submit(new, sheet).text, "the same sheet sent twice is one"
    queue = moderator.get_page(f"{world.staff}/moderation")
    assert queue.text.index("C-2") < queue.text.index("C-1"), "what was received first is read first"
    for number in (1, 2):
        decide(site, world, moderator, number)
    page = resident.get_page(f"{world.public}/comments?theme=1")
    assert "2 commentaires" in page.text
    assert "Sur papier, à un comptoir" in page.text
    assert "Léa" in page.text
    assert "Paul Papier" not in page.text, "a name shows only where its owner said so"
    assert "<script>alert" not in page.html
    assert "<strong>pas</strong>" in page.html
    assert "1 nouveau commentaire" in resident.get(f"{world.public}/comments/news?seen=1").text
    only_paper = resident.get_page(f"{world.public}/comments?channel=counter").text
    assert "Gardez la gare" in only_paper
    assert "me préoccupe" not in only_paper
    reply = {"text": "D’accord.", "language": "fr", "nonce": "reply"}
    resident.post(f"{world.public}/comments/2", reply, status=303)
    decide(site, world, moderator, 3)
    assert "1 réponse" in resident.get_page(f"{world.public}/comments/2").text


def test_its_author_corrects_it_takes_it_back_and_asks_for_another_look(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    mine = say(resident, world)
    page = resident.submit(f"{mine}/correct", {"text": "Je corrige mon texte."})
    assert "Votre correction est enregistrée" in page.text
    site.at = NOON + timedelta(hours=2)
    assert "Le délai de correction est écoulé" in resident.post(f"{mine}/correct", {"text": "Encore"}, status=409).text
    decide(site, world, moderator, 1, decision="refuse", reason="off-topic", note="Parlez du secteur.")
    page = resident.get_page(mine)
    assert "ne porte pas sur l’objet" in page.text
    assert "Parlez du secteur." in page.text
    log = resident.get_page(f"{world.public}/moderation").text
    assert "C-1" in log
    assert "Mo Moderator" not in log
    resident.submit(f"{mine}/appeal", {"note": "C’est bien le sujet."})
    assert "C’est bien le sujet." in moderator.get_page(f"{world.staff}/moderation").text
    decide(site, world, moderator, 1)
    assert "Je corrige mon texte." in resident.get_page(f"{world.public}/comments/1").text
    assert "1 version antérieure" in resident.get_page(f"{world.public}/comments/1").text
    resident.submit(f"{mine}/withdraw")
    resident.get(f"{world.public}/comments/1", status=404)
    assert "0 commentaire" in resident.get_page(f"{world.public}/comments").text


def test_what_seems_personal_is_shown_to_its_author_and_to_a_moderator_and_never_removed(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    office = build_office(site.database, world)
    resident = site.visitor()
    text = "Appelez-moi au 514 555-0199, j’habite au 12, rue des Saules."
    form = {"text": text, "language": "fr", "nonce": "n"}
    page = Page(resident.post(f"{world.public}/comments", form, status=422).text)
    assert "un numéro de téléphone" in page.text
    assert text in page.html.replace("&#39;", "'"), "the text comes back"
    mine = say(resident, world, text, keep_personal="1")
    assert "En attente de lecture" in resident.get_page(mine).text, "a person looks at it even where others go first"
    say(resident, world, "Rien de personnel ici.", "other")
    assert "Rien de personnel" in resident.get_page(f"{world.public}/comments").text
    queue = site.signed_in(office.moderator).get_page(f"{world.staff}/moderation")
    assert queue.html.count("<mark>") == 2
    assert "514 555-0199" in queue.text


def test_nothing_that_was_typed_is_lost(site: Site) -> None:
    world = build_consultation(site.database)
    resident = site.visitor()
    long = "é" * 100_000
    answer = resident.post(f"{world.public}/comments", {"text": long, "language": "fr", "nonce": "n"}, status=422)
    assert long in answer.text
    assert "100000" in answer.text or "100 000" in Page(answer.text).text
    site.at = NOON + timedelta(days=30)
    form = {"text": "שלום 🙂 trop tard", "language": "und", "nonce": "n"}
    answer = resident.post(f"{world.public}/comments", form, status=409)
    assert "שלום 🙂 trop tard" in answer.text
    assert "n’est pas ouverte" in Page(answer.text).text


def test_the_same_form_sent_twice_is_one_and_a_flood_is_stopped_with_its_text(site: Site) -> None:
    world = build_consultation(site.database)
    resident = site.visitor()
    assert say(resident, world, nonce="same") == say(resident, world, nonce="same")
    for place in range(28):
        say(resident, world, f"Texte {place}", f"n{place}")
    answer = resident.post(
        f"{world.public}/comments", {"text": "Un de trop", "language": "fr", "nonce": "last"}, status=429
    )
    assert "Un de trop" in answer.text


def test_a_long_register_costs_a_page_no_more_queries(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    resident = site.visitor()
    say(resident, world)
    with QueryCount(site) as few:
        resident.get(f"{world.public}/comments")
    for place in range(26):
        say(resident, world, f"Texte {place}", f"n{place}")
    with QueryCount(site) as many:
        page = resident.get_page(f"{world.public}/comments")
    assert many.number == few.number <= 7
    (onward,) = [link for link in page.links() if "from=" in link]
    rest = resident.get_page(f"{world.public}/comments{onward}")
    shown = [attrs["id"] for one in (page, rest) for attrs in one.all("article")]
    assert len(shown) == len(set(shown)) == 27


def test_only_who_may_reads_the_register_and_decides(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    say(site.visitor(), world, name="Secrète", email="secrete@example.org", keep_personal="1")
    for account, register, moderation, new in (
        (office.admin, 200, 200, 200),
        (office.moderator, 200, 200, 200),
        (office.analyst, 200, 403, 200),
        (office.clerk, 403, 403, 200),
        (office.observer, 403, 403, 403),
    ):
        browser = site.signed_in(account)
        browser.get(f"{world.staff}/contributions", status=register)
        browser.get(f"{world.staff}/contributions/1", status=register)
        browser.get(f"{world.staff}/moderation", status=moderation)
        browser.get(f"{world.staff}/contributions/new", status=new)
