"""What people say of a scan, as values.

Field names that other programs may rely on:
  files    nonce files
  sheet    serial ruling numbers.<question id>      (as on the keying desk)
  take out out words
  give up  reason
"""

from __future__ import annotations

import uuid

from starlette.datastructures import FormData

from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.paper.models.scans import ScanOut
from participation.typed import Errors, text_of


def page_key(typed: str) -> uuid.UUID:
    """The id of an address. NotFound where it is none."""
    try:
        return uuid.UUID(typed)
    except ValueError as error:
        raise NotFound(_("There is no such sheet in this scan, or it was taken out.")) from error


def read_out(form: FormData) -> tuple[ScanOut | None, str, Errors]:
    """Why a sheet is taken out, with words where the reasons of the list are not enough."""
    chosen, words = text_of(form, "out"), text_of(form, "words", 500)
    if chosen not in set(ScanOut):
        return None, words, {"out": _("Choose why this sheet is no part of the pile.")}
    if chosen == ScanOut.NO_BALLOT and len(words) < 5:
        return None, words, {"words": _("Say in a few words what it is.")}
    return ScanOut(chosen), words, {}


def read_reason(form: FormData) -> tuple[str, Errors]:
    """Why a scan is given up."""
    reason = text_of(form, "reason", 500)
    return reason, {} if len(reason) >= 5 else {"reason": _("Say in a few words why this scan is given up.")}
