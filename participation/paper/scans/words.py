"""What people read about scans: states of files and sheets, and why a page is taken out."""

from __future__ import annotations

from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.models.scans import ScanFileState, ScanOut
from participation.paper.scanning import words
from participation.paper.scans.sheets import Misplaced, SheetState

MOST_FILES = 20
"""In one form."""
MOST_MEGABYTES = 250
"""Of one file."""
MOST_PAGES = 400
"""Of one file: a batch has at most fifty forms, on a few sides each, and the backs that a scanner takes as well."""
SAME_FILE = "same-file"
TOO_MANY_FOR_BATCH = "too-many-for-batch"
NOT_KEPT = "file-over-limit"

PROBLEMS: dict[str, Message] = words.WORDS | {
    SAME_FILE: _("The very same file was brought before. Nothing of it was taken twice."),
    TOO_MANY_FOR_BATCH: _(
        "The file has more than %(most)s pages, more than any batch. Nothing of it was taken: bring the pages of this "
        "batch alone.",
        most=MOST_PAGES,
    ),
    NOT_KEPT: _(
        "The file is larger than %(most)s megabytes. Nothing of it was kept: scan in grey at 200 dpi, or bring it in "
        "several files.",
        most=MOST_MEGABYTES,
    ),
    Misplaced.VOTE: _("It is a ballot of another vote."),
    Misplaced.STYLE: _("It is a ballot of another district than this batch."),
    Misplaced.UNCLEAR: _("A mark is not clear."),
}
FILE_STATES = {
    ScanFileState.WAITING: _("being read"),
    ScanFileState.READ: _("read by the machine"),
    ScanFileState.REFUSED: _("not taken"),
    ScanFileState.STOPPED: _("stopped"),
}
SHEET_STATES = {
    SheetState.READ: _("read by the machine"),
    SheetState.WAITS: _("for a person"),
    SheetState.SETTLED: _("read by a person"),
}
OUT = {
    ScanOut.AGAIN: _("The same sheet was scanned twice"),
    ScanOut.BETTER: _("A better scan of this sheet is in the pile"),
    ScanOut.FOREIGN: _("It does not belong in this batch"),
    ScanOut.EMPTY: _("An empty side or a separator"),
    ScanOut.NO_BALLOT: _("It is no ballot"),
}
