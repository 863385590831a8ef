"""Printed matter: `render` turns one form of `offline_forms/` and its data into a tagged PDF, by Typst.

Knows no domain: what a form needs is written at the top of its `form.typ`. Text that people wrote travels as
data (one JSON value in `sys.inputs`) and never becomes Typst source, where `$` or `[ / ]` would be markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import typst
from fontTools.ttLib import TTFont

ROOT: Final = Path(__file__).resolve().parent.parent
FORMS: Final = ROOT / "offline_forms"
WEB_FONTS: Final = ROOT / "static" / "vendor" / "fonts"
FONTS: Final = WEB_FONTS / "ttf"
BOLD: Final = FONTS / "atkinson-hyperlegible-next-latin-700-normal.ttf"
"""The typeface of what is set outside Typst: serials and stub codes."""
FAMILY: Final = "Atkinson Hyperlegible Next"
EXTENDED: Final = "latin-ext"
_FAMILY_NAMES: Final = frozenset({1, 3, 4, 16})
"""Records of a font's name table that say which family it is: family, unique name, full name, typographic family."""


class PrintError(RuntimeError):
    """A form that cannot be printed: unknown form, data that is not JSON or lacks a part, or a fault of the form."""


def render(form: str, data: Mapping[str, Any]) -> bytes:
    """The PDF/UA-1 of `form`, the name of a folder of `offline_forms/`, filled with `data`.

    `data["printed_at"]` (ISO 8601 with an offset) is the document's date, so equal data gives equal bytes.
    Blocking (tens of milliseconds): call it from a thread or a plain route. Raises PrintError.
    """
    timestamp = _printed_at(data)
    inputs = {"data": _as_json(data)}
    compiler, lock = _compiler(form)
    try:
        with lock:
            pdf = compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"], timestamp=timestamp)
    except typst.TypstError as error:
        raise PrintError(f"form {form!r}: {error.message}") from error
    if not isinstance(pdf, bytes):
        raise PrintError(f"form {form!r}: no document came out")
    return pdf


def marked(form: str, data: Mapping[str, Any], *labels: str) -> list[dict[str, Any]]:
    """The metadata of `form` that carry one of `labels`: what `offline_forms/common/machine.typ` says of places.

    From the same source, data and fonts as `render`, so the places are those of its PDF. Blocking. Raises PrintError.
    """
    inputs = {"data": _as_json(data)}
    selector = f"selector.or({', '.join(f'<{label}>' for label in labels)})"
    try:
        answer = typst.query(
            _source(form), selector, field="value", root=FORMS, font_paths=_fonts(), ignore_system_fonts=True,
            sys_inputs=inputs,
        )  # fmt: skip
    except typst.TypstError as error:
        raise PrintError(f"form {form!r}: {error.message}") from error
    found: list[dict[str, Any]] = json.loads(answer)
    return found


@cache
def _wordings(locale: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FORMS / "common" / "texts" / f"{locale}.json").read_text(encoding="utf-8"))
    return found


def wording(locale: str, key: str, **values: object) -> str:
    """A fixed wording of the printed forms with its {placeholders} filled, as the forms themselves print it."""
    return _wordings(locale)[key].format(**values)


def _source(form: str) -> Path:
    """The Typst file of `form`. The name is compared, never joined: it may come from outside. Raises PrintError."""
    if form not in {source.parent.name for source in FORMS.glob("*/form.typ")}:
        raise PrintError(f"there is no form {form!r}")
    return FORMS / form / "form.typ"


@cache
def _compiler(form: str) -> tuple[typst.Compiler, Lock]:
    """One warm compiler per form, and the lock under which it is used: it keeps its last inputs.

    System fonts are left out, so that a form looks the same on every machine.
    """
    return typst.Compiler(_source(form), root=FORMS, font_paths=_fonts(), ignore_system_fonts=True), Lock()


@cache
def _fonts() -> typst.Fonts:
    """The product's typeface beside those inside Typst, which step in until `prepare_fonts` has run."""
    folders: list[Path] = [FONTS] if FONTS.is_dir() else []
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def _printed_at(data: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(str(data["printed_at"]))
    except (KeyError, ValueError) as error:
        raise PrintError("printed_at is missing or is not an ISO 8601 date and time") from error
    if at.utcoffset() is None:
        raise PrintError("printed_at has no UTC offset")
    return at.replace(microsecond=0)  # a PDF date is whole seconds, and Typst takes nothing finer


def _as_json(data: Mapping[str, Any]) -> str:
    try:
        return json.dumps(_displayable(data), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise PrintError(f"the data of a form must be JSON: {error}") from error


def _displayable(value: Any) -> Any:
    """`value` with □ in place of each character that no font has: PDF/UA refuses the page for one emoji."""
    if isinstance(value, str):
        return "".join(char if char.isascii() and char.isprintable() else _shown(char) for char in value)
    if isinstance(value, Mapping):
        return {key: _displayable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_displayable(part) for part in value]
    return value


def is_printable(text: str) -> bool:
    """Whether every letter of the text stands in a font of ours: what `render` prints is the text as it is."""
    return all(char in "\n\r\t" or _displayable(char) == char for char in set(text))


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    """`char` if Typst can set it in one of our fonts, found out by setting it once; else □."""
    probe = b'#set document(title: "probe")\n#text(lang: "en", sys.inputs.char)'
    try:
        typst.compile(
            probe, format="pdf", font_paths=_fonts(), ignore_system_fonts=True, pdf_standards=["ua-1"],
            sys_inputs={"char": char}, timestamp=datetime.fromtimestamp(0, UTC),
        )  # fmt: skip
    except typst.TypstError:
        return "\N{WHITE SQUARE}"
    return char


def prepare_fonts(woff2_dir: Path = WEB_FONTS, ttf_dir: Path = FONTS) -> list[Path]:
    """Writes the TTF twin of each WOFF2 in `woff2_dir` into `ttf_dir` and returns their paths; idempotent.

    Typst reads no WOFF2. It also picks one file per family and weight, so the extended Latin subset goes
    under a family name of its own, which the forms name second. Raises OSError.
    """
    ttf_dir.mkdir(parents=True, exist_ok=True)
    return [_to_ttf(source, ttf_dir) for source in sorted(woff2_dir.glob("*.woff2"))]


def _to_ttf(source: Path, ttf_dir: Path) -> Path:
    target = ttf_dir / f"{source.stem}.ttf"
    with TTFont(source, recalcTimestamp=False) as font:
        font.flavor = None
        if EXTENDED in source.stem:
            _rename(font, FAMILY, f"{FAMILY} Extended")
        font.save(target)
    return target


def _rename(font: TTFont, old: str, new: str) -> None:
    for record in font["name"].names:
        if record.nameID in _FAMILY_NAMES:
            record.string = record.toUnicode().replace(old, new)
