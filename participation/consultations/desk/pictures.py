"""Pictures of sheets that are transcribed: beside the form while somebody types, then with the text. Never public.

What was brought is named in the form by a word that only this site can make, and that holds for one process: nobody
reads another's picture by guessing, and a form that is sent again needs no second copy.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.consultations.entries import FileOf
from participation.consultations.models import AttachmentRole
from participation.files import DOCUMENTS, Stored, StoredFile, kept_file
from participation.i18n import lazy as _
from participation.processes.arrivals import Wanted
from participation.processes.queries import OpenProcess
from participation.settings import Settings
from participation.uploads import Limits

LIMITS = Limits(files=1, megabytes=20, field=2_000_000)
"""A field may hold far more than a text may have, so that one that is too long comes back to who typed it."""
WANTED = Wanted(DOCUMENTS, LIMITS, plain=True)
UNRECORDED = timedelta(days=2)
"""A picture beside which nobody recorded anything is destroyed after so long."""
GONE = _("The picture is no longer there: bring it again. What you typed is kept.")


def lay_down(session: Session, settings: Settings, process: OpenProcess, stored: Stored, at: datetime) -> str:
    """Keeps what was brought for as long as somebody transcribes; its name in the form."""
    file = kept_file(stored, until=(at + UNRECORDED).date())
    session.add(file)
    session.flush()
    return f"{file.id}.{_mark(settings, process, str(file.id))}"


def laid(session: Session, settings: Settings, process: OpenProcess, name: str) -> StoredFile | None:
    """The picture of that name in this process; None where there is none, or its time is over."""
    written, _dot, mark = name.partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(settings, process, written).encode()):
        return None
    file = session.get(StoredFile, uuid.UUID(written))
    return file if file is not None and file.dropped_at is None else None


def with_contribution(file: StoredFile) -> FileOf:
    """The picture as a part of the contribution that was read from it; it is kept as long as that."""
    file.keep_until = None
    kind = file.media_type.value
    return FileOf(AttachmentRole.IMAGE, file.digest, f"{AttachmentRole.IMAGE.value}.{kind}", kind, file.size)


def _mark(settings: Settings, process: OpenProcess, written: str) -> str:
    said = f"{process.id}|{written}".encode()
    return hmac.digest(settings.key("picture-of-a-sheet"), said, hashlib.sha256).hex()[:32]
