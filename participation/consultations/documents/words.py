"""What people read about documents: kinds, languages, states, and why a file is not shown."""

from __future__ import annotations

from collections.abc import Mapping

from participation.consultations.documents.models import DocumentKind, VersionState
from participation.consultations.words import KINDS as KINDS_SAID
from participation.errors import Message
from participation.extraction.faults import Fault
from participation.i18n import lazy as _

KINDS: dict[DocumentKind, Message] = {
    DocumentKind.MANDATE: _("Mandate"),
    DocumentKind.NOTICE: _("Process and notices"),
    DocumentKind.CITY: _("Document of the city"),
    DocumentKind.BOROUGH: _("Document of the borough"),
    DocumentKind.DEVELOPER: _("Document of the developer"),
    DocumentKind.STUDY: _("Study"),
    DocumentKind.TRANSCRIPT: _("Transcript or slides of a session"),
    DocumentKind.ANSWERS: _("Questions and answers"),
    DocumentKind.REPORT: _("Report of the commission"),
    DocumentKind.OTHER: _("Other document"),
}
STATES: dict[VersionState, Message] = {
    VersionState.WAITING: _("being checked"),
    VersionState.READY: _("public"),
    VersionState.REFUSED: _("not shown"),
}
FAULTS: dict[str, Message] = {
    Fault.MISSING: _("The file is no longer there. Send it once more."),
    Fault.DAMAGED: _(
        "The file is damaged: no program can open it. Open it on your computer, save it again and send that."
    ),
    Fault.LOCKED: _("The file asks for a password. Save it without one and send it again."),
    Fault.PROGRAM: _(
        "The file holds a program, starts one, or has other files attached. Nobody should have to trust it: print it "
        "to PDF, or save it as PDF/A, and send that."
    ),
    Fault.TOO_MANY: _("The file has more than 2,000 pages. Divide it into several documents."),
    Fault.TOO_MANY_PIXELS: _("The picture has more than 100 million points. Save it smaller."),
    Fault.TOO_LARGE: _("The file takes too much memory or time to open. Save it smaller, or divide it."),
    Fault.UNREAD: _(
        "Some of its pages take too much memory or time to open: their words cannot be searched, and the programs of "
        "readers may stop at them. Print it to PDF and send that."
    ),
}
ONE: Mapping[str, Message | str] = {
    "document": _("Document"),
    "report": _("Report"),
    "recommendation": _("Recommendation"),
    "follow-up": _("Answer of the City"),
} | {kind.value: name for kind, name in KINDS_SAID.items()}
"""One thing that was found, in the word for its kind."""
FOUND: dict[str, Message | str] = {
    "document": _("Documents"),
    "comment": _("Comments"),
    "question": _("Questions"),
    "brief": _("Briefs"),
    "report": _("Report"),
    "recommendation": _("Recommendations"),
    "follow-up": _("Answers of the City"),
}
"""What the search calls each kind of thing. A kind without words is called by its own name."""
