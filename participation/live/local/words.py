"""Words of a rehearsal."""

from __future__ import annotations

from participation.errors import Message
from participation.i18n import lazy as _
from participation.live.local.models import Reading

READINGS: dict[Reading, Message] = {Reading.WELL: _("Yes, well"), Reading.BARELY: _("With difficulty")}
