"""The names that people read about activities."""

from __future__ import annotations

from participation.consultations.activities.models import ActivityKind, HowCounted
from participation.i18n import lazy as _

KINDS = {
    ActivityKind.KIOSK: _("Kiosk"),
    ActivityKind.WALK: _("Guided walk"),
    ActivityKind.WORKSHOP: _("Workshop"),
    ActivityKind.INFORMATION: _("Information session"),
    ActivityKind.OTHER: _("Other activity"),
}
HOW_COUNTED = {
    HowCounted.ONE_BY_ONE: _("counted one by one"),
    HowCounted.SLIPS: _("from the attendance slips"),
    HowCounted.ESTIMATE: _("estimated"),
}
