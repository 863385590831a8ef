"""What careless and hostile hands send: nothing of it runs, no word is lost, the page says what to do."""

from __future__ import annotations

import base64
from datetime import timedelta

from participation.consultations.models import Moderation
from participation.markup import safe_html
from tests.builders import NOON
from tests.client import Browser, Page, Site
from tests.consultations.stories import Consultation, build_consultation, build_office
from tests.consultations.test_comments import decide, say

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)><a xlink:href=javascript:alert(1)>",
    "</textarea></div><iframe srcdoc='<script>alert(1)</script>'>",
    "[un](javascript:alert(1)) [deux](JaVaScRiPt:alert(1)) [trois](data:text/html,<script>alert(1)</script>)",
    "[quatre](java&#x73;cript:alert(1)) [cinq](vbscript:x) [six](//evil.example) ![sept](https://evil.example/pixel.png)",
    '[huit](https://bon.example/"onmouseover="alert(1)) <https://neuf.example/" onclick=alert(1)>',
    "Ordre \u202eretourné\u202c, largeur\u200b nulle, Z\u0351\u0352\u0357a\u0300\u0301lgo\u0489, 🙂👨‍👩‍👧, שלום",
    "> " * 40 + "au fond",
    "- " * 40 + "au fond",
)
HARMLESS = {"p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a"}


def comment_form(text: str, nonce: str = "n", **more: str) -> dict[str, str]:
    return {"text": text, "language": "fr", "nonce": nonce, **more}


def test_nothing_that_somebody_writes_can_run_or_leave_its_place(site: Site) -> None:
    for text in ATTACKS:
        made = Page(f"<body>{safe_html(text)}")
        assert {tag for tag, _attrs in made.tags} - {"body"} <= HARMLESS, text
        for tag, attrs in made.tags:
            assert set(attrs) <= {"href", "rel", "start"}, (tag, attrs)
            assert attrs.get("href", "https://").startswith(("https://", "http://")), attrs
    assert all("au fond" in safe_html(text) for text in ATTACKS[-2:]), "no word is dropped, however deep it lies"
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    for place, text in enumerate(ATTACKS):
        name = "\u202e<b>Léa</b>\u200b" if place else "Léa"
        mine = say(
            resident, world, text, f"n{place}", name=name, show_name="1", about="document", ref=text, passage=text
        )
        pages = [(resident, mine), (resident, f"{world.public}/comments/{place + 1}")]
        pages += [(moderator, f"{world.staff}/moderation/{place + 1}"), (resident, f"{world.public}/comments")]
        for browser, path in pages:
            page = browser.get_page(path)
            assert "<script>alert" not in page.html
            assert not [tag for tag, _attrs in page.tags if tag in ("iframe", "img", "b")]
            assert not [
                attrs for _tag, attrs in page.tags if attrs.get("href", "").lower().startswith(("javascript", "data"))
            ]
            assert "\u202e<" not in page.html, "a name cannot turn the line around it"
    returned = resident.post(f"{world.public}/comments", comment_form(ATTACKS[3], email="wrong"), status=422)
    assert ATTACKS[3] in Page(returned.text).text, "the whole text stands in its field"
    assert "<iframe" not in returned.text


def test_addresses_that_nobody_made_end_on_a_page(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    resident = site.visitor()
    say(resident, world)
    huge, comments = "9" * 30, f"{world.public}/comments"

    def cursor(*parts: str) -> str:
        return base64.urlsafe_b64encode("|".join(parts).encode()).decode()

    own = "0190a000-0000-7000-8000-000000000000"
    for query in (
        "from=%FF%FE", "from=AAAA", f"from={cursor('newest', huge, '2027-01-01T00:00:00+00:00', own)}",
        f"from={cursor('newest', '0', '0001-01-01T00:00:00+14:00', own)}",
        f"from={cursor('newest', '0', '2027-01-01', own)}", "sort=%3Cscript%3E", "channel=x&about=y&ref=z",
        f"about=question&ref={huge}", "about=project&ref=../..", "about=document&ref=" + "9" * 3000,
    ):  # fmt: skip
        resident.get_page(f"{comments}?{query}")
    for path in (f"{huge}", f"{huge}/report", f"{huge}/feed.atom", "0", "2"):
        resident.get(f"{comments}/{path}", status=404)
    resident.get_page(f"{world.public}/subscribe?thread={huge}")
    resident.get(f"{world.public}/comments/news?seen={huge}")
    for code in ("x", "'" * 40, "0" * 16, "%F0%9F%99%82"):
        resident.get(f"{world.public}/contribution/{code}", status=404)
        resident.post(f"{world.public}/contribution/{code}/correct", {"text": "À moi"}, status=404)
    broken = site.visitor().client.post(comments, content=b"text=%ff%fe&nonce=n&language=fr")
    assert broken.status_code in (303, 422), "what is no text of ours ends on a page too"


def test_what_was_typed_comes_back_whatever_happens_meanwhile(site: Site) -> None:
    world = build_consultation(site.database, moderation=Moderation.AFTER)
    office = build_office(site.database, world)
    resident, moderator = site.visitor(), site.signed_in(office.moderator)
    comments = f"{world.public}/comments"
    for nothing in ("", "  \n ", "\u200b\u2060\u00ad", "\u0301\u202e"):
        assert "Écrivez d’abord votre texte" in Page(
            resident.post(comments, comment_form(nothing), status=422).text
        ).text  # fmt: skip
    _form_comes_back(resident, comments, comment_form("Mon texte", name="é" * 121), 422)
    _form_comes_back(resident, comments, comment_form("Mon texte", show_name="1", name="\u200b"), 422)
    mine = say(resident, world, "Premier", "one")
    twice = [resident.post(f"{comments}/1", comment_form("Réponse", "two")).headers["location"] for _hand in range(2)]
    assert twice[0] == twice[1]
    assert "1 réponse" in resident.get_page(f"{comments}/1").text

    resident.submit(f"{mine}/correct", {"text": "Corrigé ici", "version": "1"})
    other_tab = Page(resident.post(f"{mine}/correct", {"text": "Corrigé là", "version": "1"}, status=422).text)
    assert "Corrigé là" in other_tab.text
    assert "Corrigé ici" in other_tab.text
    assert other_tab.value_of("version") == "2"
    for wrong in ("", "\u200b", "é" * 100_000):
        assert wrong in resident.post(f"{mine}/correct", {"text": wrong, "version": "2"}, status=422).text
    site.at = NOON + timedelta(hours=2)
    late = resident.post(f"{mine}/correct", {"text": "Corrigé trop tard", "version": "2"}, status=409).text
    assert "Corrigé trop tard" in late
    assert "Le délai de correction est écoulé" in Page(late).text

    decide(site, world, moderator, 1, decision="refuse", reason="off-topic")
    _form_comes_back(resident, f"{comments}/1", comment_form("Réponse en retard", "three"), 409)
    resident.get(f"{comments}/1/report", status=404)
    for place in range(40):
        answer = resident.client.post(f"{mine}/appeal", data={"note": f"Note {place}"}, follow_redirects=False)
    assert answer.status_code == 429
    assert "Note 39" in answer.text, "who asks too often has their words back as well"
    flooded = Page(resident.post(comments, comment_form("Un de trop", "four"), status=429).text)
    assert "quart d’heure" in flooded.text
    assert "par téléphone" in flooded.text, "others behind the same address have another way"


def _form_comes_back(browser: Browser, path: str, form: dict[str, str], status: int) -> None:
    page = Page(browser.post(path, form, status=status).text)
    assert form["text"] in page.text
    assert "Problème" in page.text


def test_the_code_of_one_consultation_opens_nothing_in_another(site: Site) -> None:
    world = build_consultation(site.database)
    mine = say(site.visitor(), world)
    elsewhere = Consultation(world.organisation_id, world.process_id, "/office/autre")
    site.visitor().get(mine.replace(world.public, elsewhere.public), status=404)
    site.visitor().post(mine.replace(world.public, elsewhere.public) + "/withdraw", {}, status=404)
    assert "autre" not in site.visitor().get_page(mine).links()
