"""Every form keeps the rules of PDF/UA-1 that a program can judge, and is read in the order of the work.

Not a full validation: that is 136 conditions of the Matterhorn protocol, of which a part needs a person's eyes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
import pytest

from participation.copies.joining import join
from participation.printing import FORMS
from tests.copies.test_copies import CODE, sheet
from tests.printing.matterhorn import BESIDES, RULES, faults
from tests.printing.reading import preview, printed
from tests.printing.test_ballot import KINDS

ALL = sorted(path.parent.name for path in FORMS.glob("*/form.typ"))
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "slip": [{"slip": kind} for kind in ("attendance", "question", "comment", "idea")]
    + [{"slip": "comment", "themes": ["Hauteurs", "Logement"]}],
    "invitation": [{"kind": kind} for kind in ("poster", "flyer")],
    "envelope": [{"part": part} for part in ("outer", "inner")],
    "report": [{"kind": kind} for kind in ("opening", "statement", "minutes")],
    "custody": [{"kind": kind} for kind in ("bag", "box", "destruction")],
    "declaration": [{"register": "open"}, {"register": "closed", "fields": []}],
}
CASES = [
    pytest.param(form, variant, id="-".join([form, *(str(value) for value in variant.values() if value)]))
    for form in ALL
    for variant in VARIANTS.get(form, [{}])
]


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("form", "variant"), CASES)
def test_each_form_keeps_the_rules(form: str, variant: dict[str, Any], large: bool, locale: str) -> None:
    assert faults(printed(form, locale=locale, large_print=large, **variant).pdf) == []


@pytest.mark.parametrize("rows", ["auto", "boxes"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_ballot_keeps_the_rules(kind: str, rows: str) -> None:
    data = preview("ballot", numbered=True, rows=rows)
    data["contests"][0] |= {"kind": kind, "max_points": 10, "max_points_each": 4}
    assert faults(printed("ballot", data).pdf) == []


@pytest.mark.parametrize(
    ("form", "order"),
    [
        ("declaration", ["Prénom", "Ma déclaration", "Signature", "Vos renseignements personnels", "Détachez ici"]),
        ("envelope", ["Dans l’ordre", "Bulletin dans la petite", "Petite enveloppe dans", "Remplissez", "Prénom"]),
        ("class-pack", ["Avant :", "Lisez à voix haute", "Déclaration de deux adultes", "Adulte 1", "Adulte 2"]),
        ("report", ["Procès-verbal", "Rapprochement", "Bulletins rejetés", "Empreintes", "Signatures"]),
        ("letter", ["Camille Exemple", "Votre code personnel", "En ligne.", "Ce code est à vous", "Dominique Exemple"]),
    ],
)
def test_words_are_read_in_the_order_of_the_work(form: str, order: list[str]) -> None:
    text = printed(form).text
    places = [text.find(words) for words in order]
    assert -1 not in places
    assert places == sorted(places)


@cache
def print_run() -> bytes:
    made, out = sheet(options=40), io.BytesIO()
    join(made, [made.part(0, [("482913-7", CODE)] * 3, 3)], 3, out)
    return out.getvalue()


def test_a_print_run_keeps_the_rules() -> None:
    assert faults(print_run()) == []


def _no_title(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(set_pikepdf_as_editor=False) as found:
        del found["dc:title"]


def _no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang


def _no_tags(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot


def _stray_ink(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"0 0 9 9 re f")


def _unknown_content(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(b"/P <</MCID 9999>> BDC 0 0 9 9 re f EMC")


def _silent_figure(pdf: pikepdf.Pdf) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.Figure:
            del each.Alt


def _other_heading(pdf: pikepdf.Pdf) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.H1:
            each.S = pikepdf.Name.H3


def _no_heading(pdf: pikepdf.Pdf) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") in (pikepdf.Name.H1, pikepdf.Name.H2):
            each.S = pikepdf.Name.P


def _silent_page(pdf: pikepdf.Pdf) -> None:
    pdf.add_blank_page()


def _no_headers(pdf: pikepdf.Pdf) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.TH:
            each.S = pikepdf.Name.TD


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (_no_title, "06-003"), (_no_language, "11-006"), (_no_tags, "00"), (_stray_ink, "01-005"),
        (_unknown_content, "01-006"), (_silent_figure, "13-004"), (_other_heading, "14-002"), (_no_headers, "15-003"),
        (_no_heading, "a form has a heading"), (_silent_page, "each page has something to read"),
    ],
)  # fmt: skip
def test_the_checks_find_what_is_broken(broken: Callable[[pikepdf.Pdf], None], rule: str) -> None:
    with pikepdf.Pdf.open(io.BytesIO(print_run())) as pdf:
        broken(pdf)
        out = io.BytesIO()
        pdf.save(out)
    assert rule in " ".join(faults(out.getvalue()))
    assert any(name.startswith(rule) for name in RULES | BESIDES)
