"""Every form in every edition keeps the rules of PDF/UA-1 that a program can judge; the checks find what is broken."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from participation.copies.joining import join
from participation.printing import FORMS, render
from tests.copies.test_copies import CODE, sheet
from tests.printing.matterhorn import RULES, faults
from tests.printing.reading import preview
from tests.printing.test_ballot import KINDS

ALL = sorted(path.parent.name for path in FORMS.glob("*/preview.json"))


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("form", ALL)
def test_each_form_keeps_the_rules(form: str, large: bool, locale: str) -> None:
    assert faults(render(form, preview(form, large_print=large, locale=locale))) == []


@pytest.mark.parametrize("rows", ["auto", "boxes"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_ballot_keeps_the_rules(kind: str, rows: str) -> None:
    data = preview("ballot", numbered=True, rows=rows)
    data["contests"][0] |= {"kind": kind, "max_points": 10, "max_points_each": 4}
    assert faults(render("ballot", data)) == []


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


def _no_headers(pdf: pikepdf.Pdf) -> None:
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.TH:
            each.S = pikepdf.Name.TD


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (_no_title, "06-003"), (_no_language, "11-006"), (_no_tags, "00"), (_stray_ink, "01-005"),
        (_unknown_content, "01-006"), (_silent_figure, "13-004"), (_other_heading, "14-002"), (_no_headers, "15-003"),
    ],
)  # fmt: skip
def test_the_checks_find_what_is_broken(broken: Callable[[pikepdf.Pdf], None], rule: str) -> None:
    with pikepdf.Pdf.open(io.BytesIO(print_run())) as pdf:
        broken(pdf)
        out = io.BytesIO()
        pdf.save(out)
    assert rule in " ".join(faults(out.getvalue()))
    assert any(name.startswith(rule) for name in RULES)
