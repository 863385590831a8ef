"""What people read about scanned questionnaires, and how long their pictures are kept."""

from __future__ import annotations

from datetime import timedelta

from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.scans import words
from participation.paper.scans.words import MOST_PAGES

PICTURE_LIFE = timedelta(days=60)
"""A picture of a sheet that nobody reads again is destroyed all the same."""
TOO_MANY_PAGES, OTHER_FORM, SIDE_MISSING = "too-many-pages-of-sheets", "other-form", "a-side-missing"

PROBLEMS: dict[str, Message] = words.PROBLEMS | {
    TOO_MANY_PAGES: _(
        "The file has more than %(most)s pages. Nothing of it was taken: bring it in several files.", most=MOST_PAGES
    ),
    OTHER_FORM: _("It is no sheet of this questionnaire."),
    SIDE_MISSING: _("A side of the sheet is not in the scan, or nobody could tell whose it is: key from the paper."),
}


def said(problems: list[str]) -> list[Message]:
    """What is wrong with a file, a page or a sheet, in words; each once."""
    return [PROBLEMS[each] for each in dict.fromkeys(problems)]
