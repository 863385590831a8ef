"""A list of projects pasted from a spreadsheet, read line by line with a message for each bad line."""

from __future__ import annotations

import csv
import io

from participation.counting.spec import number_key
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes import numbers
from participation.processes.drafts import ProjectDraft
from participation.typed import cents_of

COLUMNS = ("number", "title_fr", "cost", "title_en", "borough", "category", "summary_fr", "summary_en")
"""In this order; those after the cost may be left out."""
MOST_LINES = 500


def read_projects(text: str) -> tuple[list[ProjectDraft], list[Message]]:
    """The projects, or what is wrong with which lines. A first line of column names is passed over."""
    drafts: list[ProjectDraft] = []
    problems: list[Message] = []
    seen: set[str] = set()
    try:
        lines = _lines(text)
    except csv.Error:
        return [], [_("This is not a table: a cell is too long or holds a character that no spreadsheet writes.")]
    for place, cells in enumerate(lines, 1):
        row = dict(zip(COLUMNS, [cell.strip() for cell in cells], strict=False))
        if not any(row.values()) or (place == 1 and row.get("number", "").lower() in ("number", "numéro", "no")):
            continue
        problem = _problem(row, seen)
        if problem:
            problems.append(_("Line %(line)s: %(problem)s", line=place, problem=problem))
        else:
            seen.add(number_key(row["number"]))
            drafts.append(_draft(row))
    if len(drafts) > MOST_LINES:
        problems.append(_("At most %(limit)s projects at a time.", limit=MOST_LINES))
    if not drafts and not problems:
        problems.append(_("There is no project in this list."))
    return drafts, problems


def _lines(text: str) -> list[list[str]]:
    """Cells separated by tabs, semicolons or commas, whichever the first line has most of."""
    first = text.lstrip("\ufeff\n\r ").partition("\n")[0]
    delimiter = max(("\t", ";", ","), key=first.count)
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter))


def _problem(row: dict[str, str], seen: set[str]) -> Message | None:
    number = row.get("number", "")
    if not number.isalnum() or len(number) > numbers.WIDTH:
        return _("The first cell must be a project number, such as 07.")
    if number_key(number) in seen:
        return _("The number %(number)s comes twice.", number=number)
    if not row.get("title_fr"):
        return _("The second cell must be the title in French.")
    if cents_of(row.get("cost", "")) is None:
        return _("The third cell must be the cost in dollars.")
    return None


def _draft(row: dict[str, str]) -> ProjectDraft:
    def words(name: str, limit: int) -> dict[str, str]:
        return {locale: row[f"{name}_{locale}"][:limit] for locale in ("fr", "en") if row.get(f"{name}_{locale}")}

    return ProjectDraft(
        number=row["number"],
        title=words("title", 200),
        cost=cents_of(row["cost"]) or 0,
        summary=words("summary", 400),
        borough=row.get("borough", "")[:120],
        category=row.get("category", "")[:60],
    )
