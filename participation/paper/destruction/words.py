"""The names of what is destroyed."""

from __future__ import annotations

from participation.i18n import lazy as _
from participation.paper.models.destruction import PaperKind

KINDS = {
    PaperKind.BALLOTS: _("Paper ballots that were counted or rejected"),
    PaperKind.DECLARATIONS: _("Declarations, outer envelopes and what was set aside unopened"),
}
