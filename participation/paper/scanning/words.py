"""The words for people for what keeps a page, a file or a target from being taken as read."""

from __future__ import annotations

from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.targets import Why

WORDS: dict[str, Message] = {
    Problem.UNREADABLE: _("The page could not be opened within the limits of memory and time. Scan it again."),
    Problem.BLANK: _("The page is blank."),
    Problem.NO_CODE: _("No QR of ours can be read on the page. Scan it again, flat and whole."),
    Problem.FOREIGN: _("This is no form of these votes."),
    Problem.SEVERAL: _("There are several sheets on one page. Scan them one by one."),
    Problem.CORNERS: _("Fewer than three corner squares can be seen. Scan the whole sheet."),
    Problem.PRINT: _("The print is not that of the form."),
    Problem.FOLDED: _("The sheet is folded or shifted. Flatten it and scan it again."),
    Problem.FAINT: _("The print is too faint. Scan it darker."),
    Problem.BLURRED: _("The page is blurred. Scan it again."),
    Problem.COARSE: _("The picture is too coarse to be sure. Scan it at 200 or 300 dpi; fax it in fine quality."),
    Problem.CUT: _("Some squares to mark are not on the picture. Scan the whole sheet."),
    Problem.WRITING: _("Something is written away from the squares."),
    Problem.REPEATED: _("The same sheet comes twice, or two forms have one serial. Look at the originals."),
    Problem.MISSING_SIDE: _("Another side of this sheet is missing."),
    Problem.SERIAL: _("This serial was never printed."),
    FileProblem.MISSING: _("The file does not exist or cannot be read."),
    FileProblem.KIND: _("This is no PDF, PNG, JPEG or TIFF."),
    FileProblem.CORRUPT: _("The file is damaged: nothing of it was taken. Save or scan it again."),
    FileProblem.ENCRYPTED: _("The file is protected by a password. Save it without."),
    FileProblem.TOO_LARGE: _("The file is too large. Split it."),
    FileProblem.TOO_MANY: _("The file has too many pages. Split it into files of at most 2,000."),
    FileProblem.TOO_MANY_PIXELS: _("The picture is larger than any scan. Scan it at 200 or 300 dpi."),
    FileProblem.TOO_SMALL: _("The picture is too small. Scan it at 200 or 300 dpi."),
}
"""What happened and what to do, for each problem."""
WHY = {
    Why.FRAME: _("The square is not where it belongs"),
    Why.BETWEEN: _("Too much ink for nothing, too little for a mark"),
    Why.HALO: _("Something seems to have been rubbed out"),
    Why.LINE: _("A line passes through"),
    Why.BRIDGE: _("Ink goes on to the next square"),
    Why.NEAR: _("Ink close by belongs to no square"),
    Why.SCRIBBLE: _("The mark seems to have been scribbled out"),
    Why.TWO_DIGITS: _("Two digits are marked in one place"),
    Why.INCOMPLETE: _("The number is not whole"),
}
"""What made a target unclear."""
