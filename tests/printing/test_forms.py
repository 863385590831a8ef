"""Every form, in both languages and on each paper: tagged, titled, in its language, complete, inside the page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from participation.printing import FORMS
from tests.printing.reading import MM, Printed, preview, printed, wording

ALL = sorted(path.parent.name for path in FORMS.glob("*/form.typ"))
PAPERS = {"letter": (612, 792), "legal": (612, 1008), "a4": (595.3, 841.9)}
ENVELOPE = (9 * 72, 12 * 72)
SIZES = {
    "envelope": {"letter": ENVELOPE, "legal": ENVELOPE, "a4": (229 * MM, 324 * MM)},
    "kit-labels": PAPERS | {"legal": PAPERS["letter"]},
}
"""Of what is no sheet of paper: envelopes, and labels, which are sold on letter and A4 sheets only."""
LONG = "Réaménagement de la place publique et de ses abords pour les personnes de tous les âges " * 3


def _stays_inside(sheet: Printed, margin: float = 4 * MM) -> None:
    for page in sheet.pages:
        for left, bottom, right, top in page.words:
            assert left >= margin
            assert bottom >= margin
            assert right <= page.width - margin
            assert top <= page.height - margin


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("form", ALL)
def test_each_form_is_tagged_titled_and_in_its_language(form: str, locale: str) -> None:
    data = preview(form, locale=locale)
    sheet = printed(form, data)
    assert sheet.tagged
    assert b"pdfuaid:part" in sheet.pdf
    assert sheet.language == f"{locale}-CA"
    assert any(data[name] in sheet.title for name in ("process", "meeting", "title") if name in data)
    assert sheet.title.split(",")[0].split(" 0")[0] in sheet.text


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("form", ALL)
def test_nothing_leaves_the_page(form: str, large: bool, paper: str) -> None:
    sheet = printed(form, paper=paper, large_print=large)
    _stays_inside(sheet)
    width, height = SIZES.get(form, PAPERS)[paper]
    assert all(abs(page.width - width) < 1 and abs(page.height - height) < 1 for page in sheet.pages)


@pytest.mark.parametrize("form", ["ballot", "booklet", "preparation"])
def test_a_long_title_wraps(form: str) -> None:
    data = preview(form)
    data["contests"][0]["options"][1]["title"] = LONG
    sheet = printed(form, data)
    _stays_inside(sheet)
    assert " ".join(LONG.split()) in sheet.text


@pytest.mark.parametrize("form", ALL)
def test_fictional_data_are_said_to_be_so_on_each_page(form: str) -> None:
    words = wording("fr", "demo")
    sheet = printed(form, large_print=True)
    assert all(words in page.text for page in sheet.pages)
    assert words in sheet.title
    assert words not in printed(form, demo=False).text


def _keys(locale: str) -> dict[str, Any]:
    words: dict[str, Any] = json.loads((FORMS / "common" / "texts" / f"{locale}.json").read_text(encoding="utf-8"))
    return words


def test_both_languages_have_the_same_wordings_with_the_same_gaps() -> None:
    french, english = _keys("fr"), _keys("en")
    assert list(french) == list(english)
    for key, words in french.items():
        assert {part.split("}")[0] for part in words.split("{")[1:]} == {
            part.split("}")[0] for part in english[key].split("{")[1:]
        }, key


def test_french_wordings_have_their_no_break_spaces() -> None:
    for key, words in _keys("fr").items():
        assert not any(mark in words for mark in (" :", " $", " %", "« ", " »", " ?", " !", " ;", "'")), key


def test_the_declaration_shows_the_fields_that_the_organiser_chose() -> None:
    slip = printed("declaration")
    for words in ("Prénom", "Nom", "Jour et mois de naissance", "Code postal"):
        assert words in slip.text
    assert "Courriel" not in slip.text
    assert "Code personnel" not in slip.text
    closed = printed("declaration", register="closed", fields=[])
    assert "Code personnel" in closed.text
    assert "Prénom" not in closed.text


def test_the_declaration_says_what_is_signed() -> None:
    assert (
        "J’ai 14 ans ou plus. J’habite à Montréal ou j’y exploite un commerce. C’est mon seul bulletin papier. "
        "Si j’ai voté en ligne, je comprends que ce vote sera remplacé."
    ) in printed("declaration").text
    data = preview("declaration", locale="en", eligibility="I am 16 or older. I live in Gatineau.")
    assert (
        "I am 16 or older. I live in Gatineau. This is my only paper ballot. "
        "If I voted online, I understand that this ballot replaces that vote."
    ) in printed("declaration", data).text


def test_the_declaration_carries_notice_stub_and_code() -> None:
    slip = printed("declaration", receipt_code="D4T8-22QK", district_choices=["Anjou", "Verdun"])
    assert all(
        " ".join(words.replace("\u00a0", " ").split()) in slip.text for words in preview("declaration")["notice"]
    )
    assert slip.text.count("D4T8-22QK") == 2
    assert "Anjou" in slip.text
    assert wording("fr", "declaration.stub.choices") in slip.text


@pytest.mark.parametrize("precedence", ["paper_wins", "first_received", "all_void"])
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_slip_and_ballot_say_the_same_rule(precedence: str, locale: str) -> None:
    for form in ("declaration", "ballot"):
        sheet = printed(form, precedence=precedence, locale=locale)
        assert wording(locale, f"{form}.{precedence}") in sheet.text


def test_the_booklet_is_the_twin_of_the_project_pages() -> None:
    data = preview("booklet")
    text = printed("booklet", data).text
    numbers = [option["number"] + " " + option["title"] for option in data["contests"][0]["options"]]
    places = [text.index(words) for words in numbers]
    assert places == sorted(places)
    for words in ("Nature en ville", "620 000 $", "vote.example/quartiers", "Bibliothèque du Carré", "514 555-0142"):
        assert words in text


def test_the_preparation_sheet_is_no_ballot() -> None:
    sheet = printed("preparation")
    assert all(wording("fr", "preparation.not_ballot") in page.text for page in sheet.pages)
    assert "Paraphe" not in sheet.text
    assert len(sheet.pages) == 2


def test_the_batch_header_prints_what_is_known_and_lines_for_the_rest() -> None:
    full = {
        "number": "018", "place": "Comptoir de la Rive", "serials_from": "000100", "serials_to": "000149",
        "hand_count_a": 49, "hand_count_b": 49, "keying_1": {"name": "D. Exemple", "count": 48}, "keying_2": None,
        "differences": "Un bulletin", "adjudicated_by": "E. Exemple", "closed": "15 mars", "box": "B-3",
    }  # fmt: skip
    text = printed("batch-header", batch=full).text
    for words in ("018", "000100", "000149", "49", "48", "D. Exemple", "Un bulletin", "E. Exemple", "B-3"):
        assert words in text
    empty = printed("batch-header", batch={"number": "019"})
    assert len(empty.pages) == 1
    assert "None" not in empty.text


def test_the_report_sets_identities_as_equations_and_names_the_gap() -> None:
    text = printed("report").text
    assert "6 000 imprimés = 3 826 inutilisés + 2 174 remis" in text
    assert "Écart : +1 · Signé par A. Exemple, B. Exemple Motif : un bulletin manque au lot 017" in text
    assert text.index("Aire de jeu inclusive") < text.index("Ligne de financement") < text.index("Bibliobus")
    assert "2 400 000 $" in text
    assert "$2,400,000" in printed("report", locale="en").text


def test_a_report_without_results_is_a_statement_of_a_place() -> None:
    data = preview("report", kind="statement", status=None)
    del data["results"], data["rejected"], data["exceptions"], data["digests"], data["facts"]
    sheet = printed("report", data)
    assert "Relevé du dépouillement" in sheet.text
    assert "Résultats" not in sheet.text


def test_a_long_address_stays_on_its_label() -> None:
    data = preview("kit-labels")
    address = ["Association " * 4, "Personne " * 6, "12345, boulevard " * 3, "Montréal (Québec)  H0H 0H0"]
    page = printed("kit-labels", data, labels=[address]).pages[0]
    assert "H0H 0H0" in page.text
    on_label = [box for box in page.words if box[3] < page.height - 12.7 * MM]
    assert min(box[1] for box in on_label) > page.height - (12.7 + 25.4) * MM
    assert max(box[2] for box in on_label) < (4.8 + 66.7) * MM


def test_a_letter_of_two_pages_counts_its_own() -> None:
    letters = printed("letter", large_print=True)
    assert len(letters.pages) == 4
    assert letters.text.count("Page 1 de 2") == letters.text.count("Page 2 de 2") == 2
