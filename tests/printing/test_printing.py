"""The printer itself: typed errors, the same bytes for the same data, any text, many threads, fonts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from participation.printing import PrintError, prepare_fonts, render
from tests.printing.reading import preview, printed

MARKUP = r"[ / ] $x$ #let y = 1 *bold* _it_ @ref \ <tag> // note ~ `code` = - + 1. “q” 'a' --"


@pytest.mark.parametrize("form", ["", "common", "nowhere", "../offline_forms/ballot", "ballot/", "*"])
def test_an_unknown_form_is_a_print_error(form: str) -> None:
    with pytest.raises(PrintError, match="no form"):
        render(form, preview("ballot"))


@pytest.mark.parametrize("printed_at", [None, "", "yesterday", "2027-02-01T14:00:00"])
def test_the_date_must_be_a_time_with_an_offset(printed_at: str | None) -> None:
    with pytest.raises(PrintError, match="printed_at"):
        render("ballot", preview("ballot", printed_at=printed_at))


def test_a_moment_from_a_real_clock_prints_to_the_second() -> None:
    """Whoever publishes does so at a fraction of a second; a PDF's date has none."""
    whole = render("ballot", preview("ballot", printed_at="2027-02-01T14:00:00+00:00"))
    assert render("ballot", preview("ballot", printed_at="2027-02-01T14:00:00.123456+00:00")) == whole


def test_data_that_is_not_json_is_a_print_error() -> None:
    with pytest.raises(PrintError, match="JSON"):
        render("ballot", preview("ballot", contests=object()))


def test_a_missing_part_is_a_print_error_and_the_next_print_works() -> None:
    data = preview("ballot")
    del data["contests"]
    with pytest.raises(PrintError, match="contests"):
        render("ballot", data)
    assert render("ballot", preview("ballot"))


def test_a_language_without_wordings_is_a_print_error() -> None:
    with pytest.raises(PrintError):
        render("ballot", preview("ballot", locale="xx"))


def test_the_same_data_give_the_same_bytes() -> None:
    first = render("ballot", preview("ballot"))
    render("ballot", preview("ballot", locale="en"))
    assert render("ballot", preview("ballot")) == first
    assert render("ballot", preview("ballot", printed_at="2027-02-02T14:00:00+00:00")) != first


def test_threads_do_not_mix_up_their_data() -> None:
    titles = [f"Budget {index}" for index in range(12)]
    with ThreadPoolExecutor(4) as pool:
        sheets = list(pool.map(lambda title: printed("declaration", process=title), titles))
    assert all(title in sheet.text for title, sheet in zip(titles, sheets, strict=True))


@pytest.mark.parametrize("form", ["ballot", "booklet", "preparation"])
def test_markup_in_a_title_is_printed_as_it_was_written(form: str) -> None:
    data = preview(form, demo=False, process=MARKUP)
    data["contests"][0]["options"][0]["title"] = MARKUP
    sheet = printed(form, data)
    assert sheet.text.count(MARKUP) >= 2
    assert MARKUP in sheet.title


def test_a_character_that_no_font_has_becomes_a_square_and_the_sheet_stays_tagged() -> None:
    sheet = printed("declaration", process="Arbres \N{DECIDUOUS TREE} \N{CJK UNIFIED IDEOGRAPH-4E2D} \x07 Łódź → œ")
    assert "Arbres □ □ □ Łódź → œ" in sheet.text
    assert sheet.tagged


def _woff2(path: Path, family: str) -> None:
    builder = FontBuilder(unitsPerEm=1000)
    builder.setupGlyphOrder([".notdef"])
    builder.setupCharacterMap({})
    builder.setupGlyf({".notdef": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0)})
    builder.setupHorizontalHeader()
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "fullName": f"{family} Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.flavor = "woff2"
    builder.save(path)


def _family(path: Path) -> str:
    return str(TTFont(path)["name"].getName(1, 3, 1))


def test_web_fonts_become_fonts_for_print_and_the_extended_subset_a_family_of_its_own(tmp_path: Path) -> None:
    _woff2(tmp_path / "face-latin-400-normal.woff2", "Atkinson Hyperlegible Next")
    _woff2(tmp_path / "face-latin-ext-400-normal.woff2", "Atkinson Hyperlegible Next")
    made = prepare_fonts(tmp_path, tmp_path / "ttf")
    assert [_family(path) for path in made] == ["Atkinson Hyperlegible Next", "Atkinson Hyperlegible Next Extended"]
    before = [path.read_bytes() for path in made]
    assert [path.read_bytes() for path in prepare_fonts(tmp_path, tmp_path / "ttf")] == before
