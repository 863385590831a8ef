"""What the register desk takes in: a list of voters, a number of anonymous codes, a lost code."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile

from participation.counting.spec import BallotSpec
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.queries import style_id
from participation.typed import Typed

Errors = dict[str, Message | list[Message]]
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
MOST_PROBLEMS = 20
MOST_POOL = 20_000
HEADINGS = ("register_number", "number", "numero", "numéro")


@dataclass(frozen=True, slots=True)
class VoterList:
    """(register number, style) of each line."""

    rows: list[tuple[str, str]]


def read_voters(form: FormData, spec: BallotSpec) -> tuple[VoterList, Errors]:
    """The list, from an uploaded file or pasted. Every bad line is named; then nothing is imported."""
    text, wrong = file_text(form)
    if wrong:
        return VoterList([]), {"lines": wrong}
    styles = _styles(spec)
    rows: list[tuple[str, str]] = []
    problems: list[Message] = []
    seen: set[str] = set()
    try:
        lines = table_lines(text)
    except csv.Error:
        return VoterList([]), {"lines": _("This is not a table. Save it again as “CSV UTF-8” and send it once more.")}
    for place, typed in enumerate(lines, 1):
        cells = [cell.strip() for cell in typed]
        if not any(cells) or (place == 1 and cells[0].lower() in HEADINGS):
            continue
        number, district = cells[0], cells[1] if len(cells) > 1 else ""
        style = styles.get(style_id(district) if district else "")
        problem = _problem(number, district, style, seen)
        if problem:
            problems.append(_("Line %(line)s: %(problem)s", line=place, problem=problem))
        elif style:
            seen.add(number)
            rows.append((number, style))
    if not rows and not problems:
        problems.append(_("There is no register number in this list."))
    return VoterList(rows), {"lines": shortened(problems)} if problems else {}


def file_text(form: FormData) -> tuple[str, Message | None]:
    """What was uploaded as `file`, else what was pasted as `lines`; or why it cannot be read."""
    sent = form.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return str(form.get("lines", "")), None
    try:
        return sent.file.read().decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return "", _("The file is not in UTF-8. Save it again as “CSV UTF-8” and send it once more.")


def table_lines(text: str) -> list[list[str]]:
    """Cells separated by semicolons, commas or tabs, whichever the first line has most of."""
    first = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    delimiter = max((";", "\t", ","), key=first.count)
    return [cells or [""] for cells in csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter)]


def _styles(spec: BallotSpec) -> dict[str, str]:
    """What a district may be called → its style; the empty text where there is only one."""
    names = {style_id(words): style.id for style in spec.styles for _language, words in style.title}
    names.update({style.id: style.id for style in spec.styles})
    if len(spec.styles) == 1:
        names[""] = spec.styles[0].id
    return names


def _problem(number: str, district: str, style: str | None, seen: set[str]) -> Message | None:
    if not NUMBER.fullmatch(number):
        return _("“%(text)s” is no register number: letters, digits, dots and dashes, at most 64.", text=number[:80])
    if number in seen:
        return _("the number %(number)s comes twice.", number=number)
    if style is None and not district:
        return _("the district is missing, and this vote has several.")
    if style is None:
        return _("this vote has no district “%(district)s”.", district=district[:80])
    return None


def shortened(problems: list[Message]) -> list[Message]:
    """The first problems, and how many more there are: a list in another format is wrong on every line."""
    rest = len(problems) - MOST_PROBLEMS
    if rest <= 0:
        return problems
    return [*problems[:MOST_PROBLEMS], _("And %(number)s more lines.", number=rest)]


def read_pool(form: FormData, spec: BallotSpec) -> tuple[tuple[str, int], Errors]:
    """(style, number of codes)."""
    typed = Typed(form)
    style = typed.raw("style")
    if style not in spec.style:
        typed.errors["style"] = _("Choose one of the list.")
    return (style, typed.integer("number", 1, MOST_POOL)), {**typed.errors}


def read_lost(form: FormData) -> tuple[str, Errors]:
    """The register number whose code is lost."""
    number = str(form.get("register_number", "")).strip()
    if not NUMBER.fullmatch(number):
        return number, {"register_number": _("Enter the number as it stands in the register.")}
    return number, {}
